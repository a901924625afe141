// Running calls on a real store with the real rater, credit control and intake; the clock is the test's, and so is the switchboard's.
import {createRunningCredit} from '../../../edge/credit/running-money.ts';
import type {Settled} from '../../../edge/credit/control.ts';
import {createRunningCalls, type RunningCalls} from '../../../edge/engine/running.ts';
import {createRunningRater} from '../../../edge/rating/running.ts';
import {inTransaction, type Database} from '../../../edge/store/open.ts';
import type {CommandResult, LinkState, LiveCall} from '../../../edge/switchboard/port.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {compileTariff, type CompiledTariff} from '../../../shared/tariff/compile.ts';
import {tariffSchema, type TariffSource} from '../../../shared/tariff/tariff.ts';
import {later, type Instant} from '../../../shared/time/instant.ts';
import type {DownBody, Policy} from '../../../shared/wire/kinds.ts';
import {openFlow, recorderOn, SOME_ROW, type Flow} from '../../rig/flow.ts';
import {HALL_POLICY, HALL_TARIFF} from '../../simulator/cloud/site.ts';
import {formats} from '../../simulator/switchboard/formats.ts';
import {manualTime, type ManualTime} from '../manual-timers.ts';
import {silentLog} from '../silent-log.ts';
import {temporaryStore} from '../temporary-store.ts';

const FEED = 'smdr';
const START = Date.UTC(2026, 8, 7, 9);
const compiled = (destinations: TariffSource['destinations']): CompiledTariff =>
  compileTariff(tariffSchema.parse({...HALL_TARIFF, destinations: [...HALL_TARIFF.destinations, ...destinations]}));

type BoardCall = {readonly id: string; readonly extension: string; readonly dialled: string | undefined; readonly answeredAt: Instant};

export type RunningBench = {
  readonly database: Database;
  readonly flow: Flow;
  readonly running: RunningCalls;
  readonly time: ManualTime;
  /** `c1 300`: a limit in seconds, as it was told. */
  readonly told: string[];
  readonly incidents: string[];
  readonly settled: Settled[];
  readonly board: Board;
  mayWrite: boolean;
  readonly policy: (change: Partial<Policy>) => void;
  /** A tariff with these too is in force. */
  readonly addDestinations: (destinations: TariffSource['destinations']) => void;
  readonly line: (extension: string, account: string, kind?: DownBody<'extension'>['class']) => void;
  /** Money in, or out. */
  readonly pay: (account: string, amount: number) => void;
  readonly balance: (account: string) => number;
  readonly state: (extension: string) => {readonly wanted: string; readonly reasons: readonly string[]} | undefined;
  /** The switchboard prints the record of a call that has just ended. */
  readonly print: (extension: string, number: string, seconds: number) => void;
  /** Bodies of the journal's rows of a kind. */
  readonly journal: (kind: string) => readonly Readonly<Record<string, unknown>>[];
  readonly stop: () => Promise<void>;
};

/** Calls as a switchboard has them; those with an end are over when it comes. */
export class Board {
  readonly #time: ManualTime;
  readonly #told: string[];
  /** Befalls while an answer is on its way: it tells of what was before. */
  onTheWay: (() => void) | undefined;
  readonly #calls = new Map<string, BoardCall>();
  readonly #ends = new Map<string, Instant>();
  readonly #listeners = new Set<(state: LinkState) => void>();
  /** What it answers to a limit. */
  answer: CommandResult = {kind: 'sent'};
  isSilent = false;
  /** It tells how long a call has lasted in whole seconds, as most do. */
  tellsWhole = false;
  /** It takes limits and keeps none. */
  isDeaf = false;
  #made = 0;

  constructor(time: ManualTime, told: string[]) {
    this.#time = time;
    this.#told = told;
  }

  answered(extension: string, dialled: string | undefined, agoMs = 0): string {
    const id = `c${++this.#made}`;
    this.#calls.set(id, {id, extension, dialled, answeredAt: later(this.#time.clock.now(), -agoMs)});
    return id;
  }

