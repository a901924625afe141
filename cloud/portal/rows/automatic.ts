// Automatic top-up as its owner sees it: the settings, what was charged this month, and why nothing is charged although it is on.
// In: an account. Out: one view. Never true: on, and silent about why it does nothing.
import {micros, plus, ZERO, type Currency, type Micros} from '../../../shared/money/micros.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {monthAt} from '../../../shared/time/month.ts';
import type {Reader} from '../../store/open.ts';
import type {Amounts, Person} from '../given.ts';

/** Why nothing is charged by itself although it is on. */
export type AutomaticHold = 'refused' | 'cap' | 'needs-student' | 'waiting' | 'method-gone';

export type AutomaticView = {
  readonly isOn: boolean;
  readonly threshold: Micros;
  readonly target: Micros;
  readonly monthlyCap: Micros;
  readonly spentThisMonth: Micros;
  readonly method: {readonly id: string; readonly label: string} | undefined;
  readonly hold: AutomaticHold | undefined;
};

type Given = Pick<Amounts, 'microsOfMinor'>;
/** As many as a month can have: a cap of the largest by payments of the smallest. */
const MOST_PAYMENTS = 1_000;

export async function readAutomatic(db: Reader, given: Given, {account, site}: Person, now: Instant): Promise<AutomaticView | undefined> {
  const row = await db
    .selectFrom('automatic_top_up')
    .innerJoin('saved_method', 'saved_method.id', 'automatic_top_up.method')
    .selectAll('automatic_top_up')
    .select(['saved_method.label', 'saved_method.removed_at'])
    .where('automatic_top_up.account', '=', account)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const payments = await db
    .selectFrom('payment')
    .select(['amount_minor', 'state', 'created_at'])
    .where('site', '=', site.id)
    .where('account', '=', account)
    .where('origin', '=', 'auto')
    .orderBy('created_at', 'desc')
    .limit(MOST_PAYMENTS)
    .execute();
  const settings = {threshold: micros(row.threshold), target: micros(row.target), monthlyCap: micros(row.monthly_cap)};
  const spentThisMonth = spentIn(payments, given, site, now);
  const method = row.removed_at === null ? {id: row.method, label: row.label} : undefined;
  const [newest] = payments;
  const facts = {...settings, spentThisMonth, method, last: newest?.state, lastAt: newest?.created_at ?? 0, changedAt: row.changed_at};
  return {...settings, isOn: row.is_on === 1, spentThisMonth, method, hold: row.is_on === 1 ? holdOf(facts) : undefined};
}

/** What counts against the cap: all but what is known to have come to nothing. */
function spentIn(
  payments: readonly {readonly amount_minor: number; readonly state: string; readonly created_at: number}[],
  {microsOfMinor}: Given,
  {zone, currency}: {readonly zone: string; readonly currency: Currency},
  now: Instant,
): Micros {
  const month = monthAt(zone, now);
  return payments
    .filter(({state, created_at: at}) => !ENDED.has(state) && monthAt(zone, at as Instant) === month)
    .reduce((sum, {amount_minor: minor}) => plus(sum, microsOfMinor(minor, currency)), ZERO);
}

const ENDED: ReadonlySet<string> = new Set(['failed', 'canceled', 'reversed']);
const OPEN: ReadonlySet<string> = new Set(['created', 'submitting', 'pending', 'unknown', 'reversing']);

type Facts = Omit<AutomaticView, 'isOn' | 'hold'> & {
  readonly last: string | undefined;
  readonly lastAt: number;
  readonly changedAt: number;
};

function holdOf({threshold, target, monthlyCap, spentThisMonth, method, last = '', lastAt, changedAt}: Facts): AutomaticHold | undefined {
  if (method === undefined) return 'method-gone';
  if (last === 'action_required') return 'needs-student';
  if (OPEN.has(last)) return 'waiting';
  // A change of the settings forgives what was refused before.
  if (last === 'failed' && lastAt >= changedAt) return 'refused';
  return spentThisMonth + target - threshold > monthlyCap ? 'cap' : undefined;
}
