// What staff have asked for calls that wait, in every state that a page of it shows. After the halls have been lived in.
import type {NewRange} from '../../../cloud/tariff/add-range.ts';
import {later} from '../../../shared/time/instant.ts';
import {upFact} from '../../../shared/wire/up.ts';
import {pounds, RIG_NOW} from '../portal/house.ts';
import type {DeskRig} from './rig.ts';

const ADA = {id: 'ada', role: 'admin'} as const;
const CARL = {id: 'carl', role: 'clerk'} as const;
/** Under the tariff of the rig, which begins now. */
const SOON = later(RIG_NOW, 30_000);

/** Addresses of their pages. */
export type Asked = {
  /** Of calls: nothing asked, billed by the tariff, asked and not answered. */
  readonly calls: readonly string[];
  readonly proposals: Readonly<Record<'open' | 'overtaken', string>>;
  readonly ranges: Readonly<Record<'open' | 'published' | 'refused', string>>;
};

export async function askAtDesk(rig: DeskRig): Promise<Asked> {
  const dushanbe = [await call(rig, '992372123456', 61), await call(rig, '992372987654', 600), await call(rig, '992372500500', 20)];
  const [mobile, other, third] = [
    await call(rig, '992918123456', 1_500),
    await call(rig, '992918765432', 90),
    await call(rig, '449098790123', 240),
  ];
  await call(rig, '88213123456', 9 * 60);
  return {
    calls: [addressOf(mobile), addressOf(dushanbe[0] ?? mobile), addressOf(await billed(rig, third))],
    proposals: await bills(rig, mobile, other),
    ranges: await ranges(rig, dushanbe[0] ?? mobile),
  };
}

type Called = {readonly id: string; readonly seq: number};

const addressOf = ({seq}: Called): string => `/desk/calls/north~${seq}`;

async function call({house, store}: DeskRig, number: string, seconds: number): Promise<Called> {
  await house.call('amara', {at: SOON, seconds, number, state: 'unbillable'});
  const {id, up_seq: seq} = await store.reading
    .selectFrom('call')
    .select(['id', 'up_seq'])
    .where('site', '=', 'north')
    .orderBy('up_seq', 'desc')
    .executeTakeFirstOrThrow();
  return {id, seq};
}

const BILL = {destination: 'Tajikistan mobile', reason: 'asked the carrier: 80p a minute'};

async function billed({given}: DeskRig, of: Called): Promise<Called> {
  await given.transact((tx) => given.resolving.bill(tx, CARL, {site: 'north', callSeq: of.seq, amount: pounds(6.4), ...BILL}));
  return of;
}

async function bills(rig: DeskRig, mobile: Called, other: Called): Promise<Asked['proposals']> {
  const {given, store, house} = rig;
  for (const {seq} of [mobile, other])
    await given.transact((tx) => given.resolving.bill(tx, CARL, {site: 'north', callSeq: seq, amount: pounds(24.5), ...BILL}));
  await house.tell('north', [resolved(other, 1.6)]);
  const of = async ({seq}: Called): Promise<string> => {
    const {id} = await store.reading.selectFrom('resolution_proposal').select('id').where('call_seq', '=', seq).executeTakeFirstOrThrow();
    return `/desk/proposals/${id}`;
  };
  return {open: await of(mobile), overtaken: await of(other)};
}

async function ranges(rig: DeskRig, first: Called): Promise<Asked['ranges']> {
  const published = await add(rig, '992372', 'Dushanbe', '0.45');
  await rig.house.tell('north', [resolved(first, 0.9)]);
  const refused = await add(rig, '88213', 'Satellite', '2.50');
  await rig.given.transact((tx) => rig.given.ranges.decide(tx, ADA, {id: refused, approve: false, hash: ''}));
  const open = await add(rig, '88213', 'Satellite', '2.95');
  const at = (id: string): string => `/desk/ranges/${id}`;
  return {open: at(open), published: at(published), refused: at(refused)};
}

async function add({given}: DeskRig, prefix: string, destination: string, perMinute: string): Promise<string> {
  const to = {kind: 'new', destination, perMinute, initialSeconds: 60, nextSeconds: 60} as const;
  const range: NewRange = {site: 'north', prefix, to, from: RIG_NOW};
  const effect = await given.ranges.effect(given.reading, range);
  if (effect.kind === 'refused') throw new Error(effect.what);
  const done = await given.transact((tx) => given.ranges.add(tx, ADA, {range, hash: effect.hash}));
  if (done.kind !== 'done') throw new Error(JSON.stringify(done));
  return done.id;
}

function resolved({id: call}: Called, amount: number) {
  const price = {amount: pounds(amount), tax: 0, currency: 'GBP', prefix: '+992', destination: 'Tajikistan'};
  const said = {call, outcome: 'billed', by: 'schedule', at: RIG_NOW, startedAt: SOON, payer: 'amara', ...price};
  return upFact('call-resolved', call, said);
}
