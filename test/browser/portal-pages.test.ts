// Every page of the portal, in three widths, light and dark: nothing sticks out, axe finds nothing serious, and a cheap
// telephone loads it quickly. SPBS_PICTURES=folder keeps a picture of each.
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import type {Browser, Page} from 'playwright-core';
import {afterAll, afterEach, beforeEach, describe, expect, test} from 'vitest';
import {ENGLISH, type Language} from '../../cloud/portal/messages.ts';
import {needs} from '../needs.ts';
import {pseudo} from '../rig/console/pseudo.ts';
import type {StudentName} from '../rig/portal/house.ts';
import {openPortal, type PortalRig} from '../rig/portal/rig.ts';
import {live, type Lived} from '../rig/portal/seen.ts';
import {launch, openContext, overflow, seriousFindings, THEMES, WIDTHS, type Theme} from './chromium.ts';

const pictures = process.env['SPBS_PICTURES'];

let browser: Browser | undefined;
let rig: PortalRig | undefined;
afterAll(() => browser?.close());
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

type Visit = {readonly as: StudentName | undefined; readonly path: string; readonly name: string};

function visits({payments, card}: Lived, links: Readonly<Record<'register' | 'reset', string>>): readonly Visit[] {
  const of = (as: StudentName | undefined, ...paths: readonly string[]): readonly Visit[] =>
    paths.map((path) => ({as, path, name: `${as ?? 'nobody'}${path.replaceAll(/[^a-z0-9]+/gi, '-').slice(0, 40)}`}));
  return [
    ...of(undefined, '/sign-in', '/sign-in?why=ended&to=%2Fpayments', '/forgot', '/register/gone', '/reset/gone'),
    {as: undefined, path: `/register/${links.register}`, name: 'nobody-register'},
    {as: undefined, path: `/reset/${links.reset}`, name: 'nobody-reset'},
    ...of('amara', '/', '/top-up', '/top-up?remember=1', '/payments', '/automatic', '/methods', `/methods/${card}/remove`),
    ...Object.entries(payments).map(([state, id]) => ({as: 'amara' as const, path: `/payments/${id}`, name: `amara-payment-${state}`})),
    ...of('amara', '/statement', '/statement/2026-11', '/statement/2026-10', '/account', '/quote', '/nothing-here'),
    ...of('ben', '/', '/automatic', '/methods'),
    ...of('chen', '/', '/statement/2026-11', '/quote'),
    ...of('dana', '/'),
    ...of('eve', '/', '/payments', '/statement', '/statement/2026-11', '/top-up'),
    ...of('frank', '/', '/top-up', '/statement/2026-11'),
    ...of('gina', '/'),
  ];
}

async function openLived(
  languages?: readonly [Language, ...Language[]],
): Promise<{readonly rig: PortalRig; readonly seen: readonly Visit[]}> {
  rig = await openPortal(languages);
  const lived = await live(rig);
  const register = await rig.issue({purpose: 'student-register', subject: 'eve'});
  const reset = await rig.issue({purpose: 'student-reset', subject: 'ben'});
  return {rig, seen: visits(lived, {register, reset})};
}

type View = {readonly width: number; readonly theme: Theme};

/** What is wrong with each page; a picture of it, if they are kept. */
async function look(lived: {readonly rig: PortalRig; readonly seen: readonly Visit[]}, {width, theme}: View): Promise<readonly string[]> {
  if (browser === undefined) throw new Error('no browser');
  const trouble: string[] = [];
  const students = [...new Set(lived.seen.map(({as}) => as))];
  for (const student of students) {
    const cookie = student === undefined ? '' : await lived.rig.cookie(student);
    const context = await openContext(browser, lived.rig.address, {width, theme, cookie});
    const page = await context.newPage();
    page.on('console', (message) => {
      // A page that is not there says so in the console too.
      if (message.type() === 'error' && !/40[4]|410/.test(message.text())) trouble.push(message.text());
    });
    page.on('pageerror', (error) => trouble.push(String(error)));
    for (const {path, name} of lived.seen.filter(({as}) => as === student)) {
      await page.goto(lived.rig.address + path, {waitUntil: 'load'});
      trouble.push(...(await troubleOf(page)).map((each) => `${name}: ${each}`));
      if (pictures !== undefined) await picture(page, `${name}-${width}-${theme}`);
    }
    await context.close();
  }
  return trouble;
}

async function troubleOf(page: Page): Promise<readonly string[]> {
  const wide = await overflow(page);
  return [...(wide > 0 ? [`${wide} px too wide`] : []), ...(await seriousFindings(page))];
}

async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(pictures ?? '', {recursive: true});
  await page.screenshot({path: join(pictures ?? '', `${name}.png`), fullPage: true});
}

const views = WIDTHS.flatMap((width) => THEMES.map((theme) => ({width, theme})));

describe('every page of the portal', () => {
  beforeEach(async (context) => {
    browser ??= await launch(needs(context, 'chromium'));
  });

  test.for(views)('is whole and accessible at $width px, $theme', async (view) => {
    expect(await look(await openLived(), view)).toEqual([]);
  });

  test('fits a telephone in a language that is a third longer', async () => {
    const {ui, words} = ENGLISH;
    const longer: Language = {...ENGLISH, locale: 'de', ui: pseudo(ui), words: pseudo(words)};
    expect(await look(await openLived([longer]), {width: 360, theme: 'light'})).toEqual([]);
  });
});
