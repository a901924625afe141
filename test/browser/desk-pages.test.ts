// Every page of the desk, in three widths, each light and dark: nothing sticks out, axe finds nothing serious.
// SPBS_PICTURES=folder keeps a picture of each.
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import type {Browser, Page} from 'playwright-core';
import {afterAll, afterEach, beforeEach, describe, expect, test} from 'vitest';
import {ENGLISH} from '../../cloud/desk/messages.ts';
import {needs} from '../needs.ts';
import {pseudo} from '../rig/console/pseudo.ts';
import {openDesk, type DeskRig} from '../rig/desk/rig.ts';
import {liveAtDesk} from '../rig/desk/seen.ts';
import {askAtDesk, type Asked} from '../rig/desk/waiting.ts';
import type {Lived} from '../rig/portal/seen.ts';
import {launch, openContext, overflow, seriousFindings, THEMES, WIDTHS} from './chromium.ts';

const pictures = process.env['SPBS_PICTURES'];

/** A call that cannot be billed, as addresses name it. */
async function waitingCall({store}: DeskRig): Promise<string> {
  const call = store.reading.selectFrom('call').select(['site', 'up_seq']).where('state', '=', 'unbillable');
  const {site, up_seq: seq} = await call.executeTakeFirstOrThrow();
  return `${site}~${seq}`;
}

function pagesOf({payments}: Lived, call: string, asked: Asked): readonly string[] {
  return [
    '/desk',
    '/desk/sites',
    '/desk/sites/new',
    '/desk/sites/north',
    '/desk/sites/new-hall-that-is-not-there',
    '/desk/sites/old',
    '/desk/sites/new?country=DE',
    '/desk/sites/north/mode',
    '/desk/sites/north/dial-plan',
    '/desk/sites/north/waiting-limits',
    '/desk/sites/north/tariffs',
    '/desk/sites/north/tariffs/draft',
    '/desk/sites/north/box',
    '/desk/sites/north/revoke?box=north-1',
    '/desk/students',
    '/desk/students?show=uninvited',
    '/desk/students?find=nobody-at-all',
    '/desk/students/new',
    '/desk/import',
    '/desk/students/amara',
    '/desk/students/ben',
    '/desk/students/amara/statement',
    '/desk/students/amara/statement?month=2026-11',
    '/desk/students/ben/edit',
    '/desk/students/ben/close',
    '/desk/students/ben/cash',
    '/desk/students/ben/line',
    '/desk/students/ben/code',
    '/desk/students/chen',
    '/desk/sites/north/allowances',
    '/desk/sites/old/allowances',
    '/desk/sites/north/allowance',
    '/desk/sites/north/allowance?account=ben',
    '/desk/allowances/north~a-wrong/edit',
    '/desk/allowances/north~a-hour/end',
    '/desk/allowances/north~a-planned/end',
    '/desk/codes/c-ben/end',
    '/desk/tenancies/t-ben/move',
    '/desk/tenancies/t-ben/end',
    '/desk/lines',
    '/desk/lines?show=vacant',
    '/desk/lines/new',
    '/desk/lines/north~2101',
    '/desk/lines/north~2104',
    '/desk/lines/north~2104/take-back',
    '/desk/lines/north~2199',
    '/desk/lines/north~2199/edit',
    '/desk/payments',
    '/desk/payments?show=all',
    '/desk/payments?show=person',
    `/desk/payments/${payments['unknown']}`,
    `/desk/payments/${payments['succeeded']}`,
    '/desk/unbillable',
    '/desk/unbillable?site=north&reason=no-destination',
    `/desk/calls/${call}/bill`,
    `/desk/calls/${call}/write-off`,
    '/desk/sites/north/range?prefix=%2B992371',
    '/desk/unbillable?site=north&prefix=%2B992',
    ...asked.calls,
    ...Object.values(asked.proposals),
    `${asked.proposals.open}?answer=no`,
    ...Object.values(asked.ranges),
    '/desk/mail',
    '/desk/audit',
    '/desk/staff',
    '/desk/staff/carl',
    '/desk/staff/carl/disable',
    '/desk/account',
    '/desk/nothing-here',
  ];
}

const EMPTY = ['/desk/sign-in', '/desk/sign-in?why=ended&to=%2Fdesk%2Flines', '/desk/forgot', '/desk/welcome/nothing'];

let browser: Browser | undefined;
let rig: DeskRig | undefined;
afterAll(() => browser?.close());
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

type Seen = {readonly path: string; readonly trouble: readonly string[]};
type Looking = {readonly width: number; readonly paths: readonly string[]; readonly cookie?: string};

/** Fills the form in a page, sends it, and looks at what comes. */
type Filled = {readonly path: string; readonly fields: Readonly<Record<string, string>>; readonly name: string};

async function look({width, paths, cookie = ''}: Looking, filled: readonly Filled[] = []): Promise<readonly Seen[]> {
  if (browser === undefined || rig === undefined) throw new Error('no browser');
  const context = await openContext(browser, rig.address, {width, cookie});
  const page = await context.newPage();
  const seen: Seen[] = [];
  const said: string[] = [];
  page.on('console', (message) => {
    // A page that is not there, or that says what is wrong with a form, says so in the console too.
    if (message.type() === 'error' && !/4(?:04|10|22)/.test(message.text())) said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(String(error)));
  const take = async (name: string): Promise<void> => {
    const wide = await overflow(page);
    const trouble = wide > 0 ? [`${wide} px too wide`] : [];
    for (const theme of THEMES) {
      await page.emulateMedia({colorScheme: theme});
      trouble.push(...(await seriousFindings(page)).map((finding) => `${theme}: ${finding}`));
      if (pictures !== undefined) await picture(page, `${name.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 60)}-${width}-${theme}`);
    }
    seen.push({path: name, trouble: [...trouble, ...said.splice(0)]});
  };
  for (const path of paths) {
    await page.goto(rig.address + path, {waitUntil: 'load'});
    await take(path);
  }
  for (const {path, fields, name} of filled) {
    await page.goto(rig.address + path, {waitUntil: 'load'});
    await send(page, fields);
    await take(name);
  }
  await context.close();
  return seen;
}

async function send(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) {
    const field = page.locator(`main [name="${name}"]`).first();
    if ((await field.getAttribute('type')) === 'radio') await page.locator(`main [name="${name}"][value="${value}"]`).check();
    else if ((await field.evaluate((element) => (element as {tagName: string}).tagName)) === 'SELECT') await field.selectOption(value);
    else await field.fill(value);
  }
  await Promise.all([page.waitForLoadState('load'), page.locator('main form:has(input, textarea) button[type=submit]').last().click()]);
}

