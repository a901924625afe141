// What staff decide about prices, on the real processes: a tariff that comes late to a box and the differences that are worked out,
// one that is sent in advance and used while the box is alone, free minutes that end in mid-call while the box dies, calls that
// another should have paid. Staff act at the desk and students look at the portal, over HTTPS; in the end both sides agree.
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import {must} from '../../shared/assert/assert.ts';
import type {TariffSource} from '../../shared/tariff/tariff.ts';
import {endingAt} from '../crash/sudden-death.ts';
import type {HallStudent} from '../rig/hall-seed.ts';
import {startHall, type Hall} from '../rig/hall.ts';
import {fieldIn, textIn, type Shown, type Visitor} from '../rig/visitor.ts';
import {HALL_TARIFF} from '../simulator/cloud/site.ts';

const POUND = 1_000_000;
const PENNY = 10_000;
const SOON = {timeout: 30_000, interval: 30} as const;
const LONG = 120_000;
const DAY_MS = 86_400_000;
const LONDON = '902079460123';
const MOBILE = '907700900123';
const PARIS = '90033142685300';
const ANN = '101';
const BOB = '102';
const CAI = '103';
const DEE = '104';
const EVE = '105';
const STAFF = {name: 'Ada Moran', email: 'ada@hall.example', password: 'four grey herons wade'};
/** What Dee calls for, and all that each of the two has. */
const MOVED = 410 * PENNY;
const STUDENTS: readonly HallStudent[] = [
  {extension: ANN, name: 'Ann', opening: 10 * POUND},
  {extension: BOB, name: 'Bob', opening: 10 * POUND},
  {extension: CAI, name: 'Cai', opening: 10 * POUND},
  {extension: DEE, name: 'Dee', opening: MOVED},
  {extension: EVE, name: 'Eve', opening: MOVED},
];

type Rate = TariffSource['rates'][number];

/** London and mobiles as it says; Paris by the second at 20p a minute, always. */
function tariff(name: string, landline: Partial<Rate>, mobile: Partial<Rate>): TariffSource {
  const minutes = {initialSeconds: 60, nextSeconds: 60};
  return {
    ...HALL_TARIFF,
    name,
    rates: [
      {name: 'landline', ...minutes, perMinute: '0.10', ...landline},
      {name: 'mobile', ...minutes, perMinute: '0.30', ...mobile},
      {name: 'abroad', initialSeconds: 1, nextSeconds: 1, perMinute: '0.20'},
    ],
    destinations: [...HALL_TARIFF.destinations, {name: 'Paris', rate: 'abroad', prefixes: ['331']}],
  };
}

const FIRST = tariff('First', {}, {});
/** A minute to London 5p dearer; a second to a mobile is 0.75p, and not 30p any more. */
const SECOND = tariff('Second', {perMinute: '0.15'}, {initialSeconds: 1, nextSeconds: 1, perMinute: '0.45'});
/** Each begun minute to London 21p, each to a mobile 40p. */
const THIRD = tariff('Third', {perMinute: '0.21'}, {perMinute: '0.40'});

/** `2026-12-01` after `2026-11-30`. */
function dayAfter(date: string): string {
  return new Date(Date.parse(date) + DAY_MS).toISOString().slice(0, 10);
}

type Priced = {readonly destination: string; readonly amount: number; readonly tax: number; readonly startedAt: number};

