// What staff do, over HTTP: asked before it is done, done once, written down with the person's name.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {fieldIn} from '../../rig/visitor.ts';
import {cookieIn, get, openDesk, PASSWORD, post, type DeskRig} from '../../rig/desk/rig.ts';
import {workedOut} from '../../rig/desk/worked-out.ts';
import {TARIFF} from '../../rig/desk/seen.ts';

let rig: DeskRig;
let clerk = '';
let admin = '';
beforeEach(async () => {
  rig = await openDesk();
  clerk = await rig.cookie('carl');
  admin = await rig.cookie('ada');
});
afterEach(() => rig.close());

type Fields = Readonly<Record<string, string>>;

async function send(path: string, fields: Fields, cookie = clerk): Promise<{status: number; text: string; to: string}> {
  const answer = await post(rig, path, fields, cookie);
  return {status: answer.status, text: await answer.text(), to: answer.headers.get('location') ?? ''};
}

/** The question first, which does nothing; then the act. Returns the question. */
async function agree(path: string, fields: Fields, cookie = clerk): Promise<string> {
  const before = (await rig.acts()).length;
  const asked = await send(path, fields, cookie);
  expect(asked.status).toBe(200);
  expect(asked.text).toContain('What will happen');
  expect(await rig.acts()).toHaveLength(before);
  const done = await send(path, {...fields, sure: 'yes'}, cookie);
  expect([done.status, done.text.slice(0, 0)]).toEqual([303, '']);
  return asked.text;
}

/** The last act, which is the only one since `before`. */
async function onlyAct(before: number): Promise<{by: string; act: string; subject: string}> {
  const acts = await rig.acts();
  expect(acts).toHaveLength(before + 1);
  return {...(acts.at(-1) ?? {by: '', act: '', subject: ''})};
}

async function balance(account: string): Promise<number> {
  const row = await rig.store.reading.selectFrom('balance').selectAll().where('account', '=', account).executeTakeFirstOrThrow();
  return row.credit - row.debit;
}

const AT = {date: '2026-11-20', time: '09:00'};

