// Mail that waits, and mail that was given up.
import {instant, type Instant} from '../../../shared/time/instant.ts';
import type {Reader} from '../../store/open.ts';

export type Mail = {
  readonly id: string;
  readonly recipient: string;
  readonly template: string;
  readonly askedAt: Instant;
  readonly attempts: number;
  readonly nextAt: Instant;
  readonly failure: string | undefined;
  readonly givenUpAt: Instant | undefined;
};

/** Whoever has more has one cause for them. */
const SHOWN = 100;

export async function readMail(db: Reader): Promise<{readonly givenUp: readonly Mail[]; readonly waiting: readonly Mail[]}> {
  const columns = ['id', 'recipient', 'template', 'created_at', 'attempts', 'next_at', 'failure', 'given_up_at'] as const;
  const all = db.selectFrom('mail').select(columns).limit(SHOWN);
  const givenUp = await all.where('given_up_at', 'is not', null).orderBy('given_up_at', 'desc').execute();
  const waiting = await all.where('given_up_at', 'is', null).where('sent_at', 'is', null).orderBy('created_at').execute();
  return {givenUp: givenUp.map(mailOf), waiting: waiting.map(mailOf)};
}

function mailOf(row: {
  id: string;
  recipient: string;
  template: string;
  created_at: number;
  attempts: number;
  next_at: number;
  failure: string | null;
  given_up_at: number | null;
}): Mail {
  const {id, recipient, template, created_at: asked, attempts, next_at: next, failure, given_up_at: given} = row;
  return {
    id,
    recipient,
    template,
    askedAt: instant(asked),
    attempts,
    nextAt: instant(next),
    failure: failure ?? undefined,
    givenUpAt: given === null ? undefined : instant(given),
  };
}
