// Free calls in the portal, over real HTTP: what is left, what a statement says was covered, what a quote takes off.
import {parse} from 'csv-parse/sync';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {instant, later} from '../../../shared/time/instant.ts';
import {DAY, HOUR, pounds, RIG_NOW} from '../../rig/portal/house.ts';
import {publishPrices} from '../../rig/portal/prices.ts';
import {get, openPortal, post, type PortalRig} from '../../rig/portal/rig.ts';

let rig: PortalRig;
let cookie: string;
beforeEach(async () => {
  rig = await openPortal();
  cookie = await rig.cookie('amara');
});
afterEach(() => rig.close());

const textOf = (html: string): string =>
  html
    .replace(/^.*<main/s, '<main')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
const text = async (path: string, as = cookie): Promise<string> => textOf(await (await get(rig, path, as)).text());

const MOBILE = '447700900123';

describe('the main page', () => {
  test('says what is left, where to and until when, and from when on it is whole again', async () => {
    await rig.house.grant('north', {amount: 3_600, destinations: ['UK mobile']});
    // 18 minutes of the 60, on a weekday.
    await rig.house.call('amara', {at: later(RIG_NOW, -3 * DAY), seconds: 1_080, number: MOBILE});
    const page = await text('/');
    expect(page).toContain(
      '42 of 60 free minutes to UK mobile left until 30 November Free hour, each month 60 minutes again on 1 December. To: UK mobile.',
    );
    expect(page).toContain('As of 14:02 , box online');
    // Each has his own.
    expect(await text('/', await rig.cookie('ben'))).toContain('60 of 60 free minutes to UK mobile left');
  });

  test('says nothing of free calls to whoever has none: of another, over, or not begun', async () => {
    await rig.house.grant('north', {account: 'ben'});
    await rig.house.grant('old');
    await rig.house.grant('north', {to: RIG_NOW});
    await rig.house.grant('north', {from: later(RIG_NOW, 1)});
    expect(await text('/')).not.toMatch(/free minutes|Free hour/);
  });

  test.for([
    ['a whole minute', {amount: 60}, '1 of 1 free minutes left until 30 November'],
    ['less than a minute', {amount: 59}, 'less than 1 of 1 free minutes left until'],
    ['a minute and a half', {amount: 90}, '1 of 1.5 free minutes left until'],
    ['money', {unit: 'micros', amount: 5_000_000}, '£5.00 of £5.00 for free calls left until 30 November'],
    [
      'one of today',
      {period: 'day'},
      '60 of 60 free minutes left today Free hour, each day 60 minutes again on 27 November. For every call',
    ],
    ['one of this week', {period: 'week'}, 'left until 29 November Free hour, each week 60 minutes again on 30 November.'],
    ['one that lasts into another year', {period: 'once', to: instant(Date.UTC(2027, 1, 1))}, 'left until 31 January 2027 Free hour'],
    ['one that is used once, for ever', {period: 'once'}, '60 of 60 free minutes left Free hour For every call that you dial'],
    ['one that ends before its period', {to: later(RIG_NOW, DAY)}, 'left until 27 November Free hour, each month For every call'],
    ['two places', {destinations: ['Fiji', 'Peru']}, '60 of 60 free minutes to Fiji and Peru left'],
    [
      'three places',
      {destinations: ['Fiji', 'Peru', 'Chad']},
      '60 of 60 free minutes to 3 destinations left until 30 November Free hour, each month 60 minutes again on 1 December. To: Fiji, Peru, Chad.',
    ],
    ['a name that is no markup', {name: '<b>Hour</b>'}, '&lt;b>Hour&lt;/b>, each month'],
  ] as const)('words %s', async ([, terms, said]) => {
    await rig.house.grant('north', terms);
    expect(await text('/')).toContain(said);
  });
});