describe('a clerk', () => {
  test('takes cash once, however often the form is sent', async () => {
    const payment = fieldIn(await (await get(rig, '/desk/students/ben/cash', clerk)).text(), 'payment') ?? '';
    const fields = {payment, amount: '7.50', reason: 'receipt 9'};
    const asked = await agree('/desk/students/ben/cash', fields);
    expect(asked).toContain('from £0.00 to £7.50');
    expect(await onlyAct(0)).toEqual({by: 'carl', act: 'payment.cash', subject: 'ben'});
    const again = await send('/desk/students/ben/cash', {...fields, sure: 'yes'});
    expect(again.to).toBe('/desk/students/ben');
    const other = await send('/desk/students/ben/cash', {...fields, amount: '8', sure: 'yes'});
    expect([other.status, other.text.includes('sent before with another amount')]).toEqual([422, true]);
    expect(await balance('ben')).toBe(7_500_000);
    expect(await rig.acts()).toHaveLength(1);
  });

  test('two clicks at once take cash once', async () => {
    const payment = rig.payments.newId();
    const fields = {payment, amount: '20', reason: 'receipt 10', sure: 'yes'};
    const both = await Promise.all([send('/desk/students/ben/cash', fields), send('/desk/students/ben/cash', fields)]);
    expect(both.map(({status}) => status)).toEqual([303, 303]);
    expect(await balance('ben')).toBe(20_000_000);
  });

  test('makes a student and invites by mail, edits, closes', async () => {
    const fields = {site: 'north', name: 'Hana  Novak', email: 'hana@uni.example', language: 'en-GB', invite: 'yes'};
    const made = await send('/desk/students/new', fields);
    expect(made.to).toMatch(/^\/desk\/students\/s-[0-9a-z]{10}$/);
    expect((await rig.acts()).map(({act}) => act)).toEqual(['student-create', 'student-invite']);
    expect(rig.letters.map(({recipient, purpose}) => [recipient, purpose])).toEqual([['hana@uni.example', 'student-register']]);
    await send(`${made.to}/edit`, {name: 'Hana Nováková', email: 'hana@uni.example', language: 'cs'});
    expect((await onlyAct(2)).act).toBe('student-edit');
    const asked = await agree(`${made.to}/close`, {});
    expect(asked).toContain('The balance is £0.00 now');
    expect((await onlyAct(3)).act).toBe('student-close');
    expect((await get(rig, `${made.to}/cash`, clerk)).status).toBe(303);
  });

  test('a student who cannot be invited is not made either', async () => {
    const twice = {site: 'north', name: 'Other Amara', email: 'AMARA@uni.example', language: 'en-GB', invite: 'yes'};
    const answer = await send('/desk/students/new', twice);
    expect(answer.status).toBe(422);
    expect(answer.text).toContain('Amara Obi (amara) has this e-mail address');
    expect(await rig.acts()).toEqual([]);
  });

  test('two clicks on one form make one student', async () => {
    const form = fieldIn(await (await get(rig, '/desk/students/new', clerk)).text(), 'form') ?? '';
    expect(form).toMatch(/^[0-9a-f]{32}$/);
    const fields = {form, site: 'north', name: 'Ivo Stone', email: '', language: 'en-GB'};
    const both = await Promise.all([send('/desk/students/new', fields), send('/desk/students/new', fields)]);
    const late = await send('/desk/students/new', fields);
    expect(new Set([...both, late].map(({to}) => to)).size).toBe(1);
    expect((await onlyAct(0)).act).toBe('student-create');
  });

  test('a form that was wrong may be sent again', async () => {
    const form = 'a'.repeat(32);
    const wrong = await send('/desk/lines/new', {form, site: 'north', extension: '', class: 'student', label: ''});
    const right = await send('/desk/lines/new', {form, site: 'north', extension: '2150', class: 'student', label: ''});
    expect([wrong.status, right.status]).toEqual([422, 303]);
  });

  test('gives a line, moves it, ends it, each with the calls that it would concern', async () => {
    await rig.house.call('amara', {at: Date.UTC(2026, 10, 21, 12) as never, seconds: 91, number: '447700900123'});
    await send('/desk/lines/new', {site: 'north', extension: '2150', class: 'student', label: 'Room 20'});
    await agree('/desk/students/eve/line', {extension: '2150', ...AT, untilDate: '', untilTime: ''});
    const given = await rig.store.reading.selectFrom('tenancy').selectAll().where('account', '=', 'eve').executeTakeFirstOrThrow();
    expect([given.extension, given.from_at, given.to_at]).toEqual(['2150', Date.UTC(2026, 10, 20, 9), null]);
    await send('/desk/lines/new', {site: 'north', extension: '2151', class: 'student', label: ''});
    await agree(`/desk/tenancies/${given.id}/move`, {extension: '2151', date: '2026-11-25', time: '10:30'});
    const asked = await agree('/desk/tenancies/t-amara/end', {date: '2026-11-21', time: '00:00'});
    expect(asked).toContain('1 call that is already recorded');
    expect((await rig.acts()).map(({act}) => act)).toEqual(['line-create', 'tenancy-start', 'line-create', 'tenancy-move', 'tenancy-end']);
  });

  test('locks a line, and takes that back', async () => {
    await agree('/desk/lines/north~2101/override', {act: 'lock', reason: 'lost key', ends: 'open', limit: ''});
    expect(await onlyAct(0)).toEqual({by: 'carl', act: 'line-lock', subject: '2101'});
    const shown = await (await get(rig, '/desk/lines/north~2101', clerk)).text();
    expect(shown).toContain('Locked by hand');
    expect(shown).toContain('Carl Winter at the desk');
    await send('/desk/lines/north~2101/take-back', {});
    expect(await rig.acts()).toHaveLength(1);
    await send('/desk/lines/north~2101/take-back', {sure: 'yes'});
    expect((await onlyAct(1)).act).toBe('line-end');
    expect(await (await get(rig, '/desk/lines/north~2101', clerk)).text()).not.toContain('Locked by hand');
  });

  test('opens a line with an end and a limit, told in figures', async () => {
    await rig.house.credit('amara', 3_000_000, rig.now());
    const asked = await agree('/desk/lines/north~2101/override', {act: 'unlock', reason: 'cash', ends: '4h', limit: '5'});
    expect(asked).toContain('The balance is £3.00 now. It may fall to −£2.00');
    expect((await onlyAct(0)).act).toBe('line-unlock');
  });

  test('changes the class of a line, and an emergency line cannot be locked', async () => {
    await send('/desk/lines/north~2101/edit', {class: 'emergency', label: 'Hall'});
    expect((await onlyAct(0)).act).toBe('line-change');
    const answer = await send('/desk/lines/north~2101/override', {act: 'lock', reason: 'x', ends: 'open', limit: '', sure: 'yes'});
    expect(answer.to).toBe('/desk/lines/north~2101');
    expect(await rig.acts()).toHaveLength(1);
  });

  test('asks the provider about a payment whose outcome is not known', async () => {
    const card = await rig.saveCard('amara');
    const id = rig.payments.newId();
    const how = {kind: 'saved', method: card} as const;
    await rig.store.transact((tx) => rig.payments.create(tx, {id, site: 'north', account: 'amara', amount: '12', how}));
    rig.card.fates.push('lose-answer');
    await rig.payments.lookNow(id, 'student');
    rig.pass(5_000);
    const {to} = await send(`/desk/payments/${id}/ask`, {});
    const shown = await (await get(rig, to, clerk)).text();
    expect(shown).toContain('Paid and credited');
    expect(await balance('amara')).toBe(12_000_000);
  });
});

