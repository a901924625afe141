// What the halls and their staff have been through before a page of the desk is looked at: something of everything.
import type {Policy} from '../../../shared/wire/kinds.ts';
import {later} from '../../../shared/time/instant.ts';
import {upFact} from '../../../shared/wire/up.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {generateTariff} from '../../simulator/tariff.ts';
import {DAY, HOUR, MINUTE, pounds, RIG_NOW} from '../portal/house.ts';
import {live, type Lived} from '../portal/seen.ts';
import {readNewSite, usualFields} from '../../../cloud/desk/new-site.ts';
import {DESK_WORDS} from '../../../cloud/desk/messages.ts';
import type {DeskRig} from './rig.ts';

const ADA = {id: 'ada', role: 'admin'} as const;
const CARL = {id: 'carl', role: 'clerk'} as const;

export const TARIFF = JSON.stringify(generateTariff({prefixes: 40, seed: 7, currency: 'GBP', zone: 'Europe/London'}), undefined, 2);

export const POLICY: Policy = policy();

function policy(): Policy {
  const read = readNewSite({...usualFields('GB'), name: 'x', id: 'x', tariff: TARIFF, mode: 'bill-and-lock'}, DESK_WORDS);
  if (read.kind === 'wrong') throw new Error(JSON.stringify(read.errors));
  const dialPlan = {...read.site.policy.dialPlan, accountCodes: {position: 'before', lead: '*8', length: 4, separator: '#'}} as const;
  return {...read.site.policy, dialPlan, currency: 'GBP', zone: 'Europe/London'};
}

export async function liveAtDesk(rig: DeskRig): Promise<Lived> {
  await publish(rig);
  const lived = await live(rig);
  await people(rig);
  await allowances(rig);
  await troubles(rig);
  rig.pass(2 * MINUTE);
  await rig.house.heartbeat('north', later(rig.now(), -4_000));
  return lived;
}

async function publish({given}: DeskRig): Promise<void> {
  for (const site of ['north', 'old']) {
    await given.transact(async (tx) => {
      await given.publish.policy(tx, ADA, {site, policy: POLICY});
      await given.publish.tariff(tx, ADA, {site, text: TARIFF});
    });
  }
}

async function people({given, payments}: DeskRig): Promise<void> {
  const {transact, lines, tenancies, students, overrides, staff} = given;
  await transact((tx) => lines.create(tx, CARL, {site: 'north', extension: '2199', class: 'lift', label: 'Lift A'}));
  await transact((tx) => lines.create(tx, CARL, {site: 'north', extension: '2150', class: 'student', label: 'Room 20'}));
  await transact((tx) => students.create(tx, CARL, {site: 'north', name: 'Hana Novak', email: 'hana@uni.example'}));
  await transact((tx) => students.create(tx, CARL, {site: 'north', name: 'Ivo Stone'}));
  const back = {site: 'north', extension: '2150', account: 'ben', from: later(RIG_NOW, -3 * DAY)};
  await transact((tx) => tenancies.start(tx, CARL, back));
  const codes = [
    {id: 'c-ben', code: '1234', to_at: null},
    {id: 'c-ben-before', code: '4321', to_at: later(RIG_NOW, -DAY)},
  ];
  const ofBen = {site: 'north', account: 'ben', from_at: later(RIG_NOW, -2 * DAY)};
  await transact(({db}) =>
    db
      .insertInto('account_code')
      .values(codes.map((code) => ({...ofBen, ...code})))
      .execute(),
  );
  const cash = {id: payments.newId(), site: 'north', account: 'ben', amount: '5', by: 'carl', reason: 'receipt 114'};
  await transact((tx) => payments.takeCash(tx, cash));
  const unlock = {site: 'north', extension: '2104', act: 'unlock', reason: '£20 at reception', expires: later(RIG_NOW, DAY)} as const;
  await transact((tx) => overrides.give(tx, CARL, {...unlock, limit: pounds(10)}));
  await transact((tx) => staff.invite(tx, ADA, {name: 'Noor Haddad', email: 'noor@uni.example', role: 'clerk'}));
}

/** One that runs, one whose destinations no tariff knows, one that is planned, one that is over; and calls with a carrier's price. */
async function allowances({house}: DeskRig): Promise<void> {
  await house.grant('north', {allowance: 'a-all', name: 'Half an hour to landlines', amount: 1_800, destinations: ['UK landline']});
  await house.grant('north', {
    allowance: 'a-wrong',
    name: 'Friends abroad',
    unit: 'micros',
    amount: pounds(2.5),
    period: 'week',
    destinations: ['UK mobile', 'Utopia', 'Atlantis (mobile networks)', 'India', 'France'],
  });
  await house.grant('north', {
    allowance: 'a-planned',
    name: 'Christmas',
    period: 'once',
    from: later(RIG_NOW, 20 * DAY),
    to: later(RIG_NOW, 31 * DAY),
  });
  await house.grant('north', {allowance: 'a-over', name: 'First weeks', period: 'day', to: later(RIG_NOW, -10 * DAY)});
  const costs = [{working: {net: 35_000, tax: 0}}, {working: {net: 912_345, tax: 0}}, {unknown: 'no-destination'}] as never[];
  for (const [index, cost] of costs.entries()) {
    await house.call('amara', {at: later(RIG_NOW, -30 * MINUTE - index * HOUR), seconds: 120, number: '447700900123', cost});
  }
}

async function troubles(rig: DeskRig): Promise<void> {
  const {house, incidents, store, books} = rig;
  for (const [index, number] of ['992371111111', '992371111222', '992375550000', '88213123456'].entries()) {
    await house.call('amara', {at: later(RIG_NOW, -8 * HOUR + index * MINUTE), seconds: 200, number, state: 'unbillable'});
  }
  const stuck = {detail: 'the profile reads none of the last 40 lines', cure: 'Look at the rejected lines on the console of the box.'};
  const opened = {change: 'opened', code: 'record.quarantined', subject: 'mitel', ...stuck, at: later(RIG_NOW, -50 * MINUTE)} as const;
  await house.tell('north', [upFact('incident', 'one', opened)]);
  const refused = {site: 'old', code: 'link.refused', subject: 'old-1', detail: 'a batch: the signature is another key’s'} as const;
  await incidents.open({...refused, cure: 'Find out whether the box was exchanged. If not, revoke it.'});
  await store.transact((tx) =>
    books.move(tx, {
      site: 'north',
      debit: 'clearing:card' as AccountId,
      credit: 'suspense' as AccountId,
      amount: pounds(12.5),
      code: 'TRANSFER',
      ref: 'suspense:rig',
      at: RIG_NOW,
    }),
  );
  await store.transact(async ({db}) => {
    const mail = {language: 'en-GB', template: 'student-register', data: '{}', created_at: later(RIG_NOW, -4 * DAY), attempts: 30};
    const why = '550 5.1.1 no such mailbox';
    await db
      .insertInto('mail')
      .values([
        {id: 'm1', dedupe: 'a', recipient: 'gone@uni.example', ...mail, next_at: RIG_NOW, failure: why, given_up_at: later(RIG_NOW, -DAY)},
        {id: 'm2', dedupe: 'b', recipient: 'slow@uni.example', ...mail, next_at: later(RIG_NOW, HOUR), failure: '451 try again later'},
      ])
      .execute();
  });
}
