// Many students from a list, over HTTP: what is wrong stands beside its line, nothing is lost, and it is done whole or not at all.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {get, openDesk, post, type DeskRig} from '../../rig/desk/rig.ts';

let rig: DeskRig;
let clerk = '';
beforeEach(async () => {
  rig = await openDesk();
  clerk = await rig.cookie('carl');
});
afterEach(() => rig.close());

type Fields = Readonly<Record<string, string>>;

async function send(fields: Fields): Promise<{status: number; text: string; to: string}> {
  const answer = await post(rig, '/desk/import', {site: 'north', ...fields}, clerk);
  return {status: answer.status, text: await answer.text(), to: answer.headers.get('location') ?? ''};
}

/** The cells of each row of the table of problems. */
function problemsIn(text: string): readonly (readonly string[])[] {
  const body = /<table[^>]*>(?:(?!<\/table>).)*What is wrong, by line.*?<tbody[^>]*>(.*?)<\/tbody>/s.exec(text)?.[1] ?? '';
  return [...body.matchAll(/<tr[^>]*>(.*?)<\/tr>/gs)].map(([, row = '']) =>
    [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(([, cell = '']) => cell.replaceAll(/<[^>]*>/g, '')),
  );
}

async function balances(): Promise<readonly (readonly [string, number])[]> {
  const rows = await rig.store.reading
    .selectFrom('student')
    .innerJoin('balance', 'balance.account', 'student.account')
    .select(['name', 'credit', 'debit'])
    .where('name', 'in', ['Hana Novak', 'Ivo Stone', 'Jo Park'])
    .orderBy('name')
    .execute();
  return rows.map(({name, credit, debit}) => [name, credit - debit] as const);
}

const LIST = 'name,email,line,opening\r\nHana Novak,hana@uni.example,2301,12.50\r\nIvo Stone,,2302,7.5\r\nJo Park,jo@uni.example,,\r\n';

describe('a list of students', () => {
  test('is asked about in figures, and then makes accounts, lines, money and invitations', async () => {
    await post(rig, '/desk/lines/new', {site: 'north', extension: '2301', class: 'student', label: ''}, clerk);
    const asked = await send({list: LIST, invite: 'yes'});
    expect(asked.status).toBe(200);
    for (const said of [
      '3 students get an account at North Hall.',
      '2 lines are given: whoever has it pays for its calls from now on.',
      '1 line is not there yet and will be made.',
      '2 students bring money along, £20.00 altogether',
      '2 invitations go out by e-mail at once.',
    ])
      expect(asked.text).toContain(said);
    expect((await rig.acts()).map(({act}) => act)).toEqual(['line-create']);
    expect([rig.letters, await balances()]).toEqual([[], []]);

    const done = await send({list: LIST, invite: 'yes', sure: 'yes'});
    expect([done.status, done.to]).toEqual([303, '/desk/students?show=uninvited']);
    const list = await (await get(rig, done.to, clerk)).text();
    expect(list).toContain('3 students have an account at North Hall now, with £20.00 altogether. 2 invitations are on the way.');
    for (const name of ['Hana Novak', 'Ivo Stone', 'Jo Park']) expect(list).toContain(name);
    expect(await balances()).toEqual([
      ['Hana Novak', 12_500_000],
      ['Ivo Stone', 7_500_000],
      ['Jo Park', 0],
    ]);
    expect(rig.letters.map(({recipient, purpose}) => [recipient, purpose])).toEqual([
      ['hana@uni.example', 'student-register'],
      ['jo@uni.example', 'student-register'],
    ]);
  });

  test('leaves a row in the audit log for each account, line, tenancy, opening balance and invitation, and one for itself', async () => {
    await send({list: LIST, invite: 'yes', sure: 'yes'});
    const acts = await rig.acts();
    expect(new Set(acts.map(({by}) => by))).toEqual(new Set(['carl']));
    const counted: Record<string, number> = {};
    for (const {act} of acts) counted[act] = (counted[act] ?? 0) + 1;
    expect(counted).toEqual({
      'student-create': 3,
      'student-opening': 2,
      'line-create': 2,
      'tenancy-start': 2,
      'student-import': 1,
      'student-invite': 2,
    });
  });

  test('moves opening balances from the house, once each, and the box is told', async () => {
    await send({list: LIST, sure: 'yes'});
    const moved = await rig.store.reading
      .selectFrom('transfer')
      .innerJoin('student', 'student.account', 'transfer.credit')
      .select(['name', 'debit', 'amount', 'code', 'log'])
      .where('code', '=', 'OPENING')
      .orderBy('name')
      .execute();
    expect(moved).toEqual([
      {name: 'Hana Novak', debit: 'house', amount: 12_500_000, code: 'OPENING', log: 'down'},
      {name: 'Ivo Stone', debit: 'house', amount: 7_500_000, code: 'OPENING', log: 'down'},
    ]);
    expect(rig.letters).toEqual([]);
  });

  test('that is wrong is not used at all: each problem with its line and its text, and everything is kept', async () => {
    const list =
      'name,email,line,opening\r\nHana Novak,AMARA@uni.example,,\r\nIvo Stone,,2101,200.01\r\n?,,2301,0.005\r\nJo Park,jo@uni.example,2301,0.40\r\n';
    for (const sure of [{}, {sure: 'yes'}]) {
      const answer = await send({list, invite: 'yes', ...sure});
      expect(answer.status).toBe(422);
      expect(answer.text).toContain('6 things are wrong in the list. Nothing was done.');
      expect(problemsIn(answer.text)).toEqual([
        ['2', 'Amara Obi (amara) has this e-mail address', 'Hana Novak,AMARA@uni.example,,'],
        ['3', expect.stringMatching(/^Amara Obi \(amara\) has line 2101 from .* with no end$/), 'Ivo Stone,,2101,200.01'],
        ['3', '200.01 is more than the 200 GBP that is taken at once', 'Ivo Stone,,2101,200.01'],
        ['4', 'this is not a name', '?,,2301,0.005'],
        ['4', '0.005 is no amount of GBP', '?,,2301,0.005'],
        ['5', 'line 2301 stands in line 4 already', 'Jo Park,jo@uni.example,2301,0.40'],
      ]);
      for (const line of list.trim().split('\r\n')) expect(/<textarea[^>]*>(.*?)<\/textarea>/s.exec(answer.text)?.[1]).toContain(line);
      expect(answer.text).toMatch(/<option value="north" selected/);
      expect(answer.text).toMatch(/name="invite" value="yes" checked/);
    }
    expect(await rig.acts()).toEqual([]);
  });

  test('that became wrong while it was asked about is not half used', async () => {
    expect((await send({list: LIST})).status).toBe(200);
    const fields = {site: 'north', name: 'Other Jo', email: 'jo@uni.example', language: 'en-GB'};
    await post(rig, '/desk/students/new', fields, clerk);
    const before = await rig.acts();
    const answer = await send({list: LIST, sure: 'yes'});
    expect([answer.status, problemsIn(answer.text).map(([line]) => line)]).toEqual([422, ['4']]);
    expect(await rig.acts()).toEqual(before);
    expect(await balances()).toEqual([]);
  });

  test('two clicks on one question make the students once', async () => {
    const form = 'c'.repeat(32);
    const list = 'name\nIvo Stone\n';
    const both = await Promise.all([send({list, form, sure: 'yes'}), send({list, form, sure: 'yes'})]);
    expect(both.map(({status}) => status)).toEqual([303, 303]);
    expect((await rig.acts()).map(({act}) => act)).toEqual(['student-create', 'student-import']);
  });

  test('of the longest kind fits into the form', async () => {
    const rows = Array.from({length: 200}, (_, index) => `Åsa Öst ${index},asa${index}@uni.example,${4_000 + index},`);
    const answer = await send({list: ['name,email,line,opening', ...rows].join('\n')});
    expect([answer.status, answer.text.includes('200 students get an account at North Hall.')]).toEqual([200, true]);
    const tooMany = await send({list: ['name', ...Array.from({length: 201}, (_, index) => `Student ${index}`)].join('\n')});
    expect([tooMany.status, tooMany.text.includes('there are more than 200 students')]).toEqual([422, true]);
  });
});