describe('an admin', () => {
  const site = {name: 'West Hall', id: 'west', country: 'GB', currency: 'GBP', zone: 'Europe/London', mode: 'watch'};
  const plan = {outsideLine: '9', areaCode: '20', extensionDigits: '4', alwaysOpen: '2222 2223', tariff: TARIFF};

  test('makes a site, changes its mode, publishes a tariff', async () => {
    const made = await send('/desk/sites/new', {...site, ...plan}, admin);
    expect(made.to).toBe('/desk/sites/west');
    expect((await rig.acts()).map(({act}) => act)).toEqual(['site-create', 'policy', 'tariff-publish']);
    expect(await agree('/desk/sites/west/mode', {mode: 'bill-and-lock'}, admin)).toContain('changed by Ada Moran');
    expect((await onlyAct(3)).act).toBe('policy');
    const policy = await rig.given.published.policyOf(rig.store.reading, 'west');
    expect([policy?.mode, policy?.dialPlan.nationalPrefix, policy?.alwaysOpen]).toEqual(['bill-and-lock', '0', ['2222', '2223']]);
    const draft = await send(
      '/desk/sites/west/tariffs/draft',
      {role: 'student', tariff: TARIFF.replace('"name": "', '"name": "New ')},
      admin,
    );
    expect((await onlyAct(4)).act).toBe('tariff-draft');
    const dated = await send(draft.to, {date: '2026-12-01', time: '00:00'}, admin);
    const asked = await workedOut(rig, dated.to, admin);
    const pinned = {
      from: fieldIn(asked, 'from') ?? '',
      schedule: fieldIn(asked, 'schedule') ?? '',
      against: fieldIn(asked, 'against') ?? '',
    };
    expect((await send(`${draft.to}/publish`, {...pinned, sure: 'yes'}, admin)).to).toBe('/desk/sites/west/tariffs');
    expect((await onlyAct(5)).act).toBe('tariff-publish');
    const [, planned] = await rig.given.published.publishedTariffs(rig.store.reading, 'west', rig.now());
    expect(planned?.from).toBe(Date.UTC(2026, 11, 1));
  });

  test('makes a code for a box, which is shown once and works', async () => {
    const {status, text} = await send('/desk/sites/north/box', {box: 'box-2'}, admin);
    const code = /[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}/.exec(text)?.[0] ?? '';
    expect([status, text.includes(`spbs enrol --cloud https://phone.test`), code.length]).toEqual([200, true, 14]);
    expect(await onlyAct(0)).toEqual({by: 'ada', act: 'box-code', subject: 'box-2'});
    const kept = await rig.store.reading.selectFrom('enrolment').selectAll().execute();
    expect(kept.map(({box, created_by: by}) => [box, by])).toEqual([['box-2', 'ada']]);
    expect(await (await get(rig, '/desk/sites/north', admin)).text()).not.toContain(code);
  });

  test('revokes a box, when he is sure', async () => {
    await send('/desk/sites/north/revoke', {box: 'north-1'}, admin);
    expect(await rig.acts()).toEqual([]);
    await send('/desk/sites/north/revoke', {box: 'north-1', sure: 'yes'}, admin);
    expect(await onlyAct(0)).toEqual({by: 'ada', act: 'box-revoke', subject: 'north-1'});
    await send('/desk/sites/north/revoke', {box: 'north-1', sure: 'yes'}, admin);
    expect(await rig.acts()).toHaveLength(1);
  });

  test('invites, changes a role, disables and enables', async () => {
    await send('/desk/staff', {name: 'Noor Haddad', email: 'noor@uni.example', role: 'clerk'}, admin);
    await send('/desk/staff/carl/role', {role: 'viewer'}, admin);
    await agree('/desk/staff/carl/disable', {}, admin);
    expect((await get(rig, '/desk', clerk)).headers.get('location')).toBe('/desk/sign-in?why=ended');
    await send('/desk/staff/carl/enable', {}, admin);
    expect((await rig.acts()).map(({act}) => act)).toEqual(['staff-invite', 'staff-role', 'staff-disable', 'staff-enable']);
    expect(rig.letters.map(({purpose}) => purpose)).toEqual(['staff-invite']);
  });

  test('cannot leave the desk without an admin', async () => {
    const answer = await send('/desk/staff/ada/disable', {sure: 'yes'}, admin);
    expect([answer.status, answer.text.includes('the only admin who can sign in')]).toEqual([422, true]);
    expect(await rig.acts()).toEqual([]);
  });
});

