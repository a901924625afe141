// The story across the link, on real processes: a box is enrolled, its calls are in the cloud's books, money from the cloud opens
// a line, the cloud may go and come back, and another box takes the first one's place.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {fileURLToPath} from 'node:url';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {createBooks} from '../../cloud/books/posting.ts';
import {verifyLedger} from '../../edge/ledger/verify.ts';
import {openForReading} from '../../edge/store/open.ts';
import {HOUSE_ACCOUNTS, type AccountId} from '../../shared/journal/transfer.ts';
import {micros} from '../../shared/money/micros.ts';
import {instant} from '../../shared/time/instant.ts';
import {databasePath, dataFolder, startBox, type RunningBox} from '../rig/box.ts';
import {openCloudLink, type CloudLink} from '../rig/cloud-link.ts';
import {openEnrolServer, type EnrolServer} from '../rig/enrol-server.ts';
import {startSwitchboard, type RunningSwitchboard} from '../rig/switchboard.ts';
import {HALL_POLICY, HALL_TARIFF, studentFacts, tariffFacts} from '../simulator/cloud/site.ts';

const POUND = 1_000_000;
const SECRET = 'rig-secret';
const SINCE = Date.now() - 86_400_000;
const SOON = {timeout: 10_000, interval: 20};
const SPBS = fileURLToPath(new URL('../../dist/provisioning/spbs.js', import.meta.url));

