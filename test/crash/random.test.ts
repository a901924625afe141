// `kill -9` at random, again and again on the same data, while calls come in by two doors, files rotate and credits come down.
// What no collector can keep: a record that the switchboard has handed to its own kernel and that the box never read. A Mitel
// sends its last records again when its collector comes back; the simulated one is told how many are in doubt.
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Database} from '../../edge/store/open.ts';
import {must} from '../../shared/assert/assert.ts';
import {seededRandom} from '../simulator/switchboard/traffic.ts';
import {amount, size, tiers} from '../tiers.ts';
import {accountOf, auditAlways, headsOf, type Heads} from './audit.ts';
import {FOLDER, Hall, POUND, TCP} from './hall.ts';
import {readMitel, type Printed, type ReadLine} from './printed.ts';

/** The times and amounts of one run; SPBS_CRASH_SEED repeats them, as far as processes can be repeated. */
const SEED = Number(process.env['SPBS_CRASH_SEED'] ?? Date.now() % 1_000_000);
/** How often, and on what; where records have no number, the switchboard's repetition itself tells what is new. */
const RUNS = [
  {records: 'numbered records', format: 'mitel-mivoice-207', kills: amount('kills')},
  {records: 'records that nothing tells apart', format: 'mitel-mivoice-90', kills: Math.ceil(amount('kills') / 5)},
] as const;
const LINES = 40;
/** Some 80 calls a second at each switchboard, of 150 ms each. */
const TRAFFIC = ['--calls', '6', '--speed', '1200', '--destinations', '02079460000,07700900123,0033140000000'];
/** So many in one are killed before they are ready; so often the file is rotated. */
const EARLY = 0.15;
const ROTATED = 0.2;
/** How long a life is, in starts: on a machine that is slow today everything takes longer. */
const LONGEST_LIFE = 1.5;
/** An hour at that speed, and the poll of a file. */
const LONGEST_CALL_MS = 3_500;
/** Records that were printed after the look at what was in doubt, to a connection that was dead already. */
const MARGIN = 100;
const MINUTES = tiers.find(({name}) => name === 'crash')?.minutes[size()] ?? 0;

describe.each(RUNS)(`$kills kills while $records flow, seed ${SEED}`, ({kills: most, format}) => {
  const random = seededRandom(SEED);
  const pick = <T>(from: readonly T[]): T => must(from[Math.floor(random() * from.length)], 'one to pick');
  const receipts = new Receipts(readMitel[format]);
  let hall: Hall;
  let looked: Heads = {up: 0, down: 0};

  beforeAll(async () => {
    hall = await Hall.open({lines: LINES, opening: 5 * POUND, format, traffic: TRAFFIC, seed: SEED});
  });
  afterAll(() => hall.end());

  const traffic = (state: 'on' | 'off') => Promise.all([hall.board, hall.second].map(({control}) => control.ask(`TRAFFIC ${state}`)));

  /** The cloud writes whether there is a box or not. */
  const creditUntil = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      const students = Array.from({length: 1 + Math.floor(random() * 4)}, () => accountOf(pick(hall.extensions)));
      hall.credit(students.map((account) => ({account, amount: 1 + Math.floor(random() * 3 * POUND)})));
      if (random() < 0.2) hall.staff(random() < 0.5 ? 'lock' : 'end', pick(hall.extensions));
      await sleep(random() * 150);
    }
  };

  /** A life, to its end at whatever it is doing then. */
  const liveAndDie = async (): Promise<void> => {
    const isEarly = random() < EARLY;
    const startMs = must(hall.startMs.at(-1), 'an earlier start');
    const lifeMs = random() * startMs * (isEarly ? 1 : LONGEST_LIFE);
    const timer = isEarly ? setTimeout(() => void hall.kill(), lifeMs) : undefined;
    if (random() < ROTATED) setTimeout(() => hall.rotate(), random() * startMs * LONGEST_LIFE);
    if (await hall.start()) await sleep(lifeMs);
    clearTimeout(timer);
    await hall.kill();
  };

  const examine = async (): Promise<void> => {
    const printed = hall.printed().get(TCP) ?? [];
    await hall.autopsy((database) => {
      expect(auditAlways(database, {since: looked, acknowledged: hall.acknowledged()})).toEqual([]);
      looked = headsOf(database);
      receipts.look(database, printed);
    });
    await hall.board.control.ask(`AGAIN ${receipts.inDoubt + MARGIN}`);
  };

  test(
    'leave every record once, every credit once, every balance to the micro, every line as decided',
    {timeout: MINUTES * 60_000},
    async () => {
      // Kills before its data are made are the matter of start.test.ts.
      expect(await hall.start()).toBe(true);
      await hall.kill();
      await traffic('on');
      const stop = new AbortController();
      const crediting = creditUntil(stop.signal);
      try {
        for (let kills = 0; kills < most; kills++) {
          await liveAndDie();
          await examine();
        }
      } finally {
        stop.abort();
        await crediting;
      }
      expect(await hall.start()).toBe(true);
      await traffic('off');
      await sleep(LONGEST_CALL_MS);
      expect(await hall.findingsAtRest()).toEqual([]);
      expect(await hall.verify()).toMatch(/^exit 0: \{"ok":true/);

      const [calls, lines] = [TCP, FOLDER].map((feed) => hall.printed().get(feed)?.length ?? 0);
      // It was no quiet night.
      expect(Math.min(calls ?? 0, lines ?? 0, hall.credits)).toBeGreaterThan(10 * most);
      expect(hall.confirmed).toBeGreaterThan(most);
      process.stdout.write(
        `${most} kills, seed ${SEED}: ${calls} records over TCP, ${lines} in files rotated ${hall.rotations} times, ${hall.credits} credits; ` +
          `${receipts.summary()}; ready in ${quantile(hall.startMs, 0.5)} ms, 9 of 10 in ${quantile(hall.startMs, 0.9)} ms\n`,
      );
    },
  );
});

/** Which records of the TCP feed are kept, by what the dead box has on its disk. */
class Receipts {
  /** All records up to here are kept, in the order of their printing. */
  #certain = 0;
  #printed = 0;
  readonly #read: ReadLine;
  readonly #kept = new Set<string>();
  #lastLine = 0;
  #kills = 0;
  #lost = 0;

  constructor(read: ReadLine) {
    this.#read = read;
  }

  get inDoubt(): number {
    return this.#printed - this.#certain;
  }

  look(database: Database, printed: readonly Printed[]): void {
    const rows = database.prepare<[string, number], {id: number; bytes: Buffer}>('SELECT id, bytes FROM spool WHERE feed = ? AND id > ?');
    for (const {id, bytes} of rows.iterate(TCP, this.#lastLine)) {
      this.#lastLine = id;
      this.#kept.add(this.#read(bytes.toString('latin1')).id);
    }
    this.#printed = printed.length;
    while (this.#certain < printed.length && this.#kept.delete(printed[this.#certain]?.id ?? '')) this.#certain++;
    this.#kills++;
    this.#lost += this.inDoubt;
  }

  summary(): string {
    return `at a kill ${Math.round(this.#lost / this.#kills)} records were printed and not kept`;
  }
}

function quantile(values: readonly number[], part: number): number {
  return Math.round(values.toSorted((left, right) => left - right)[Math.floor(part * (values.length - 1))] ?? 0);
}
