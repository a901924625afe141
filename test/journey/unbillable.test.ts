// Calls to ranges that no tariff knows, on the real processes and in a real browser: made at the switchboard, seen at the desk with
// the money at stake, priced by the box once staff have added the range, on the student's statement. And both things that staff can
// do for one call, done while the box is offline, in both orders: one debit.
import type {Browser, BrowserContext, Page} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {must} from '../../shared/assert/assert.ts';
import {launch} from '../browser/chromium.ts';
import {needs} from '../needs.ts';
import {PASSWORD, type HallStudent} from '../rig/hall-seed.ts';
import {startHall, type Hall} from '../rig/hall.ts';
import {HALL_TARIFF} from '../simulator/cloud/site.ts';

const POUND = 1_000_000;
const PENNY = 10_000;
const SOON = {timeout: 30_000, interval: 50} as const;
const LONG = 120_000;
const ANN = '101';
const BOB = '102';
const CAI = '103';
const STUDENTS: readonly HallStudent[] = [
  {extension: ANN, name: 'Ann', opening: 20 * POUND},
  {extension: BOB, name: 'Bob', opening: 20 * POUND},
  {extension: CAI, name: 'Cai', opening: 20 * POUND},
];
/** Tajikistan is known as a country only, at 50p a minute. */
const TARIFF = {
  ...HALL_TARIFF,
  rates: [...HALL_TARIFF.rates, {name: 'whole country', initialSeconds: 60, nextSeconds: 60, perMinute: '0.50'}],
  destinations: [...HALL_TARIFF.destinations, {name: 'Tajikistan', rate: 'whole country', prefixes: ['992'], catchAll: true}],
};
const STAFF = {name: 'Ada Moran', email: 'ada@hall.example', password: 'four grey herons wade'};

