import {assert, constantFrom, nat, property} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {createRater} from '../../../edge/rating/rate.ts';
import {createRunningRater, type RunningPrice} from '../../../edge/rating/running.ts';
import type {CallRecord} from '../../../edge/record/call-record.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {tariffSchema, type TariffSource} from '../../../shared/tariff/tariff.ts';
import {instant} from '../../../shared/time/instant.ts';
import type {Policy} from '../../../shared/wire/kinds.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';

const source: TariffSource = {
  format: 'spbs-tariff/1',
  name: 'By hand',
  currency: 'GBP',
  zone: 'Europe/London',
  rounding: {mode: 'up', decimals: 2},
  prices: 'gross',
  tax: [{percent: '20'}],
  rates: [
    {name: 'landline', connectionFee: '0.05', initialSeconds: 30, nextSeconds: 60, perMinute: '0.10'},
    {name: 'mobile', initialSeconds: 1, nextSeconds: 1, perMinute: '0.30', graceSeconds: 5},
    {name: 'dear', initialSeconds: 60, nextSeconds: 60, perMinute: '50'},
    {name: 'inside', initialSeconds: 60, nextSeconds: 60, perMinute: '0.01'},
  ],
  destinations: [
    {name: 'London', rate: 'landline', prefixes: ['4420']},
    {name: 'UK mobile', rate: 'mobile', prefixes: ['447']},
    {name: 'Satellite', rate: 'dear', prefixes: ['8816']},
    {name: 'France', rate: 'mobile', prefixes: ['33'], catchAll: true},
  ],
  classes: {internal: 'inside'},
};
const tariff = compileTariff(tariffSchema.parse(source));
const NOON = instant(Date.UTC(2026, 10, 20, 12));
const ANN = 'ann' as AccountId;
const BEN = 'ben' as AccountId;

function bookOf(policy: Partial<Policy>, hasTariff = true, tenant: AccountId | undefined = ANN) {
  const rules = {...HALL_POLICY, ...policy};
  return {
    policy: () => rules,
    tariffAt: () => (hasTariff ? tariff : undefined),
    carrierAt: () => undefined,
    allowancesFor: () => [],
    payerAt: (extension: string) => (extension === '101' ? tenant : undefined),
    payerOfCode: (code: string) => (code === '4711' ? BEN : undefined),
    extensionClass: (extension: string) => (['101', '102', '112'].includes(extension) ? ('student' as const) : undefined),
  };
}

function priced(dialled: string, book = bookOf({})): RunningPrice {
  return createRunningRater({site: 'hall', book})({extension: '101', dialled, answeredAt: NOON});
}

const costs = (price: RunningPrice, ...seconds: readonly number[]): readonly number[] =>
  price.kind === 'priced' ? seconds.map((each) => price.costAt(each)) : expect.unreachable(`it has no price but is ${price.kind}`);

describe('a running call', () => {
  test('costs what its record will cost, after each length', () => {
    const price = priced('902079460123');
    expect(price).toMatchObject({kind: 'priced', payer: ANN, number: '+442079460123'});
    // A fee of 5p, 30 s for 5p, then 10p for each minute that has begun.
    expect(costs(price, 0, 1, 30, 31, 90, 91)).toEqual([0, 100_000, 100_000, 200_000, 200_000, 300_000]);
    // Up to 5 s are free; then each second costs half a penny, the sum rounded up: 6 s are 3p.
    expect(costs(priced('907700900123'), 5, 6, 7)).toEqual([0, 30_000, 40_000]);
  });

  test('goes on costing where its record would need a look: too dear, too long', () => {
    // £50 a minute: £150 in the third, and the hall lets no call pass £100 unseen. 13 h are longer than it bills.
    expect(costs(priced('900881612345678'), 121, 13 * 3_600)).toEqual([150_000_000, 13 * 60 * 50_000_000]);
  });

  test('between two lines has the rate of internal calls', () => {
    expect(costs(priced('102'), 61)).toEqual([20_000]);
  });

  test('is paid by whose account code was dialled', () => {
    const dialPlan = {...HALL_POLICY.dialPlan, accountCodes: {position: 'before' as const, lead: '*8', length: 4, separator: '#'}};
    expect(priced('*84711#902079460123', bookOf({dialPlan}))).toMatchObject({kind: 'priced', payer: BEN});
  });

  test.for([
    ['no prefix matches', '9008821612345678', 'no-destination'],
    ['only a whole country matches', '90033123456789', 'range-unconfirmed'],
  ] as const)('goes to an unknown destination if %s', ([, dialled, reason]) => {
    expect(priced(dialled)).toMatchObject({kind: 'unknown', reason});
  });

  test('is unknown where no tariff is in force', () => {
    expect(priced('902079460123', bookOf({}, false))).toMatchObject({kind: 'unknown', reason: 'no-tariff'});
  });

  test.for([
    ['an emergency number', '999'],
    ['one behind the outside line', '9999'],
    ['one of the site’s own', '90800111'],
    ['one with more digits', '11200000000'],
    ['one behind the outside line with more digits', '999900000000'],
    ['one that is the name of a line too', '112'],
  ] as const)('to %s is left alone', ([, dialled]) => {
    expect(priced(dialled).kind).toBe('left-alone');
    expect(priced(dialled, bookOf({}, false)).kind).toBe('left-alone');
  });

  test('of which nobody knows who pays, or whose digits read as nothing, is left alone', () => {
    const vacant = {...bookOf({}), payerAt: () => undefined};
    expect(priced('902079460123', vacant).kind).toBe('left-alone');
    expect(priced('900012345').kind).toBe('left-alone');
  });
});

test('of any length a running call and its record cost the same', () => {
  const book = bookOf({dearestCall: Number.MAX_SAFE_INTEGER, longestCallHours: 48});
  const rate = createRater({site: 'hall', book});
  const record: CallRecord = {
    feed: 'smdr',
    lines: [1],
    family: 'mitel',
    sourceKey: 'key',
    direction: 'outgoing',
    extension: '101',
    dialled: undefined,
    caller: undefined,
    trunk: 'T001',
    accountCode: undefined,
    start: NOON,
    durationSeconds: 0,
    ringSeconds: 4,
    answered: 'yes',
    doubt: undefined,
    flags: [],
  };
  assert(
    property(constantFrom('902079460123', '907700900123', '900881612345678'), nat(48 * 3_600), (dialled, durationSeconds) => {
      const rated = rate({...record, dialled, durationSeconds}, {goLive: NOON, receivedAt: NOON});
      expect(costs(priced(dialled, book), durationSeconds)).toEqual([rated.kind === 'priced' ? rated.amount : rated.kind]);
    }),
  );
});
