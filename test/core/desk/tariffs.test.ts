// Tariffs at the desk, over HTTP and without script: a draft from a file, what it would change, published as it was seen, put back.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import {instant} from '../../../shared/time/instant.ts';
import {get, openDesk, post, type DeskRig} from '../../rig/desk/rig.ts';
import {POLICY} from '../../rig/desk/seen.ts';
import {workedOut} from '../../rig/desk/worked-out.ts';
import {fieldIn} from '../../rig/visitor.ts';
import {tariffOf} from '../tariff/tariffs.ts';

const ADA = {id: 'ada', role: 'admin'} as const;
const rate = (perMinute: string) => ({name: 'one', initialSeconds: 60, nextSeconds: 60, perMinute});
const source = (name: string, perMinute: string): TariffSource =>
  tariffOf({}, {name, rates: [rate(perMinute)], destinations: [{name: 'London', rate: 'one', prefixes: ['4420']}]});
const text = (name: string, perMinute: string): string => JSON.stringify(source(name, perMinute), undefined, 2);

let rig: DeskRig;
let admin = '';
let viewer = '';
beforeEach(async () => {
  rig = await openDesk();
  [admin, viewer] = [await rig.cookie('ada'), await rig.cookie('vera')];
  await rig.store.transact(async (tx) => {
    await rig.given.publish.policy(tx, ADA, {site: 'north', policy: POLICY});
    await rig.given.publish.tariff(tx, ADA, {site: 'north', text: text('Ten', '0.10')});
  });
});
afterEach(() => rig.close());

const page = async (path: string, cookie = admin): Promise<string> => plain(await (await get(rig, path, cookie)).text());
const plain = (html: string): string => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
async function send(path: string, fields: Readonly<Record<string, string>>, cookie = admin) {
  const answer = await post(rig, path, fields, cookie);
  return {status: answer.status, html: await answer.text(), to: answer.headers.get('location') ?? ''};
}
async function saved(name: string, perMinute: string, role = 'student'): Promise<string> {
  const {to} = await send('/desk/sites/north/tariffs/draft', {role, tariff: text(name, perMinute), note: ''});
  expect(to).toMatch(/^\/desk\/drafts\/[0-9a-f]{16}$/);
  return to;
}
/** The question of publishing, with what its form would send. */
async function asked(draft: string, typed = {date: '', time: ''}) {
  const {to} = await send(draft, typed);
  const html = await workedOut(rig, to, admin);
  const names = ['from', 'schedule', 'against'] as const;
  return {said: plain(html), pinned: Object.fromEntries(names.map((name) => [name, fieldIn(html, name) ?? ''])), at: to};
}
async function published(draft: string, typed?: {date: string; time: string}): Promise<void> {
  rig.pass(1_000);
  const {pinned} = await asked(draft, typed);
  expect((await send(`${draft}/publish`, {...pinned, sure: 'yes'})).to).toBe('/desk/sites/north/tariffs');
}
const inForce = async () => {
  const tariffs = await rig.given.published.publishedTariffs(rig.store.reading, 'north', rig.now());
  return tariffs.map(({name, isInForce}) => (isInForce ? `${name}!` : name));
};

/** A minute to London last month, for which a box asked 13p. */
async function lastMonth(): Promise<void> {
  await rig.house.call('amara', {at: instant(Date.UTC(2026, 9, 7, 12)), seconds: 60, number: '442079460123'});
}