describe('prices', () => {
  let hall: Hall;
  let desk: Visitor;

  beforeAll(async () => {
    hall = await startHall(STUDENTS, {tariff: FIRST});
    desk = await hall.visitor();
    const welcome = new URL(must(hall.cloud.firstAdmin, 'link of the first of the staff')).pathname;
    const {status, text} = await desk.post(welcome, STAFF);
    if (status !== 303) throw new Error(`the desk refused its first admin: ${textIn(text)}`);
  });
  // Whatever failed before.
  afterEach(() => hall.mendLink());
  afterAll(() => hall.end());

  const call = async (extension: string, number: string, seconds: number): Promise<void> =>
    expect(await hall.board.control.ask(`CALL ${extension} ${number} ${seconds}`)).toBe('made');
  const CALLS = 'SELECT destination, amount, tax, started_at AS startedAt FROM call WHERE extension = ? ORDER BY up_seq';
  const onBox = (extension: string): readonly Priced[] => hall.boxRows<Priced>(CALLS, extension);
  const boxHas = (extension: string, count: number): Promise<void> => vi.waitFor(() => expect(onBox(extension)).toHaveLength(count), SOON);
  /** Both sides hold the same in everything, and this in one account. */
  const agree = async (extension: string, balance: number): Promise<void> => {
    expect(await hall.agree()).toEqual([]);
    expect(hall.balance(hall.resident(extension).account)).toEqual({box: balance, cloud: balance});
  };
  const verified = async (): Promise<void> => {
    for (const whose of ['box', 'cloud'] as const) expect([whose, await hall.verify(whose)]).toEqual([whose, {code: 0, findings: []}]);
  };
  const read = async (path: string): Promise<string> => textIn((await desk.visit(path)).text);
  /** Posts a form of the desk; resolves with the page that it is sent on to. */
  const send = async (path: string, form: Readonly<Record<string, string>>): Promise<Shown & {readonly at: string}> => {
    const {location, status, text} = await desk.post(path, form);
    if (location === undefined) throw new Error(`${path} answered ${status}: ${textIn(text)}`);
    return {...(await desk.visit(location)), at: location};
  };
  /** What a student reads of this month, and on the first page. */
  const statementOf = async (extension: string): Promise<string> => {
    const visitor = await hall.visitor(hall.resident(extension));
    const [href] = /\/statement\/\d{4}-\d\d/.exec((await visitor.get('/statement')).text) ?? [];
    return textIn((await visitor.get(must(href, 'statement of this month'))).text);
  };

  /** Draft, preview, publish, as a person does it; `aheadMs`: how long after it was looked at, now without it. Resolves with when. */
  const publish = async (source: TariffSource, aheadMs?: number): Promise<number> => {
    const {at: draft, text} = await send('/desk/sites/hall/tariffs/draft', {role: 'student', tariff: JSON.stringify(source), note: ''});
    expect(textIn(text)).toContain(source.name);
    const {at: question} = await send(draft, {date: '', time: ''});
    const look = (address: string): Promise<string> =>
      vi.waitFor(async () => {
        const page = (await desk.get(address)).text;
        expect(fieldIn(page, 'sure')).toBe('yes');
        return page;
      }, SOON);
    const page = await look(question);
    const from = Math.ceil((Date.now() + (aheadMs ?? 0)) / 1000) * 1000;
    const shown = aheadMs === undefined ? page : await look(`${draft}/publish?from=${from}`);
    const fields = ['from', 'schedule', 'against', 'sure'].map((name) => [name, fieldIn(shown, name) ?? ''] as const);
    const {at} = await send(`${draft}/publish`, Object.fromEntries(fields));
    expect(at).toBe('/desk/sites/hall/tariffs');
    return aheadMs === undefined ? Date.now() : from;
  };

  test(
    'of a tariff that came late to the box are worked out, looked at, and corrected once',
    async () => {
      hall.cutLink();
      const published = await publish(SECOND);
      // A record says when a call began: its three seconds of ringing ago, in whole seconds.
      await sleep(5_500);
      await call(ANN, LONDON, 1);
      await call(ANN, MOBILE, 1);
      await boxHas(ANN, 2);
      for (const {startedAt} of onBox(ANN)) expect(startedAt).toBeGreaterThan(published);
      // A sixth of it is tax, to the micro.
      const [london, mobile] = [10 * PENNY, 30 * PENNY];
      expect(onBox(ANN)).toMatchObject([
        {destination: 'London', amount: london, tax: 16_667},
        {destination: 'UK mobile', amount: mobile, tax: 50_000},
      ]);
      expect(await read('/desk')).not.toContain('late tariff');

      hall.mendLink();
      await agree(ANN, 10 * POUND - london - mobile);
      expect(hall.cloudRows('SELECT call_seq FROM tariff_late')).toHaveLength(2);
      expect(await read('/desk')).toContain('2 calls of The hall had a tariff that was not the one in force any more.');
      expect(await read('/desk/sites/hall/rerating')).toContain('Work out the differences');

      // London: 15p for the minute. The mobile: 0.75p for the second, rounded up.
      const proposal = await send('/desk/sites/hall/rerating', {});
      expect(proposal.at).toMatch(/^\/desk\/rerating\/[0-9a-f]{32}$/);
      const said = textIn(proposal.text);
      expect(said).toContain('Calls that differ 2 Students pay more £0.05 Students get back £0.29');
      expect(said).toContain('Waits for a yes');
      expect(await read('/desk')).toContain('Corrections of calls');
      const hash = must(fieldIn(proposal.text, 'hash'), 'hash of the proposal');
      const other = await send(proposal.at, {hash: hash.replaceAll(/[0-9a-f]/g, '0'), answer: 'yes'});
      expect(textIn(other.text)).toContain('This is not what was shown');
      await agree(ANN, 10 * POUND - london - mobile);
      expect(textIn((await send(proposal.at, {hash, answer: 'yes'})).text)).toContain('The corrections are posted');

      await agree(ANN, 10 * POUND - 15 * PENNY - PENNY);
      // The call, its first price and its working stay.
      expect(onBox(ANN)).toMatchObject([{amount: london}, {amount: mobile}]);
      const home = textIn((await (await hall.visitor(hall.resident(ANN))).get('/')).text);
      expect(home).toMatch(/London £0\.15 .+ cost £0\.10: .+ It was corrected since: it costs you £0\.15\./);
      const statement = await statementOf(ANN);
      expect(statement).toMatch(/Correction of a call: London \+442079460123 for the call of \d+ \w+, \d\d:\d\d 0:01 −£0\.05/);
      expect(statement).toMatch(/Correction of a call: UK mobile \+447700900123 for the call of \d+ \w+, \d\d:\d\d 0:01 £0\.29/);
      // The top-up of before; what calls cost, and not what came back for one, as if it had been paid in.
      expect(statement).toContain('Paid in £10.00 Calls and fees £0.16 Balance at the end £9.84');
      await verified();

      expect(await read('/desk')).not.toContain('late tariff');
      expect(textIn((await send('/desk/sites/hall/rerating', {})).text)).toContain('none would cost anybody another amount');
      expect(textIn((await send(proposal.at, {hash, answer: 'yes'})).text)).toContain('This proposal does not wait any more');
      await agree(ANN, 10 * POUND - 15 * PENNY - PENNY);
    },
    LONG,
  );

  test(
    'of a tariff that was sent in advance apply at its moment, though the box is alone',
    async () => {
      // Time enough to reach the box on a busy machine.
      const from = await publish(THIRD, 6_000);
      await hall.rest();
      expect(Date.now()).toBeLessThan(from - 1_200);
      hall.cutLink();
      await call(BOB, LONDON, 1);
      // Begins before, and ends after it.
      await sleep(from - 1_200 - Date.now());
      await hall.board.control.ask(`BEGIN ${BOB} ${MOBILE} 3`);
      // Three seconds of ringing, one of the call, one that is cut off.
      await sleep(from + 5_500 - Date.now());
      await call(BOB, LONDON, 1);
      await boxHas(BOB, 3);
      expect(hall.heads().upInCloud).toBeLessThan(hall.heads().up);
      const [before, over, after] = onBox(BOB);
      expect(over?.startedAt).toBeLessThan(from);
      expect(after?.startedAt).toBeGreaterThanOrEqual(from);
      // The second tariff prices three seconds to a mobile at 2.25p, rounded up; the third a minute to London.
      expect([before, over, after]).toMatchObject([
        {destination: 'London', amount: 15 * PENNY, tax: 25_000},
        {destination: 'UK mobile', amount: 3 * PENNY, tax: 5_000},
        {destination: 'London', amount: 21 * PENNY, tax: 35_000},
      ]);
      hall.mendLink();
      await agree(BOB, 10 * POUND - 39 * PENNY);
      expect(hall.cloudRows('SELECT call_seq FROM tariff_late')).toEqual([]);
    },
    LONG,
  );

  test(
    'are split where free minutes end in mid-call, and nothing is used twice though the box dies',
    async () => {
      const {account} = hall.resident(CAI);
      const form = {name: 'Hello Paris', unit: 'seconds', amount: '1', period: 'month', destinations: 'Paris', last: '', keep: ''};
      const address = `/desk/sites/hall/allowance?account=${account}`;
      const from = must(fieldIn((await desk.get(address)).text, 'from'), 'the first day');
      const granted = await send(address, {...form, from, sure: 'yes'});
      expect(granted.at).toContain(account);
      expect(textIn(granted.text)).toContain('Hello Paris');
      await hall.rest();
      const cai = await hall.visitor(hall.resident(CAI));
      expect(textIn((await cai.get('/')).text)).toContain('1 of 1 free minutes to Paris left');
      const USES = 'SELECT used FROM allowance_use WHERE account = ? ORDER BY up_seq';
      const used = (): {readonly box: readonly unknown[]; readonly cloud: readonly unknown[]} => ({
        box: hall.boxRows<{used: number}>(USES, account).map((row) => row.used),
        cloud: hall.cloudRows<{used: number}>(USES, account).map((row) => row.used),
      });

      await call(CAI, PARIS, 40);
      await boxHas(CAI, 1);
      // As a switchboard that waits for receipts: whoever connects is told again what the box may not have read.
      await hall.board.control.ask('AGAIN 20');
      await hall.killBox();
      await hall.startBox(endingAt('after INSERT INTO allowance_use'));
      await call(CAI, PARIS, 50);
      expect(await hall.boxDied()).toBe('SIGKILL');
      // What was not committed was not used.
      expect(used().box).toEqual([40]);
      await hall.startBox();
      await boxHas(CAI, 2);
      await hall.killBox();
      await hall.startBox();

      // 40 seconds of the minute, then its last 20; the 30 that remain cost 10p.
      expect(onBox(CAI).map(({amount}) => amount)).toEqual([0, 10 * PENNY]);
      await agree(CAI, 10 * POUND - 10 * PENNY);
      expect(used()).toEqual({box: [40, 20], cloud: [40, 20]});
      expect(textIn((await cai.get('/')).text)).toContain('0 of 1 free minutes to Paris left');
      const statement = await statementOf(CAI);
      expect(statement).toContain('40 s free: Hello Paris');
      expect(statement).toContain('20 s free: Hello Paris');
      expect(statement).toContain('Balance at the end £9.90');
      await verified();
    },
    LONG,
  );

  test(
    'are paid by another when calls are moved, and the lines follow',
    async () => {
      const lines = (): readonly unknown[] => [DEE, EVE].map((extension) => hall.line(extension)?.wanted);
      const [dee, eve] = [hall.resident(DEE).account, hall.resident(EVE).account];
      // By the second at a penny for three: 11p, 12p … 30p are £4.10.
      for (let index = 0; index < 20; index++) await call(DEE, PARIS, 33 + 3 * index);
      await boxHas(DEE, 20);
      await agree(DEE, 0);
      expect(lines()).toEqual(['locked', 'open']);

      const form = (await desk.get('/desk/sites/hall/move-calls')).text;
      const [fromDate = '', toDate = ''] = ['fromDate', 'toDate'].map((name) => fieldIn(form, name));
      const span = {fromDate, fromTime: '00:00', toDate: dayAfter(toDate), toTime: '00:00'};
      const wish = {...span, extension: DEE, paidBy: dee, payer: eve, reason: 'Eve had the room'};
      const proposal = await send('/desk/sites/hall/move-calls', wish);
      const said = textIn(proposal.text);
      expect(said).toContain('Calls that differ 20 Students pay more £4.10 Students get back £4.10 Reason Eve had the room');
      const hash = must(fieldIn(proposal.text, 'hash'), 'hash of the proposal');
      await send(proposal.at, {hash, answer: 'yes'});

      await agree(DEE, MOVED);
      await agree(EVE, 0);
      expect(lines()).toEqual(['open', 'locked']);
      expect(hall.line(EVE)).toEqual({wanted: 'locked', reasons: '["floor"]', confirmed: 1});
      expect(await hall.board.control.ask(`CALL ${EVE} ${LONDON} 60`)).toBe('barred');
      expect(await hall.board.control.ask(`STATE ${DEE}`)).toMatch(/^open normal/);
      // The calls stay where they were: only who pays for them is another.
      expect(onBox(DEE).reduce((sum, {amount}) => sum + amount, 0)).toBe(MOVED);
      for (const [extension, calls, end] of [[DEE, '£0.00', '£4.10'] as const, [EVE, '£4.10', '£0.00'] as const]) {
        const statement = await statementOf(extension);
        expect(statement.match(/Correction of a call: Paris/g)).toHaveLength(20);
        expect(statement).toContain(`Paid in £4.10 Calls and fees ${calls} Balance at the end ${end}`);
      }
      const again = await desk.post('/desk/sites/hall/move-calls', wish);
      expect([again.status, textIn(again.text)]).toEqual([422, expect.stringContaining('none would cost anybody another amount')]);
      await verified();
    },
    LONG,
  );
});
