// Statements over real HTTP: what they add up to, and what a spreadsheet makes of the file.
import {parse} from 'csv-parse/sync';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {instant, later} from '../../../shared/time/instant.ts';
import {DAY, pounds, RIG_NOW} from '../../rig/portal/house.ts';
import {get, openPortal, type PortalRig} from '../../rig/portal/rig.ts';

let rig: PortalRig;
let cookie: string;
beforeEach(async () => {
  rig = await openPortal();
  cookie = await rig.cookie('amara');
  const {house} = rig;
  // The last second of October and the first of November in London, which are at winter time.
  await house.credit('amara', pounds(10), instant(Date.UTC(2026, 9, 31, 23, 59, 59)));
  await house.credit('amara', pounds(5), instant(Date.UTC(2026, 10, 1)));
  await house.call('amara', {at: later(RIG_NOW, -3 * DAY), seconds: 91, number: '447700900123'});
});
afterEach(() => rig.close());

const text = async (path: string): Promise<string> => {
  const html = await (await get(rig, path, cookie)).text();
  return html
    .replace(/^.*<main/s, '<main')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
};

type Line = Readonly<Record<string, string>>;
async function file(path: string): Promise<{readonly lines: readonly Line[]; readonly answer: Response; readonly raw: Buffer}> {
  const answer = await get(rig, path, cookie);
  const raw = Buffer.from(await answer.arrayBuffer());
  return {lines: parse(raw, {bom: true, columns: true}), answer, raw};
}

const micros = (decimal: string): number => Math.round(Number(decimal) * 1_000_000);

describe('a statement', () => {
  test('has letterhead, period, opening, lines, closing and tax, and adds up', async () => {
    const page = await text('/statement/2026-11');
    expect(page).toContain('North Hall Statement of November 2026 For Amara Obi Account amara');
    expect(page).toContain('1 November 2026 to 30 November 2026');
    expect(page).toContain('This month is not over');
    // 10 in October; 5 − 0.34 in November. 20 % VAT is in the 0.34: 0.34 × 20 / 120 = 0.056667.
    expect(page).toContain('Balance at the start £10.00 Paid in £5.00 Calls and fees £0.34 Balance at the end £14.66');
    expect(page).toContain('VAT in the calls, rounded £0.06');
    expect(page).toContain('23 Nov, 14:02 Call: UK mobile +447700900123 1:31 −£0.34 £14.66');
    const october = await text('/statement/2026-10');
    expect(october).toContain('Balance at the start £0.00 Paid in £10.00 Calls and fees £0.00 Balance at the end £10.00');
    expect(october).not.toContain('not over');
  });

  test('is listed by month, from the first in which something moved', async () => {
    const page = await text('/statement');
    expect(page).toContain('November 2026 so far £10.00 £14.66');
    expect(page).toContain('October 2026 £0.00 £10.00');
    expect((await get(rig, '/statement/2026-09', cookie)).status).toBe(404);
    expect((await get(rig, '/statement/2026-12', cookie)).status).toBe(404);
  });

  test('says from when on calls are missing', async () => {
    await rig.store.transact(({db}) => db.updateTable('box_state').set({disconnected_at: rig.now()}).where('site', '=', 'north').execute());
    rig.pass(3 * 3_600_000);
    expect(await text('/statement/2026-11')).toContain(
      'The building’s phone box was last heard of 14:02. Calls since then are not in it yet.',
    );
  });
});

describe('the file of a statement', () => {
  test.for(['/statement/2026-11.csv', '/statement/2026-11?form=csv'])(
    'at %s is saved under its name, and adds up to the micro',
    async (path) => {
      const {lines, answer, raw} = await file(path);
      expect(answer.headers.get('content-disposition')).toBe('attachment; filename=statement-2026-11.csv');
      expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      expect(raw.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
      const [opening, ...rest] = lines;
      const closing = rest.pop();
      expect([opening?.['What'], closing?.['What']]).toEqual(['Balance at the start', 'Balance at the end']);
      expect([opening?.['Date'], opening?.['Time']]).toEqual(['2026-11-01', '00:00:00']);
      expect(rest).toHaveLength(2);
      const moved = rest.reduce((sum, line) => sum + micros(line['Paid in'] ?? '') - micros(line['Paid out'] ?? ''), 0);
      expect(micros(opening?.['Balance'] ?? '') + moved).toBe(micros(closing?.['Balance'] ?? ''));
      expect(rest[1]).toEqual({
        Date: '2026-11-23',
        Time: '14:02:07',
        What: 'Call',
        Destination: 'UK mobile',
        Number: "'+447700900123",
        Seconds: '91',
        'Free seconds': '',
        'Free amount': '',
        'Free by': '',
        'Paid in': '',
        'Paid out': '0.34',
        'VAT contained': '0.056667',
        Balance: '14.66',
        Currency: 'GBP',
      });
    },
  );

  test('holds no formula, whatever a carrier calls a destination', async () => {
    const hostile = ['=HYPERLINK("http://evil.example")', '+1', '-1+1', '@SUM(A1)', '\tx', '\rx', 'a,"b"\nc'];
    for (const destination of hostile) {
      await rig.house.call('amara', {at: later(RIG_NOW, -DAY), seconds: 91, number: '447700900123', destination});
    }
    const {lines} = await file('/statement/2026-11.csv');
    expect(lines.map((line) => line['Destination']).filter((cell) => cell !== '' && cell !== 'UK mobile')).toEqual([
      ...hostile.slice(0, 6).map((cell) => `'${cell}`),
      'a,"b"\nc',
    ]);
    const cells = lines.flatMap((line) => Object.values(line));
    expect(cells.filter((cell) => /^[=+\-@\t\r]/.test(cell))).toEqual([]);
  });

  test('of another is not to be had', async () => {
    const ben = await rig.cookie('ben');
    const answer = await get(rig, '/statement/2026-11.csv', ben);
    expect(await answer.text()).not.toContain('447700900123');
    expect((await get(rig, '/statement/2026-11.csv')).status).toBe(303);
  });
});
