// What staff ask for calls that wait, with a real box that answers: asked once, done once, and dear bills by two people.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {unbillableCalls} from '../../../cloud/books/calls.ts';
import {
  createResolving,
  openProposals,
  overtakenProposals,
  proposalBy,
  proposalsOfCall,
  SECOND_PERSON_ABOVE,
  type Resolving,
} from '../../../cloud/books/resolving.ts';
import {verifyBooks} from '../../../cloud/books/verify.ts';
import {createAudit} from '../../../cloud/people/audit.ts';
import {createCompiledTariffs, taxByTariff} from '../../../cloud/tariff/compiled.ts';
import {createPublish} from '../../../cloud/tariff/publish.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import {createResolver, type Resolver} from '../../../edge/ledger/resolve.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {must} from '../../../shared/assert/assert.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {micros} from '../../../shared/money/micros.ts';
import {readDownRow} from '../../../shared/wire/reader.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {unbillableCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';
import {HALL, NOON, openCloud, POUND, rowsOfBox, type Cloud} from './ground.ts';

const CARL = {id: 'carl', role: 'clerk'} as const;
const ADA = {id: 'ada', role: 'admin'} as const;
const VERA = {id: 'vera', role: 'viewer'} as const;

let cloud: Cloud;
let box: TemporaryStore;
let resolver: Resolver;
let resolving: Resolving;
let carried: number;

beforeEach(async () => {
  cloud = await openCloud();
  box = temporaryStore();
  carried = 0;
  const {database} = box;
  const journal = createJournal(database, randomBytes);
  const ledger = createLedger(database, journal);
  const rate = ({sourceKey}: {readonly sourceKey: string}) => ({...unbillableCall(sourceKey), payer: 'ann' as AccountId});
  resolver = createResolver(database, {journal, rate, policy: () => HALL_POLICY, now: () => NOON});
  inTransaction(database, () =>
    ledger.record(
      ['a', 'b', 'c'].map((key) => unbillableCall(key)),
      'bill',
      NOON,
    ),
  );
  await carryUp();
  const given = {now: () => cloud.now, randomBytes, audit: createAudit(() => cloud.now), downLog: cloud.downLog};
  resolving = createResolving({...given, taxOf: taxByTariff(createCompiledTariffs(cloud.store.reading))});
  await cloud.store.transact(async ({db}) => {
    for (const {id, role} of [CARL, ADA, VERA]) {
      const email = `${id}@uni.example`;
      const row = {
        id,
        email,
        email_key: email,
        name: `${id} of the office`,
        role,
        password_hash: 'none',
        created_at: NOON,
        disabled_at: null,
      };
      await db.insertInto('staff').values(row).execute();
    }
  });
});
afterEach(async () => {
  box.remove();
  await cloud.remove();
});

async function carryUp(): Promise<void> {
  const rows = rowsOfBox(box.database, 'up', carried);
  await cloud.take(rows);
  carried += rows.length;
}

/** What the cloud wrote for the box, done by the box, and its answers. */
async function toTheBoxAndBack(after = 0): Promise<void> {
  const rows = await cloud.store.reading.selectFrom('down_log').selectAll().where('seq', '>', after).orderBy('seq').execute();
  for (const {content_hash: contentHash, ...row} of rows) {
    const reading = readDownRow({...row, contentHash, personal: []});
    if (reading.kind !== 'read' || reading.row.kind !== 'resolution') throw new Error(JSON.stringify(reading));
    const {body} = reading.row;
    inTransaction(box.database, () => resolver.take([{body, seq: row.seq}]));
  }
  await carryUp();
}

const bill = (
  more: {amount?: number; payer?: string; reason?: string; callSeq?: number} = {},
  actor: typeof CARL | typeof ADA | typeof VERA = CARL,
) =>
  cloud.store.transact((tx) => {
    const {amount = 3 * POUND, ...rest} = more;
    return resolving.bill(tx, actor, {
      site: HALL,
      callSeq: 1,
      destination: 'Somewhere',
      reason: 'asked the carrier',
      ...rest,
      amount: micros(amount),
    });
  });
const decide = (actor: typeof CARL | typeof ADA, proposal: string, approve = true) =>
  cloud.store.transact((tx) => resolving.decide(tx, actor, {proposal, approve}));
const balanceOfAnn = async (): Promise<number | undefined> => {
  const row = await cloud.store.reading.selectFrom('balance').selectAll().where('account', '=', 'ann').executeTakeFirst();
  return row && row.credit - row.debit;
};
const waiting = async () => await unbillableCalls(cloud.store.reading, {site: HALL, reason: 'no-destination'}, {most: 10});
const acts = () => cloud.store.reading.selectFrom('audit').select(['by', 'act']).orderBy('seq').execute();