describe('a draft', () => {
  test('comes from a file as well, and what is in the file comes first', async () => {
    const body = new FormData();
    body.set('role', 'carrier');
    body.set('tariff', 'is not looked at');
    body.set('note', 'of the carrier’s letter');
    body.set('file', new File([text('Costs', '0.04').replaceAll('\n', '\r\n')], 'costs.json'));
    const to = await fetch(`${rig.address}/desk/sites/north/tariffs/draft`, {
      method: 'POST',
      redirect: 'manual',
      headers: {origin: rig.address, cookie: admin},
      body,
    });
    expect(to.status).toBe(303);
    const list = await page('/desk/sites/north/tariffs', viewer);
    for (const each of ['Costs', 'What the carrier charges', 'Ada Moran', 'of the carrier’s letter']) expect(list).toContain(each);
    expect(await inForce()).toEqual(['Ten!']);
  });

  test.for([
    ['that is no text', new File([Buffer.from([0x80, 0xff, 0x00])], 'x.yaml'), 'This file is not UTF-8 text'],
    ['with a mistake', new File(['format: spbs-tariff/1\nname: y\n'], 'y.yaml'), 'currency is missing'],
  ] as const)('from a file %s is refused, and says why', async ([, file, why]) => {
    const body = new FormData();
    body.set('role', 'student');
    body.set('note', 'kept');
    body.set('file', file);
    const headers = {origin: rig.address, cookie: admin};
    const answer = await fetch(`${rig.address}/desk/sites/north/tariffs/draft`, {method: 'POST', redirect: 'manual', headers, body});
    const html = await answer.text();
    expect([answer.status, plain(html).includes(why), html.includes('id="file-error"'), html.includes('value="kept"')]).toEqual([
      422,
      true,
      true,
      true,
    ]);
  });

  test('shows what it would change, and what last month’s calls would have cost', async () => {
    await lastMonth();
    const draft = await saved('Fifteen', '0.15');
    const said = plain(await workedOut(rig, draft, viewer));
    expect(said).toContain('Compared with Ten');
    expect(said).toMatch(/Dearer 1 Unchanged 0/);
    expect(said).toContain('+50%');
    // A minute at 15p for what cost 13p.
    expect(said).toContain('What the calls of October 2026 would have cost');
    expect(said).toMatch(/They cost £0\.13 They would have cost £0\.15 Difference \+ ?£0\.02/);
    expect(said).toContain('Amara Obi');
    // No call in September.
    expect(plain(await workedOut(rig, `${draft}?month=2026-09`, viewer))).toContain('No call of this month has a price');
  });

  test('is discarded when one is sure', async () => {
    const draft = await saved('Fifteen', '0.15');
    expect((await send(`${draft}/discard`, {})).status).toBe(200);
    expect((await send(`${draft}/discard`, {sure: 'yes'})).to).toBe('/desk/sites/north/tariffs');
    expect(await page('/desk/sites/north/tariffs')).toContain('No draft');
    expect(await page(draft)).toContain('This draft was discarded.');
    expect((await get(rig, `${draft}/publish`, admin)).headers.get('location')).toBe(draft);
  });
});

describe('publishing', () => {
  test('is asked in words and figures, and done once', async () => {
    await lastMonth();
    const draft = await saved('Fifteen', '0.15');
    const {said, pinned} = await asked(draft, {date: '2026-12-01', time: '00:00'});
    for (const each of [
      'Calls that begin at or after 1 Dec, 00:00 are billed by it.',
      'It takes the place of Ten.',
      '1 prefix dearer.',
      'The calls of October 2026 cost £0.13; by it they would have cost £0.15: £0.02 more.',
      'Calls that have a price keep it.',
    ])
      expect(said).toContain(each);
    expect(await inForce()).toEqual(['Ten!']);
    expect((await send(`${draft}/publish`, {...pinned, sure: 'yes'})).to).toBe('/desk/sites/north/tariffs');
    expect(await inForce()).toEqual(['Ten!', 'Fifteen']);
    expect(await page('/desk/sites/north/tariffs')).toContain('Fifteen is published. The box is told.');
    expect((await send(`${draft}/publish`, {...pinned, sure: 'yes'})).to).toBe(draft);
  });

  test('of what was seen: after a change by another it is asked anew, with what it does now', async () => {
    const [mine, others] = [await saved('Fifteen', '0.15'), await saved('Twenty', '0.20')];
    const {pinned} = await asked(mine);
    await published(others);
    const answer = await send(`${mine}/publish`, {...pinned, sure: 'yes'});
    expect([answer.status, plain(answer.html).includes('The schedule was changed since you looked.')]).toEqual([409, true]);
    expect(await inForce()).toEqual(['Ten', 'Twenty!']);
    const again = await asked(mine);
    expect(again.said).toContain('It takes the place of Twenty.');
    expect(again.said).toContain('1 prefix cheaper.');
  });

  test('says what is dropped, and what takes over later', async () => {
    await published(await saved('December', '0.12'), {date: '2026-12-01', time: '00:00'});
    await published(await saved('January', '0.13'), {date: '2027-01-01', time: '00:00'});
    const {said} = await asked(await saved('Instead', '0.14'), {date: '2026-12-01', time: '00:00'});
    expect(said).toContain('It takes the place of December, which was planned for the same moment and is dropped.');
    expect(said).toContain('It applies until 1 Jan 2027, 00:00, when January takes over as planned.');
    expect(said).toContain('1 prefix dearer.');
  });

  test.for([
    ['that is past', {date: '2026-11-01', time: '00:00'}, 'date'],
    ['that is none', {date: 'soon', time: ''}, 'date'],
  ] as const)('for a date %s is refused beside its field', async ([, typed, field]) => {
    const {status, html} = await send(await saved('Fifteen', '0.15'), typed);
    expect([status, html.includes(`id="${field}-error"`)]).toEqual([422, true]);
  });

  test('what the carrier charges changes no student’s price', async () => {
    const draft = await saved('Costs', '0.04', 'carrier');
    expect((await asked(draft)).said).toContain('No student’s price changes.');
    await published(draft);
    expect(await inForce()).toEqual(['Ten!']);
    expect(await page('/desk/sites/north/tariffs')).toContain('What the carrier charges for the same calls');
  });
});

