// Using the portal as a student does: by keyboard, without script, on a slow line, while a payment is decided.
import {gzipSync} from 'node:zlib';
import type {Browser, Page} from 'playwright-core';
import {afterAll, afterEach, beforeEach, describe, expect, test} from 'vitest';
import {later} from '../../shared/time/instant.ts';
import {needs} from '../needs.ts';
import {HOUR, pounds, RIG_NOW, type StudentName} from '../rig/portal/house.ts';
import {openPortal, PASSWORD, type PortalRig} from '../rig/portal/rig.ts';
import {live} from '../rig/portal/seen.ts';
import {launch, openContext, seriousFindings, type Viewing} from './chromium.ts';

let browser: Browser | undefined;
let rig: PortalRig;
afterAll(() => browser?.close());
beforeEach(async (context) => {
  browser ??= await launch(needs(context, 'chromium'));
  rig = await openPortal();
});
afterEach(async () => {
  for (const context of browser?.contexts() ?? []) await context.close();
  await rig.close();
});

async function openPage(path: string, {as, ...viewing}: Viewing & {readonly as?: StudentName}): Promise<Page> {
  if (browser === undefined) throw new Error('no browser');
  const cookie = as === undefined ? '' : await rig.cookie(as);
  const context = await openContext(browser, rig.address, {width: 360, cookie, ...viewing});
  const page = await context.newPage();
  await page.goto(rig.address + path);
  return page;
}