describe('a box and its cloud', () => {
  let cloud: CloudLink;
  let door: EnrolServer;
  let board: RunningSwitchboard;
  let box: RunningBox;
  const folders: string[] = [];

  beforeAll(async () => {
    cloud = await openCloudLink();
    await cloud.site('hall');
    door = await openEnrolServer(cloud);
    board = await startSwitchboard(['--lines', '101,102', '--format', 'mitel-mivoice-207', '--zone', 'Europe/London'], SECRET);
  });
  afterAll(async () => {
    await box.child.stop();
    await board.stop();
    await door.close();
    await cloud.remove();
    for (const folder of folders) rmSync(folder, {recursive: true, force: true});
  });

  const newFolder = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'spbs-link-'));
    folders.push(folder);
    return folder;
  };
  const enrol = async (folder: string, name: string): Promise<unknown> => {
    const words = ['enrol', '--cloud', door.url, '--code', await cloud.code('hall', name), '--fingerprint', cloud.authority.fingerprint];
    const child = spawn(process.execPath, [SPBS, ...words, '--data', dataFolder(folder), '--json'], {stdio: ['ignore', 'pipe', 'inherit']});
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
    const [code] = (await once(child, 'close')) as [number];
    expect(code).toBe(0);
    return JSON.parse(out);
  };
  const start = (folder: string, name: string): Promise<RunningBox> =>
    startBox({
      folder,
      site: 'hall',
      feeds: [
        {
          name: 'smdr',
          door: 'tcp',
          role: 'connect',
          host: '127.0.0.1',
          port: board.printerPort,
          profile: 'mitel-mivoice',
          zone: 'Europe/London',
          goLive: new Date(SINCE).toISOString(),
        },
      ],
      switchboard: {kind: 'simulated', host: '127.0.0.1', port: board.controlPort, secret: SECRET},
      consolePort: 0,
      environment: {SPBS_BOX: name},
    });
  const stop = async (): Promise<{code: number | null; ms: number}> => {
    const since = performance.now();
    box.child.process.kill('SIGTERM');
    await box.child.ended;
    return {code: box.child.process.exitCode, ms: performance.now() - since};
  };
  const pay = (account: string, amount: number, ref: string): Promise<void> =>
    cloud.store.transact((tx) =>
      createBooks(cloud.downLog).move(tx, {
        site: 'hall',
        debit: HOUSE_ACCOUNTS.cash,
        credit: account as AccountId,
        amount: micros(amount),
        code: 'TOPUP',
        ref,
        at: instant(Date.now()),
      }),
    );
  const cloudBalance = async (account: string): Promise<number> => {
    const query = cloud.store.reading.selectFrom('balance').select(['credit', 'debit']).where('account', '=', account);
    const row = await query.executeTakeFirst();
    return row === undefined ? 0 : row.credit - row.debit;
  };
  const inBox = <T>(folder: string, look: (database: ReturnType<typeof openForReading>) => T): T => {
    const database = openForReading(databasePath(folder));
    try {
      return look(database);
    } finally {
      database.close();
    }
  };

  test('is enrolled, applies what the cloud says, and its calls are in the cloud’s books', async () => {
    const folder = newFolder();
    expect(await enrol(folder, 'box-1')).toMatchObject({site: 'hall', box: 'box-1'});
    await cloud.store.transact(async (tx) => {
      const students = [
        {account: 'ann', extension: '101', name: 'Ann', opening: 0},
        {account: 'bob', extension: '102', name: 'Bob', opening: 0},
      ];
      const facts = [
        {kind: 'policy', body: HALL_POLICY} as const,
        ...tariffFacts(HALL_TARIFF, SINCE),
        ...students.flatMap((student) => studentFacts(student, SINCE)),
      ];
      // The desk keeps a tariff before it publishes it.
      const tariffs = facts.flatMap(({kind, body}) =>
        kind === 'tariff' ? [{hash: body.hash, name: HALL_TARIFF.name, text: body.text, created_at: SINCE}] : [],
      );
      await tx.db.insertInto('tariff').values(tariffs).execute();
      await cloud.downLog.write(
        tx,
        'hall',
        facts.map((fact, index) => ({...fact, id: String(index)})),
      );
    });
    await pay('ann', 0.5 * POUND, 'a1');
    await pay('bob', 5 * POUND, 'b1');
    box = await start(folder, 'box-1');
    await vi.waitFor(() => expect(inBox(folder, lineOf('101'))).toMatchObject({wanted: 'open', confirmed: 1}), SOON);

    expect(await board.control.ask('CALL 102 902079460123 61')).toBe('made');
    // 61 s by the minute are two minutes at 10p.
    await vi.waitFor(async () => expect(await cloudBalance('bob')).toBe(4.8 * POUND), SOON);
  });

  test('locks without the cloud, and tells it later; money opens the line within a second', async () => {
    const [folder = ''] = folders;
    expect(await board.control.ask('CALL 101 907700900123 90')).toBe('made');
    await vi.waitFor(async () => expect(await board.control.ask('STATE 101')).toMatch(/^barred diverted/), SOON);
    await vi.waitFor(async () => expect(await cloudBalance('ann')).toBe(-0.1 * POUND), SOON);
    const since = performance.now();
    await pay('ann', 2 * POUND, 'a2');
    await vi.waitFor(async () => expect(await board.control.ask('STATE 101')).toMatch(/^open normal/), SOON);
    expect(performance.now() - since).toBeLessThan(2_000);
    expect(inBox(folder, (database) => verifyLedger(database).findings)).toEqual([]);
  });

  test('ends within five seconds of SIGTERM, and goes on after a restart', async () => {
    const [folder = ''] = folders;
    const {code, ms} = await stop();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(5_000);
    await pay('bob', POUND, 'b2');
    box = await start(folder, 'box-1');
    await vi.waitFor(() => expect(inBox(folder, balanceOf('bob'))).toBe(5.8 * POUND), SOON);
    expect(await board.control.ask('CALL 102 902079460123 60')).toBe('made');
    await vi.waitFor(async () => expect(await cloudBalance('bob')).toBe(5.7 * POUND), SOON);
  });

  test('loses nothing and doubles nothing by kill -9 with calls on their way', async () => {
    const [folder = ''] = folders;
    const before = await cloudBalance('bob');
    for (let call = 1; call <= 6; call++) {
      expect(await board.control.ask('CALL 102 902079460123 60')).toBe('made');
      await vi.waitFor(() => expect(inBox(folder, balanceOf('bob'))).toBe(before - call * 0.1 * POUND), SOON);
      if (call % 2 === 1) continue;
      box.child.process.kill('SIGKILL');
      await box.child.ended;
      box = await start(folder, 'box-1');
      // The switchboard keeps no record for a box that is not there.
      await vi.waitFor(async () => expect(await board.control.ask('STATE 102')).toMatch(/^open/), SOON);
    }
    await vi.waitFor(async () => expect(await cloudBalance('bob')).toBe(before - 0.6 * POUND), SOON);
    expect(inBox(folder, (database) => verifyLedger(database).findings)).toEqual([]);
  });

  test('is replaced by another box, which begins where it ended', async () => {
    await stop();
    const folder = newFolder();
    expect(await enrol(folder, 'box-2')).toMatchObject({box: 'box-2'});
    box = await start(folder, 'box-2');
    await vi.waitFor(
      () => expect([inBox(folder, balanceOf('bob')), inBox(folder, balanceOf('ann'))]).toEqual([5.1 * POUND, 1.9 * POUND]),
      SOON,
    );
    expect(await board.control.ask('CALL 102 902079460123 60')).toBe('made');
    await vi.waitFor(async () => expect(await cloudBalance('bob')).toBe(5 * POUND), SOON);
    await vi.waitFor(() => expect(inBox(folder, balanceOf('bob'))).toBe(5 * POUND), SOON);
    expect(inBox(folder, (database) => verifyLedger(database).findings)).toEqual([]);
    expect(await cloud.openIncidents('hall')).toEqual([]);
  });
});

type Look<T> = (database: ReturnType<typeof openForReading>) => T;

function balanceOf(account: string): Look<unknown> {
  return (database) => database.prepare('SELECT credit - debit FROM balance WHERE account = ?').pluck().get(account);
}

function lineOf(extension: string): Look<unknown> {
  return (database) =>
    database.prepare('SELECT wanted, confirmed_decision >= decision AS confirmed FROM line_state WHERE extension = ?').get(extension);
}