describe('the statement', () => {
  beforeEach(async () => {
    await rig.house.credit('amara', pounds(5), instant(Date.UTC(2026, 10, 1)));
    // Two minutes, and then a pound, each month.
    await rig.house.grant('north', {name: 'Two minutes', amount: 120});
    await rig.house.grant('north', {name: 'A pound', unit: 'micros', amount: 1_000_000});
    // Monday 14:02, £0.16 a minute by day: 30 s and then each begun 6 s; £0.08 for the connection.
    const at = later(RIG_NOW, -3 * DAY);
    await rig.house.call('amara', {at, seconds: 90, number: MOBILE});
    // 30 s of the two minutes are left; 570 s at 16p a minute are £1.52, of which a pound is free.
    await rig.house.call('amara', {at: later(at, HOUR), seconds: 600, number: MOBILE});
    await rig.house.call('amara', {at: later(at, 2 * HOUR), seconds: 60, number: MOBILE});
  });

  test('shows each call with what was covered, those that cost nothing too, and adds up', async () => {
    const page = await text('/statement/2026-11');
    expect(page).toContain('23 Nov, 14:02 Call: UK mobile +447700900123 1 min 30 s free: Two minutes 1:30 £0.00 £5.00');
    expect(page).toContain('23 Nov, 15:02 Call: UK mobile +447700900123 30 s free: Two minutes £1.00 free: A pound 10:00 −£0.52 £4.48');
    // Nothing is left: 60 s at 16p a minute and the connection.
    expect(page).toContain('23 Nov, 16:02 Call: UK mobile +447700900123 1:00 −£0.24 £4.24');
    expect(page).toContain('Balance at the start £0.00 Paid in £5.00 Calls and fees £0.76 Balance at the end £4.24');
    expect(page).toContain('Free by allowances 2 min + £1.00');
  });

  test('as a file has columns of its own for it, and its sums are the same', async () => {
    const raw = Buffer.from(await (await get(rig, '/statement/2026-11.csv', cookie)).arrayBuffer());
    const lines = parse<Record<string, string>>(raw, {bom: true, columns: true});
    const columns = ['What', 'Seconds', 'Free seconds', 'Free amount', 'Free by', 'Paid in', 'Paid out', 'Balance'];
    expect(lines.map((line) => columns.map((column) => line[column]))).toEqual([
      ['Balance at the start', '', '', '', '', '', '', '0'],
      ['Top-up', '', '', '', '', '5', '', '5'],
      ['Call', '90', '90', '', 'Two minutes', '', '', '5'],
      ['Call', '600', '30', '1', 'Two minutes, A pound', '', '0.52', '4.48'],
      ['Call', '60', '', '', '', '', '0.24', '4.24'],
      ['Balance at the end', '', '', '', '', '', '', '4.24'],
    ]);
  });

  test('of a month with free calls only is there', async () => {
    await rig.house.grant('north', {allowance: 'old', account: 'ben', from: later(RIG_NOW, -80 * DAY)});
    await rig.house.call('ben', {at: instant(Date.UTC(2026, 8, 10, 12)), seconds: 60, number: MOBILE});
    const ben = await rig.cookie('ben');
    expect(await text('/statement', ben)).toContain('September 2026 £0.00 £0.00');
    expect(await text('/statement/2026-09', ben)).toContain('1 min free: Free hour');
    expect((await get(rig, '/statement/2026-08', ben)).status).toBe(404);
  });

  test('of a call in the list of last calls says in words what was free', async () => {
    const page = await text('/');
    expect(page).toContain('1 min 30 s to UK mobile cost nothing');
    expect(page).toContain('Two minutes');
  });
});

describe('a quote', () => {
  beforeEach(() => publishPrices(rig.store, 'north'));
  const asked = async (as = cookie): Promise<string> =>
    textOf(await (await post(rig, '/quote', {number: '07700 900123', minutes: '10'}, as)).text());

  test('takes off what whoever asks has left, to the minute, and uses nothing up', async () => {
    await rig.house.grant('north', {amount: 540, account: 'amara'});
    for (let twice = 0; twice < 2; twice++) {
      const said = await asked();
      // Nine of ten minutes are free, and with them the connection: 60 s at £0.16 a minute.
      expect(said).toContain('10 min to UK mobile cost £0.16');
      expect(said).toContain('9 min of your 9 min free a month');
    }
    expect(await asked(await rig.cookie('ben'))).toContain('10 min to UK mobile cost £1.68');
  });

  test('takes off nothing for another destination, or where all is used up', async () => {
    await rig.house.grant('north', {destinations: ['Fiji']});
    await rig.house.grant('north', {amount: 60, account: 'amara'});
    await rig.house.call('amara', {at: later(RIG_NOW, -HOUR), seconds: 60, number: MOBILE});
    expect(await asked()).toContain('10 min to UK mobile cost £1.68');
  });
});

test('what the carrier charges the house is on no page of a student and in no file', async () => {
  const cost = {working: {net: 71_717, tax: 14_343, gross: 86_060, prefix: '+447', destination: 'CARRIER-MOBILE'}} as never;
  await rig.house.credit('amara', pounds(5), instant(Date.UTC(2026, 10, 1)));
  await rig.house.call('amara', {at: later(RIG_NOW, -HOUR), seconds: 60, number: MOBILE, cost});
  await rig.house.call('amara', {at: later(RIG_NOW, -HOUR), seconds: 61, number: MOBILE, cost: {unknown: 'carrier-gave-up'}});
  const kept = await rig.store.reading.selectFrom('call_cost').select(['net', 'unknown']).orderBy('up_seq').execute();
  expect(kept).toEqual([
    {net: 71_717, unknown: null},
    {net: null, unknown: 'carrier-gave-up'},
  ]);
  for (const path of ['/', '/statement', '/statement/2026-11', '/statement/2026-11.csv', '/quote', '/account', '/payments']) {
    const seen = await (await get(rig, path, cookie)).text();
    expect([path, /0\.0717|0\.07\b|71717|CARRIER|carrier-gave-up|margin/i.exec(seen)?.[0]]).toEqual([path, undefined]);
  }
});
