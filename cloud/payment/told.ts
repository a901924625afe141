// Who is told that a payment has moved: the box that asked, the student by mail, and the pages that show it.
// Never true: one of them told of what was not committed.
import type {Instant} from '../../shared/time/instant.ts';
import type {Tx} from '../store/open.ts';
import type {PaymentsGiven} from './given.ts';
import {mailOf} from './mail.ts';
import {afterAutomatic} from './result.ts';
import type {PaymentRow, Source} from './rows.ts';

export type TellGiven = Pick<PaymentsGiven, 'downLog' | 'accountBody' | 'randomBytes' | 'enqueue' | 'addressOf' | 'changed'>;

export type Moved = {readonly before: PaymentRow; readonly after: PaymentRow; readonly source: Source; readonly now: Instant};

export async function tell(tx: Tx, given: TellGiven, {before, after, source, now}: Moved): Promise<void> {
  const {id: payment, site, account, origin} = after;
  const automaticIsOff = origin === 'auto' ? await afterAutomatic(tx, given, after, now) : false;
  const mail = await mailOf(tx.db, {before, after, source, automaticIsOff, addressOf: given.addressOf});
  if (mail !== undefined) await given.enqueue(tx, mail);
  tx.after(() => given.changed({site, account, payment}));
}
