// The disk of the cloud fills while a student pays (F35). The provider is not told 200 for what could not be kept, pages say
// what is known, boxes are not acknowledged; the process lives, and when there is space everything is caught up, once.
import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import {afterAll, afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import {cloudDatabase, cloudFolder} from '../rig/cloud.ts';
import {Hall} from '../rig/hall.ts';
import {textIn} from '../rig/visitor.ts';
import {size} from '../tiers.ts';
import {moneyFindings, newTopUp, payAt, POUND} from './hall-money.ts';
import {fixedFiles, mountedDisk, whyNoMount, type SmallDisk} from './small-disk.ts';

const SOON = {timeout: 30_000, interval: 50};
const LONG = 90_000;
const ANN = '101';
const BOB = '102';
const STUDENTS = [
  {extension: ANN, name: 'Ann', opening: 5 * POUND},
  {extension: BOB, name: 'Bob', opening: 2.5 * POUND},
];
/** 10p a minute, by the minute. */
const LONDON = '902079460123';
const NOT_KEPT = 'a webhook could not be stored: the provider sends it again';

const refusal = whyNoMount();
if (refusal !== undefined) {
  process.stderr.write(`A full disk of the cloud is tried by files that may not grow only, for nothing can be mounted here: ${refusal}\n`);
}
const DISKS: readonly (readonly [string, (hall: Hall) => SmallDisk])[] = [
  ...(refusal === undefined
    ? [['a file system that is full', (hall: Hall) => mountedDisk(hall.folder, cloudFolder(hall.folder))] as const]
    : []),
  ['files that may not grow', (hall) => fixedFiles(() => hall.cloud.child.process.pid ?? 0, `${cloudDatabase(hall.folder)}-wal`)],
];
const ASKED = size() === 'quick' ? DISKS.slice(0, 1) : DISKS;

describe.each(ASKED)('a cloud with %s', (_, diskOf) => {
  let hall: Hall;
  let disk: SmallDisk;

  beforeAll(async () => {
    hall = new Hall(mkdtempSync(join(tmpdir(), 'spbs-hall-')));
    disk = diskOf(hall);
    await hall.open(STUDENTS, {card: true});
  }, LONG);
  afterEach(() => disk.free());
  afterAll(async () => {
    await hall.killCloud();
    disk.end();
    await hall.end();
  });

  test(
    'tells no provider 200, no box that its rows are here, and no student a lie; with space it catches up',
    async () => {
      const [ann, bob] = [hall.resident(ANN), hall.resident(BOB)];
      const visitor = await hall.visitor(ann);
      const other = await hall.visitor(bob);
      const form = await newTopUp(other, '10');
      const {location = ''} = await visitor.post('/top-up', await newTopUp(visitor, '10'));
      const {pid} = hall.cloud.child.process;
      await hall.rest();
      const {upInCloud} = hall.heads();

      disk.fill();
      const back = await payAt(location);
      await vi.waitFor(() => expect(hall.cloudLog.filter(({msg}) => msg === NOT_KEPT)).not.toEqual([]), SOON);
      expect(await hall.board.control.ask(`CALL ${BOB} ${LONDON} 60`)).toBe('made');
      await vi.waitFor(() => expect(hall.balance(bob.account)).toEqual({box: 2.4 * POUND, cloud: 2.5 * POUND}), SOON);
      // What is known is shown; what cannot be done is said to be our fault, with the advice not to pay twice.
      expect(textIn((await visitor.get('/')).text)).toContain('You have left £5.00');
      expect((await visitor.visit(back)).status).toBe(200);
      const {status, text} = await other.post('/top-up', form);
      expect([status, textIn(text)]).toEqual([500, expect.stringContaining('look at your account before you pay again') as string]);
      expect(hall.cloudRows('SELECT event FROM provider_event')).toEqual([]);
      expect(hall.cloudRows("SELECT ref FROM transfer WHERE debit = 'clearing:card'")).toEqual([]);
      expect([hall.heads().upInCloud, hall.heads().acked]).toEqual([upInCloud, upInCloud]);

      disk.free();
      await vi.waitFor(() => expect(hall.balance(ann.account)).toEqual({box: 15 * POUND, cloud: 15 * POUND}), SOON);
      expect(hall.cloud.child.process.pid).toBe(pid);
      expect(await hall.agree()).toEqual([]);
      expect(await moneyFindings(hall)).toEqual([]);
      expect(await hall.verify('box')).toEqual({code: 0, findings: []});
      expect(await hall.verify('cloud')).toEqual({code: 0, findings: []});
    },
    LONG,
  );
});
