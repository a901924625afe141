// A site as the cloud would describe it to its box: rules, tariff, lines, students, tenancies, first money.
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {canonicalText, tariffHash} from '../../../shared/tariff/canonical.ts';
import {tariffSchema, type TariffSource} from '../../../shared/tariff/tariff.ts';
import type {Policy} from '../../../shared/wire/kinds.ts';
import type {DownFact} from './stand-in.ts';

const MICROS = 1_000_000;

/** A hall in London: 9 for an outside line, local dialling, locks at zero. */
export const HALL_POLICY: Policy = {
  mode: 'bill-and-lock',
  country: 'GB',
  zone: 'Europe/London',
  currency: 'GBP',
  dialPlan: {outsideLine: '9', areaCode: '20', nationalPrefix: '0', internationalPrefixes: ['00'], extensionDigits: 4},
  alwaysOpen: ['0800111'],
  answerAllowanceSeconds: 20,
  floor: 0,
  warnBelow: 1 * MICROS,
  refusedLocks: 'at-once',
  catchAll: 'unbillable',
  dearestCall: 100 * MICROS,
  longestCallHours: 12,
  backBillingDays: 30,
  brake: {lines: 5, percent: 5, minutes: 10},
};

/** A tariff small enough to reckon with in one's head: a landline at 10p a minute, a mobile at 30p, both by the minute. */
export const HALL_TARIFF: TariffSource = {
  format: 'spbs-tariff/1',
  name: 'Hall',
  currency: 'GBP',
  zone: 'Europe/London',
  rounding: {mode: 'up', decimals: 2},
  prices: 'gross',
  tax: [{percent: '20'}],
  rates: [
    {name: 'landline', initialSeconds: 60, nextSeconds: 60, perMinute: '0.10'},
    {name: 'mobile', initialSeconds: 60, nextSeconds: 60, perMinute: '0.30'},
  ],
  destinations: [
    {name: 'London', rate: 'landline', prefixes: ['4420']},
    {name: 'UK mobile', rate: 'mobile', prefixes: ['447']},
  ],
};

export type Student = {
  readonly account: string;
  readonly extension: string;
  readonly name: string;
  /** Pounds paid in at the start, as micros. */
  readonly opening: number;
  readonly automaticTopUp?: {readonly threshold: number; readonly target: number};
};

/** The rows that set a tariff to be in force from an instant on. */
export function tariffFacts(source: TariffSource, from: number): readonly DownFact[] {
  const tariff = tariffSchema.parse(source);
  const text = canonicalText(tariff);
  const hash = tariffHash(text);
  // What does not compile is our mistake, and here is where to learn it.
  compileTariff(tariff, hash);
  return [
    {kind: 'tariff', body: {hash, text}},
    {kind: 'schedule', body: {entries: [{from, tariff: hash}]}},
  ];
}

export function studentFacts({account, extension, name, opening, automaticTopUp}: Student, from: number): readonly DownFact[] {
  const facts: DownFact[] = [
    {kind: 'extension', body: {extension, class: 'student'}},
    {
      kind: 'account',
      body: {account, currency: HALL_POLICY.currency, language: 'en-GB', name, closed: false, ...(automaticTopUp && {automaticTopUp})},
    },
  ];
  if (opening > 0) facts.push(creditFact(account, opening, `opening:${account}`, from));
  facts.push({kind: 'tenancy', body: {tenancy: `t-${extension}`, extension, account, from}});
  return facts;
}

/** Money of a student that somebody took at the desk. */
export function creditFact(account: string, amount: number, ref: string, at: number): DownFact {
  return {kind: 'credit', body: {code: 'TOPUP', ref, debit: 'cash', credit: account, amount, currency: HALL_POLICY.currency, at}};
}