describe('a statement', () => {
  test('of a month is a file too, the same as the student’s', async () => {
    await rig.house.credit('amara', 3_000_000, rig.now());
    const shown = await (await get(rig, '/desk/students/amara/statement?month=2026-11', clerk)).text();
    const link = /href="([^"]*form=csv)"/.exec(shown)?.[1]?.replaceAll('&amp;', '&') ?? '';
    const answer = await get(rig, link, clerk);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename=statement-amara-2026-11.csv');
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    const lines = (await answer.text()).trim().split('\r\n');
    expect(lines).toEqual([
      'Date,Time,What,Destination,Number,Seconds,Free seconds,Free amount,Free by,Paid in,Paid out,VAT contained,Balance,Currency',
      '2026-11-01,00:00:00,Balance at the start,,,,,,,,,,0,GBP',
      '2026-11-26,14:02:07,Top-up,,,,,,,3,,,3,GBP',
      '2026-12-01,00:00:00,Balance at the end,,,,,,,,,,3,GBP',
    ]);
    expect((await get(rig, '/desk/students/amara/statement?month=2026-13&form=csv', clerk)).headers.get('content-type')).toContain('html');
  });
});

describe('mail that cannot go out', () => {
  const shown = async (of: DeskRig, path: string): Promise<string> => {
    const text = await (await get(of, path, await of.cookie('vera'))).text();
    return text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
  };

  test('is said on the first page and beside the mail, for want of a server', async () => {
    const without = await openDesk({mail: undefined});
    try {
      for (const path of ['/desk', '/desk/mail']) {
        const text = await shown(without, path);
        expect(text).toContain('No mail goes out The reason: no mail server is configured.');
        expect(text).not.toContain('Nothing is wrong');
      }
    } finally {
      await without.close();
    }
  });

  test('is said while the server is down, and no longer when it is back', async () => {
    let isDown = true;
    const sent: string[] = [];
    const server = await openDesk({
      mail: {
        send: ({to}) => {
          if (isDown) return Promise.resolve({kind: 'later', why: 'the server does not answer', all: true});
          sent.push(to);
          return Promise.resolve({kind: 'sent', id: to});
        },
      },
    });
    const stop = new AbortController();
    const running = server.outbox.run(stop.signal);
    try {
      const data = {link: 'https://phone.test/x', hours: 24, site: 'North Hall'};
      const notice = {dedupe: 'a', recipient: 'ben@uni.example', language: 'en-GB', template: 'student-register', data} as never;
      await server.store.transact((tx) => server.outbox.enqueue(tx, notice));
      await until(async () => (await server.outbox.look()).trouble !== undefined);
      for (const path of ['/desk', '/desk/mail'])
        expect(await shown(server, path)).toContain('No mail goes out The reason: the server does not answer.');
      isDown = false;
      await until(() => Promise.resolve(sent.length > 0));
      await until(async () => (await server.outbox.look()).trouble === undefined);
      for (const path of ['/desk', '/desk/mail']) expect(await shown(server, path)).not.toContain('No mail goes out');
    } finally {
      stop.abort();
      await running;
      await server.close();
    }
  });
});