describe('a bill by hand', () => {
  test('goes to the box, is shown as asked for, and is done when the box has done it', async () => {
    expect(await bill()).toEqual({kind: 'done', waitsFor: 'box'});
    expect((await waiting()).map(({upSeq, asked}) => [upSeq, asked?.act, asked?.amount, asked?.by, asked?.answer])).toEqual([
      [3, undefined, undefined, undefined, undefined],
      [2, undefined, undefined, undefined, undefined],
      [1, 'bill', 3 * POUND, 'carl of the office', undefined],
    ]);
    expect(await bill()).toMatchObject({kind: 'refused', code: 'call-asked'});
    await toTheBoxAndBack();
    expect((await waiting()).map(({upSeq}) => upSeq)).toEqual([3, 2]);
    expect(await balanceOfAnn()).toBe(-3 * POUND);
    expect(await bill()).toMatchObject({kind: 'refused', code: 'call-gone'});
    expect(await cloud.store.reading.selectFrom('resolution_request').select(['outcome', 'answered_at']).execute()).toEqual([
      {outcome: 'billed', answered_at: NOON},
    ]);
    expect((await verifyBooks(cloud.store.reading)).findings).toEqual([]);
    expect(await acts()).toEqual([{by: 'carl', act: 'call-bill'}]);
  });

  test('puts aside the tax of the tariff of then', async () => {
    const text = JSON.stringify({
      format: 'spbs-tariff/1',
      name: 'By hand',
      currency: 'GBP',
      zone: 'Europe/London',
      rounding: {mode: 'up', decimals: 2},
      prices: 'gross',
      tax: [{percent: '20'}],
      rates: [{name: 'all', nextSeconds: 60, initialSeconds: 60, perMinute: '0.1'}],
      destinations: [{name: 'Paris', rate: 'all', prefixes: ['331']}],
    });
    const publish = createPublish({now: () => cloud.now, randomBytes, audit: createAudit(() => cloud.now), downLog: cloud.downLog});
    expect(await cloud.store.transact((tx) => publish.tariff(tx, ADA, {site: HALL, text}))).toMatchObject({kind: 'done'});
    await bill();
    await toTheBoxAndBack(2);
    // A sixth of what is paid is 20 % on what is left.
    const vat = await cloud.store.reading.selectFrom('balance').selectAll().where('account', '=', 'vat').executeTakeFirst();
    expect(vat?.credit).toBe(POUND / 2);
  });

  test.for([
    ['of nothing', {amount: 0}, 'amount-wrong'],
    ['of more than any call', {amount: 1_000 * POUND + 1}, 'amount-wrong'],
    ['without a reason', {reason: '  '}, 'reason-missing'],
    ['of a call that is not there', {callSeq: 9}, 'call-gone'],
    ['for nobody', {payer: 'zoe'}, 'payer-unknown'],
  ] as const)('%s is refused, and nothing is written', async ([, more, code]) => {
    expect(await bill(more)).toMatchObject({kind: 'refused', code});
    expect(await acts()).toEqual([]);
  });

  test('takes more than looking', async () => {
    expect(await bill({}, VERA)).toMatchObject({kind: 'refused', code: 'not-allowed'});
  });

  test('that the box could not do may be asked for again, with somebody who pays', async () => {
    resolver = createResolver(box.database, {
      journal: createJournal(box.database, randomBytes),
      rate: ({sourceKey}) => unbillableCall(sourceKey),
      policy: () => HALL_POLICY,
      now: () => NOON,
    });
    await bill();
    await toTheBoxAndBack();
    const asked = (await waiting()).find(({upSeq}) => upSeq === 1)?.asked;
    expect(asked?.answer).toEqual({outcome: 'still-unbillable', detail: 'nobody rented the line when the call began: say who pays'});
    await cloud.store.transact(({db}) =>
      db.insertInto('account').values({site: HALL, id: 'ann', kind: 'student', currency: 'GBP'}).execute(),
    );
    expect(await bill({payer: 'ann'})).toMatchObject({kind: 'done'});
    await toTheBoxAndBack(1);
    expect(await balanceOfAnn()).toBe(-3 * POUND);
  });
});

