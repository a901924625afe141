// What the carrier charges, beside a call's price: for admins, on the pages of lines and students; for nobody else.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createDownLog} from '../../../cloud/books/down-log.ts';
import {later} from '../../../shared/time/instant.ts';
import {upFact} from '../../../shared/wire/up.ts';
import {get, openDesk, type DeskRig, type StaffName} from '../../rig/desk/rig.ts';
import {HOUR, RIG_NOW} from '../../rig/portal/house.ts';

let rig: DeskRig;
beforeEach(async () => {
  rig = await openDesk();
});
afterEach(() => rig.close());

const PAGES = ['/desk/students/amara', '/desk/lines/north~2101'];
async function text(path: string, person: StaffName): Promise<string> {
  const html = await (await get(rig, path, await rig.cookie(person))).text();
  return html
    .replace(/^.*<main/s, '<main')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ');
}
const working = (net: number) => ({net, tax: 0, gross: net, prefix: '+447', destination: 'Mobile'}) as never;
const called = (cost: unknown, minutes: number) =>
  rig.house.call('amara', {
    at: later(RIG_NOW, -HOUR),
    seconds: minutes * 60,
    number: '447700900123',
    ...(cost === undefined ? {} : {cost: cost as never}),
  });

test('an admin sees the carrier’s price, the student’s without VAT, and the margin; an unknown price is said to be unknown, with its reason', async () => {
  // Thursday 13:02: 600 s at £0.16 and £0.08 for the connection are £1.68, of which £0.28 is VAT: £1.40.
  await called({working: working(350_000)}, 10);
  // 60 s: £0.24, without VAT £0.20: the carrier takes more.
  await called({working: working(250_000)}, 1);
  await called({unknown: 'no-destination'}, 1);
  await called({unknown: 'code-of-a-later-release'}, 1);
  await called(undefined, 1);
  for (const page of PAGES) {
    const seen = await text(page, 'ada');
    expect(seen).toContain('Carrier £0.35 Student £1.40 without VAT Margin £1.05 (75%)');
    expect(seen).toContain('Carrier £0.25 Student £0.20 without VAT Margin −£0.05 (−25%)');
    expect(seen).toContain('Carrier’s price not known: No rate for this number');
    expect(seen).toContain('Carrier’s price not known: code-of-a-later-release');
    // Of four of the five calls.
    expect(seen.match(/Carrier(?: £|’s price)/g)).toHaveLength(4);
  }
});

test('nobody but an admin sees any of it', async () => {
  await called({working: working(71_717)}, 10);
  await called({unknown: 'carrier-gave-up'}, 1);
  for (const person of ['carl', 'vera'] as const) {
    for (const page of [...PAGES, '/desk/students/amara/statement?month=2026-11', '/desk']) {
      const seen = await text(page, person);
      expect([person, page, /0\.0717|71717|carrier|margin/i.exec(seen)?.[0]]).toEqual([person, page, undefined]);
    }
  }
  expect(await text(PAGES[0] ?? '', 'ada')).toContain('£0.071717');
});

test('the page of a call has it too, for admins', async () => {
  await called({working: working(350_000)}, 10);
  await called({unknown: 'no-tariff'}, 1);
  await called(undefined, 1);
  expect(await text('/desk/calls/north~1', 'ada')).toContain('Carrier £0.35 Student £1.40 without VAT Margin £1.05 (75%)');
  expect(await text('/desk/calls/north~2', 'ada')).toContain('Carrier’s price not known: No tariff in force');
  expect(await text('/desk/calls/north~3', 'ada')).not.toMatch(/carrier/i);
  for (const person of ['carl', 'vera'] as const) {
    expect(await text('/desk/calls/north~1', person)).toContain('£1.68');
    for (const call of [1, 2]) expect(await text(`/desk/calls/north~${call}`, person)).not.toMatch(/carrier|margin|0\.35/i);
  }
});

test('there is no column where no call has a carrier’s price', async () => {
  await called(undefined, 10);
  for (const page of PAGES) expect(await text(page, 'ada')).not.toMatch(/carrier/i);
});

test('corrections count: what a student pays is what is left of the price after them', async () => {
  await called({working: working(350_000)}, 10);
  const {id} = await rig.store.reading.selectFrom('call').select('id').executeTakeFirstOrThrow();
  // £1.68 becomes £1.20: 48p less, of which 8p are VAT, so £1.00 without it.
  await rig.store.transact(async ({db}) => {
    const rerating = {
      id: 'r',
      site: 'north',
      cause: 'tariff',
      wish: '{}',
      hash: '',
      calls: 1,
      more: 0,
      less: 480_000,
      reason: 'x',
      by: 'ada',
    } as const;
    await db
      .insertInto('rerating')
      .values({...rerating, at: 0, decision: 'approved', decided_by: 'ada', decided_at: 0})
      .execute();
  });
  await rig.store.transact(async (tx) => {
    const entry = {call: id, n: 1, account: 'amara', amount: -480_000, tax: -80_000};
    const body = {proposal: 'r', entries: [entry], currency: 'GBP', at: RIG_NOW};
    const seq = await createDownLog({now: rig.now, randomBytes, wake: () => undefined}).write(tx, 'north', [
      {kind: 'adjustment', id: 'r', body},
    ]);
    const {call: _call, ...row} = entry;
    await tx.db
      .insertInto('call_adjustment')
      .values({...row, site: 'north', call_seq: 1, ref: `${id}:1`, rerating: 'r', working: null, down_seq: seq, at: 0})
      .execute();
  });
  for (const page of PAGES) {
    expect(await text(page, 'ada')).toContain('Carrier £0.35 Student £1.00 without VAT, with corrections Margin £0.65 (65%)');
  }
});

test('a call that waited has the price that came with the end of its waiting', async () => {
  await rig.house.call('amara', {at: later(RIG_NOW, -HOUR), seconds: 60, number: '99912345678', state: 'unbillable'});
  const [waiting] = await rig.store.reading.selectFrom('call').select('id').where('state', '=', 'unbillable').execute();
  const call = waiting?.id ?? '';
  const price = {payer: 'amara', amount: 1_200_000, tax: 200_000, currency: 'GBP', prefix: '+999', destination: 'Nowhere'};
  const said = {
    call,
    by: 'schedule',
    at: RIG_NOW,
    outcome: 'billed',
    startedAt: later(RIG_NOW, -HOUR),
    ...price,
    cost: {working: working(400_000)},
  };
  await rig.house.tell('north', [upFact('call-resolved', call, said)]);
  for (const page of PAGES) expect(await text(page, 'ada')).toContain('Carrier £0.40 Student £1.00 without VAT Margin £0.60 (60%)');
});
