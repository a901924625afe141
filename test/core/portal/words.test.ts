// Every word of the portal stands in a message file: in another language no English is left. The other language here is English
// in letters that English has not; dates and numbers are written as Russian does; so every plain Latin word is data or a leak.
import {afterEach, describe, expect, test} from 'vitest';
import {ENGLISH, type Language} from '../../../cloud/portal/messages.ts';
import {pseudo} from '../../rig/console/pseudo.ts';
import type {StudentName} from '../../rig/portal/house.ts';
import {get, openPortal, post, type PortalRig} from '../../rig/portal/rig.ts';
import {live} from '../../rig/portal/seen.ts';

const strange: Language = {
  locale: 'ru',
  name: 'Ʀ',
  ui: pseudo(ENGLISH.ui),
  price: {...pseudo(ENGLISH.price), locale: 'ru'},
  words: pseudo(ENGLISH.words),
};

/** What comes from the halls, the tariff and the cards, none of which the portal words. Codes and numbers are no words either. */
const DATA = [
  /^(amara|ben|eve|frank|gina|uni|example)$/,
  /^(Amara|Obi|Ben|Carter|Chen|Wei|Dana|Neil|Eve|Lund|Frank|Moss|Gina|Rossi)$/,
  /^(North|Old|New|Hall|Room|Attic)$/,
  /^(Visa|ending)$/,
  /^(UK|mobile|landline|freephone|Nigeria|Directory|enquiries|India|unlisted|France|GBP|evening|daytime|weekend)$/,
];

let rig: PortalRig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

/** Latin words that a reader sees or hears: texts and labels, without codes. */
function latinWords(html: string): readonly string[] {
  const body = html.replace(/^.*<body/s, '<body');
  const labels = Array.from(body.matchAll(/\s(?:aria-label|placeholder|alt)="([^"]*)"/g), ([, label]) => label ?? '');
  const texts = body.replaceAll(/<(code|svg)\b.*?<\/\1>/gs, ' ').split(/<[^>]*>/);
  return [...labels, ...texts]
    .flatMap((text) => text.replaceAll(/&[a-z#0-9]+;/g, ' ').match(/[A-Za-z]{2,}/g) ?? [])
    .filter((word) => !DATA.some((pattern) => pattern.test(word)));
}

async function left(answer: Response): Promise<readonly string[]> {
  const html = await answer.text();
  expect(html).toMatch(/[ƒåéïöü]/);
  return latinWords(html);
}

/** Faults are the web's own words, see its tests. */
const PAGES: Readonly<Partial<Record<StudentName, readonly string[]>>> = {
  amara: ['/', '/top-up', '/payments', '/automatic', '/methods', '/statement', '/statement/2026-11', '/account', '/quote'],
  ben: ['/', '/automatic', '/methods'],
  chen: ['/'],
  dana: ['/'],
  eve: ['/', '/payments', '/statement/2026-11', '/top-up?remember=1'],
  frank: ['/', '/top-up'],
  gina: ['/'],
};

describe('in another language', () => {
  test('no page keeps an English word', async () => {
    rig = await openPortal([strange]);
    const {payments, card} = await live(rig);
    const found: Record<string, readonly string[]> = {};
    for (const [student, paths] of Object.entries(PAGES)) {
      const cookie = await rig.cookie(student as StudentName);
      for (const path of paths) {
        const words = await left(await get(rig, path, cookie));
        if (words.length > 0) found[`${student} ${path}`] = words;
      }
    }
    const cookie = await rig.cookie('amara');
    for (const path of [...Object.values(payments).map((id) => `/payments/${id}`), `/methods/${card}/remove`]) {
      const words = await left(await get(rig, path, cookie));
      if (words.length > 0) found[path] = words;
    }
    expect(found).toEqual({});
  });

  test('no form, error or note keeps one', async () => {
    rig = await openPortal([strange]);
    const cookie = await rig.cookie('amara');
    const method = await rig.saveCard('amara');
    const wish = {threshold: '5', target: '20', cap: '60', method};
    const secret = await rig.issue({purpose: 'student-register', subject: 'eve'});
    const answers = [
      await get(rig, '/sign-in?why=ended'),
      await get(rig, '/forgot'),
      await post(rig, '/forgot', {email: 'x'}),
      await post(rig, '/forgot', {email: '1@2.33'}),
      await get(rig, `/register/${secret}`),
      await post(rig, `/register/${secret}`, {password: 'x'}),
      await get(rig, '/register/gone'),
      await get(rig, '/reset/gone'),
      await post(rig, '/sign-in', {}),
      await post(rig, '/sign-in', {email: '1@2.33', password: '1'}),
      await post(rig, '/top-up', {}, cookie),
      await post(rig, '/top-up', {amount: 'other', other: '1234', how: 'card'}, cookie),
      await post(rig, '/automatic', {}, cookie),
      await post(rig, '/automatic', wish, cookie),
      await post(rig, '/methods', {number: '1'}, cookie),
      await post(rig, '/quote', {}, cookie),
      await post(rig, '/quote', {number: '1', minutes: '1'}, cookie),
      await post(rig, '/account/password', {old: 'x', new: 'y'}, cookie),
    ];
    await post(rig, '/automatic', {...wish, sure: 'yes'}, cookie);
    answers.push(await get(rig, '/automatic', cookie));
    const words: (readonly string[])[] = [];
    for (const answer of answers) words.push(await left(answer));
    expect(words.flat()).toEqual([]);
  });

  test('a word that is left would be found', () => {
    expect(latinWords('<body><p>Ŵöŕð leaked <code>code</code></p><a aria-label="Said aloud">x</a>')).toEqual(['Said', 'aloud', 'leaked']);
  });

  test('chosen by the student is spoken from the next page on', async () => {
    rig = await openPortal([ENGLISH, {...strange, locale: 'de', name: 'Ðéûțšçĥ'}]);
    const cookie = await rig.cookie('amara');
    expect(await (await get(rig, '/account', cookie)).text()).toContain('<option value="de">Ðéûțšçĥ</option>');
    await post(rig, '/account/language', {language: 'de'}, cookie);
    const html = await (await get(rig, '/account', cookie)).text();
    expect(html).toContain('<html lang="de">');
    expect(html).toContain('Šïĝñ öûţ'.slice(0, 2));
  });
});