test('a bill for a student who has settled and gone is refused: the house may pay', async () => {
  const gone = {
    account: 'gone',
    site: HALL,
    name: 'Gone',
    email: null,
    email_key: null,
    password_hash: null,
    created_at: NOON,
    closed_at: NOON,
  };
  await cloud.store.transact(async ({db}) => {
    await db.insertInto('account').values({site: HALL, id: 'gone', kind: 'student', currency: 'GBP'}).execute();
    await db.insertInto('student').values(gone).execute();
  });
  expect(await bill({payer: 'gone'})).toMatchObject({kind: 'refused', code: 'payer-closed'});
  expect(await bill({payer: 'house'})).toMatchObject({kind: 'done'});
  await toTheBoxAndBack();
  const house = await cloud.store.reading.selectFrom('balance').selectAll().where('account', '=', 'house').executeTakeFirst();
  expect(house?.debit).toBe(3 * POUND);
});

describe('a bill above £20', () => {
  const DEAR = SECOND_PERSON_ABOVE + 1;

  test('of £20 exactly is not one', async () => {
    expect(await bill({amount: 20 * POUND})).toEqual({kind: 'done', waitsFor: 'box'});
  });

  test('waits for a second person, who is not the first; then it goes to the box', async () => {
    expect(await bill({amount: DEAR})).toEqual({kind: 'done', waitsFor: 'second-person'});
    expect(await cloud.store.reading.selectFrom('down_log').selectAll().execute()).toEqual([]);
    expect(await bill({amount: POUND})).toMatchObject({kind: 'refused', code: 'call-asked'});
    const [proposal] = await openProposals(cloud.store.reading, HALL);
    expect(proposal).toMatchObject({callSeq: 1, amount: DEAR, by: 'carl', reason: 'asked the carrier'});
    const {id} = must(proposal, 'proposal');
    expect(await decide(CARL, id)).toMatchObject({kind: 'refused', code: 'same-person'});
    expect(await decide(ADA, id)).toEqual({kind: 'done'});
    expect(await decide(ADA, id)).toMatchObject({kind: 'refused', code: 'proposal-gone'});
    await toTheBoxAndBack();
    expect(await balanceOfAnn()).toBe(-DEAR);
    expect(await openProposals(cloud.store.reading, HALL)).toEqual([]);
    expect(await acts()).toEqual([
      {by: 'carl', act: 'call-bill-propose'},
      {by: 'ada', act: 'call-bill'},
    ]);
  });

  test('is taken back by whoever wrote it, and may be written again', async () => {
    await bill({amount: DEAR});
    const [proposal] = await openProposals(cloud.store.reading, HALL);
    expect(await decide(CARL, must(proposal, 'proposal').id, false)).toEqual({kind: 'done'});
    expect(await bill({amount: POUND})).toEqual({kind: 'done', waitsFor: 'box'});
  });

  test('is overtaken when the box ends the waiting first: closed by itself, and nobody decides it any more', async () => {
    await bill({amount: DEAR});
    const [open] = await openProposals(cloud.store.reading, HALL);
    const {id} = must(open, 'proposal');
    const call = unbillableCall('a').id;
    const body = {call, act: 'write-off', by: 'schedule of tests', reason: 'gone'} as const;
    inTransaction(box.database, () => resolver.take([{body, seq: 1}]));
    await carryUp();
    expect(await openProposals(cloud.store.reading, HALL)).toEqual([]);
    expect(await overtakenProposals(cloud.store.reading, HALL, 5)).toMatchObject([{id, state: 'overtaken', decided: undefined}]);
    expect(await proposalBy(cloud.store.reading, id)).toMatchObject({id, site: HALL, state: 'overtaken'});
    expect((await proposalsOfCall(cloud.store.reading, HALL, 1)).map(({state}) => state)).toEqual(['overtaken']);
    for (const [actor, approve] of [
      [ADA, true],
      [ADA, false],
      [CARL, false],
    ] as const)
      expect(await decide(actor, id, approve)).toMatchObject({kind: 'refused', code: 'proposal-overtaken'});
    expect(await cloud.store.reading.selectFrom('resolution_request').selectAll().execute()).toEqual([]);
    expect((await acts()).map(({act}) => act)).toEqual(['call-bill-propose']);
  });
});

test('a call that is written off waits no more', async () => {
  const off = await cloud.store.transact((tx) => resolving.writeOff(tx, CARL, {site: HALL, callSeq: 2, reason: 'a test of the line'}));
  expect(off).toEqual({kind: 'done'});
  await toTheBoxAndBack();
  expect((await waiting()).map(({upSeq}) => upSeq)).toEqual([3, 1]);
  expect(await balanceOfAnn()).toBeUndefined();
});
