// A cashless card becomes a student's saved method, once the card service has said that it is his.
// In: its number and its PIN, as typed. Out: a saved method, or why there is none. Never true: a card saved of which somebody knows
// only the number; a transaction that waits for the card service; a PIN kept or told to anybody else.
import {must} from '../../shared/assert/assert.ts';
import type {Secret} from '../../shared/log/log.ts';
import {createLimiter} from '../../shared/web/limiter.ts';
import type {Reader} from '../store/open.ts';
import type {PaymentsGiven} from './given.ts';
import {keepMethod} from './keep.ts';
import type {Verified} from './port.ts';
import {readStudent} from './rows.ts';

export type CashlessWish = {readonly site: string; readonly account: string; readonly card: string; readonly pin: Secret};

export type CashlessFault =
  | 'card-invalid'
  | 'pin-invalid'
  | 'pin-wrong'
  /** The card; or its verification, for a while after wrong PINs. */
  | 'card-blocked'
  | 'card-unknown'
  /** Wrong PINs and unknown cards of this account. */
  | 'too-many-wrong'
  | 'provider-unavailable'
  /** The card service did not answer: nothing is known, and nothing is saved. */
  | 'not-verified'
  | 'account-unknown';

export type Added = {readonly kind: 'added'; readonly method: string} | {readonly kind: 'refused'; readonly code: CashlessFault};

export type AddCashless = (wish: CashlessWish) => Promise<Added>;

type Given = Pick<PaymentsGiven, 'store' | 'clock' | 'randomBytes' | 'methods'>;

/** What is printed on a campus card. */
const CARD = /^[0-9A-Za-z-]{4,40}$/;
/** As long as PINs are (ISO 9564-1). */
const PIN = /^[0-9]{4,12}$/;

/** The service blocks a card after three; this is for whoever tries many cards. Of ten thousand PINs, five a day take five years. */
const WRONG_ONES = 5;
const DAY_MS = 24 * 3_600_000;
const MOST_ACCOUNTS = 10_000;

export function createAddCashless(given: Given): AddCashless {
  const {store, clock, randomBytes, methods} = given;
  const {monotonicMs} = clock;
  const guesses = createLimiter({attempts: WRONG_ONES, windowMs: DAY_MS, mostKeys: MOST_ACCOUNTS, monotonicMs});
  return async ({site, account, card, pin}) => {
    const verify = methods.cashless?.verify;
    if (verify === undefined) return refused('provider-unavailable');
    const token = card.replaceAll(/\s/g, '');
    if (!CARD.test(token)) return refused('card-invalid');
    if (!PIN.test(pin.reveal())) return refused('pin-invalid');
    if (!(await isOpen(store.reading, site, account))) return refused('account-unknown');
    // Counted before it is asked: many guesses at once are as many.
    if (guesses.take(account) > 0) return refused('too-many-wrong');
    const seen = await verify(token, pin);
    if (!IS_GUESS[seen.kind]) guesses.giveBack(account);
    if (seen.kind !== 'ok') return refused(NOT_THE_HOLDER[seen.kind]);
    const saved = {customer: undefined, token, label: seen.label};
    return store.transact(async (tx) => {
      // It may have been closed meanwhile.
      if (!(await isOpen(tx.db, site, account))) return refused('account-unknown');
      const method = await keepMethod(tx, {randomBytes}, {row: {site, account}, provider: 'cashless', saved, now: clock.now()});
      return {kind: 'added', method: must(method, 'the method that was kept')};
    });
  };
}

const NOT_THE_HOLDER: Readonly<Record<Exclude<Verified['kind'], 'ok'>, CashlessFault>> = {
  wrong: 'pin-wrong',
  blocked: 'card-blocked',
  'unknown-card': 'card-unknown',
  unavailable: 'not-verified',
};

/** What a guesser learns something by. */
const IS_GUESS: Readonly<Record<Verified['kind'], boolean>> = {
  ok: false,
  wrong: true,
  blocked: true,
  'unknown-card': true,
  unavailable: false,
};

function refused(code: CashlessFault): Added {
  return {kind: 'refused', code};
}

async function isOpen(db: Reader, site: string, account: string): Promise<boolean> {
  const student = await readStudent(db, site, account);
  return student !== undefined && student.closed_at === null;
}
