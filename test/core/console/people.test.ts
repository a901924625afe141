import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createPeople, isName, type People} from '../../../edge/console/entry/people.ts';
import {createSessions} from '../../../edge/console/entry/sessions.ts';
import {instant, later} from '../../../shared/time/instant.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

const NOW = instant(1_764_000_000_000);
const DAY = 86_400_000;

let store: TemporaryStore;
let people: People;
beforeEach(() => {
  store = temporaryStore();
  people = createPeople(store.database, randomBytes);
});
afterEach(() => store.remove());

const first = (code: string) => ({name: 'Sam Porter', passwordHash: '$hash', code});

describe('the first person', () => {
  test('is made with the code, once; then there is no other code', () => {
    const code = people.newSetupCode(NOW) ?? '';
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
    expect(people.addFirst(first('0000-0000-0000'), NOW)).toBe(false);
    expect(people.addFirst(first(code), NOW)).toBe(true);
    expect(people.exist()).toBe(true);
    expect(people.addFirst({...first(code), name: 'Another'}, NOW)).toBe(false);
    expect(people.newSetupCode(NOW)).toBeUndefined();
    expect(store.database.prepare('SELECT count(*) FROM console_setup').pluck().get()).toBe(0);
  });

  test('may type the code in small letters, without or with other dashes, and mistake 0 and 1', () => {
    const code = people.newSetupCode(NOW) ?? '';
    for (const typed of [
      code.toLowerCase(),
      code.replaceAll('-', ''),
      code.replaceAll('-', ' – '),
      code.replaceAll('0', 'o').replaceAll('1', 'l'),
    ]) {
      expect(people.codeHolds(typed, NOW)).toBe(true);
    }
    expect(people.codeHolds(code.slice(0, -1), NOW)).toBe(false);
    expect(people.codeHolds('', NOW)).toBe(false);
  });

  test('has a day; a newer code makes an older one worthless', () => {
    const old = people.newSetupCode(NOW) ?? '';
    expect(people.codeHolds(old, later(NOW, DAY - 1))).toBe(true);
    expect(people.codeHolds(old, later(NOW, DAY))).toBe(false);
    const code = people.newSetupCode(NOW) ?? '';
    expect(people.codeHolds(old, NOW)).toBe(false);
    expect(people.addFirst(first(code), later(NOW, DAY))).toBe(false);
    expect(people.addFirst(first(code), NOW)).toBe(true);
  });

  test('leaves no code on the disk: only its hash was there', () => {
    const code = people.newSetupCode(NOW) ?? '';
    const row = store.database.prepare<[], {code_hash: Buffer}>('SELECT code_hash FROM console_setup').get();
    expect(row?.code_hash).toHaveLength(32);
    expect(row?.code_hash.toString('latin1')).not.toContain(code.slice(0, 4));
  });
});

describe('people', () => {
  beforeEach(() => {
    people.addFirst(first(people.newSetupCode(NOW) ?? ''), NOW);
  });

  test('are one person in any case of the name', () => {
    expect(people.find('SAM porter')?.name).toBe('Sam Porter');
    expect(people.add('sam PORTER', '$other', NOW)).toBe(false);
    expect(people.add('Äbi Öz', '$other', NOW)).toBe(true);
    expect(people.find('äbi öz')?.name).toBe('Äbi Öz');
    expect(people.find('nobody')).toBeUndefined();
  });

  test('number fifty at most', () => {
    for (let number = 2; number <= 50; number++) expect(people.add(`Person ${number}`, '$', NOW)).toBe(true);
    expect(people.add('Person 51', '$', NOW)).toBe(false);
  });

  test('are removed with their sessions, but for the last one', () => {
    const sessions = createSessions(store.database, randomBytes);
    people.add('Kim', '$', NOW);
    const secret = sessions.begin('Kim', NOW);
    expect(people.all().map(({name, lastSeenAt}) => [name, lastSeenAt])).toEqual([
      ['Kim', NOW],
      ['Sam Porter', undefined],
    ]);
    expect(people.remove('Kim')).toBe(true);
    expect(sessions.find(secret, NOW)).toBeUndefined();
    expect(people.remove('Sam Porter')).toBe(false);
    expect(people.exist()).toBe(true);
  });
});

test.for([
  ['Sam Porter', true],
  ['s.porter@hall-1', true],
  ['Ngũgĩ wa Thiong’o', true],
  ['李', true],
  ['', false],
  [' Sam', false],
  ['Sam\nPorter', false],
  ['Sam\u202ePorter', false],
  ['<b>Sam</b>', false],
  ['x'.repeat(61), false],
] as const)('%j may be a name: %s', ([name, may]) => {
  expect(isName(name)).toBe(may);
});
