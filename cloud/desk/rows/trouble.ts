// What is wrong, everywhere at once. In: the time. Out: lists of bounded length; empty ones where all is well.
import {HOUSE_ACCOUNTS} from '../../../shared/journal/transfer.ts';
import {micros, type Currency, type Micros} from '../../../shared/money/micros.ts';
import {instant, type Instant} from '../../../shared/time/instant.ts';
import type {PaymentStateName} from '../../store/tables.ts';
import type {Reader} from '../../store/open.ts';
import type {BoxState} from '../box-facts.ts';
import {readDecisions, readLateCalls, type LateCalls, type OpenDecision} from './decisions.ts';
import {needsPerson, NEEDS_PERSON} from './payments.ts';
import {readBoxes} from './sites.ts';

export type Incident = {
  /** Empty: the cloud itself. */
  readonly site: string;
  readonly code: string;
  readonly subject: string;
  readonly since: Instant;
  readonly detail: string;
  readonly cure: string;
};
export type DoubtfulPayment = {
  readonly id: string;
  readonly site: string;
  readonly account: string;
  readonly minor: number;
  readonly currency: Currency;
  readonly state: PaymentStateName;
  readonly needsPerson: boolean;
  readonly since: Instant;
};
export type WaitingCalls = {
  readonly site: string;
  readonly reason: string;
  readonly calls: number;
  readonly seconds: number;
  readonly oldest: Instant;
};
export type Suspense = {readonly site: string; readonly amount: Micros; readonly currency: Currency};

export type Trouble = {
  readonly incidents: readonly Incident[];
  readonly boxes: readonly BoxState[];
  readonly payments: readonly DoubtfulPayment[];
  readonly unbillable: readonly WaitingCalls[];
  readonly mailsGivenUp: number;
  /** Why no mail goes out at all. */
  readonly mail: string | undefined;
  readonly suspense: readonly Suspense[];
  readonly decisions: readonly OpenDecision[];
  readonly late: readonly LateCalls[];
};

/** More than a screen; whoever has more has one cause for them. */
const MOST_SHOWN = 50;
/** A payment that a provider is asked about takes seconds; one that takes longer is somebody's worry. */
const DOUBT_AFTER_MS = 60_000;
const DOUBTFUL: readonly PaymentStateName[] = ['created', 'submitting', 'pending', 'unknown', 'reversing'];

/** `mail`: what the outbox itself says, for it is in no row. */
export async function readTrouble(db: Reader, now: Instant, mail: string | undefined): Promise<Trouble> {
  return {
    mail,
    incidents: await readIncidents(db),
    boxes: (await readBoxes(db, now)).filter(({verdict}) => verdict !== 'ok' && verdict !== 'old'),
    payments: await readDoubtful(db, now),
    unbillable: await readUnbillable(db),
    mailsGivenUp: await countGivenUp(db),
    suspense: await readSuspense(db),
    decisions: await readDecisions(db),
    late: await readLateCalls(db),
  };
}

export function isWell(trouble: Trouble): boolean {
  const {mailsGivenUp, mail, ...lists} = trouble;
  return mailsGivenUp === 0 && mail === undefined && Object.values(lists).every((list) => list.length === 0);
}

/** The newest first. */
export async function readIncidents(db: Reader, site?: string): Promise<readonly Incident[]> {
  const rows = await db
    .selectFrom('incident')
    .select(['site', 'code', 'subject', 'began_at', 'detail', 'cure'])
    .where('ended_at', 'is', null)
    .$if(site !== undefined, (query) => query.where('site', '=', site ?? ''))
    .orderBy('began_at', 'desc')
    .limit(MOST_SHOWN)
    .execute();
  return rows.map(({began_at: at, ...rest}) => ({...rest, since: instant(at)}));
}

async function readDoubtful(db: Reader, now: Instant): Promise<readonly DoubtfulPayment[]> {
  const rows = await db
    .selectFrom('payment')
    .select(['id', 'site', 'account', 'amount_minor', 'currency', 'state', 'failure', 'changed_at'])
    .where((eb) =>
      eb.or([
        eb.and([eb('state', 'in', DOUBTFUL), eb('changed_at', '<', now - DOUBT_AFTER_MS)]),
        eb.and([eb('failure', 'in', NEEDS_PERSON), eb('state', 'not in', ['succeeded', 'reversed'])]),
      ]),
    )
    .orderBy('changed_at')
    .limit(MOST_SHOWN)
    .execute();
  return rows.map(({id, site, account, amount_minor: minor, currency, state, failure, changed_at: at}) => ({
    id,
    site,
    account,
    minor,
    currency: currency as Currency,
    state,
    needsPerson: needsPerson(state, failure),
    since: instant(at),
  }));
}

async function readUnbillable(db: Reader): Promise<readonly WaitingCalls[]> {
  const rows = await db
    .selectFrom('call')
    .where('reason', 'is not', null)
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('call_resolution')
            .select('call_resolution.call_seq')
            .whereRef('call_resolution.site', '=', 'call.site')
            .whereRef('call_resolution.call_seq', '=', 'call.up_seq'),
        ),
      ),
    )
    .groupBy(['site', 'reason'])
    .select((eb) => [
      'site',
      'reason',
      eb.fn.countAll<number>().as('calls'),
      eb.fn.sum<number>('duration').as('seconds'),
      eb.fn.min<number>('started_at').as('oldest'),
    ])
    .orderBy('calls', 'desc')
    .limit(MOST_SHOWN)
    .execute();
  return rows.map(({reason, oldest, ...rest}) => ({...rest, reason: reason ?? '', oldest: instant(oldest)}));
}

async function countGivenUp(db: Reader): Promise<number> {
  const row = await db
    .selectFrom('mail')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('given_up_at', 'is not', null)
    .executeTakeFirst();
  return row?.count ?? 0;
}

async function readSuspense(db: Reader): Promise<readonly Suspense[]> {
  const rows = await db
    .selectFrom('balance')
    .innerJoin('site', 'site.id', 'balance.site')
    .select(['balance.site', 'balance.credit', 'balance.debit', 'site.currency'])
    .where('balance.account', '=', HOUSE_ACCOUNTS.suspense)
    .execute();
  return rows
    .filter(({credit, debit}) => credit !== debit)
    .map(({site, credit, debit, currency}) => ({site, amount: micros(credit - debit), currency: currency as Currency}));
}
