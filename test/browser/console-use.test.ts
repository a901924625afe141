// Using the console as a person does: by keyboard, without script, with the page open while things happen.
import {gzipSync} from 'node:zlib';
import type {Browser, Page, Response} from 'playwright-core';
import {afterAll, afterEach, beforeEach, describe, expect, test} from 'vitest';
import {IDLE_MS} from '../../edge/console/entry/sessions.ts';
import {later} from '../../shared/time/instant.ts';
import {needs} from '../needs.ts';
import {RIG_NOW} from '../rig/console/box.ts';
import {openConsole, PERSON, setUp, type ConsoleRig} from '../rig/console/rig.ts';
import {callLine, deliver} from '../rig/console/site.ts';
import {launch, openContext, overflow, seriousFindings, type Viewing} from './chromium.ts';

let browser: Browser | undefined;
let rig: ConsoleRig | undefined;
afterAll(() => browser?.close());
beforeEach(async (context) => {
  browser ??= await launch(needs(context, 'chromium'));
});
afterEach(async () => {
  for (const context of browser?.contexts() ?? []) await context.close();
  await rig?.close();
  rig = undefined;
});

async function openPage(site: ConsoleRig, path: string, viewing: Viewing): Promise<Page> {
  if (browser === undefined) throw new Error('no browser');
  const context = await openContext(browser, site.address, viewing);
  const page = await context.newPage();
  await page.goto(site.address + path);
  return page;
}