/** Presses Tab until the element that has the focus is the wanted one. */
async function tabTo(page: Page, selector: string): Promise<void> {
  const MOST = 60;
  for (let presses = 0; presses <= MOST; presses++) {
    if (await page.evaluate<boolean>(`document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${selector} is not reached by ${MOST} presses of Tab`);
}

/** Where the lower edge of it is, in a window that was not scrolled. */
const bottomOf = (page: Page, selector: string): Promise<number> =>
  page.evaluate<number>(`document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect().bottom`);

describe('by keyboard alone', () => {
  test('somebody registers, tops up with a saved card, reads a price, and leaves', async () => {
    await rig.house.call('amara', {at: later(RIG_NOW, -HOUR), seconds: 91, number: '447700900123'});
    await rig.saveCard('amara');
    const secret = await rig.issue({purpose: 'student-register', subject: 'amara'});
    const page = await openPage(`/register/${secret}`, {});
    await tabTo(page, '#password');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.type('short');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.error-summary');
    expect(await seriousFindings(page)).toEqual([]);
    await tabTo(page, '.error-summary a');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('password');
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.waitForSelector('.standing');
    await tabTo(page, 'summary');
    await page.keyboard.press('Enter');
    expect(await page.innerText('details[open] .call-why')).toContain('1 min 31 s to UK mobile cost £0.34');
    await page.keyboard.press('Home');
    await page.focus('body');
    await page.goto(`${rig.address}/`);
    await tabTo(page, 'a[href="/top-up"]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:has-text("Top up")');
    await tabTo(page, 'input[name="amount"]:checked');
    await page.keyboard.press('ArrowDown');
    // The button says what it will do, though no script runs for it.
    expect(await page.innerText('main button[type="submit"]')).toBe('Top up £20');
    await tabTo(page, 'main button[type="submit"]');
    await page.keyboard.press('Enter');
    await page.waitForSelector('h2:has-text("Paid")');
    expect(await page.innerText('h1')).toBe('Top-up of £20.00');
    await tabTo(page, '.sign-out button');
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:has-text("Sign in")');
  });

  test('the first press of Tab offers to skip to the content', async () => {
    const page = await openPage('/payments', {as: 'amara'});
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
  });
});

describe('without script', () => {
  test('all is there: the amount that is not on the list, the wrong one, the card, automatic top-up', async () => {
    const card = await rig.saveCard('amara');
    const page = await openPage('/top-up', {as: 'amara', script: false});
    expect(await page.innerText('main button[type="submit"]')).toBe('Top up £10');
    expect(await page.isVisible('#other')).toBe(false);
    await page.check('#amount-other');
    expect(await page.isVisible('#other')).toBe(true);
    expect(await page.isVisible('#remember')).toBe(false);
    await page.fill('#other', 'ten');
    await page.click('main button[type="submit"]');
    expect(await page.innerText('.error-summary')).toContain('“ten” is no amount.');
    expect(await page.inputValue('#other')).toBe('ten');
    await page.fill('#other', '12.50');
    await page.click('main button[type="submit"]');
    expect(await page.innerText('.progress')).toContain('Paid');
    await page.goto(`${rig.address}/automatic`);
    await page.click('main button[type="submit"]');
    expect(await page.innerText('.will')).toContain('at least £20.00');
    await page.click('main button[type="submit"]');
    expect(await page.innerText('main')).toContain('Automatic top-up is on.');
    expect((await rig.payments.automatic.read('amara'))?.method).toBe(card);
    await page.goto(`${rig.address}/`);
    await page.click('a[href="/automatic"]');
    await page.click('button:has-text("Turn off")');
    expect(await page.innerText('main')).toContain('Automatic top-up is off.');
  });

  test('a payment’s page loads itself anew until it is decided', async () => {
    const {payments} = await live(rig);
    const path = `/payments/${payments['pending'] ?? ''}`;
    const page = await openPage(path, {as: 'amara', script: false});
    const refresh = await page.evaluate<string>('document.querySelector("meta[http-equiv=refresh]").content');
    expect(Number(refresh)).toBeGreaterThanOrEqual(3);
    rig.card.decide(payments['pending'] ?? '', 'paid');
    rig.pass(5_000);
    await page.waitForSelector('h2:has-text("Paid")', {timeout: 25_000});
    expect(await page.evaluate('document.querySelector("meta[http-equiv=refresh]")')).toBeNull();
  });
});

describe('with script', () => {
  test('a payment’s page changes in its place, and is left in peace when it is decided', async () => {
    const card = await rig.saveCard('amara');
    rig.card.wills.push('process');
    const page = await openPage('/top-up', {as: 'amara'});
    await page.click('main button[type="submit"]');
    await page.waitForSelector('h2:has-text("Your card company has it")');
    await page.evaluate('window.stayed = true');
    const id = page.url().replace(/^.*\//, '');
    rig.card.decide(id, 'paid');
    rig.pass(5_000);
    // The first look asks the provider, the second shows what it said.
    await page.waitForSelector('h2:has-text("Paid")', {timeout: 28_000});
    expect(await page.evaluate('[window.stayed, document.body.dataset.again]')).toEqual([true, '0']);
    expect(card).toMatch(/^card-amara/);
    expect(await seriousFindings(page)).toEqual([]);
  });

  test('a double click, a second tab and loading anew pay once', async () => {
    await rig.saveCard('amara');
    const page = await openPage('/top-up', {as: 'amara'});
    const tab = await page.context().newPage();
    await tab.goto(`${rig.address}/top-up`);
    await page.dblclick('main button[type="submit"]');
    await page.waitForSelector('h2:has-text("Paid")');
    await page.reload();
    await page.waitForSelector('h2:has-text("Paid")');
    await tab.click('main button[type="submit"]');
    await tab.waitForSelector('h2:has-text("Paid")');
    expect(rig.card.paid().size).toBe(1);
    const rows = await rig.store.reading.selectFrom('transfer').select('amount').where('code', '=', 'TOPUP').execute();
    expect(rows).toEqual([{amount: pounds(10)}]);
  });
});

describe('on paper', () => {
  test('a statement is a table with a cell for everything, ink on white, without buttons', async () => {
    await live(rig);
    // The width that is left of A4 at 96 dots to the inch.
    const page = await openPage('/statement/2026-11', {as: 'amara', width: 672, theme: 'dark'});
    await page.emulateMedia({media: 'print'});
    const cells = await page.evaluate<readonly string[]>(
      "[...document.querySelectorAll('.lines tbody tr')].map((row) => [...row.children].map((cell) => getComputedStyle(cell).display).join(' '))",
    );
    expect(cells.length).toBeGreaterThan(8);
    expect(new Set(cells)).toEqual(new Set(['table-cell table-cell table-cell table-cell table-cell']));
    expect(await page.evaluate("getComputedStyle(document.querySelector('.lines thead')).display")).toBe('table-header-group');
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    for (const gone of ['.banner', '.actions']) expect([gone, await page.isVisible(gone)]).toEqual([gone, false]);
    expect(await page.innerText('.letterhead')).toContain('North Hall');
    const paper = await page.pdf({format: 'A4', tagged: true, preferCSSPageSize: true});
    expect(paper.subarray(0, 5).toString()).toBe('%PDF-');
    expect(paper.includes('/StructTreeRoot')).toBe(true);
  });
});

describe('on a small telephone', () => {
  test('the main page answers without scrolling: what is left, whether the phone is open, what to do', async () => {
    const {house} = rig;
    await house.credit('amara', pounds(7), later(RIG_NOW, -HOUR));
    await house.call('amara', {at: later(RIG_NOW, -HOUR), seconds: 91, number: '447700900123'});
    await house.lock('ben', ['floor']);
    const HEIGHT = 780;
    const open = await openPage('/', {as: 'amara'});
    for (const part of ['.standing-figure', '.phones', 'a[href="/top-up"]', '.call']) {
      expect([part, (await bottomOf(open, part)) <= HEIGHT]).toEqual([part, true]);
    }
    const locked = await openPage('/', {as: 'ben'});
    for (const part of ['.standing-figure', '.phone', 'a[href="/top-up"]']) {
      expect([part, (await bottomOf(locked, part)) <= HEIGHT]).toEqual([part, true]);
    }
  });

  test('no first page weighs more than 60 KB', async () => {
    const {payments} = await live(rig);
    const context = await openContext(browser as Browser, rig.address, {width: 360, cookie: await rig.cookie('amara')});
    const paths = [
      '/',
      '/top-up',
      '/payments',
      `/payments/${payments['unknown'] ?? ''}`,
      '/automatic',
      '/methods',
      '/statement/2026-11',
      '/account',
    ];
    const weights: Record<string, number> = {};
    for (const path of paths) {
      const page = await context.newPage();
      let bytes = 0;
      page.on('response', (response) => {
        void response.body().then((body) => {
          bytes += gzipSync(body).length;
        });
      });
      await page.goto(rig.address + path, {waitUntil: 'networkidle'});
      weights[path] = bytes;
      await page.close();
    }
    for (const [path, bytes] of Object.entries(weights)) expect([path, bytes > 2_000 && bytes <= 60_000]).toEqual([path, true]);
  });
});
