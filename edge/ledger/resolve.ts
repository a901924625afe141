// How the waiting of an unbillable call ends: by a person's word from the desk, or by a tariff under which it has a price.
// In: what was asked; word that tariffs, rules or tenants changed. Out: resolution, debit, up row: in the caller's transaction.
// Never true: a call resolved twice; a debit without its resolution; a call debited that was made while the site only watched.
import {assert} from '../../shared/assert/assert.ts';
import {HOUSE_ACCOUNTS, type AccountId} from '../../shared/journal/transfer.ts';
import {micros, ZERO, type Currency} from '../../shared/money/micros.ts';
import type {Working} from '../../shared/tariff/working.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {DownBody, Policy} from '../../shared/wire/kinds.ts';
import {upFact, type CarrierCost} from '../../shared/wire/up.ts';
import type {RatedCall, RatedFlag} from '../rating/priced-call.ts';
import type {Database} from '../store/open.ts';
import {usesKeeper, type BilledCall} from './allowance-uses.ts';
import type {Journal} from './journal.ts';
import {createPosting, type Charge, type Posting} from './posting.ts';
import {createWaitingRows, type WaitingCall, type WaitingRecord, type WaitingRows} from './waiting.ts';

export type ResolverGiven = {
  readonly journal: Journal;
  readonly rate: (
    record: WaitingRecord,
    moment: {readonly goLive: Instant; readonly receivedAt: Instant; readonly isWatched: boolean},
  ) => RatedCall;
  readonly policy: () => Policy | undefined;
  readonly now: () => Instant;
};

/** `seq`: the row of the down log that asks. */
export type Asked = {readonly body: DownBody<'resolution'>; readonly seq: number};

/** Everything that writes returns the accounts it touched, for credit control. */
export type Resolver = {
  /** Does the first of them at once; the rest is due, in their order, and outlasts a restart. */
  readonly take: (asked: readonly Asked[]) => ReadonlySet<AccountId>;
  /** Tariffs, rules or tenants changed: every waiting call is to be rated again. */
  readonly rateAgain: () => void;
  readonly isDue: () => boolean;
  /** Some of what is due: first what staff asked, then rating again. */
  readonly next: () => ReadonlySet<AccountId>;
};

/** So few in one transaction: the main thread has other work, a transaction of it may last 20 ms, and each takes 0.1 to 0.2 ms of it. */
const CALLS_AT_ONCE = 50;

type By = 'desk' | 'schedule';
type Priced = Omit<Charge, 'call' | 'startedAt'> & {
  readonly prefix: string;
  readonly destination: string;
  readonly working: Working | undefined;
  readonly flags: readonly RatedFlag[];
  readonly cost: CarrierCost | undefined;
};

export function createResolver(database: Database, given: ResolverGiven): Resolver {
  const rows = createWaitingRows(database);
  const queue = askedRows(database);
  const work = new Resolving(database, given, rows);
  const together = (act: (touched: Set<AccountId>) => void): ReadonlySet<AccountId> => {
    assert(database.inTransaction, 'calls are resolved in a transaction');
    const touched = new Set<AccountId>();
    act(touched);
    return touched;
  };
  const answerSome = (touched: Set<AccountId>): number => {
    const some = queue.first(CALLS_AT_ONCE);
    for (const asked of some) {
      work.take(asked, touched);
      queue.answered(asked.seq);
    }
    return some.length;
  };
  const rateSome = (touched: Set<AccountId>): void => {
    const calls = rows.curable(rows.place() ?? 0, CALLS_AT_ONCE);
    for (const call of calls) work.rateAgain(call, touched);
    rows.goOn(calls.length < CALLS_AT_ONCE ? undefined : calls.at(-1)?.seq);
  };
  return {
    take: (asked) =>
      together((touched) => {
        for (const each of asked) queue.add(each);
        answerSome(touched);
      }),
    rateAgain: () => rows.goOn(0),
    isDue: () => queue.first(1).length > 0 || rows.place() !== undefined,
    next: () =>
      together((touched) => {
        if (answerSome(touched) === 0) rateSome(touched);
      }),
  };
}

/** What staff asked and nobody has answered yet, in the order of the down log. */
function askedRows(database: Database) {
  const insert = database.prepare<[number, string]>('INSERT INTO resolution_asked (seq, body) VALUES (?, ?)');
  const select = database.prepare<[number], {seq: number; body: string}>('SELECT seq, body FROM resolution_asked ORDER BY seq LIMIT ?');
  const remove = database.prepare<[number]>('DELETE FROM resolution_asked WHERE seq = ?');
  return {
    add: ({seq, body}: Asked): void => void insert.run(seq, JSON.stringify(body)),
    first: (most: number): readonly Asked[] =>
      select.all(most).map(({seq, body}) => ({seq, body: JSON.parse(body) as DownBody<'resolution'>})),
    answered: (seq: number): void => void remove.run(seq),
  };
}

class Resolving {
  readonly #given: ResolverGiven;
  readonly #rows: WaitingRows;
  readonly #posting: Posting;
  readonly #insert: (values: readonly unknown[]) => void;
  readonly #keepUses: (billed: BilledCall) => void;

