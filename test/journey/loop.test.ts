// The product's circle on real processes: a call lowers the balance that its student sees, a low one is topped up by the card that
// was saved for it, a refused card locks the telephone and the student's own payment opens it; and box, cloud and providers tell
// the same story.
import {rmSync} from 'node:fs';
import {join} from 'node:path';
import BetterSqlite, {type Database} from 'better-sqlite3';
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {differences} from '../rig/agree.ts';
import {databasePath} from '../rig/box.ts';
import {cloudDatabase} from '../rig/cloud.ts';
import {CARD_CLEARING, SITE, type HallStudent} from '../rig/hall-seed.ts';
import {startHall, type Hall} from '../rig/hall.ts';
import {fieldIn, textIn} from '../rig/visitor.ts';

const POUND = 1_000_000;
const SOON = {timeout: 15_000, interval: 30};
const ANN = '101';
const BOB = '102';
const CAI = '103';
const DEE = '104';
const EVE = '105';
/** 10p a minute, by the minute. */
const LONDON = '902079460123';

const LIMITS = {threshold: 2 * POUND, target: 10 * POUND};
const STUDENTS: readonly HallStudent[] = [
  {extension: ANN, name: 'Ann', opening: 5 * POUND},
  {extension: BOB, name: 'Bob', opening: 2.5 * POUND, automatic: {by: {card: '4242424242424242'}, ...LIMITS}},
  {extension: CAI, name: 'Cai', opening: 2.5 * POUND, automatic: {by: {cashless: '600001', pin: '1001'}, ...LIMITS}},
  // Can be saved, and is declined whenever it is charged.
  {extension: DEE, name: 'Dee', opening: 2.5 * POUND, automatic: {by: {card: '4000000000000341'}, ...LIMITS}},
  {extension: EVE, name: 'Eve', opening: 1.2 * POUND},
];

