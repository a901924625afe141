// Every word stands in a message file: in another language no English is left. The other language here is English in
// letters that English has not; dates and numbers are written as Russian does; so every plain Latin word is data or a leak.
import {afterEach, describe, expect, test} from 'vitest';
import type {Language} from '../../../edge/console/drawing.tsx';
import {CONSOLE_WORDS} from '../../../edge/console/messages.ts';
import {UI_WORDS} from '../../../shared/ui/messages.ts';
import {get, openConsole, PERSON, post, setUp, type ConsoleRig} from '../../rig/console/rig.ts';
import type {SiteName} from '../../rig/console/site.ts';
import {pseudo} from '../../rig/console/pseudo.ts';

const language: Language = {locale: 'ru', ui: pseudo(UI_WORDS), words: pseudo(CONSOLE_WORDS)};

/** What comes from the site, the box's own reports and the codes for engineers, none of which the console words. */
const DATA = [
  /^s-\d+$/,
  /^(north|hall|box|annexe|main|Sam|Porter|TCP|AMI|ID|VAT)$/,
  /^(Student|calls|from|January)$/,
  /^(United|Kingdom|mobile|freephone|France|India|Nigeria|Brazil)$/,
  /^(cash|at|reception|receipt)$/,
];

let rig: ConsoleRig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

/** Latin words that a reader sees or hears: texts and labels, without codes, bytes, names of people, and what the box reports. */
function latinWords(html: string, names: ReadonlySet<string>): readonly string[] {
  const labels = Array.from(html.matchAll(/\s(?:aria-label|placeholder|alt)="([^"]*)"/g), ([, label]) => label ?? '');
  const texts = html
    .replaceAll(/<(code|svg)\b.*?<\/\1>/gs, ' ')
    .replaceAll(/<(td|p|span)[^>]*class="[^"]*(?:failure)[^"]*".*?<\/\1>/gs, ' ')
    .split(/<[^>]*>/);
  return [...labels, ...texts]
    .flatMap((text) => text.replaceAll(/&[a-z#0-9]+;/g, ' ').match(/[A-Za-z]{2,}/g) ?? [])
    .filter((word) => !names.has(word) && !DATA.some((pattern) => pattern.test(word)));
}

const PAGES: Readonly<Record<SiteName, readonly string[]>> = {
  busy: [
    '/',
    '/lines',
    '/lines?find=99',
    '/lines/2101',
    '/lines/2134',
    '/lines/2134/take-back',
    '/lines/2139',
    '/accounts',
    '/accounts?find=zz',
    '/accounts/s-1034',
    '/rejects?feed=none',
    '/rejects',
    '/unbillable?reason=no-tenant',
    '/tariff',
    '/people',
    '/brake',
    '/nothing-here',
    '/sign-in?why=out',
  ],
  faulty: ['/brake', '/accounts?show=refused'],
  empty: ['/', '/lines', '/accounts', '/rejects', '/unbillable', '/tariff', '/log?level=error'],
};

describe('in another language', () => {
  test.for(['busy', 'faulty', 'empty'] as const)('no page of the %s site keeps an English word', async (site) => {
    rig = await openConsole(site, language);
    const {database} = rig.box;
    const cookie = await setUp(rig);
    const people = database.prepare<[], string>('SELECT name FROM account WHERE name IS NOT NULL').pluck().all();
    const details = database
      .prepare<[], string>('SELECT detail FROM call WHERE detail IS NOT NULL UNION SELECT detail FROM rejected_line')
      .pluck()
      .all();
    const names = new Set([...people, ...details].flatMap((name) => name.match(/[A-Za-z]{2,}/g) ?? []));
    const left: Record<string, readonly string[]> = {};
    for (const path of PAGES[site]) {
      const html = await (await get(rig, path, path.startsWith('/sign-in') ? '' : cookie)).text();
      expect(html).toMatch(/[ƒåéïöü]/);
      const words = latinWords(html.replace(/<title>.*<\/title>/, ''), names);
      if (words.length > 0) left[path] = words;
    }
    expect(left).toEqual({});
  });

  test('no error, question or note keeps one', async () => {
    rig = await openConsole('busy', language);
    const door = [
      await post(rig, '/setup', {code: '', name: '', password: 'short'}),
      await post(rig, '/setup', {code: 'x', name: 'x\n', password: 'password1234'}),
    ];
    const cookie = await setUp(rig);
    const fields = {act: 'unlock', reason: '12', ends: '24h', limit: '5'};
    const asked = [
      await post(rig, '/sign-in', {}),
      await post(rig, '/sign-in', {...PERSON, password: 'wrong'}),
      await post(rig, '/lines/2101/override', {}, cookie),
      await post(rig, '/lines/2101/override', {...fields, ends: 'open', limit: '0'}, cookie),
      await post(rig, '/lines/2101/override', fields, cookie),
      await post(rig, '/lines/2101/override', {...fields, act: 'lock', limit: ''}, cookie),
      await post(rig, '/tariff', {number: '', minutes: ''}, cookie),
      await post(rig, '/tariff', {number: '00 55 11 2345 6789', minutes: '1'}, cookie),
      await post(rig, '/people', {name: '', password: ''}, cookie),
      await post(rig, '/people/password', {old: '', new: 'a good long one'}, cookie),
      await fetch(`${rig.address}/lines`, {method: 'POST'}),
    ];
    await post(rig, '/rejects/read-again', {feed: 'annexe'}, cookie);
    asked.push(await get(rig, '/rejects', cookie));
    const left: (readonly string[])[] = [];
    for (const answer of [...door, ...asked])
      left.push(
        latinWords(
          (await answer.text()).replace(/<title>.*<\/title>/, ''),
          new Set(['by', 'no', 'text', 'byte', 'is', 'fits', 'none', 'of', 'the', 'forms', 'profile', 'Amara', 'Obi', 'Anna', 'Berg']),
        ),
      );
    expect(left.flat()).toEqual([]);
  });

  test('a word that is left would be found', () => {
    expect(latinWords('<p>Ŵöŕð leaked <code>code</code></p><a aria-label="Said aloud">x</a>', new Set(['aloud']))).toEqual([
      'Said',
      'leaked',
    ]);
  });
});
