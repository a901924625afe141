// The pages of tariffs at the desk, filled: drafts beside what is in force, the question, versions. In three widths, light and dark;
// what is worked out comes by itself, and without script when the page is loaded anew.
// SPBS_PICTURES=folder keeps a picture of each.
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import type {Browser, Page} from 'playwright-core';
import {afterAll, afterEach, beforeEach, describe, expect, test} from 'vitest';
import {checkTariff} from '../../cloud/tariff/publish.ts';
import {instant} from '../../shared/time/instant.ts';
import {needs} from '../needs.ts';
import {openDesk, post, type DeskRig} from '../rig/desk/rig.ts';
import {liveAtDesk, TARIFF} from '../rig/desk/seen.ts';
import {workedOut} from '../rig/desk/worked-out.ts';
import {fieldIn} from '../rig/visitor.ts';
import type {generateTariff} from '../simulator/tariff.ts';
import {launch, openContext, overflow, seriousFindings, THEMES, WIDTHS} from './chromium.ts';

const pictures = process.env['SPBS_PICTURES'];
const ADA = {id: 'ada', role: 'admin'} as const;
const DECEMBER = {date: '2026-12-01', time: '00:00'};

let browser: Browser | undefined;
let rig: DeskRig;
beforeEach(async (context) => {
  browser ??= await launch(needs(context, 'chromium'));
  rig = await openDesk();
  await liveAtDesk(rig);
});
afterEach(() => rig.close());
afterAll(() => browser?.close());

/** Some rates up, some down, some prefixes gone and some new. */
function changed(name: string): string {
  const tariff = JSON.parse(TARIFF) as ReturnType<typeof generateTariff>;
  const rates = tariff.rates.map((rate, index) => ({
    ...rate,
    perMinute: index % 3 === 0 ? '0.99' : index % 3 === 1 ? '0.001' : rate.perMinute,
    ...(index % 5 === 2 ? {connectionFee: '0.05'} : {}),
  }));
  const destinations = tariff.destinations.flatMap((each, index) =>
    index === 2 ? [] : index === 4 ? [{...each, prefixes: ['88299', '88298']}] : [each],
  );
  return JSON.stringify({...tariff, name, rates, destinations});
}

async function draft(text: string, role: 'student' | 'carrier' = 'student', note = 'From the letter of 12 November'): Promise<string> {
  const tariff = checkTariff({id: 'north', currency: 'GBP', zone: 'Europe/London'}, text);
  if (tariff.kind === 'refused') throw new Error(tariff.what);
  const done = await rig.store.transact((tx) => rig.given.drafts.save(tx, ADA, {site: 'north', role, note, tariff}));
  if (done.kind === 'refused') throw new Error(done.what);
  return `/desk/drafts/${done.id}`;
}

/** A month of calls; drafts of both kinds; something published, and something planned. */
async function story(): Promise<readonly string[]> {
  for (let day = 1; day < 25; day++) {
    const at = instant(Date.UTC(2026, 9, day, 19, day));
    await rig.house.call(day % 2 === 0 ? 'amara' : 'ben', {at, seconds: 60 * day, number: '442079460123'});
  }
  const cookie = await rig.cookie('ada');
  const planned = await draft(changed('Autumn term'));
  rig.pass(1_000);
  const {headers} = await post(rig, planned, DECEMBER, cookie);
  const question = headers.get('location') ?? '';
  const html = await workedOut(rig, question, cookie);
  const pinned = Object.fromEntries(['from', 'schedule', 'against'].map((name) => [name, fieldIn(html, name) ?? '']));
  await post(rig, `${planned}/publish`, {...pinned, sure: 'yes'}, cookie);
  const other = await draft(changed('Spring term'));
  const costs = await draft(changed('What the carrier asks'), 'carrier');
  await draft(TARIFF, 'carrier', '');
  const rows = await rig.store.reading
    .selectFrom('schedule_version')
    .select('down_seq')
    .where('site', '=', 'north')
    .orderBy('down_seq')
    .execute();
  const [first, second] = rows.map(({down_seq: seq}) => `/desk/versions/north~${seq}`);
  const tariffs = await rig.given.published.publishedTariffs(rig.store.reading, 'north', rig.now());
  const [before, after] = tariffs.map(({hash}) => hash);
  return [
    '/desk/sites/north/tariffs',
    '/desk/sites/old/tariffs',
    '/desk/sites/north/tariffs/draft',
    other,
    costs,
    planned,
    `${other}/publish?from=now`,
    `${costs}/publish?from=now`,
    `${other}/discard`,
    first ?? '',
    second ?? '',
    `${first}/back`,
    `/desk/sites/north/compare?role=student&before=${before}&after=${after}`,
  ];
}

async function filled(page: Page): Promise<void> {
  await page.waitForFunction("!document.body.innerText.includes('Being worked out')");
}

describe('every page of tariffs', () => {
  test.for(WIDTHS)('is whole and accessible at %i px', {timeout: 120_000}, async (width) => {
    const paths = await story();
    const context = await openContext(browser as Browser, rig.address, {width, cookie: await rig.cookie('ada')});
    const page = await context.newPage();
    const trouble: string[] = [];
    page.on('pageerror', (error) => trouble.push(String(error)));
    for (const [index, path] of paths.entries()) {
      const answer = await page.goto(rig.address + path, {waitUntil: 'load'});
      await filled(page);
      if (answer?.status() !== 200) trouble.push(`${path}: ${String(answer?.status())}`);
      const wide = await overflow(page);
      if (wide > 0) trouble.push(`${path}: ${wide} px too wide`);
      for (const theme of THEMES) {
        await page.emulateMedia({colorScheme: theme});
        trouble.push(...(await seriousFindings(page)).map((finding) => `${path} ${theme}: ${finding}`));
        if (pictures !== undefined) await picture(page, `${index}-${path.replaceAll(/[^a-z]+/g, '-').slice(0, 30)}-${width}-${theme}`);
      }
    }
    await context.close();
    expect(trouble).toEqual([]);
  });
});

test('without script a page that is being worked out says so, and is filled when it is loaded anew', async () => {
  const path = await draft(changed('Spring term'));
  const context = await openContext(browser as Browser, rig.address, {script: false, cookie: await rig.cookie('vera')});
  const page = await context.newPage();
  await page.goto(rig.address + path);
  expect(await page.innerText('body')).toContain('load it again in a moment');
  await workedOut(rig, path, await rig.cookie('vera'));
  await page.reload();
  expect(await page.innerText('body')).toContain('What changes in the tariff');
  await context.close();
});

async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures ?? '', {recursive: true});
  await page.screenshot({path: join(pictures ?? '', `tariffs-${name}.png`), fullPage: true});
}
