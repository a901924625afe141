// What is typed wrong: said beside its field and on top, nothing of it lost, nothing done.
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {get, openDesk, post, type DeskRig} from '../../rig/desk/rig.ts';

let rig: DeskRig;
let admin = '';
beforeAll(async () => {
  rig = await openDesk();
  admin = await rig.cookie('ada');
});
afterAll(() => rig.close());

type Fields = Readonly<Record<string, string>>;
type Case = readonly [name: string, path: string, fields: Fields, wrong: readonly string[], kept?: readonly string[]];

const CASH = '/desk/students/ben/cash';
const LINE = '/desk/students/eve/line';
const HAND = '/desk/lines/north~2101/override';
const good = {date: '2026-11-20', time: '09:00', untilDate: '', untilTime: ''};
const unlock = {act: 'unlock', reason: 'cash', ends: '4h', limit: '5'};
const site = {
  name: 'West Hall',
  id: 'west',
  country: 'GB',
  currency: 'GBP',
  zone: 'Europe/London',
  mode: 'watch',
  outsideLine: '9',
  areaCode: '',
  extensionDigits: '4',
  alwaysOpen: '',
  tariff: 'name: x\n',
};

/** In its third line. */
const WRONG_CURRENCY = `format: spbs-tariff/1
name: x
currency: pounds
zone: Europe/London
rounding: {mode: up, decimals: 2}
prices: gross
rates: [{name: one, initialSeconds: 60, nextSeconds: 60, perMinute: 0.1}]
destinations: [{name: Paris, rate: one, prefixes: ['331']}]
`;

const CASES: readonly Case[] = [
  ['cash of nothing', CASH, {amount: '0', reason: 'r'}, ['amount'], ['r']],
  ['cash below nothing', CASH, {amount: '-5', reason: 'r'}, ['amount'], ['-5']],
  ['cash of a million millions', CASH, {amount: '1000000000000', reason: 'r'}, ['amount'], ['1000000000000']],
  ['cash in words', CASH, {amount: 'ten', reason: 'r'}, ['amount'], ['ten']],
  ['cash of a third of a penny', CASH, {amount: '1.003', reason: 'r'}, ['amount'], ['1.003']],
  ['cash without amount and reason', CASH, {}, ['amount', 'reason']],
  ['a line that is not there', LINE, {extension: '9999', ...good}, ['extension'], ['9999', '2026-11-20']],
  ['a line that is taken', LINE, {extension: '2101', ...good}, ['extension'], ['2101']],
  ['no line', LINE, {extension: '', ...good}, ['extension']],
  ['a date in another order', LINE, {extension: '2101', ...good, date: '20.11.2026'}, ['date'], ['20.11.2026']],
  ['a day that no month has', LINE, {extension: '2101', ...good, date: '2026-02-30'}, ['date']],
  ['a time of no clock', LINE, {extension: '2101', ...good, time: '25:00'}, ['time'], ['25:00']],
  ['a time that the clocks skip', LINE, {extension: '2101', ...good, date: '2026-03-29', time: '01:30'}, ['time']],
  ['an end before the beginning', LINE, {extension: '2101', ...good, untilDate: '2026-11-19', untilTime: '09:00'}, ['date']],
  ['an end without a time', LINE, {extension: '2101', ...good, untilDate: '2026-11-30'}, ['untilTime']],
  ['a year mistyped', LINE, {extension: '2101', ...good, date: '2226-11-20'}, ['date']],
  ['a tenancy ended before it began', '/desk/tenancies/t-amara/end', {...good, date: '2020-01-01'}, ['date']],
  ['a move to the same line', '/desk/tenancies/t-amara/move', {extension: '2101', ...good}, ['extension']],
  ['an unlock without a limit', HAND, {...unlock, limit: ''}, ['limit'], ['cash']],
  ['an unlock without an end', HAND, {...unlock, ends: 'open'}, ['ends']],
  ['a decision without anything', HAND, {}, ['act', 'reason', 'ends']],
  [
    'a student without a name',
    '/desk/students/new',
    {site: 'north', name: '', email: 'x@y.example', language: 'en-GB'},
    ['name'],
    ['x@y.example'],
  ],
  ['a student of no site', '/desk/students/new', {site: 'none', name: 'Ann Lee', email: '', language: 'en-GB'}, ['site'], ['Ann Lee']],
  ['no list of students', '/desk/import', {site: 'north', list: ' '}, ['list']],
  ['a list of students of no site', '/desk/import', {site: 'none', list: 'name\nAnn Lee'}, ['site'], ['Ann Lee']],
  ['a list of no students', '/desk/import', {site: 'north', list: 'name,room\nAnn Lee,7'}, ['list'], ['Ann Lee,7', '“room” is no column']],
  ['an address that is none', '/desk/students/amara/edit', {name: 'Amara Obi', email: 'amara', language: 'en-GB'}, ['email'], ['amara']],
  [
    'a header in an address',
    '/desk/students/amara/edit',
    {name: 'A', email: 'a@b.example\r\nBcc: c@d.example', language: 'en-GB'},
    ['email'],
  ],
  ['a language that is none', '/desk/students/amara/edit', {name: 'Amara Obi', email: '', language: 'English, please'}, ['language']],
  ['a line twice', '/desk/lines/new', {site: 'north', extension: '2101', class: 'student', label: ''}, ['extension']],
  ['a line of odd letters', '/desk/lines/new', {site: 'north', extension: '21 01', class: 'student', label: ''}, ['extension'], ['21 01']],
  ['a line of no class', '/desk/lines/new', {site: 'north', extension: '2190', class: 'king', label: 'X'}, ['class'], ['2190']],
  ['a site whose tariff is none', '/desk/sites/new', site, ['tariff'], ['West Hall', 'name: x']],
  ['a site of no country', '/desk/sites/new', {...site, country: 'XX', tariff: ''}, ['country', 'tariff']],
  ['a site of an odd id', '/desk/sites/new', {...site, id: 'west hall'}, ['id'], ['west hall']],
  ['a site of no zone', '/desk/sites/new', {...site, zone: 'Mars/Olympus'}, ['zone']],
  [
    'a site whose plan is letters',
    '/desk/sites/new',
    {...site, outsideLine: 'x', extensionDigits: '40'},
    ['outsideLine', 'extensionDigits'],
  ],
  [
    'a site whose further dialling is odd',
    '/desk/sites/new',
    {...site, localLengths: '7 13', carrierCodes: '10-10', supplementaryPrefixes: '141x', shortCodes: '81 020 7946', accountCodes: 'xxxx'},
    ['localLengths', 'carrierCodes', 'supplementaryPrefixes', 'shortCodes', 'accountCodes'],
    ['10-10', '81 020 7946'],
  ],
  ['a site with a carrier code for 999', '/desk/sites/new', {...site, carrierCodes: '9991x'}, ['carrierCodes'], ['emergency number 999']],
  ['a box of an odd name', '/desk/sites/north/box', {box: 'box/../2'}, ['box'], ['box/../2']],
  ['no tariff', '/desk/sites/north/tariffs/draft', {role: 'student', tariff: '', note: 'of October'}, ['tariff'], ['of October']],
  ['a tariff of no role', '/desk/sites/north/tariffs/draft', {role: 'king', tariff: 'name: x'}, ['role'], ['name: x']],
  [
    'a tariff with a mistake',
    '/desk/sites/north/tariffs/draft',
    {role: 'carrier', tariff: WRONG_CURRENCY, note: 'of October'},
    ['tariff'],
    ['currency: pounds', 'of October', '3:1'],
  ],
  ['staff of no role', '/desk/staff', {name: 'Noor', email: 'noor@uni.example', role: 'king'}, ['role'], ['Noor']],
  ['staff of an address that is taken', '/desk/staff', {name: 'Noor', email: 'CARL@uni.example', role: 'clerk'}, ['email']],
  ['another password without the old', '/desk/account/password', {old: '', new: 'five grey herons wade'}, ['old']],
];

