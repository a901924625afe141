// What a student at a small telephone goes through to pay, with a real Asterisk at the end of the line: each story is looked at in
// words on the page, at the provider, in both ledgers, in the mail, and in Asterisk's own database.
import process from 'node:process';
import type {Browser} from 'playwright-core';
import {afterAll, beforeEach, describe, expect, test, vi} from 'vitest';
import {launch} from '../browser/chromium.ts';
import {needs} from '../needs.ts';
import {openManager, type Manager} from '../rig/asterisk/manager.ts';
import {startAsteriskGround, type AsteriskGround} from '../rig/asterisk/site.ts';
import {databasePath} from '../rig/box.ts';
import {endsOf, mailsTo, paidOnce, UNPAID} from '../rig/ends.ts';
import type {HallStudent} from '../rig/hall-seed.ts';
import {startHall, type Hall} from '../rig/hall.ts';
import {openTelephone, type Telephone} from '../rig/telephone.ts';

const pounds = (amount: number): number => Math.round(amount * 1_000_000);
const SOON = {timeout: 15_000, interval: 20};
/** 10p for each minute that has begun. */
const LONDON = '902079460123';
const TALK_SECONDS = 1.2;
const GOOD = '4242 4242 4242 4242';
/** Can be saved, and is declined whenever it is charged. */
const DECLINED = '4000000000000341';
const ARRIVED = 'Your top-up has arrived';
const REFUSED = 'Your top-up did not go through';

const ANN = '101';
const BOB = '102';
const CAT = '103';
const DAN = '104';
const EVE = '105';
const FAY = '106';
const GUS = '107';
const HAL = '108';
const IVY = '109';
const NAMES = {[BOB]: 'Bob', [CAT]: 'Cat', [DAN]: 'Dan', [EVE]: 'Eve', [FAY]: 'Fay', [GUS]: 'Gus', [HAL]: 'Hal', [IVY]: 'Ivy'};
const LIMITS = {threshold: pounds(2), target: pounds(10)};
const STUDENTS: readonly HallStudent[] = [
  {extension: ANN, name: 'Ann', opening: pounds(2.05), automatic: {by: {card: DECLINED}, ...LIMITS}},
  // Without money, so locked from the start.
  ...Object.entries(NAMES).map(([extension, name]) => ({extension, name, opening: 0})),
];

describe('paying, down to the real switchboard', () => {
  let ground: AsteriskGround;
  let started: Hall | undefined;
  let browser: Browser | undefined;
  let manager: Manager | undefined;
  const hall = (): Hall => started ?? expect.unreachable('the hall is opened before each test');
  beforeEach(async (context) => {
    browser ??= await launch(needs(context, 'chromium'));
    if (started !== undefined) return;
    ground = await startAsteriskGround(
      context,
      STUDENTS.map(({extension}) => extension),
    );
    // So many lines are locked on purpose.
    const policy = {brake: {lines: 1_000, percent: 100, minutes: 10}};
    started = await startHall(STUDENTS, {ground: ground.ground, card: true, mail: true, policy});
    await ground.installDialplan(databasePath(started.folder));
    manager = await openManager(ground.asterisk.settings);
  }, 120_000);
  afterAll(async () => {
    manager?.close();
    await browser?.close();
    await started?.end();
  });

  const telephone = (extension: string): Promise<Telephone> => {
    if (browser === undefined) expect.unreachable('the browser is started before each test');
    return openTelephone(browser, hall().cloud.address, hall().resident(extension));
  };
  const isLocked = (extension: string): Promise<boolean> => manager?.isLocked(extension) ?? expect.unreachable('there is a manager');
  const locked = (extension: string): Promise<void> => vi.waitFor(async () => expect(await isLocked(extension)).toBe(true), SOON);
  /** When the flag was seen to be gone, by the machine's clock. */
  const opened = async (extension: string): Promise<number> => {
    await vi.waitFor(async () => expect(await isLocked(extension)).toBe(false), {timeout: 15_000, interval: 2});
    return Date.now();
  };
  const endsAre = (extension: string, ends: Awaited<ReturnType<typeof endsOf>>): Promise<void> =>
    vi.waitFor(async () => expect(await endsOf(hall(), extension)).toEqual(ends), SOON);
  const call = (extension: string, status: number): Promise<void> =>
    ground.sipp.call(extension, LONDON, TALK_SECONDS).then((placed) => expect(placed).toMatchObject({status}));

  test('a refused card locks a telephone that has money left, and a top-up by another card opens it', async () => {
    const ann = await telephone(ANN);
    expect(await ann.says()).toContain('You have left £2.05');
    expect(await ann.says()).toContain('Open You can call.');
    expect(await isLocked(ANN)).toBe(false);

    await call(ANN, 200);
    await locked(ANN);
    expect(hall().line(ANN)).toMatchObject({wanted: 'locked', reasons: '["refused"]', confirmed: 1});
    expect(await endsOf(hall(), ANN)).toEqual({...UNPAID, box: pounds(1.95), cloud: pounds(1.95)});
    await call(ANN, 403);
    await vi.waitFor(async () => expect(await mailsTo(hall(), ANN)).toEqual([REFUSED]), SOON);
    await vi.waitFor(async () => expect(await ann.read('/')).toContain('Your phone is locked for outgoing calls'), SOON);
    const home = await ann.says();
    expect(home).toContain('You have left £1.95');
    expect(home).toContain('The last automatic top-up was refused. Top up, or choose another card, to open it.');
    expect(home).toContain('Emergency calls always work.');

    await ann.wish('5');
    await ann.press();
    const paidAt = await ann.payWith(GOOD);
    const openedAt = await opened(ANN);
    await ann.page.waitForSelector('h2:has-text("Paid")');
    expect(await ann.says()).toContain('The money is on your account.');
    process.stdout.write(`\nprovider had answered the browser → Asterisk open: ${openedAt - paidAt} ms\n`);
    expect(openedAt - paidAt).toBeLessThan(5_000);
    await endsAre(ANN, {...paidOnce(5), box: pounds(6.95), cloud: pounds(6.95)});
    await vi.waitFor(async () => expect(await ann.read('/')).toContain('Open You can call.'), SOON);
    expect(await ann.says()).toContain('You have left £6.95');
    await call(ANN, 200);
    await endsAre(ANN, {...paidOnce(5), box: pounds(6.85), cloud: pounds(6.85)});
    await vi.waitFor(async () => expect(await mailsTo(hall(), ANN)).toEqual([ARRIVED, REFUSED]), SOON);
    await ann.close();
  }, 60_000);
});
