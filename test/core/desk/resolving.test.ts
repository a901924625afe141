// Calls that wait, at the desk, over HTTP: billed by hand after the question in figures, written off, a dear bill by two people.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {later} from '../../../shared/time/instant.ts';
import {upFact} from '../../../shared/wire/up.ts';
import {get, openDesk, post, type DeskRig} from '../../rig/desk/rig.ts';
import {HOUR, pounds, RIG_NOW} from '../../rig/portal/house.ts';
import {textIn} from '../../rig/visitor.ts';

let rig: DeskRig;
let clerk = '';
/** The call's own row, and its address. */
let call: {readonly id: string; readonly seq: number};
let at = '';
beforeEach(async () => {
  rig = await openDesk();
  clerk = await rig.cookie('carl');
  await rig.house.call('amara', {at: later(RIG_NOW, -HOUR), seconds: 200, number: '992371111111', state: 'unbillable'});
  const row = await rig.store.reading
    .selectFrom('call')
    .select(['id', 'up_seq'])
    .where('state', '=', 'unbillable')
    .executeTakeFirstOrThrow();
  call = {id: row.id, seq: row.up_seq};
  at = `/desk/calls/north~${call.seq}`;
});
afterEach(() => rig.close());

const LIST = '/desk/unbillable?site=north&reason=no-destination';
const text = async (path: string, cookie = clerk): Promise<string> => (await get(rig, path, cookie)).text();
const BILL = {amount: '1.20', destination: 'Tajikistan', payer: '', reason: 'asked the carrier'};
const asked = () => rig.store.reading.selectFrom('resolution_request').select(['act', 'amount', 'by', 'outcome']).execute();
const proposals = () => rig.store.reading.selectFrom('resolution_proposal').select(['id', 'amount', 'decision']).execute();

describe('a bill by hand', () => {
  test('is asked in figures first, then goes to the box, and the page shows it until the box has done it', async () => {
    expect(await text(LIST)).toContain(`${at}/bill`);
    const question = await (await post(rig, `${at}/bill`, BILL, clerk)).text();
    expect(question).toContain('Bill the call to +99237111•••• with £1.20?');
    expect(question).toContain('Amara Obi pays £1.20, once the box has answered.');
    expect(await asked()).toEqual([]);
    expect((await post(rig, `${at}/bill`, {...BILL, sure: 'yes'}, clerk)).status).toBe(303);
    expect(await asked()).toEqual([{act: 'bill', amount: pounds(1.2), by: 'Carl Winter', outcome: null}]);
    const list = await text(LIST);
    expect(list).toContain('Carl Winter billed it with £1.20: the box has not answered yet');
    expect(list).not.toContain(`${at}/bill`);
    const said = {call: call.id, outcome: 'billed', by: 'desk', at: RIG_NOW, startedAt: later(RIG_NOW, -HOUR), payer: 'amara'};
    const price = {amount: pounds(1.2), tax: 0, currency: 'GBP', prefix: '', destination: 'Tajikistan'};
    await rig.house.tell('north', [upFact('call-resolved', call.id, {...said, ...price})]);
    expect(await text(LIST)).toContain('No call waits for this reason');
    expect(await text('/desk/students/amara')).toContain('Tajikistan');
    // It waits no more: the form leads to what became of it.
    expect((await get(rig, `${at}/bill`, clerk)).headers.get('location')).toBe(at);
    expect(textIn(await text(at))).toContain('How it stands Billed £1.20, by hand');
  });

  test('that the box did not do says why, and may be asked for again', async () => {
    await post(rig, `${at}/bill`, {...BILL, sure: 'yes'}, clerk);
    const said = {call: call.id, outcome: 'still-unbillable', by: 'desk', at: RIG_NOW, detail: 'say who pays'};
    await rig.house.tell('north', [upFact('call-resolved', `${call.id}:9`, said)]);
    const list = await text(LIST);
    expect(list).toContain('The box did not do it: say who pays');
    expect(list).toContain(`${at}/bill`);
  });

  test('of a call that a tariff priced first says so, and who asked for what', async () => {
    await post(rig, `${at}/bill`, {...BILL, sure: 'yes'}, clerk);
    expect(textIn(await text(at))).toContain('How it stands Asked on its way to the box');
    const said = {call: call.id, outcome: 'billed', by: 'schedule', at: RIG_NOW, startedAt: later(RIG_NOW, -HOUR), payer: 'amara'};
    const price = {amount: pounds(0.9), tax: 0, currency: 'GBP', prefix: '+992371', destination: 'Dushanbe'};
    const answer = {call: call.id, outcome: 'already-resolved', by: 'desk', at: RIG_NOW};
    await rig.house.tell('north', [upFact('call-resolved', call.id, {...said, ...price}), upFact('call-resolved', `${call.id}:9`, answer)]);
    const shown = textIn(await text(at));
    expect(shown).toContain('How it stands Already resolved £0.90, by the tariff');
    expect(shown).toContain('Bill £1.20 Carl Winter');
    expect(shown).toContain('The box had done it already');
    expect(shown).not.toContain('Bill by hand');
  });

  test('says that the box is offline, and since when', async () => {
    await post(rig, `${at}/bill`, {...BILL, sure: 'yes'}, clerk);
    const gone = {disconnected_at: later(RIG_NOW, -60_000)};
    await rig.store.transact(({db}) => db.updateTable('box_state').set(gone).where('site', '=', 'north').execute());
    expect(textIn(await text(at))).toContain('Box offline asked; the box gets it when it is back. Offline since 14:01:07');
  });

  test.for([
    ['amount', {...BILL, amount: 'much'}, 'Write an amount above nothing'],
    ['amount', {...BILL, amount: '1000.01'}, 'Write an amount above nothing'],
    ['destination', {...BILL, destination: ' '}, 'Write what the statement shall say'],
    ['payer', {...BILL, payer: 'zoe', sure: 'yes'}, 'There is no student zoe at this site'],
  ] as const)('with a wrong %s is said beside the field', async ([, fields, said]) => {
    const answer = await post(rig, `${at}/bill`, fields, clerk);
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain(said);
    expect(await asked()).toEqual([]);
  });
});