describe('the circle', () => {
  let hall: Hall;
  beforeAll(async () => {
    hall = await startHall(STUDENTS, {card: true, cashless: true, mail: true});
  });
  afterAll(() => hall.end());

  const call = async (extension: string, seconds: number): Promise<void> =>
    expect(await hall.board.control.ask(`CALL ${extension} ${LONDON} ${seconds}`)).toBe('made');

  test('a call lowers the balance that its student sees', async () => {
    const ann = hall.resident(ANN);
    const visitor = await hall.visitor(ann);
    expect(textIn((await visitor.get('/')).text)).toContain('£5.00');
    // 61 s are two minutes.
    await call(ANN, 61);
    await vi.waitFor(async () => expect(textIn((await visitor.get('/')).text)).toContain('£4.80'), SOON);
    expect(hall.balance(ann.account)).toEqual({box: 4.8 * POUND, cloud: 4.8 * POUND});
    expect(textIn((await visitor.get('/')).text)).toContain('+442079460123');
  });

  /** As a browser without script pays on the provider's page; returns what it sees back on ours. */
  const pay = async (extension: string, amount: '5' | '10' | '20'): Promise<string> => {
    const visitor = await hall.visitor(hall.resident(extension));
    const payment = fieldIn((await visitor.get('/top-up')).text, 'payment') ?? '';
    const {location = ''} = await visitor.post('/top-up', {payment, amount, other: '', how: 'card'});
    expect(location).toMatch(new RegExp(`^${hall.card.address}/c/pay/`));
    const body = new URLSearchParams({number: '4242 4242 4242 4242', expiry: '12/34', cvc: '123'});
    const paid = await fetch(location, {method: 'POST', body, redirect: 'manual'});
    expect(paid.status).toBe(303);
    const {pathname, search} = new URL(paid.headers.get('location') ?? '');
    const shown = await visitor.visit(`${pathname}${search}`);
    expect(shown.status).toBe(200);
    return textIn(shown.text);
  };
  const bothHave = (extension: string, pounds: number): Promise<void> => {
    const amount = Math.round(pounds * POUND);
    const {account} = hall.resident(extension);
    return vi.waitFor(() => expect(hall.balance(account)).toEqual({box: amount, cloud: amount}), SOON);
  };

  test('a student pays on the provider’s page, and the money is on both sides once', async () => {
    await pay(ANN, '10');
    await bothHave(ANN, 14.8);
    const visitor = await hall.visitor(hall.resident(ANN));
    expect(textIn((await visitor.get('/')).text)).toContain('£14.80');
    expect(await hall.card.taken()).toMatchObject([{amount: 1_000}]);
  });

  test('a low balance is topped up by the saved card or the cashless card, once', async () => {
    // 6 minutes: 2.50 − 0.60 is below the threshold of 2, and 8.10 bring it to the target of 10.
    await call(BOB, 360);
    await bothHave(BOB, 10);
    await call(CAI, 360);
    await bothHave(CAI, 10);
    expect(await hall.card.taken()).toMatchObject([{amount: 1_000}, {amount: 810}]);
    const debits: unknown = await (await fetch(new URL('/_control/transactions', hall.cashless.url))).json();
    expect(debits).toMatchObject([{cardId: '600001', amountMinor: '810', state: 'APPROVED'}]);
    expect(hall.line(BOB)).toMatchObject({wanted: 'open', confirmed: 1});
  });

  test('a refused card locks the telephone, and the student’s own payment opens it', async () => {
    await call(DEE, 360);
    await vi.waitFor(() => expect(hall.line(DEE)).toMatchObject({wanted: 'locked', reasons: '["refused"]', confirmed: 1}), SOON);
    expect(await hall.board.control.ask(`CALL ${DEE} ${LONDON} 60`)).toBe('barred');
    await pay(DEE, '5');
    await vi.waitFor(() => expect(hall.line(DEE)).toMatchObject({wanted: 'open', confirmed: 1}), SOON);
    expect(await hall.board.control.ask(`CALL ${DEE} ${LONDON} 60`)).toBe('made');
    await bothHave(DEE, 6.8);
  });

  test('each hears of it by mail, once', async () => {
    // 3 minutes of 1.20 leave less than the pound below which one is warned.
    await call(EVE, 180);
    type Message = {readonly to: readonly string[]; readonly subject: string};
    await vi.waitFor(async () => {
      const messages = (await (await fetch(`http://127.0.0.1:${hall.mail.web}/messages.json`)).json()) as readonly Message[];
      expect(messages.map(({to, subject}) => `${to.join()}: ${subject}`).toSorted()).toEqual([
        'ann@hall.example: Your top-up has arrived',
        'bob@hall.example: Your top-up has arrived',
        'cai@hall.example: Your top-up has arrived',
        'dee@hall.example: Your top-up did not go through',
        'dee@hall.example: Your top-up has arrived',
        'eve@hall.example: Your telephone balance is low',
      ]);
    }, SOON);
  });

  test('and at rest box, cloud and provider hold the same', async () => {
    expect(await hall.agree()).toEqual([]);
    const taken = (await hall.card.taken()).reduce((sum, {amount}) => sum + amount, 0);
    expect(taken).toBe(1_000 + 810 + 500);
    expect(hall.balance(CARD_CLEARING)).toEqual({box: -taken * 10_000, cloud: -taken * 10_000});
    expect(await hall.verify('box')).toEqual({code: 0, findings: []});
    expect(await hall.verify('cloud')).toEqual({code: 0, findings: []});
    expect(hall.cloudRows("SELECT code, subject FROM incident WHERE ended_at IS NULL AND code LIKE 'link.%'")).toEqual([]);
  });

  test('and would not be said to, if they did not', async () => {
    const pair = await copies(hall);
    try {
      pair.cloud.pragma('foreign_keys = OFF');
      for (const name of pair.cloud.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'trigger'").pluck().all())
        pair.cloud.exec(`DROP TRIGGER ${name}`);
      for (const [sql, finding] of PLANTED) {
        pair.cloud.exec('BEGIN');
        expect([sql, pair.cloud.prepare(sql).run().changes > 0]).toEqual([sql, true]);
        expect(differences(pair.box, pair.cloud, SITE).join('\n')).toMatch(finding);
        pair.cloud.exec('ROLLBACK');
      }
      expect(differences(pair.box, pair.cloud, SITE)).toEqual([]);
    } finally {
      pair.box.close();
      pair.cloud.close();
    }
  });
});

const PLANTED: readonly (readonly [string, RegExp])[] = [
  ["UPDATE transfer SET amount = amount + 1 WHERE code = 'CALL'", /^transfer CALL /m],
  ["DELETE FROM transfer WHERE code = 'CALL'", /^transfer CALL .* is on the box alone$/m],
  ["UPDATE balance SET debit = debit + 1 WHERE account = 'cash'", /^balance cash: /m],
  ["UPDATE call SET amount = amount + 1 WHERE extension = '101'", /^call /m],
  ['UPDATE down_log SET chain = zeroblob(32) WHERE seq = 2', /^row of the down log 2: [^]*chain does not hold at row 2$/m],
  ["UPDATE up_personal SET value = '5' WHERE name = 'dialled'", /^personal field of the up log /m],
  ["UPDATE site_head SET seq = seq + 1 WHERE log = 'up'", /^head of the up log /m],
  ["UPDATE line_state SET wanted = 'locked' WHERE extension = '104'", /^line that is locked 104 is in the cloud alone$/m],
];

/** Of both databases, at one cut. */
async function copies(hall: Hall): Promise<{readonly box: Database; readonly cloud: Database}> {
  const copy = (from: string, name: string): Database => {
    const path = join(hall.folder, name);
    rmSync(path, {force: true});
    const original = new BetterSqlite(from, {readonly: true});
    original.prepare('VACUUM INTO ?').run(path);
    original.close();
    return new BetterSqlite(path);
  };
  for (;;) {
    await hall.rest();
    const before = JSON.stringify(hall.heads());
    const pair = {box: copy(databasePath(hall.folder), 'box-copy.db'), cloud: copy(cloudDatabase(hall.folder), 'cloud-copy.db')};
    if (JSON.stringify(hall.heads()) === before) return pair;
    pair.box.close();
    pair.cloud.close();
  }
}