describe('the desk', () => {
  test.for(CASES)('says what is wrong with %s', async ([, path, fields, wrong, kept = []]) => {
    const before = await rig.acts();
    // Whoever is sure is asked just as well.
    for (const sure of [{}, {sure: 'yes'}]) {
      const answer = await post(rig, path, {...fields, ...sure}, admin);
      const text = await answer.text();
      expect(answer.status).toBe(422);
      expect(text).toContain('There is a problem');
      const named = [...text.matchAll(/<li><a href="#(\w+)">/g)].map(([, name]) => name);
      expect(new Set(named)).toEqual(new Set(wrong));
      expect(named).toHaveLength(wrong.length);
      for (const name of wrong) expect(text).toContain(`id="${name}-error"`);
      for (const value of kept) expect(text).toContain(value);
    }
    expect(await rig.acts()).toEqual(before);
  });

  test.for([
    ['/desk/sites/%2e%2e%2f', 404],
    ['/desk/students/%00', 404],
    ['/desk/students/%F0%9F%A6%84', 404],
    ["/desk/students/'%20OR%201=1%20--", 404],
    ['/desk/lines/north~', 404],
    ['/desk/lines/~2101', 404],
    ['/desk/lines/2101', 404],
    ['/desk/tenancies/none/end', 404],
    ['/desk/payments/none', 404],
    [`/desk/payments/${'x'.repeat(300)}`, 404],
    ['/desk/students?find=%25&page=99999999&show=toString', 200],
    ['/desk/students/amara?ledger=1.x&calls=-1.2', 200],
    ['/desk/students/amara/statement?month=2026-13', 200],
    ['/desk/students/amara/statement?month=1999-01', 200],
    ['/desk/payments?show=constructor&before=9.9', 200],
    ['/desk/audit?before=abc', 200],
    ['/desk/unbillable?site=north&reason=__proto__', 200],
    ['/desk/sites/new?country=constructor', 200],
  ] as const)('is not put out by %s', async ([path, status]) => {
    expect((await get(rig, path, admin)).status).toBe(status);
  });

  test('writes what people are called as text', async () => {
    const name = `O’Neil (x)`;
    const email = 'o@uni.example';
    const made = await post(rig, '/desk/students/new', {site: 'north', name, email, language: 'en-GB'}, admin);
    expect(made.status).toBe(303);
    const answer = await post(rig, '/desk/students/new', {site: 'north', name: '<b>bold</b>', email: '"><i>', language: 'en-GB'}, admin);
    const text = await answer.text();
    expect(text).not.toContain('<b>bold');
    expect(text).toContain('&lt;b>bold');
  });

  test('takes no form from another page', async () => {
    const answer = await fetch(`${rig.address}/desk/students/ben/close`, {
      method: 'POST',
      redirect: 'manual',
      headers: {origin: 'https://evil.example', cookie: admin, 'content-type': 'application/x-www-form-urlencoded'},
      body: 'sure=yes',
    });
    expect(answer.status).toBe(403);
  });
});
