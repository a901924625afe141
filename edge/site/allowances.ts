// Free allowances as the cloud granted them, with what the ledger says is used of them.
// In: the rows of both. Out: what a call may still use. Never true: more left than was granted; the house gets anything free.
import {HOUSE_ACCOUNTS, type AccountId} from '../../shared/journal/transfer.ts';
import {bucketOf, isGranted, type AllowanceLeft} from '../../shared/tariff/allowance.ts';
import type {Instant} from '../../shared/time/instant.ts';
import {isZone} from '../../shared/time/zone.ts';
import type {DownBody} from '../../shared/wire/kinds.ts';
import type {Database} from '../store/open.ts';

export type Allowances = {
  /** What is left to a payer for a call to that destination which began then; only what has something left. */
  readonly left: (payer: AccountId, destination: string, start: Instant) => readonly AllowanceLeft[];
  /** Something was written: what was remembered is read again. `zone`: of the site. */
  readonly changed: (zone: string | undefined) => void;
};

type Grants = readonly DownBody<'allowance'>[];

const NONE: readonly AllowanceLeft[] = [];
const HOUSE: ReadonlySet<AccountId> = new Set(Object.values(HOUSE_ACCOUNTS));
/** A large site's students; the limit bounds what is remembered. */
const ACCOUNTS_KEPT = 5_000;

export function createAllowances(database: Database): Allowances {
  const selectGeneral = database.prepare<[], string>('SELECT body FROM allowance WHERE account IS NULL ORDER BY id').pluck();
  const selectOwn = database.prepare<[string], string>('SELECT body FROM allowance WHERE account = ? ORDER BY id').pluck();
  const selectAny = database.prepare<[], number>('SELECT EXISTS (SELECT 1 FROM allowance)').pluck();
  const selectUsed = database
    .prepare<[string, string, number], number>(
      'SELECT opening + used FROM allowance_bucket WHERE allowance = ? AND account = ? AND period_start = ?',
    )
    .pluck();
  const own = new Map<AccountId, Grants>();
  let general: Grants = [];
  let isAny = false;
  let zone = 'UTC';

  const ofAccount = (account: AccountId): Grants => {
    const known = own.get(account);
    if (known !== undefined) return known;
    const read = selectOwn.all(account).map(grantOf);
    if (own.size >= ACCOUNTS_KEPT) own.clear();
    own.set(account, read);
    return read;
  };

  const leftOf = (grant: DownBody<'allowance'>, payer: AccountId, start: Instant): AllowanceLeft | undefined => {
    const {allowance, name, unit, amount, period} = grant;
    const {from: periodStart, endsAt} = bucketOf(grant, zone, start);
    const left = amount - (selectUsed.get(allowance, payer, periodStart) ?? 0);
    return left > 0 ? {allowance, name, unit, amount, period, periodStart, endsAt, left} : undefined;
  };

  return {
    left: (payer, destination, start) => {
      if (!isAny || HOUSE.has(payer)) return NONE;
      return [...general, ...ofAccount(payer)]
        .filter((grant) => isGranted(grant, destination, start))
        .flatMap((grant) => leftOf(grant, payer, start) ?? []);
    },
    changed: (named) => {
      // A zone that this machine does not know must not stop calls from being billed.
      zone = named !== undefined && isZone(named) ? named : 'UTC';
      own.clear();
      isAny = selectAny.get() === 1;
      general = isAny ? selectGeneral.all().map(grantOf) : [];
    },
  };
}

function grantOf(body: string): DownBody<'allowance'> {
  return JSON.parse(body) as DownBody<'allowance'>;
}
