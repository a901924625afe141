// Using the desk as a person does: by keyboard, without script, with the page open while things go wrong.
import type {Browser, Page} from 'playwright-core';
import {afterAll, afterEach, beforeEach, describe, expect, test} from 'vitest';
import {micros} from '../../shared/money/micros.ts';
import {upFact} from '../../shared/wire/up.ts';
import {needs} from '../needs.ts';
import {openDesk, type DeskRig, type StaffName} from '../rig/desk/rig.ts';
import {POLICY, TARIFF} from '../rig/desk/seen.ts';
import {launch, openContext, type Viewing} from './chromium.ts';

const ADMIN = {id: 'ada', role: 'admin'} as const;

let browser: Browser | undefined;
let rig: DeskRig;
afterAll(() => browser?.close());
beforeEach(async (context) => {
  browser ??= await launch(needs(context, 'chromium'));
  rig = await openDesk();
});
afterEach(async () => {
  for (const context of browser?.contexts() ?? []) await context.close();
  await rig.close();
});

async function openPage(person: StaffName, path: string, viewing: Viewing = {}): Promise<Page> {
  if (browser === undefined) throw new Error('no browser');
  const context = await openContext(browser, rig.address, {...viewing, cookie: await rig.cookie(person)});
  const page = await context.newPage();
  await page.goto(rig.address + path);
  return page;
}

async function tabTo(page: Page, selector: string): Promise<void> {
  const MOST = 60;
  for (let presses = 0; presses <= MOST; presses++) {
    if (await page.evaluate<boolean>(`document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${selector} is not reached by ${MOST} presses of Tab`);
}

/** What the page says, in one line. */
const said = async (page: Page): Promise<string> => (await page.innerText('main')).replaceAll(/\s+/g, ' ');

describe('the desk', () => {
  test.for([true, false])('takes cash by keyboard alone (script: %s)', async (script) => {
    const page = await openPage('carl', '/desk/students/ben', {script});
    await page.keyboard.press('Tab');
    expect(await page.evaluate<string>('document.activeElement.className')).toBe('skip');
    await tabTo(page, 'a[href$="/cash"]');
    expect(await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#amount');
    await tabTo(page, '#amount');
    await page.keyboard.type('ten');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.error-summary');
    expect(await said(page)).toContain('Enter an amount, such as 10 or 7.50');
    await tabTo(page, '.error-summary a');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Control+A');
    await page.keyboard.type('12.50');
    await page.keyboard.press('Tab');
    await page.keyboard.type('receipt 7');
    await page.keyboard.press('Enter');
    await page.waitForSelector('h1:has-text("Take £12.50 from Ben Carter?")');
    expect(await said(page)).toContain('The balance goes from £0.00 to £12.50.');
    await tabTo(page, 'form.actions button');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.notice');
    expect(await said(page)).toContain('£12.50 from Ben Carter is on the account.');
    expect((await rig.acts()).map(({act}) => act)).toEqual(['payment.cash']);
  });

  test('publishes a tariff as it was pasted, line by line, once it has seen what it would change', async () => {
    await rig.store.transact((tx) => rig.given.publish.policy(tx, ADMIN, {site: 'north', policy: POLICY}));
    const page = await openPage('ada', '/desk/sites/north/tariffs/draft');
    await page.locator('#tariff').fill(TARIFF);
    await page.getByText('Check and save').click();
    await page.waitForSelector('text=Nothing has changed yet.');
    // What it would change comes by itself.
    await page.waitForSelector('h2:has-text("What changes in the tariff")');
    await page.getByText('Look at what this does').click();
    await page.waitForSelector('h1:has-text("for North Hall?")');
    await page.waitForSelector('text=Calls that begin from now on');
    const hash = /SHA-256 is ([0-9a-f]{64})/.exec(await said(page))?.[1];
    await page.locator('form.actions button').click();
    await page.waitForSelector('text=is published. The box is told.');
    const published = await rig.given.published.publishedTariffs(rig.store.reading, 'north', rig.now());
    expect(published.map((each) => [each.hash, each.isInForce])).toEqual([[hash, true]]);
    expect(await said(page)).toContain(hash);
  });

  test('shows what becomes of a call that was billed by hand, while its page is open', async () => {
    await rig.house.call('amara', {at: rig.now(), seconds: 61, number: '992371111111', state: 'unbillable'});
    const {id: call, up_seq: seq} = await rig.store.reading.selectFrom('call').select(['id', 'up_seq']).executeTakeFirstOrThrow();
    const page = await openPage('carl', `/desk/calls/north~${seq}`);
    await page.waitForSelector('[data-link=live]');
    expect(await said(page)).toContain('Waits nothing was asked: No rate for this number');
    const bill = {site: 'north', callSeq: seq, amount: micros(1_200_000), destination: 'Tajikistan', reason: 'asked the carrier'};
    await rig.store.transact((tx) => rig.given.resolving.bill(tx, {id: 'carl', role: 'clerk'}, bill));
    rig.changed();
    await page.waitForSelector('text=on its way to the box');
    expect(await page.locator('#call-now a').count()).toBe(0);
    const price = {amount: 1_200_000, tax: 0, currency: 'GBP', prefix: '', destination: 'Tajikistan'};
    const done = {call, outcome: 'billed', by: 'desk', at: rig.now(), startedAt: rig.now(), payer: 'amara', ...price};
    await rig.house.tell('north', [upFact('call-resolved', call, done)]);
    rig.changed();
    await page.waitForSelector('text=£1.20, by hand');
    expect(await said(page)).toContain('How it stands Billed £1.20, by hand');
  });

  test('tells of what goes wrong while its first page is open', async () => {
    const page = await openPage('vera', '/desk');
    await page.waitForSelector('[data-link=live]');
    expect(await said(page)).not.toContain('link.clone');
    await rig.incidents.open({site: 'north', code: 'link.clone', subject: 'north-1', detail: 'two boxes', cure: 'Look for the other.'});
    rig.changed();
    await page.waitForSelector('text=Look for the other.');
    await rig.store.transact((tx) => rig.given.staff.disable(tx, {id: 'ada', role: 'admin'}, 'vera'));
    rig.changed();
    await page.waitForSelector('text=You are signed out: this page shows nothing new any more.');
  });
});