async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures ?? '', {recursive: true});
  await page.screenshot({path: join(pictures ?? '', `desk-${name}.png`), fullPage: true});
}

const FILLED: readonly Filled[] = [
  {path: '/desk/students/ben/cash', fields: {amount: '20', reason: 'receipt 115'}, name: 'cash, asked in figures'},
  {path: '/desk/students/ben/cash', fields: {amount: 'ten', reason: ''}, name: 'cash, wrong'},
  {
    path: '/desk/import',
    fields: {site: 'north', list: 'name,email,line,opening\nIvo Stone,ivo@uni.example,2301,12.50\nJo Park,,,'},
    name: 'a list, asked in figures',
  },
  {path: '/desk/import', fields: {list: 'name,email,line,opening\n?,,2101,200.01\nJo Park,amara@uni.example,,'}, name: 'a list, wrong'},
  {path: '/desk/students/eve/line', fields: {extension: '2150', date: '2026-11-25', time: '09:00'}, name: 'a line taken, wrong'},
  {path: '/desk/tenancies/t-amara/end', fields: {date: '2026-11-21', time: '09:00'}, name: 'a line ended back-dated'},
  {path: '/desk/lines/north~2101', fields: {act: 'unlock', reason: 'cash', ends: '4h', limit: '5'}, name: 'an unlock, asked'},
  {path: '/desk/lines/north~2101', fields: {act: 'lock', reason: ''}, name: 'a lock without a reason'},
  {path: '/desk/sites/north/mode', fields: {mode: 'bill'}, name: 'another mode, asked'},
  {path: '/desk/sites/north/box', fields: {box: 'box-2'}, name: 'a code for a box'},
  {
    path: '/desk/sites/north/range?prefix=%2B992375',
    fields: {destination: 'Khujand', perMinute: '0.45'},
    name: 'a range, asked in figures',
  },
  {path: '/desk/sites/north/range', fields: {prefix: '0992', destination: '', date: 'soon'}, name: 'a range, wrong'},
  {
    path: '/desk/sites/north/allowance',
    fields: {name: 'Landlines', amount: '60', destinations: 'UK landline\nIndia\nFrance', last: '2026-12-31'},
    name: 'free calls, asked in figures',
  },
  {
    path: '/desk/sites/north/allowance?account=ben',
    fields: {name: '', amount: 'much', destinations: 'UK landlines\nUtopia', from: 'soon', last: '2026-01-01'},
    name: 'free calls, wrong',
  },
  {path: '/desk/allowances/north~a-all/edit', fields: {amount: '90'}, name: 'other free calls, asked'},
  {path: '/desk/sites/new', fields: {name: 'West', id: 'west', tariff: 'name: x\nrates:\n  - a: 1\n'}, name: 'a site with a bad tariff'},
];

/** Some fifty pages, each loaded, measured and checked. */
const LOOKING_MS = 120_000;

describe('every page of the desk', () => {
  beforeEach(async (context) => {
    browser ??= await launch(needs(context, 'chromium'));
  });

  test.for(WIDTHS)('is whole and accessible at %i px', {timeout: LOOKING_MS}, async (width) => {
    rig = await openDesk();
    const paths = pagesOf(await liveAtDesk(rig), await waitingCall(rig), await askAtDesk(rig));
    const seen = await look({width, paths, cookie: await rig.cookie('ada')});
    expect(seen.filter(({trouble}) => trouble.length > 0)).toEqual([]);
    expect(seen).toHaveLength(paths.length);
  });

  test.for(WIDTHS)('that answers a form is whole and accessible at %i px', async (width) => {
    rig = await openDesk();
    await liveAtDesk(rig);
    const seen = await look({width, paths: [], cookie: await rig.cookie('ada')}, FILLED);
    expect(seen.filter(({trouble}) => trouble.length > 0)).toEqual([]);
    expect(seen).toHaveLength(FILLED.length);
  });

  test.for(WIDTHS)('that asks nobody who he is is whole and accessible at %i px', async (width) => {
    rig = await openDesk({isEmpty: true});
    const paths = [...EMPTY, `/desk/welcome/${await rig.firstLink()}`];
    const seen = await look({width, paths});
    expect(seen.filter(({trouble}) => trouble.length > 0)).toEqual([]);
    expect(seen).toHaveLength(paths.length);
  });

  test('fits a telephone in a language that is a third longer', {timeout: LOOKING_MS}, async () => {
    rig = await openDesk({language: {...ENGLISH, locale: 'de', ui: pseudo(ENGLISH.ui), words: pseudo(ENGLISH.words)}});
    const paths = pagesOf(await liveAtDesk(rig), await waitingCall(rig), await askAtDesk(rig));
    const seen = await look({width: 360, paths, cookie: await rig.cookie('ada')});
    expect(seen.filter(({trouble}) => trouble.length > 0)).toEqual([]);
  });
});