describe('a call to a range that no tariff knows', () => {
  let hall: Hall;
  let browser: Browser | undefined;
  /** Of staff, with script and without. */
  const desks: BrowserContext[] = [];

  beforeAll(async () => {
    hall = await startHall(STUDENTS, {tariff: TARIFF});
  });
  afterAll(async () => {
    await browser?.close();
    await hall.end();
  });

  const open = async (path: string, context: BrowserContext): Promise<Page> => {
    const page = await context.newPage();
    await page.goto(new URL(path, hall.cloud.address).href);
    return page;
  };
  const newContext = (script: boolean): Promise<BrowserContext> =>
    must(browser, 'browser').newContext({
      ignoreHTTPSErrors: true,
      javaScriptEnabled: script,
      locale: 'en-GB',
      viewport: {width: 1280, height: 900},
    });
  const signIn = async (path: string, of: {email: string; password: string}, script = true): Promise<BrowserContext> => {
    const context = await newContext(script);
    const page = await open(path, context);
    await page.fill('#email', of.email);
    await page.fill('#password', of.password);
    await page.click('main button[type=submit]');
    await page.close();
    return context;
  };
  const said = async (page: Page): Promise<string> => (await page.innerText('main')).replaceAll(/\s+/g, ' ');
  const press = async (page: Page): Promise<void> => {
    await Promise.all([page.waitForLoadState('load'), page.click('main form button[type=submit]')]);
  };
  /** Waits until the cloud has it, and tells its row. */
  const call = async (extension: string, dialled: string, seconds: number): Promise<number> => {
    const sql = "SELECT up_seq AS seq FROM call WHERE extension = ? AND state = 'unbillable'";
    const before = hall.cloudRows(sql, extension).length;
    expect(await hall.board.control.ask(`CALL ${extension} ${dialled} ${seconds}`)).toBe('made');
    return await vi.waitFor(() => {
      const rows = hall.cloudRows<{seq: number}>(sql, extension);
      expect(rows).toHaveLength(before + 1);
      return must(rows.at(-1), 'the call').seq;
    }, SOON);
  };
  const addRange = async (page: Page, range: {prefix: string; destination: string; perMinute: string}): Promise<void> => {
    await page.goto(new URL(`/desk/sites/hall/range?prefix=${encodeURIComponent(range.prefix)}`, hall.cloud.address).href);
    await page.fill('#destination', range.destination);
    await page.fill('#perMinute', range.perMinute);
    await press(page);
  };
  /** Debits of the site's calls on one side, in micros. */
  const debitsOf = (extension: string): {readonly box: readonly number[]; readonly cloud: readonly number[]} => {
    const {account} = hall.resident(extension);
    const sql = "SELECT sum(amount) AS amount FROM transfer WHERE debit = ? AND code = 'CALL' GROUP BY ref";
    const amounts = (rows: readonly {amount: number}[]): readonly number[] => rows.map(({amount}) => amount);
    return {box: amounts(hall.boxRows(sql, account)), cloud: amounts(hall.cloudRows(sql, account))};
  };

  test(
    'is at the desk with what is at stake, gets its range, and stands priced on the student’s statement',
    async (context) => {
      browser ??= await launch(needs(context, 'chromium'));
      const first = await newContext(true);
      const welcome = await open(new URL(must(hall.cloud.firstAdmin, 'link of the first of the staff')).pathname, first);
      await welcome.fill('#name', STAFF.name);
      await welcome.fill('#email', STAFF.email);
      for (const field of await welcome.locator('input[type=password]').all()) await field.fill(STAFF.password);
      await press(welcome);
      desks.push(first, await signIn('/desk/sign-in', STAFF, false));

      await call(ANN, '900992372123456', 125);
      const desk = await open('/desk/unbillable', first);
      const list = await said(desk);
      // Three begun minutes at the 50p of the whole country.
      expect(list).toContain('1 call waits for a range: about £1.50 at stake.');
      expect(list).toContain('+99237212… By libphonenumber: landline numbers of Tajikistan');
      expect(list).toContain('at £0.50 a minute, the price of Tajikistan');
      await desk.click('text=Add the range');
      await desk.waitForSelector('#destination');
      expect(await said(desk)).toContain('The tariff has for this country: Tajikistan.');
      await desk.fill('#prefix', '+992372');
      await desk.fill('#destination', 'Dushanbe');
      await desk.fill('#perMinute', '0.45');
      await press(desk);
      expect(await said(desk)).toContain('1 call that waits gets a price: £1.35 in all.');
      expect(debitsOf(ANN)).toEqual({box: [], cloud: []});
      await press(desk);
      // It changes by itself: nobody loads it again.
      await desk.waitForSelector('text=£1.35, by the tariff', {timeout: SOON.timeout});
      expect(await said(desk)).toContain('1 of 1 call done.');
      await hall.rest();
      expect(debitsOf(ANN)).toEqual({box: [135 * PENNY], cloud: [135 * PENNY]});
      await desk.goto(new URL('/desk/unbillable', hall.cloud.address).href);
      expect(await said(desk)).toContain('No call waits');

      const student = await signIn('/sign-in', {email: hall.resident(ANN).email, password: PASSWORD});
      const statement = await open('/statement', student);
      await statement.click('main a[href^="/statement/2"]');
      await statement.waitForSelector('text=Dushanbe');
      expect(await said(statement)).toMatch(/Call: Dushanbe \+992372123456 2:05 −£1\.35 £18\.65/);
      // And why, in a sentence, beside the call on the first page.
      await statement.goto(hall.cloud.address);
      await statement.click('summary:has-text("Dushanbe")');
      expect(await said(statement)).toContain(
        '2 min 5 s to Dushanbe cost £1.35: charged as 3 min (in steps of 1 min) at £0.45 a minute; 20 % VAT is included.',
      );
      expect(await hall.verify('box')).toEqual({code: 0, findings: []});
      expect(await hall.verify('cloud')).toEqual({code: 0, findings: []});
    },
    LONG,
  );

  test(
    'that is billed by hand and whose range is added while the box is offline, in both orders, is debited once',
    async (context) => {
      needs(context, 'chromium');
      const [handFirst, rangeFirst] = [await call(BOB, '900992440000001', 61), await call(CAI, '900992550000002', 61)];
      const page = await must(desks[1], 'desk without script').newPage();
      const at = (seq: number): string => new URL(`/desk/calls/hall~${seq}`, hall.cloud.address).href;
      const bill = async (seq: number): Promise<void> => {
        await page.goto(`${at(seq)}/bill`);
        await page.fill('#amount', '3.00');
        await page.fill('#destination', 'Tajikistan');
        await page.fill('#reason', 'asked the carrier');
        await press(page);
        expect(await said(page)).toContain('pays £3.00, once the box has answered.');
        await press(page);
      };
      const range = async (prefix: string): Promise<void> => {
        await addRange(page, {prefix, destination: `Tajikistan ${prefix}`, perMinute: '0.60'});
        expect(await said(page)).toContain('1 call that waits gets a price: £1.20 in all.');
        await press(page);
        expect(await said(page)).toContain('0 of 1 call done.');
      };
      hall.cutLink();
      await vi.waitFor(
        () => expect(hall.cloudRows('SELECT box FROM box_state WHERE disconnected_at >= connected_at')).toHaveLength(1),
        SOON,
      );
      await bill(handFirst);
      expect(await said(page)).toContain('Box offline asked; the box gets it when it is back. Offline since');
      await range('+99244');
      await range('+99255');
      expect(await said(page)).toContain('Box offline');
      await bill(rangeFirst);
      expect([debitsOf(BOB), debitsOf(CAI)]).toEqual([
        {box: [], cloud: []},
        {box: [], cloud: []},
      ]);

      hall.mendLink();
      await vi.waitFor(() => expect(hall.cloudRows('SELECT call_seq FROM call_resolution')).toHaveLength(3), SOON);
      await hall.rest();
      // What was asked first is done first; a tariff is looked through once it has come, so after it either may be.
      expect(debitsOf(BOB).box).toEqual([300 * PENNY]);
      // By hand £3.00, by the tariff two begun minutes of 60p: whichever the box took, once, and the same on both sides.
      for (const extension of [BOB, CAI]) {
        const {box, cloud} = debitsOf(extension);
        expect(box).toHaveLength(1);
        expect([300 * PENNY, 120 * PENNY]).toContain(box[0]);
        expect(cloud).toEqual(box);
        const left = 20 * POUND - (box[0] ?? 0);
        expect(hall.balance(hall.resident(extension).account)).toEqual({box: left, cloud: left});
      }
      expect(hall.cloudRows('SELECT call_seq FROM resolution_request WHERE outcome IS NULL')).toEqual([]);
      expect(await hall.agree()).toEqual([]);
      for (const seq of [handFirst, rangeFirst]) {
        await page.goto(at(seq));
        expect(await said(page)).toMatch(/How it stands (?:Billed|Already resolved) £(?:3\.00, by hand|1\.20, by the tariff)/);
      }
      await page.goto(new URL('/desk/unbillable', hall.cloud.address).href);
      expect(await said(page)).toContain('No call waits');
      expect(await hall.verify('box')).toEqual({code: 0, findings: []});
      expect(await hall.verify('cloud')).toEqual({code: 0, findings: []});
    },
    LONG,
  );
});