/** Waits for what another part does by itself. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('a page that is open', () => {
  test('is sent what goes wrong while it is', async () => {
    const stopped = new AbortController();
    const answer = await fetch(`${rig.address}/desk/live/home`, {headers: {cookie: clerk}, signal: stopped.signal});
    expect(answer.headers.get('content-type')).toContain('text/event-stream');
    const heard = textUntil(answer, 'link.clone');
    const clone = {site: 'north', code: 'link.clone', subject: 'north-1', detail: 'two boxes', cure: 'Look for the other.'} as const;
    await rig.incidents.open(clone);
    rig.changed();
    expect(await heard).toContain('Look for the other.');
    stopped.abort();
  });

  test('of a site is sent how its box stands', async () => {
    const stopped = new AbortController();
    const answer = await fetch(`${rig.address}/desk/live/sites/north`, {headers: {cookie: clerk}, signal: stopped.signal});
    const heard = textUntil(answer, 'Connected, but silent');
    rig.pass(10 * 60_000);
    rig.changed();
    expect(await heard).toContain('site-state');
    stopped.abort();
  });
});

/** What a stream says, until it has said that. */
async function textUntil(answer: Response, wanted: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, {stream: true});
    if (text.includes(wanted)) return text;
    rig.changed();
  }
  return text;
}

describe('the door', () => {
  test('lets the first admin in by the link, and nobody after', async () => {
    const empty = await openDesk({isEmpty: true});
    try {
      const link = `/desk/welcome/${await empty.firstLink()}`;
      expect((await get(empty, link)).status).toBe(200);
      const weak = await post(empty, link, {name: 'Ada Moran', email: 'ada@uni.example', password: 'short'});
      expect([weak.status, (await weak.text()).includes('value="Ada Moran"')]).toEqual([422, true]);
      const made = await post(empty, link, {name: 'Ada Moran', email: 'ada@uni.example', password: PASSWORD});
      expect(made.headers.get('location')).toBe('/desk');
      const home = await (await get(empty, '/desk', cookieIn(made))).text();
      expect(home).toContain('Nothing is wrong');
      expect(home).toContain('There is no site yet');
      expect((await get(empty, link)).status).toBe(410);
      const wrong = await post(empty, '/desk/sign-in', {email: 'ada@uni.example', password: 'four grey herons sleep'});
      expect(wrong.status).toBe(422);
      const elsewhere = await post(empty, '/desk/sign-in', {email: 'ada@uni.example', password: PASSWORD, to: '//evil.example'});
      expect(elsewhere.headers.get('location')).toBe('/desk');
    } finally {
      await empty.close();
    }
  });

  test('lets an invited person choose a password', async () => {
    const link = `/desk/welcome/${await rig.issue({purpose: 'staff-invite', subject: 'vera'})}`;
    expect(await (await get(rig, link)).text()).toContain('Welcome, Vera Quist');
    const chosen = await post(rig, link, {password: PASSWORD});
    const own = await (await get(rig, '/desk/account', cookieIn(chosen))).text();
    expect(own).toContain('Vera Quist');
    const changed = await post(rig, '/desk/account/password', {old: PASSWORD, new: 'five grey herons wade'}, cookieIn(chosen));
    expect(changed.headers.get('location')).toBe('/desk/account');
  });
});