  constructor(database: Database, given: ResolverGiven, rows: WaitingRows) {
    this.#given = given;
    this.#rows = rows;
    this.#posting = createPosting(database);
    const insert = database.prepare<unknown[]>(`
      INSERT INTO call_resolution (call, up_seq, outcome, by, payer, prefix, destination, amount, tax, currency, working, cost, flags, at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
    this.#insert = (values) => void insert.run(...values);
    this.#keepUses = usesKeeper(database);
  }

  take({body, seq}: Asked, touched: Set<AccountId>): void {
    const call = this.#rows.call(body.call);
    if (call === undefined) {
      // A call that waited when this ledger began came with it.
      if (this.#rows.isOfBefore(body.call)) return this.#answer(body.call, seq, 'already-resolved');
      return this.#answer(body.call, seq, 'still-unbillable', 'this box does not hold the call');
    }
    if (call.state === 'before-go-live') return this.#answer(call.id, seq, 'still-unbillable', 'it was made before billing began');
    if (call.state !== 'unbillable' || call.isResolved) return this.#answer(call.id, seq, 'already-resolved');
    if (body.act === 'write-off') return this.#writeOff(call, touched);
    const priced = this.#byHand(call, body);
    if (typeof priced === 'string') return this.#answer(call.id, seq, 'still-unbillable', priced);
    this.#bill(call, priced, 'desk', touched);
  }

  rateAgain(call: WaitingCall, touched: Set<AccountId>): void {
    const rated = this.#rated(call);
    if (rated?.kind !== 'priced' || call.isResolved) return;
    const {payer, amount, tax, currency, working, flags, cost} = rated;
    const {prefix, destination} = working;
    this.#bill(call, {payer, amount, tax, currency, prefix, destination, working, flags, cost}, 'schedule', touched);
  }

  /** By the rules of now: what is older than the site bills back is the house's. */
  #rated({record, isWatched}: WaitingCall): RatedCall | undefined {
    return record && this.#given.rate(record, {goLive: record.start, receivedAt: this.#given.now(), isWatched});
  }

  #byHand(call: WaitingCall, {amount = 0, tax = 0, destination = '', payer: named}: DownBody<'resolution'>): Priced | string {
    const policy = this.#given.policy();
    if (policy === undefined) return 'the box has no rules of its site yet';
    const {payer, flags} = named === undefined ? this.#whoPays(call) : {payer: named as AccountId, flags: []};
    if (payer === undefined) return 'nobody rented the line when the call began: say who pays';
    if (payer === HOUSE_ACCOUNTS.revenue) return `${payer} does not pay for calls`;
    const currency = policy.currency as Currency;
    // A person's price uses no allowance; what the carrier asks for the call is the same.
    const {cost} = this.#rated(call) ?? {};
    return {payer, amount: micros(amount), tax: micros(tax), currency, prefix: '', destination, working: undefined, flags, cost};
  }

  #whoPays(call: WaitingCall): Pick<Priced, 'flags'> & {readonly payer: AccountId | undefined} {
    const rated = this.#rated(call);
    if (rated === undefined || rated.kind === 'before-go-live') return {payer: call.payer, flags: []};
    // The rest says how a price came about that is not this one.
    return {payer: rated.payer ?? call.payer, flags: rated.flags.filter((flag) => flag === 'late')};
  }

  #bill(call: WaitingCall, priced: Priced, by: By, touched: Set<AccountId>): void {
    const {payer, amount, tax, currency, prefix, destination, working, flags, cost} = priced;
    const {journal, policy, now} = this.#given;
    const isDebited = !call.isWatched && policy()?.mode !== 'watch';
    const outcome = isDebited ? 'billed' : 'watched';
    const at = now();
    const {startedAt, tariff: firstTariff} = call;
    const price = {startedAt, payer, amount, tax, currency, prefix, destination, working, cost};
    const said = {call: call.id, outcome, by, at, ...price, flags, firstTariff};
    const upSeq = journal.write([upFact('call-resolved', call.id, said)]);
    const [saved, savedCost] = [working, cost].map((value) => (value === undefined ? null : JSON.stringify(value)));
    const paid = [payer, prefix, destination, amount, tax, currency];
    this.#insert([call.id, upSeq, outcome, by, ...paid, saved, savedCost, JSON.stringify(flags), at]);
    if (isDebited) this.#keepUses({call: call.id, payer, working, upSeq});
    if (amount > ZERO) {
      this.#posting.openHouse(currency);
      this.#posting.openAccount(payer, 'student', currency);
      this.#posting.charge({call: call.id, payer, amount, tax, currency, startedAt}, isDebited, upSeq);
      touched.add(payer);
    }
    this.#end(call, touched);
  }

  #writeOff(call: WaitingCall, touched: Set<AccountId>): void {
    const {id} = call;
    const at = this.#given.now();
    const upSeq = this.#given.journal.write([upFact('call-resolved', id, {call: id, outcome: 'written-off', by: 'desk', at})]);
    this.#insert([id, upSeq, 'written-off', 'desk', null, null, null, null, null, null, null, null, '[]', at]);
    this.#end(call, touched);
  }

  /** One less waits for whoever paid for the line, whoever pays for the call. */
  #end({seq, payer}: WaitingCall, touched: Set<AccountId>): void {
    this.#rows.ended(seq);
    if (payer !== undefined) touched.add(payer);
  }

  /** What was asked is not done. Each asking has its answer. */
  #answer(call: string, asked: number, outcome: 'already-resolved' | 'still-unbillable', detail?: string): void {
    const body = {call, outcome, by: 'desk', at: this.#given.now(), ...(detail === undefined ? {} : {detail})};
    this.#given.journal.write([upFact('call-resolved', `${call}:${asked}`, body)]);
  }
}
