// What calls of a time cost, and what they would have cost by another tariff: sums by account and by destination.
// In: calls with their price and what another tariff says of them. Out: lists of bounded length, the largest differences first.
// Never true: a call without another price in a sum that is compared; a sum of a list where the list was cut.
import type {Instant} from '../../shared/time/instant.ts';
import type {Repriced, UnpricedReason} from './reprice.ts';

/** Micros: what they cost, and what they would have cost. */
export type WasAndDue = {readonly calls: number; readonly was: number; readonly due: number};
export type Sum = WasAndDue & {readonly of: string};

export type CallEffect = {
  readonly upSeq: number;
  readonly startedAt: Instant;
  readonly account: string;
  readonly destination: string;
  readonly was: number;
  readonly due: number;
};

export type Effect = {
  /** Those that have both prices. */
  readonly both: WasAndDue;
  /** Free whatever a tariff says. */
  readonly free: number;
  /** Would have no price any more, or nobody can say: `was` is what they cost. */
  readonly unpriced: readonly {readonly reason: UnpricedReason; readonly calls: number; readonly was: number}[];
  /** What they cost is not known: nobody wanted to know it then. */
  readonly unknown: number;
  readonly accounts: Shown<Sum>;
  readonly destinations: Shown<Sum>;
  /** What changes most, up or down. */
  readonly dearest: readonly CallEffect[];
};

/** The first of many. */
export type Shown<T> = {readonly first: readonly T[]; readonly count: number};

export type EffectCall = Omit<CallEffect, 'was' | 'due'> & {readonly was: number | undefined};

/** What a page shows of a list. */
const MOST_SHOWN = 50;
/** Of the calls that change most so many are kept at a time, and cut to those that are shown. */
const MOST_KEPT = 1_000;

type Mutable = {calls: number; was: number; due: number};

export class Effects {
  readonly #both: Mutable = {calls: 0, was: 0, due: 0};
  readonly #accounts = new Map<string, Mutable>();
  readonly #destinations = new Map<string, Mutable>();
  readonly #unpriced = new Map<UnpricedReason, {calls: number; was: number}>();
  #dearest: CallEffect[] = [];
  #free = 0;
  #unknown = 0;

  add(call: EffectCall, repriced: Repriced): void {
    const {was} = call;
    if (repriced.kind === 'unchanged-free') {
      this.#free++;
      return;
    }
    if (repriced.kind === 'unpriced') {
      const group = this.#unpriced.get(repriced.reason) ?? {calls: 0, was: 0};
      this.#unpriced.set(repriced.reason, {calls: group.calls + 1, was: group.was + (was ?? 0)});
      return;
    }
    if (was === undefined) {
      this.#unknown++;
      return;
    }
    const due = repriced.working.gross;
    for (const sum of [this.#both, sumIn(this.#accounts, call.account), sumIn(this.#destinations, call.destination)]) {
      sum.calls++;
      sum.was += was;
      sum.due += due;
    }
    if (due !== was) this.#keep({...call, was, due});
  }

  all(): Effect {
    return {
      both: this.#both,
      free: this.#free,
      unknown: this.#unknown,
      unpriced: [...this.#unpriced].map(([reason, sums]) => ({reason, ...sums})).toSorted((a, b) => b.calls - a.calls),
      accounts: shown(this.#accounts),
      destinations: shown(this.#destinations),
      dearest: mostChanged(this.#dearest),
    };
  }

  #keep(call: CallEffect): void {
    this.#dearest.push(call);
    if (this.#dearest.length > MOST_KEPT) this.#dearest = [...mostChanged(this.#dearest)];
  }
}

function sumIn(sums: Map<string, Mutable>, key: string): Mutable {
  const known = sums.get(key);
  if (known !== undefined) return known;
  const sum = {calls: 0, was: 0, due: 0};
  sums.set(key, sum);
  return sum;
}

function mostChanged(calls: readonly CallEffect[]): readonly CallEffect[] {
  return calls.toSorted((a, b) => change(b) - change(a)).slice(0, MOST_SHOWN);
}

function shown(sums: ReadonlyMap<string, Mutable>): Shown<Sum> {
  const all = [...sums].map(([of, sum]) => ({of, ...sum}));
  return {
    first: all.toSorted((a, b) => (change(a) === change(b) ? b.was - a.was : change(b) - change(a))).slice(0, MOST_SHOWN),
    count: all.length,
  };
}

/** Up or down. */
function change({was, due}: Pick<WasAndDue, 'was' | 'due'>): number {
  return Math.abs(due - was);
}
