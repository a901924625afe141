// A tariff on the real processes: saved as a draft, worked out in the cloud's own thread, published; the box has it when the line is
// cut, and prices by it alone. The schedule is put back while nobody can tell the box: its next call is late, and the cloud says so.
import {afterAll, beforeAll, expect, test, vi} from 'vitest';
import {setTimeout as sleep} from 'node:timers/promises';
import {must} from '../../shared/assert/assert.ts';
import {startHall, type Hall} from '../rig/hall.ts';
import {fieldIn, textIn, type Visitor} from '../rig/visitor.ts';
import {HALL_TARIFF} from '../simulator/cloud/site.ts';

const ANN = '101';
const LONDON = '902079460123';
const SOON = {timeout: 30_000, interval: 50} as const;
const LONG = 180_000;
const DEARER = {...HALL_TARIFF, name: 'Dearer', rates: HALL_TARIFF.rates.map((rate) => ({...rate, perMinute: '0.90'}))};

let hall: Hall;
let ada: Visitor;
beforeAll(async () => {
  hall = await startHall([{extension: ANN, name: 'Ann', opening: 20_000_000}]);
  ada = await hall.visitor();
  const welcome = new URL(must(hall.cloud.firstAdmin, 'link of the first of the staff')).pathname;
  const password = 'four grey herons wade';
  await ada.post(welcome, {name: 'Ada Moran', email: 'ada@hall.example', password});
}, LONG);
afterAll(() => hall.end());

/** Loads it anew, as a browser without script does. */
async function workedOut(path: string): Promise<string> {
  return await vi.waitFor(async () => {
    const {status, text} = await ada.get(path);
    expect([status, text.includes('Being worked out')]).toEqual([200, false]);
    return text;
  }, SOON);
}
/** To London for a begun minute; what the box asked for it. A call that is printed now ended now. */
async function call(): Promise<number> {
  const sql = 'SELECT amount FROM call ORDER BY seq';
  const before = hall.boxRows(sql).length;
  expect(await hall.board.control.ask(`CALL ${ANN} ${LONDON} 1`)).toBe('made');
  return await vi.waitFor(() => {
    const rows = hall.boxRows<{amount: number}>(sql);
    expect(rows).toHaveLength(before + 1);
    return must(rows.at(-1), 'the call').amount;
  }, SOON);
}
/** The switchboard prints minutes: what is published now applies to calls from the next one on. */
async function nextMinute(): Promise<void> {
  await sleep(60_000 - (Date.now() % 60_000) + 2_000);
}

test(
  'is published as it was seen, used by a box that is alone, and put back where the box cannot hear it',
  async () => {
    expect(await call()).toBe(100_000);
    const saved = await ada.post('/desk/sites/hall/tariffs/draft', {role: 'student', tariff: JSON.stringify(DEARER), note: 'a letter'});
    const draft = must(saved.location, textIn(saved.text));
    expect(textIn(await workedOut(draft))).toContain('What gets dearer, the most first');
    const question = must((await ada.post(draft, {date: '', time: ''})).location, 'the question');
    const asked = await workedOut(question);
    expect(textIn(asked)).toContain('2 prefixes dearer.');
    const pinned = Object.fromEntries(['from', 'schedule', 'against'].map((name) => [name, fieldIn(asked, name) ?? '']));
    expect((await ada.post(`${draft}/publish`, {...pinned, sure: 'yes'})).location).toBe('/desk/sites/hall/tariffs');
    await hall.rest();
    hall.cutLink();
    await nextMinute();
    expect(await call()).toBe(900_000);
    // Back to the first schedule, while nobody can tell the box.
    const [first] = hall.cloudRows<{seq: number}>("SELECT down_seq AS seq FROM schedule_version WHERE site = 'hall' ORDER BY down_seq");
    const at = `/desk/versions/hall~${must(first, 'the first version').seq}`;
    const seen = fieldIn((await ada.get(`${at}/back`)).text, 'seen') ?? '';
    expect((await ada.post(`${at}/back`, {seen, sure: 'yes'})).location).toBe('/desk/sites/hall/tariffs');
    await nextMinute();
    expect(await call()).toBe(900_000);
    hall.mendLink();
    await hall.rest();
    expect(textIn((await ada.get('/desk/sites/hall')).text)).toContain('1 call');
    expect(hall.cloudRows("SELECT call_seq FROM tariff_late WHERE site = 'hall'")).toHaveLength(1);
    expect(await call()).toBe(100_000);
    expect(await hall.agree()).toEqual([]);
    expect(await hall.verify('cloud')).toEqual({code: 0, findings: []});
  },
  LONG,
);