describe('a bill above £20', () => {
  const dear = async (): Promise<string> => {
    const question = await (await post(rig, `${at}/bill`, {...BILL, amount: '20.01'}, clerk)).text();
    expect(question).toContain('It is more than £20.00: a second person must say yes first.');
    await post(rig, `${at}/bill`, {...BILL, amount: '20.01', sure: 'yes'}, clerk);
    const [proposal] = await proposals();
    return `/desk/proposals/${proposal?.id}`;
  };

  test('waits; whoever wrote it may not say yes; somebody else does', async () => {
    const path = await dear();
    expect(await asked()).toEqual([]);
    expect(await text(LIST)).toContain('A bill of £20.01 waits for a second person');
    expect(await text(path)).toContain('You wrote it yourself');
    await post(rig, path, {sure: 'yes', answer: 'yes'}, clerk);
    expect(await asked()).toEqual([]);
    const admin = await rig.cookie('ada');
    expect(await text(path, admin)).toContain('Carl Winter wrote it: asked the carrier');
    expect((await post(rig, path, {sure: 'yes', answer: 'yes'}, admin)).status).toBe(303);
    expect(await asked()).toEqual([{act: 'bill', amount: pounds(20.01), by: 'Carl Winter, Ada Moran', outcome: null}]);
    expect(textIn(await text(path, admin))).toContain('Approved: the box was asked to bill the call. Ada Moran,');
  });

  test('is overtaken by the box: seen by everybody who may decide, and nobody can', async () => {
    const path = await dear();
    expect(textIn(await text(at))).toContain('Second person Carl Winter wants to bill £20.01: somebody else must say yes');
    expect(textIn(await text('/desk/unbillable'))).toContain('Waits for a second person');
    await rig.house.tell('north', [upFact('call-resolved', call.id, {call: call.id, outcome: 'written-off', by: 'desk', at: RIG_NOW})]);
    const admin = await rig.cookie('ada');
    const over = textIn(await text(path, admin));
    expect(over).toContain('Overtaken: the box ended the waiting of the call before anybody decided.');
    expect(over).toContain('Written off nobody pays');
    expect(over).not.toContain('Yes, bill');
    await post(rig, path, {sure: 'yes', answer: 'yes'}, admin);
    expect(await asked()).toEqual([]);
    expect(await proposals()).toMatchObject([{decision: null}]);
    const list = textIn(await text('/desk/unbillable'));
    expect(list).not.toContain('Waits for a second person');
    expect(list).toContain('A bill of £20.01 for the call to +99237111•••• North Hall Overtaken: the box ended the waiting first');
  });

  test('may be dropped', async () => {
    const path = await dear();
    const admin = await rig.cookie('ada');
    expect(await text(`${path}?answer=no`, admin)).toContain('No, drop it');
    await post(rig, path, {sure: 'yes', answer: 'no'}, admin);
    expect(await proposals()).toMatchObject([{decision: 'refused'}]);
    expect(await asked()).toEqual([]);
  });
});

test('a call is written off after the question', async () => {
  expect(await (await post(rig, `${at}/write-off`, {}, clerk)).text()).toContain('Nobody pays for the call.');
  expect(await asked()).toEqual([]);
  await post(rig, `${at}/write-off`, {sure: 'yes'}, clerk);
  expect(await asked()).toEqual([{act: 'write-off', amount: null, by: 'Carl Winter', outcome: null}]);
  expect((await rig.acts()).map(({by, act}) => [by, act]).at(-1)).toEqual(['carl', 'call-write-off']);
});

test('somebody who only looks sees that calls wait, and no button', async () => {
  const list = await text(LIST, await rig.cookie('vera'));
  expect(list).toContain('+99237111••••');
  expect(list).not.toContain(`${at}/bill`);
  expect(await text(at, await rig.cookie('vera'))).not.toContain(`${at}/bill`);
  expect((await get(rig, `${at}/bill`, await rig.cookie('vera'))).status).toBe(404);
});