describe('versions', () => {
  const versionOf = async (act: string): Promise<number> => {
    const row = await rig.store.reading
      .selectFrom('schedule_version')
      .select('down_seq')
      .where('site', '=', 'north')
      .where('act', '=', act as 'publish')
      .orderBy('down_seq')
      .executeTakeFirstOrThrow();
    return row.down_seq;
  };

  test('show who changed what, and an earlier one is put in force again', async () => {
    const first = await versionOf('publish');
    await published(await saved('Fifteen', '0.15'));
    const list = await page('/desk/sites/north/tariffs', viewer);
    expect(list).toContain('Ada Moran published');
    expect(list).toMatch(/Fifteen \([0-9a-f]{10}\)/);
    rig.pass(1_000);
    const at = `/desk/versions/north~${first}`;
    expect(await page(at, viewer)).not.toContain('Put it in force again');
    expect(await page(at)).toContain('Put it in force again');
    const html = await (await get(rig, `${at}/back`, admin)).text();
    expect(plain(html)).toMatch(/Ten \([0-9a-f]{10}\)/);
    expect((await send(`${at}/back`, {seen: 'old', sure: 'yes'})).status).toBe(409);
    const done = await send(`${at}/back`, {seen: fieldIn(html, 'seen') ?? '', sure: 'yes'});
    expect(done.to).toBe('/desk/sites/north/tariffs');
    expect((await inForce()).at(-1)).toBe('Ten!');
    expect((await rig.acts()).at(-1)?.act).toBe('tariff-roll-back');
    // It applies now: nothing is left to put back.
    expect((await get(rig, `${at}/back`, admin)).headers.get('location')).toBe(at);
  });

  test('are compared with each other, but not with tariffs of elsewhere', async () => {
    await published(await saved('Fifteen', '0.15'));
    const html = await (await get(rig, `/desk/versions/north~${await versionOf('publish')}`, viewer)).text();
    expect(html).not.toContain('/compare?');
    const [old, young] = (await rig.given.published.publishedTariffs(rig.store.reading, 'north', rig.now())).map(({hash}) => hash);
    const compare = `/desk/sites/north/compare?role=student&before=${old}&after=${young}`;
    expect(plain(await workedOut(rig, compare, viewer))).toContain('Dearer 1');
    const stranger = await get(rig, compare.replace('/north/', '/old/'), viewer);
    expect(stranger.status).toBe(404);
  });
});

test('calls that a late tariff priced stand on the page of their site, with the way to correct them', async () => {
  await lastMonth();
  const {up_seq: seq} = await rig.store.reading.selectFrom('call').select('up_seq').executeTakeFirstOrThrow();
  await rig.store.transact(({db}) =>
    db
      .insertInto('tariff_late')
      .values({site: 'north', call_seq: seq, priced_by: 'a'.repeat(64), due: 'b'.repeat(64)})
      .execute(),
  );
  for (const path of ['/desk/sites/north', '/desk']) {
    const html = await (await get(rig, path, viewer)).text();
    expect([html.includes('Priced by a late tariff'), html.includes('href="/desk/sites/north/rerating"')]).toEqual([true, true]);
  }
});

test('the page of a call names the tariff that priced it, from when it applied, and the version that said so', async () => {
  await lastMonth();
  const {body} = await rig.store.reading.selectFrom('up_log').select('body').where('kind', '=', 'call').executeTakeFirstOrThrow();
  const {tariff} = (JSON.parse(body.toString()) as {working: {tariff: string}}).working;
  expect(await page('/desk/calls/north~1', viewer)).toContain(tariff);
  // A schedule of long ago, carried by the first row that ever went down.
  const row = {site: 'north', down_seq: 1, by: null, act: 'publish', at: 0} as const;
  const long = Date.UTC(2026, 8, 1);
  await rig.store.transact(async ({db}) => {
    await db.insertInto('tariff').values({hash: tariff, name: 'The autumn deck', text: '{}', created_at: 0}).execute();
    const schedule = JSON.stringify({entries: [{from: long, tariff}]});
    await db
      .insertInto('schedule_version')
      .values({...row, body: schedule})
      .execute();
  });
  const html = await (await get(rig, '/desk/calls/north~1', viewer)).text();
  expect(plain(html)).toContain(`The autumn deck ${tariff.slice(0, 10)} applied from 1 Sept, 01:00`);
  expect(html).toContain('href="/desk/versions/north~1"');
  expect(plain(html)).toContain('Price £0.13');
  // From the list of the student's calls.
  expect(await (await get(rig, '/desk/students/amara', viewer)).text()).toContain('href="/desk/calls/north~1"');
});
