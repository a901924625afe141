// Bytes of a switchboard → a durable debit, beside the same rows put into a bare SQLite file: same pragmas, same batches.
import {randomBytes} from 'node:crypto';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {Line} from '../../edge/feed/line.ts';
import {createFramer} from '../../edge/feed/framing.ts';
import {inTransaction, openStore, type Database} from '../../edge/store/open.ts';
import {compileTariff} from '../../shared/tariff/compile.ts';
import {tariffSchema} from '../../shared/tariff/tariff.ts';
import {instant} from '../../shared/time/instant.ts';
import {openFlow, recorderOn, SOME_ROW, type Flow} from '../rig/flow.ts';
import {HALL_POLICY, HALL_TARIFF} from '../simulator/cloud/site.ts';
import {lineOf, LINES, Printer} from './calls.ts';
import {compare, type Contestant, type Figure} from './measure.ts';

const FEED = 'smdr';
const START = Date.UTC(2026, 8, 7, 12);
/** Calls a round, by the size of a batch: a round of ones is all fsync. */
const ROUNDS = 5;
const HISTORY_CALLS = 5_000;
const CALLS: Readonly<Record<number, number>> = {1: 300, 100: 10_000, 1_000: 20_000};

export async function benchIngest(history: readonly number[]): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const batch of [1, 100, 1_000]) figures.push(await ingestOf(batch));
  figures.push(...(await benchHistory(history)));
  return figures;
}

async function ingestOf(batch: number): Promise<Figure> {
  const calls = CALLS[batch] ?? 0;
  const box = new BenchBox();
  const bare = new BareStore();
  try {
    return await compare({
      name: `ingest, batches of ${batch.toLocaleString('en-GB')}`,
      unit: 'calls/s',
      rounds: ROUNDS,
      ours: takingTurns(box, calls, batch),
      baselineName: 'the same rows into bare SQLite',
      baseline: {
        round: () => {
          bare.insert(calls, batch);
          return calls;
        },
      },
    });
  } finally {
    box.remove();
    bare.remove();
  }
}

/** Growth must be flat: the same ingest on a store that already holds so many calls, beside one that holds few. */
async function benchHistory([few = 0, ...more]: readonly number[]): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const many of more) {
    const [young, old] = [new BenchBox(), new BenchBox()];
    try {
      fill(young, few);
      fill(old, many);
      figures.push(
        await compare({
          name: `ingest beside ${many.toLocaleString('en-GB')} calls`,
          unit: 'calls/s',
          rounds: ROUNDS,
          ours: takingTurns(old, HISTORY_CALLS, 100),
          baselineName: `the same beside ${few.toLocaleString('en-GB')}`,
          baseline: takingTurns(young, HISTORY_CALLS, 100),
        }),
      );
    } finally {
      young.remove();
      old.remove();
    }
  }
  return figures;
}

function takingTurns(box: BenchBox, calls: number, batch: number): Contestant {
  let printed: readonly Buffer[] = [];
  return {
    prepare: () => {
      printed = box.print(calls, batch);
    },
    round: () => {
      for (const bytes of printed) box.take(bytes);
      return calls;
    },
  };
}

/** A whole box but for its sockets; its calls are of a hall whose students have enough money. */
class BenchBox {
  readonly #folder = mkdtempSync(join(tmpdir(), 'spbs-bench-'));
  readonly #database: Database = openStore(join(this.#folder, 'box.db'));
  readonly #flow: Flow;
  readonly #framer = createFramer();
  readonly #printer = new Printer(START);

