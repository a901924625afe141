// What calls that have their price would cost by another tariff, or by the one that was late, or paid by somebody else.
// In: a wish. Out: a line for each account and call whose share changes, and the hash of them all. Never true: money moved here;
// a call that waits; a line without a difference.
import {sha256} from '../../shared/journal/chain.ts';
import type {Working} from '../../shared/tariff/working.ts';
import {refused, type Refusal} from '../../shared/failure/refusal.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Reader} from '../store/open.ts';
import type {Repriced, StoredCall} from '../tariff/reprice.ts';
import type {Reprice} from '../tariff/repricer.ts';
import {paidCalls, type PaidCall, type Share} from './paid.ts';
import {payerFault} from './payer.ts';

/** From and to are when calls began, half-open. */
export type Wish =
  /** By the tariff with this hash; without one, by the schedule as it is now. */
  | {
      readonly cause: 'tariff';
      readonly site: string;
      readonly from: Instant;
      readonly to: Instant;
      readonly tariff?: string;
      readonly account?: string;
    }
  /** Calls that the box priced before it had the schedule that was published for them. */
  | {readonly cause: 'tariff-late'; readonly site: string}
  /** Calls of a line that one account paid and another should have. */
  | {
      readonly cause: 'move';
      readonly site: string;
      readonly extension: string;
      readonly from: Instant;
      readonly to: Instant;
      readonly paidBy: string;
      readonly payer: string;
    };

/** What an account has paid for a call, and what it should. */
export type PlanLine = {
  /** The up row of the call. */
  readonly callSeq: number;
  readonly account: string;
  readonly was: Share;
  readonly due: Share;
  /** Undefined where the price stays and only the payer changes. */
  readonly working: Working | undefined;
};

export type Plan = {
  readonly kind: 'plan';
  readonly wish: Wish;
  /** In the order of the calls. */
  readonly lines: readonly PlanLine[];
  readonly hash: string;
  readonly looked: number;
  /** Calls that the late tariff prices no otherwise, or cannot price: nobody need look at them again. */
  readonly same: readonly number[];
  /** Calls that stay as they are although another price was asked for, by their reason. */
  readonly left: Readonly<Record<string, number>>;
};

export type PlanRefusal = Refusal<'time-order' | 'too-many' | 'same-account' | 'payer-unknown' | 'payer-closed'>;

/** A call with its price: by the box, or by the end of its waiting. */
export type PlannedCall = StoredCall & {readonly upSeq: number};

export type PlanGiven = {
  readonly reading: Reader;
  /** In parts, between which others have their turn. */
  readonly calls: {
    readonly between: (site: string, span: {readonly from: Instant; readonly to: Instant}) => AsyncIterable<readonly PlannedCall[]>;
    readonly at: (site: string, upSeqs: readonly number[]) => AsyncIterable<readonly PlannedCall[]>;
  };
  readonly repricer: (site: string) => Promise<Reprice>;
};

/** More is looked at in parts: what one page shows, one transaction posts, and nobody else is answered meanwhile. */
const MOST_LOOKED = 200_000;
const MOST_LINES = 10_000;

export async function planRerating(given: PlanGiven, wish: Wish): Promise<Plan | PlanRefusal> {
  const no = faultOf(wish) ?? (wish.cause === 'move' ? await payerFault(given.reading, wish.site, wish.payer) : undefined);
  if (no !== undefined) return no;
  const planning = new Planning(given, wish);
  try {
    if (wish.cause === 'tariff') await planning.byTariff(wish);
    else if (wish.cause === 'tariff-late') await planning.late();
    else await planning.moved(wish);
  } catch (error) {
    if (error instanceof TooMany) return TOO_MANY;
    throw error;
  }
  return planning.plan();
}

/** SHA-256 over every line, in the order of the calls: what is approved is exactly that. */
export function hashOfLines(site: string, lines: readonly PlanLine[]): string {
  const told = lines.map(({callSeq, account, was, due, working}) => [
    callSeq,
    account,
    was.amount,
    was.tax,
    due.amount,
    due.tax,
    working ?? null,
  ]);
  return sha256(JSON.stringify([site, told])).toString('hex');
}

function faultOf(wish: Wish): PlanRefusal | undefined {
  if (wish.cause !== 'tariff-late' && wish.to <= wish.from)
    return refused('time-order', 'the time ends before it begins', 'choose a later end');
  if (wish.cause === 'move' && wish.paidBy === wish.payer)
    return refused('same-account', 'both are the same account', 'choose who should have paid');
  return undefined;
}

class TooMany extends Error {}
const TOO_MANY = refused('too-many', `these are more than ${MOST_LINES} differences or ${MOST_LOOKED} calls`, 'choose a shorter time');

