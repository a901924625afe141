// The disk fills while calls flow. The box says so, with the cure, and goes on; its senders are held back; and when there is
// space again everything is caught up, with nothing lost and nothing twice. No record was sent twice, for none had to be.
import {readFileSync, mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import {openForReading} from '../../edge/store/open.ts';
import {databasePath} from '../rig/box.ts';
import {size} from '../tiers.ts';
import {accountOf} from './audit.ts';
import {Hall, POUND} from './hall.ts';
import {limitedPages, mountedDisk, whyNoMount, type SmallDisk} from './small-disk.ts';

const TRAFFIC = ['--calls', '4.5', '--speed', '1200', '--destinations', '02079460000,07700900123'];
const SOON = {timeout: 20_000, interval: 50};
/** An hour at that speed, and the poll of a file. */
const LONGEST_CALL_MS = 3_500;
const FULL_MS = 2_500;
const STARTS = 8;

const refusal = whyNoMount();
if (refusal !== undefined) {
  process.stderr.write(`A full disk is tried by a limit of pages only, for no small file system can be mounted here: ${refusal}\n`);
}
const DISKS: readonly (readonly [string, (folder: string) => SmallDisk])[] = [
  ...(refusal === undefined ? [['a file system that is full', mountedDisk] as const] : []),
  ['a database that may have no more pages', limitedPages],
];
/** The quick form tries the first that it can have. */
const ASKED = size() === 'quick' ? DISKS.slice(0, 1) : DISKS;

describe.each(ASKED)('%s', (_, diskIn) => {
  let hall: Hall;
  let disk: SmallDisk;

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spbs-disk-'));
    disk = diskIn(folder);
    hall = await Hall.open({lines: 40, opening: 50 * POUND, format: 'mitel-mivoice-207', traffic: TRAFFIC, seed: 1}, folder);
  });
  // Also after a failure.
  afterEach(() => disk.free());
  afterAll(async () => {
    await hall.kill();
    disk.end();
    await hall.end();
  });

  const traffic = (state: 'on' | 'off') => Promise.all([hall.board, hall.second].map(({control}) => control.ask(`TRAFFIC ${state}`)));
  const calls = (): number => {
    const database = openForReading(databasePath(hall.folder));
    try {
      return Number(database.prepare('SELECT count(*) FROM call').pluck().get());
    } finally {
      database.close();
    }
  };
  const health = async (): Promise<{readonly status: number; readonly stages: Readonly<Record<string, string>>}> => {
    const response = await fetch(`${hall.box.address}/health`);
    const {stages} = (await response.json()) as {stages: Record<string, string>};
    return {status: response.status, stages};
  };

  test('is said, with its cure, and waited out', {timeout: 90_000}, async () => {
    expect(await hall.start(disk.environment)).toBe(true);
    await traffic('on');
    await vi.waitFor(() => expect(calls()).toBeGreaterThan(100), SOON);
    disk.fill();

    await vi.waitFor(async () => expect(await health()).toMatchObject({status: 503, stages: {ledger: 'fault'}}), SOON);
    const said = hall.log.filter(({msg}) => msg.includes('the disk takes no more'));
    expect(said.filter(({cure}) => String(cure).startsWith('free space'))).not.toEqual([]);

    // Nothing is taken, nothing is given up, and the switchboard's records stay on the wire.
    const atFirst = calls();
    if (disk.takesFiles) hall.credit([{account: accountOf(hall.extensions[1] ?? ''), amount: POUND}]);
    await sleep(FULL_MS);
    expect(calls()).toBe(atFirst);
    expect(unread(hall.board.printerPort)).toBeGreaterThan(0);
    expect((await health()).status).toBe(503);

    disk.free();
    await vi.waitFor(() => expect(calls()).toBeGreaterThan(atFirst), SOON);
    hall.credit([{account: accountOf(hall.extensions[0] ?? ''), amount: POUND}]);
    await traffic('off');
    await sleep(LONGEST_CALL_MS);
    expect(await hall.findingsAtRest()).toEqual([]);
    await vi.waitFor(async () => expect((await health()).stages).not.toMatchObject({ledger: 'fault'}), SOON);
    expect(await hall.verify()).toMatch(/^exit 0: \{"ok":true/);
  });

  test('does not keep a box from starting that was killed meanwhile', {timeout: 90_000}, async () => {
    await traffic('on');
    disk.fill();
    await vi.waitFor(async () => expect(await health()).toMatchObject({status: 503, stages: {ledger: 'fault'}}), SOON);
    await hall.board.control.ask('AGAIN 1000');
    // Again and again, until what little a start writes has no place either.
    for (let starts = 0; starts < STARTS; starts++) {
      await hall.kill();
      expect(await hall.start(disk.environment)).toBe(true);
      await vi.waitFor(async () => expect(await health()).toMatchObject({status: 503, stages: {ledger: 'fault'}}), SOON);
    }

    disk.free();
    await traffic('off');
    await sleep(LONGEST_CALL_MS);
    expect(await hall.findingsAtRest()).toEqual([]);
  });
});

/** Bytes that the system has received from a local port and nobody has read. Linux, /proc/net/tcp: addresses in hexadecimal. */
function unread(fromPort: number): number {
  const from = `:${fromPort.toString(16).toUpperCase().padStart(4, '0')}`;
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , remote = '', state]) => remote.endsWith(from) && state === '01')
    .reduce((sum, [, , , , queues = ':0']) => sum + Number.parseInt(queues.split(':')[1] ?? '0', 16), 0);
}