  constructor() {
    this.#flow = openFlow({
      database: this.#database,
      tariff: compileTariff(tariffSchema.parse(HALL_TARIFF)),
      now: () => instant(this.#printer.now()),
      recorderOf: recorderOn(this.#database, 'mitel-mivoice'),
    });
    const {readers, book, spool, ledger} = this.#flow;
    readers.policy(HALL_POLICY, SOME_ROW);
    inTransaction(this.#database, () => {
      for (let line = 0; line < LINES; line++) {
        const [extension, account] = [lineOf(line), `student-${line}`];
        readers.extension({extension, class: 'student'}, SOME_ROW);
        readers.account({account, currency: 'GBP', language: 'en', closed: false}, SOME_ROW);
        readers.tenancy({tenancy: `t-${line}`, extension, account, from: 0}, SOME_ROW);
        const credit = {code: 'TOPUP', ref: `p-${line}`, debit: 'cash', credit: account, amount: 1e12, currency: 'GBP', at: START} as const;
        ledger.take(credit, SOME_ROW);
      }
    });
    book.changed();
    spool.open(FEED, instant(0));
  }

  /** What a switchboard would send, by batches. */
  print(calls: number, batch: number): readonly Buffer[] {
    return Array.from({length: Math.ceil(calls / batch)}, (_, index) => this.#printer.print(Math.min(batch, calls - index * batch)));
  }

  /** Frames and delivers, as a door does. */
  take(bytes: Buffer): void {
    const lines = this.#framer.push(bytes).map((framed): Line => ({
      feed: FEED,
      session: 1,
      position: String(framed.end),
      receivedAt: instant(this.#printer.now()),
      bytes: framed.bytes,
      broken: framed.broken,
    }));
    this.#flow.intake.deliver({feed: FEED, lines, file: undefined});
  }

  remove(): void {
    this.#database.close();
    rmSync(this.#folder, {recursive: true, force: true});
  }

  /** What the rows of a call refer to. */
  parents(): readonly TableRow[] {
    return [...this.#select('feed', 'true'), ...this.#select('account', 'true')];
  }

  /** What a call leaves behind, table by table; read off the first one. */
  rowsOfFirstCall(): readonly TableRow[] {
    const select = this.#select.bind(this);
    return [
      ...select('spool', 'id = 1'),
      ...select('call', 'seq = 1'),
      ...select('transfer', "log = 'up'").map(([table, row]) => [table, {...row, seq: null}] as const),
      ...select('up_log', "kind = 'call'"),
      ...select('up_personal', 'seq = (SELECT seq FROM up_log)'),
    ];
  }

  #select(table: string, where: string): readonly TableRow[] {
    return this.#database
      .prepare<[], Row>(`SELECT * FROM ${table} WHERE ${where}`)
      .all()
      .map((row) => [table, row] as const);
  }
}

function fill(box: BenchBox, calls: number): void {
  const AT_ONCE = 1_000;
  for (let done = 0; done < calls; done += AT_ONCE)
    for (const bytes of box.print(Math.min(AT_ONCE, calls - done), AT_ONCE)) box.take(bytes);
}

type Value = string | number | Buffer | null;
type Row = Readonly<Record<string, Value>>;
type TableRow = readonly [table: string, row: Row];
type Put = (call: number, id: string) => void;

/** The tables without their triggers, and the rows that a call leaves there, under new keys. Nothing else is computed. */
class BareStore {
  readonly #folder = mkdtempSync(join(tmpdir(), 'spbs-bare-'));
  readonly #database: Database = openStore(join(this.#folder, 'bare.db'));
  readonly #puts: readonly Put[];
  #calls = 0;

  constructor() {
    const triggers = this.#database.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'trigger'").pluck().all();
    for (const name of triggers) this.#database.exec(`DROP TRIGGER ${name}`);
    const box = new BenchBox();
    fill(box, 1);
    for (const [table, row] of box.parents()) this.#putting(table, row)(1, '');
    this.#puts = box.rowsOfFirstCall().map(([table, row]) => this.#putting(table, row));
    box.remove();
  }

  insert(calls: number, batch: number): void {
    for (let done = 0; done < calls; done += batch) {
      inTransaction(this.#database, () => {
        for (let call = 0; call < Math.min(batch, calls - done); call++) {
          this.#calls++;
          // As long and as scattered as the hashes that ours are.
          const id = randomBytes(32).toString('hex');
          for (const put of this.#puts) put(this.#calls, id);
        }
      });
    }
  }

  remove(): void {
    this.#database.close();
    rmSync(this.#folder, {recursive: true, force: true});
  }

  #putting(table: string, row: Row): Put {
    const columns = Object.keys(row);
    const insert = this.#database.prepare<Value[]>(
      `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    const values = Object.values(row);
    const numbers = columns.flatMap((column, index) =>
      ['id', 'seq', 'up_seq', 'log_seq'].includes(column) && typeof values[index] === 'number' ? [index] : [],
    );
    const ids = columns.flatMap((column, index) => (['id', 'ref'].includes(column) && typeof values[index] === 'string' ? [index] : []));
    return (call, id) => {
      const fresh = [...values];
      for (const index of numbers) fresh[index] = call - 1 + Number(values[index]);
      for (const index of ids) fresh[index] = String(values[index]).replace(/[0-9a-f]{64}/, id);
      insert.run(...fresh);
    };
  }
}