  /** Seconds from the beginning of the test to the end that a call has been given. */
  endOf(id: string): number {
    return ((this.#ends.get(id) ?? NaN) - START) / 1_000;
  }

  /** The second up to which a call may last: ends are told in whole seconds, rounded down. */
  endsBy(id: string): number {
    return Math.ceil(this.endOf(id));
  }

  hangUp(id: string): void {
    this.#calls.delete(id);
  }

  calls(): readonly LiveCall[] {
    const now = this.#time.clock.now();
    for (const [id, end] of this.#ends) if (end <= now) this.#calls.delete(id);
    return [...this.#calls.values()].map(({answeredAt, ...call}) => ({
      ...call,
      answeredSeconds: this.tellsWhole ? Math.floor((now - answeredAt) / 1_000) : (now - answeredAt) / 1_000,
    }));
  }

  link(kind: 'up' | 'down'): void {
    const state: LinkState = kind === 'up' ? {kind} : {kind, why: 'the cable is out', cure: 'put it back'};
    for (const listen of this.#listeners) listen(state);
  }

  readonly port = {
    capabilities: {readsLines: true, divertsIncoming: true, reportsLiveCalls: true, limitsCalls: true},
    liveCalls: (): Promise<readonly LiveCall[] | undefined> => {
      const live = this.isSilent ? undefined : this.calls();
      this.onTheWay?.();
      return Promise.resolve(live);
    },
    limit: (id: string, seconds: number): Promise<CommandResult> => {
      this.#told.push(`${id} ${seconds}`);
      if (this.answer.kind !== 'failed' && !this.isDeaf) this.#ends.set(id, later(this.#time.clock.now(), seconds * 1_000));
      return Promise.resolve(this.answer);
    },
    onLink: (listen: (state: LinkState) => void) => {
      this.#listeners.add(listen);
      listen({kind: 'up'});
      return () => this.#listeners.delete(listen);
    },
  };
}

export function openRunning(change: Partial<Policy> = {}): RunningBench {
  const store = temporaryStore();
  const {database} = store;
  const time = manualTime(START);
  const prices = {tariff: compiled([])};
  const {clock, timers} = time;
  const told: string[] = [];
  const incidents: string[] = [];
  const settled: Settled[] = [];
  const board = new Board(time, told);
  const may = {mayWrite: true};
  const following: {running?: RunningCalls} = {};
  const flow = openFlow({
    database,
    tariff: prices.tariff,
    now: clock.now,
    recorderOf: recorderOn(database, 'mitel-mivoice'),
    running: () => following.running,
  });
  const {book, readers, ledger, credit, spool, intake} = flow;
  const known = {...book, tariffAt: () => prices.tariff};
  const running = createRunningCalls({
    switchboard: board.port,
    book: known,
    rate: createRunningRater({site: 'hall', book: known}),
    credit: createRunningCredit(database, {...book, balance: ledger.balance, now: clock.now}),
    transact: (work) => inTransaction(database, work),
    settle: (accounts) => credit.settle(accounts, 'call'),
    after: (each) => settled.push(each),
    told: () => undefined,
    incident: (code, subject, detail) => incidents.push(`${code} ${subject}: ${detail}`),
    ended: (code) => incidents.push(`ended ${code}`),
    mayWrite: () => may.mayWrite,
    mayLock: () => book.policy()?.mode === 'bill-and-lock',
    clock,
    timers,
    log: silentLog,
  });
  following.running = running;
  const rules = {...HALL_POLICY, ...change};
  const write = (work: () => void): void => {
    inTransaction(database, work);
    book.changed();
  };
  write(() => readers.policy(rules, SOME_ROW));
  spool.open(FEED, 0 as Instant);
  const stop = new AbortController();
  const ended = running.run(stop.signal);
  let payments = 0;
  let printed = 0;
  const bodies = database.prepare<[string], Buffer>('SELECT body FROM up_log WHERE kind = ? ORDER BY seq').pluck();
  const selectState = database.prepare<[string], {wanted: string; reasons: string}>(
    'SELECT wanted, reasons FROM line_state WHERE extension = ?',
  );
  return Object.assign(may, {
    database,
    flow,
    running,
    time,
    told,
    incidents,
    settled,
    board,
    policy: (now: Partial<Policy>) => write(() => readers.policy(Object.assign(rules, now), SOME_ROW)),
    addDestinations: (destinations: TariffSource['destinations']) => {
      prices.tariff = compiled(destinations);
    },
    line: (extension: string, account: string, kind: DownBody<'extension'>['class'] = 'student') =>
      write(() => {
        readers.extension({extension, class: kind}, SOME_ROW);
        readers.account({account, currency: 'GBP', language: 'en', closed: false}, SOME_ROW);
        readers.tenancy({tenancy: `t-${extension}`, extension, account, from: 0}, SOME_ROW);
        credit.review([extension]);
      }),
    pay: (account: string, amount: number) =>
      write(() => {
        const [debit, to] = amount > 0 ? ['cash', account] : [account, 'cash'];
        const body = {
          code: 'TOPUP' as const,
          ref: `p${++payments}`,
          debit,
          credit: to,
          amount: Math.abs(amount),
          currency: 'GBP',
          at: clock.now(),
        };
        ledger.take(body, SOME_ROW);
        credit.settle([account as AccountId], 'money');
      }),
    balance: (account: string) => ledger.balance(account as AccountId),
    state: (extension: string) => {
      const row = selectState.get(extension);
      return row === undefined ? undefined : {wanted: row.wanted, reasons: JSON.parse(row.reasons) as string[]};
    },
    print: (extension: string, number: string, seconds: number) => {
      const startMs = clock.now() - (seconds + 3) * 1_000;
      const call = {
        direction: 'outgoing' as const,
        extension,
        other: number,
        ringSeconds: 3,
        talkSeconds: seconds,
        startMs,
        sequence: ++printed,
      };
      const line = formats['mitel-mivoice-207']({...call, diverted: false}, 'UTC');
      const bytes = Buffer.from(line, 'latin1');
      const lines = [{feed: FEED, session: 1, position: String(printed), receivedAt: clock.now(), bytes, broken: undefined}];
      intake.deliver({feed: FEED, lines, file: undefined});
    },
    journal: (kind: string) => bodies.all(kind).map((body) => JSON.parse(body.toString('utf8')) as Record<string, unknown>),
    stop: async () => {
      stop.abort();
      await ended;
      store.remove();
    },
  });
}
