// Every page of the console, on three sites, in three widths, light and dark: nothing sticks out, axe finds nothing serious.
// SPBS_PICTURES=folder keeps a picture of each.
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import type {Browser} from 'playwright-core';
import {afterAll, afterEach, beforeEach, describe, expect, test} from 'vitest';
import {CONSOLE_WORDS} from '../../edge/console/messages.ts';
import {UI_WORDS} from '../../shared/ui/messages.ts';
import {needs} from '../needs.ts';
import {pseudo} from '../rig/console/pseudo.ts';
import {get, openConsole, setUp, type ConsoleRig} from '../rig/console/rig.ts';
import type {SiteName} from '../rig/console/site.ts';
import {launch, openContext, overflow, seriousFindings, THEMES, WIDTHS} from './chromium.ts';

const pictures = process.env['SPBS_PICTURES'];

const PAGES: Readonly<Record<SiteName, readonly string[]>> = {
  busy: [
    '/',
    '/lines',
    '/lines?show=locked',
    '/lines?find=99',
    '/lines/2101',
    '/lines/2134',
    '/lines/2134/take-back',
    '/lines/2136',
    '/lines/2139',
    '/accounts',
    '/accounts?show=closed&find=zz',
    '/accounts/s-1034',
    '/rejects',
    '/rejects?feed=annexe',
    '/unbillable',
    '/unbillable?reason=no-tenant',
    '/tariff',
    '/log',
    '/log?level=error',
    '/people',
    '/brake',
    '/nothing-here',
  ],
  faulty: ['/', '/brake', '/lines?show=differing', '/accounts?show=refused'],
  empty: ['/', '/lines', '/accounts', '/rejects', '/unbillable', '/tariff', '/log', '/people'],
};

let browser: Browser | undefined;
let rig: ConsoleRig | undefined;
afterAll(() => browser?.close());
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

type Seen = {readonly path: string; readonly trouble: readonly string[]};

async function look(
  site: SiteName,
  {width, theme, paths, cookie = ''}: {width: number; theme: 'light' | 'dark'; paths: readonly string[]; cookie?: string},
): Promise<readonly Seen[]> {
  if (browser === undefined || rig === undefined) throw new Error('no browser');
  const context = await openContext(browser, rig.address, {width, theme, cookie});
  const page = await context.newPage();
  const seen: Seen[] = [];
  const said: string[] = [];
  page.on('console', (message) => {
    // A page that is not there says so in the console too.
    if (message.type() === 'error' && !message.text().includes('404')) said.push(message.text());
  });
  page.on('pageerror', (error) => said.push(String(error)));
  for (const path of paths) {
    await page.goto(rig.address + path, {waitUntil: 'load'});
    const wide = await overflow(page);
    const trouble = [...(wide > 0 ? [`${wide} px too wide`] : []), ...(await seriousFindings(page)), ...said.splice(0)];
    seen.push({path, trouble});
    if (pictures !== undefined) await picture(page, `${site}${path.replaceAll(/[^a-z0-9]+/gi, '-')}-${width}-${theme}`);
  }
  await context.close();
  return seen;
}

async function picture(page: {screenshot: (options: {path: string; fullPage: boolean}) => Promise<unknown>}, name: string): Promise<void> {
  mkdirSync(pictures ?? '', {recursive: true});
  await page.screenshot({path: join(pictures ?? '', `${name}.png`), fullPage: true});
}

const views = WIDTHS.flatMap((width) => THEMES.map((theme) => ({width, theme})));

describe('every page', () => {
  beforeEach(async (context) => {
    browser ??= await launch(needs(context, 'chromium'));
  });

  describe.each(['busy', 'faulty', 'empty'] as const)('of the %s site', (site) => {
    test.for(views)('is whole and accessible at $width px, $theme', async ({width, theme}) => {
      rig = await openConsole(site);
      const cookie = await setUp(rig);
      const seen = await look(site, {width, theme, paths: PAGES[site], cookie});
      expect(seen.filter(({trouble}) => trouble.length > 0)).toEqual([]);
      expect(seen).toHaveLength(PAGES[site].length);
    });
  });

  test('fits a telephone in a language that is a third longer', async () => {
    rig = await openConsole('faulty', {locale: 'de', ui: pseudo(UI_WORDS), words: pseudo(CONSOLE_WORDS)});
    const cookie = await setUp(rig);
    const seen = await look('faulty', {width: 360, theme: 'light', paths: PAGES.busy, cookie});
    expect(seen.filter(({trouble}) => trouble.length > 0)).toEqual([]);
  });

  test.for(views)('of the door is whole and accessible at $width px, $theme', async ({width, theme}) => {
    rig = await openConsole('busy');
    const first = await look('busy', {width, theme, paths: ['/setup']});
    await setUp(rig);
    expect((await get(rig, '/setup')).status).toBe(404);
    const second = await look('busy', {width, theme, paths: ['/sign-in', '/sign-in?why=ended&to=%2Flines']});
    expect([...first, ...second].filter(({trouble}) => trouble.length > 0)).toEqual([]);
  });
});