/** Presses Tab until the element that has the focus is the wanted one; how often. */
async function tabTo(page: Page, selector: string): Promise<number> {
  const MOST = 60;
  for (let presses = 0; presses <= MOST; presses++) {
    if (await page.evaluate<boolean>(`document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`)) return presses;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${selector} is not reached by ${MOST} presses of Tab`);
}

/** Is the focus to be seen: does the element that has it draw an outline? */
const outline = (page: Page): Promise<string> => page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle');

describe('by keyboard alone', () => {
  test('the console is set up, left and entered again', async () => {
    rig = await openConsole('busy');
    const code = rig.console.setupCode() ?? '';
    const page = await openPage(rig, '/', {});
    expect(new URL(page.url()).pathname).toBe('/setup');
    await tabTo(page, '#code');
    expect(await outline(page)).toBe('solid');
    // As people type it.
    await page.keyboard.type(code.toLowerCase().replaceAll('-', ' '));
    await page.keyboard.press('Tab');
    await page.keyboard.type(PERSON.name);
    await page.keyboard.press('Tab');
    await page.keyboard.type(PERSON.password);
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:has-text("Flow")');
    await tabTo(page, '.sign-out button');
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:has-text("Sign in")');
    expect(await page.innerText('main')).toContain('You are signed out.');
    await tabTo(page, '#name');
    await page.keyboard.type('sam porter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('not the password');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.error-summary');
    expect(await seriousFindings(page)).toEqual([]);
    // What was typed is kept, but for the password.
    expect(await page.inputValue('#name')).toBe('sam porter');
    expect(await page.inputValue('#password')).toBe('');
    await tabTo(page, '.error-summary a');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('password');
    await page.keyboard.type(PERSON.password);
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:has-text("Flow")');
  });

  test('the first press of Tab offers to skip to the content', async () => {
    rig = await openConsole('busy');
    const page = await openPage(rig, '/lines', {cookie: await setUp(rig)});
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });

  test('a line is opened by staff, with the question before it', async () => {
    rig = await openConsole('busy');
    const page = await openPage(rig, '/lines/2107', {cookie: await setUp(rig)});
    await tabTo(page, 'input[name="act"]');
    await page.keyboard.press('Space');
    await page.keyboard.press('Tab');
    await page.keyboard.type('£10 cash, receipt 7');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.type('10');
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:has-text("Open line 2107?")');
    expect(await seriousFindings(page)).toEqual([]);
    const will = await page.innerText('.will');
    expect(will).toContain('until £10.00 more is spent');
    // £8.65 less £10.
    expect(will).toContain('It may fall to −£1.35');
    expect(rig.box.database.prepare("SELECT count(*) FROM override WHERE extension = '2107'").pluck().get()).toBe(0);
    await tabTo(page, 'main button[type="submit"]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.notice:has-text("Line 2107 is being opened")');
    expect(rig.box.database.prepare("SELECT act, by, money_limit FROM override WHERE extension = '2107'").get()).toEqual({
      act: 'unlock',
      by: PERSON.name,
      money_limit: 10_000_000,
    });
  });
});

describe('without script', () => {
  test('all pages are there, the flow says as of when, and offers to be loaded again', async () => {
    rig = await openConsole('faulty');
    const page = await openPage(rig, '/', {script: false, cookie: await setUp(rig)});
    expect(await page.innerText('.as-of')).toMatch(/^As of 14:02:\d\d\s*Reload$/);
    await page.click('.as-of a');
    // The six of the flow, and the cloud beside it.
    expect(await page.locator('.stage').count()).toBe(7);
    await page.click('#brake-look');
    await page.click('main button[type="submit"]');
    expect(await page.innerText('.notice >> nth=0')).toContain('6 lines are being locked.');
    expect(rig.box.database.prepare('SELECT held_since FROM brake').pluck().get()).toBeNull();
    await page.click('nav a:has-text("Rejects")');
    await page.click('button:has-text("Dismiss") >> nth=0');
    expect(await page.innerText('.notice >> nth=0')).toContain('is dismissed');
    await page.click('button:has-text("Read 5 lines again")');
    expect(await page.innerText('.notice >> nth=0')).toContain('No line could be read: 5 still wait.');
    rig.box.dialect.mended = true;
    await page.click('button:has-text("Read 5 lines again")');
    expect(await page.innerText('.notice >> nth=0')).toContain('2 lines were read; 3 still wait.');
  });
});

describe('live', () => {
  test('a call shows on the open page of the flow, without loading it again', async () => {
    rig = await openConsole('busy');
    const page = await openPage(rig, '/', {cookie: await setUp(rig)});
    await page.waitForSelector('[data-link="live"]');
    await page.evaluate('window.stayed = true');
    const before = Number((await page.innerText('#stage-feed .counters dd')).replaceAll(',', ''));
    const at = later(RIG_NOW, 60_000);
    deliver(rig.box, 'annexe', {lines: [callLine(4, {number: '907700900123', start: RIG_NOW, seconds: 30})], at});
    await expect.poll(() => page.innerText('#stage-feed .counters dd'), {timeout: 3_000}).toBe(String(before + 1));
    expect(await page.innerText('#stage-record .stage-last')).toContain('Call of line 2105');
    expect(await page.evaluate('window.stayed')).toBe(true);
  });

  test('whoever stands on a link of a part that is replaced stands there still', async () => {
    rig = await openConsole('busy');
    const page = await openPage(rig, '/', {cookie: await setUp(rig)});
    await page.waitForSelector('[data-link="live"]');
    await page.focus('#counter-unbillable');
    deliver(rig.box, 'annexe', {lines: [callLine(4, {number: '', start: RIG_NOW, seconds: 30})], at: later(RIG_NOW, 60_000)});
    await expect.poll(() => page.innerText('#waiting-unbillable'), {timeout: 3_000}).toBe('8');
    expect(await page.evaluate('document.activeElement.id')).toBe('counter-unbillable');
  });

  test('an incident is announced, and a lost box is said', async () => {
    rig = await openConsole('busy');
    const {health} = rig.box;
    const page = await openPage(rig, '/', {cookie: await setUp(rig)});
    await page.waitForSelector('[data-link="live"]');
    health.incident('feed.unreachable', 'annexe', 'no answer for 3 hours', 'Look at its cable.');
    await page.waitForSelector('[aria-live="polite"] .notice:has-text("A feed is not reached: annexe")', {timeout: 3_000});
    expect(await page.isVisible('.stale')).toBe(false);
    rig.console.close();
    await page.context().setOffline(true);
    await page.waitForSelector('.stale', {state: 'visible', timeout: 10_000});
    expect(await page.innerText('.stale')).toContain('What you see is old.');
  });

  test('a page whose session ends says so, and shows nothing new', async () => {
    rig = await openConsole('busy');
    const page = await openPage(rig, '/', {cookie: await setUp(rig)});
    await page.waitForSelector('[data-link="live"]');
    rig.box.clock.set(later(RIG_NOW, IDLE_MS + 60_000));
    await page.waitForSelector('#session-end a:has-text("Sign in again")', {timeout: 5_000});
    rig.box.health.incident('feed.unreachable', 'annexe', 'no answer for 3 hours', 'Look at its cable.');
    await page.waitForSelector('.stale', {state: 'visible', timeout: 10_000});
    expect(await page.locator('.notice:has-text("A feed is not reached")').count()).toBe(0);
    await page.click('#session-end a');
    expect(await page.innerText('h1')).toBe('Sign in');
  });
});

test('the first load of the flow is below 60 KB, packed', async () => {
  rig = await openConsole('faulty');
  const cookie = await setUp(rig);
  if (browser === undefined) throw new Error('no browser');
  const context = await openContext(browser, rig.address, {cookie});
  const page = await context.newPage();
  const responses: Response[] = [];
  page.on('response', (response) => {
    if (!response.url().includes('/live/')) responses.push(response);
  });
  await page.goto(`${rig.address}/`, {waitUntil: 'load'});
  await expect.poll(() => responses.length).toBeGreaterThanOrEqual(3);
  const loads = await Promise.all(
    responses.map(async (response) => {
      const body = await response.body();
      const encoding = response.headers()['content-encoding'] ?? 'none';
      return {url: new URL(response.url()).pathname, bytes: encoding === 'gzip' ? gzipSync(body).length : body.length, encoding};
    }),
  );
  const kinds = loads.map(({url}) => url.replace(/-[0-9a-f]+/, ''));
  expect(kinds).toEqual(expect.arrayContaining(['/', '/assets/style.css', '/assets/live.js']));
  expect(loads.filter(({url, encoding}) => (url === '/' || url.endsWith('.css')) && encoding !== 'gzip')).toEqual([]);
  const total = loads.reduce((sum, {bytes}) => sum + bytes, 0);
  expect(total).toBeLessThan(60_000);
  expect(total).toBeGreaterThan(1_000);
});

describe('lists that are full', () => {
  test('go on over pages, in both directions, and fit a telephone', async () => {
    rig = await openConsole('busy');
    const {box} = rig;
    const cookie = await setUp(rig);
    for (let place = 0; place < 80; place++) box.tell({kind: 'extension', body: {extension: String(3001 + place), class: 'student'}});
    deliver(box, 'annexe', {lines: Array.from({length: 60}, (_, place) => `garbage ${'x'.repeat(place * 20)}`), at: RIG_NOW});
    const page = await openPage(rig, '/lines', {cookie, width: 360});
    expect(await page.locator('tbody tr').count()).toBe(50);
    await page.click('a[rel="next"]');
    await page.click('a[rel="next"]');
    expect(await page.locator('tbody tr').count()).toBe(20);
    expect(await page.locator('a[rel="next"]').count()).toBe(0);
    await page.click('a[rel="prev"]');
    expect(await page.innerText('.pager')).toContain('Page 2');
    await page.goto(`${rig.address}/rejects`);
    expect(await page.locator('tbody tr').count()).toBe(25);
    expect(await overflow(page)).toBe(0);
    const first = await page.innerText('tbody tr >> nth=0');
    await page.click('a[rel="next"]');
    expect(await page.innerText('tbody tr >> nth=0')).not.toBe(first);
    await page.click('a[rel="next"]');
    // 60 and the 7 before: 25, 25, 17.
    expect(await page.locator('tbody tr').count()).toBe(17);
  });

  test('say so when the database does not answer, and the page around them stands', async () => {
    rig = await openConsole('busy');
    const page = await openPage(rig, '/', {cookie: await setUp(rig)});
    rig.box.reading.close();
    for (const path of ['/lines', '/accounts', '/rejects', '/unbillable', '/tariff']) {
      await page.goto(rig.address + path);
      expect(await page.innerText('.notice')).toContain('This list cannot be read now');
      expect(await page.locator('nav a').count()).toBeGreaterThan(5);
    }
  });
});