class Planning {
  readonly #given: PlanGiven;
  readonly #wish: Wish;
  readonly #lines: PlanLine[] = [];
  readonly #same: number[] = [];
  readonly #left: Record<string, number> = {};
  #looked = 0;

  constructor(given: PlanGiven, wish: Wish) {
    this.#given = given;
    this.#wish = wish;
  }

  plan(): Plan {
    const lines = this.#lines.toSorted((a, b) => (a.callSeq === b.callSeq ? (a.account < b.account ? -1 : 1) : a.callSeq - b.callSeq));
    const wish = this.#wish;
    return {kind: 'plan', wish, lines, hash: hashOfLines(wish.site, lines), looked: this.#looked, same: this.#same, left: this.#left};
  }

  async byTariff({site, from, to, tariff, account}: Extract<Wish, {cause: 'tariff'}>): Promise<void> {
    const reprice = await this.#given.repricer(site);
    for await (const calls of this.#given.calls.between(site, {from, to}))
      await this.#reprice(
        calls,
        (call) => reprice(call, tariff),
        (payer) => account === undefined || payer === account,
      );
  }

  async late(): Promise<void> {
    const {reading, repricer, calls} = this.#given;
    const {site} = this.#wish;
    const late = await reading.selectFrom('tariff_late').select(['call_seq', 'due']).where('site', '=', site).orderBy('call_seq').execute();
    const dueOf = new Map(late.map(({call_seq: seq, due}) => [seq, due]));
    const reprice = await repricer(site);
    const seqs = late.map((row) => row.call_seq);
    for await (const part of calls.at(site, seqs)) {
      // There is no shorter time to choose: the rest waits for the next proposal.
      if (this.#lines.length + part.length > MOST_LINES || this.#looked + part.length > MOST_LOOKED) break;
      await this.#reprice(
        part,
        (call) => reprice(call, dueOf.get(call.upSeq)),
        () => true,
      );
    }
  }

  async moved({site, extension, from, to, paidBy, payer}: Extract<Wish, {cause: 'move'}>): Promise<void> {
    const {reading} = this.#given;
    const rows = await reading
      .selectFrom('call')
      .select('up_seq')
      .where('site', '=', site)
      .where('extension', '=', extension)
      .where('started_at', '>=', from)
      .where('started_at', '<', to)
      .orderBy('up_seq')
      .limit(MOST_LOOKED + 1)
      .execute();
    this.#look(rows.length);
    const paid = await paidCalls(
      reading,
      site,
      rows.map((row) => row.up_seq),
    );
    for (const {upSeq, shares} of paid.values()) {
      const was = shares.get(paidBy);
      if (was === undefined) continue;
      const has = shares.get(payer) ?? NOTHING;
      this.#line({callSeq: upSeq, account: paidBy, was, due: NOTHING, working: undefined});
      this.#line({callSeq: upSeq, account: payer, was: has, due: sumOf(has, was), working: undefined});
    }
  }

  async #reprice(
    calls: readonly PlannedCall[],
    reprice: (call: PlannedCall) => Promise<Repriced>,
    concerns: (payer: string) => boolean,
  ): Promise<void> {
    this.#look(calls.length);
    const paid = await paidCalls(
      this.#given.reading,
      this.#wish.site,
      calls.map(({upSeq}) => upSeq),
    );
    for (const call of calls) {
      const known = paid.get(call.upSeq);
      if (known === undefined || !concerns(known.payer)) continue;
      const found = await reprice(call);
      if (found.kind === 'unpriced') {
        this.#left[found.reason] = (this.#left[found.reason] ?? 0) + 1;
        this.#same.push(call.upSeq);
      }
      if (found.kind === 'priced') this.#priced(known, found.working);
    }
  }

  /** The payer's share is what it would cost now; whoever else has one keeps it. */
  #priced({upSeq, payer, shares}: PaidCall, working: Working): void {
    const was = shares.get(payer) ?? NOTHING;
    const due = {amount: working.gross, tax: working.tax};
    if (due.amount !== was.amount || due.tax !== was.tax) this.#line({callSeq: upSeq, account: payer, was, due, working});
    else this.#same.push(upSeq);
  }

  #line(line: PlanLine): void {
    this.#lines.push(line);
    if (this.#lines.length > MOST_LINES) throw new TooMany();
  }

  #look(calls: number): void {
    this.#looked += calls;
    if (this.#looked > MOST_LOOKED) throw new TooMany();
  }
}

const NOTHING: Share = {amount: 0, tax: 0};

function sumOf(a: Share, b: Share): Share {
  return {amount: a.amount + b.amount, tax: a.tax + b.tax};
}
