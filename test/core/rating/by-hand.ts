// A rater with a book by hand: one tenant, one account code, tariffs small enough to reckon with in one's head.
import {createRater} from '../../../edge/rating/rate.ts';
import type {RatedCall} from '../../../edge/rating/priced-call.ts';
import type {SiteBook} from '../../../edge/site/book.ts';
import type {CallRecord} from '../../../edge/record/call-record.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {compileTariff, type CompiledTariff} from '../../../shared/tariff/compile.ts';
import {tariffSchema, type TariffSource} from '../../../shared/tariff/tariff.ts';
import {instant, type Instant} from '../../../shared/time/instant.ts';
import type {Policy} from '../../../shared/wire/kinds.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';

export const source: TariffSource = {
  format: 'spbs-tariff/1',
  name: 'By hand',
  currency: 'GBP',
  zone: 'Europe/London',
  rounding: {mode: 'up', decimals: 2},
  prices: 'gross',
  tax: [{percent: '20'}],
  rates: [
    {name: 'landline', connectionFee: '0.05', initialSeconds: 30, nextSeconds: 60, perMinute: '0.10'},
    {name: 'mobile', initialSeconds: 1, nextSeconds: 1, perMinute: '0.30'},
    {name: 'dear', initialSeconds: 60, nextSeconds: 60, perMinute: '200'},
    {name: 'inside', initialSeconds: 60, nextSeconds: 60, perMinute: '0.01'},
    {name: 'nothing', initialSeconds: 1, nextSeconds: 1, perMinute: '0'},
  ],
  destinations: [
    {name: 'London', rate: 'landline', prefixes: ['4420']},
    {name: 'UK mobile', rate: 'mobile', prefixes: ['447']},
    {name: 'Satellite', rate: 'dear', prefixes: ['8816']},
    {name: 'France', rate: 'mobile', prefixes: ['33'], catchAll: true},
    {name: 'Voicemail', rate: 'nothing', prefixes: ['1571'], exact: true},
    {name: 'Unites', rate: 'mobile', prefixes: ['1999']},
  ],
};

export const START = instant(Date.UTC(2026, 10, 20, 12, 0, 0));
export const GO_LIVE = instant(Date.UTC(2026, 10, 1));
export const ANN = 'ann' as AccountId;
/** Has account code 4711. */
export const BEN = 'ben' as AccountId;

export type Site = {
  readonly policy?: Partial<Policy> | 'none';
  readonly source?: TariffSource | 'none';
  readonly tenant?: AccountId | 'none';
  readonly receivedAt?: Instant;
  readonly carrier?: ReturnType<SiteBook['carrierAt']>;
  readonly allowancesFor?: SiteBook['allowancesFor'];
  readonly isWatched?: boolean;
};

export function rated(record: Partial<CallRecord>, site: Site = {}): RatedCall {
  const policy = site.policy === 'none' ? undefined : {...HALL_POLICY, ...site.policy};
  const tariff: CompiledTariff | undefined = site.source === 'none' ? undefined : compileTariff(tariffSchema.parse(site.source ?? source));
  const rate = createRater({
    site: 'hall',
    book: {
      policy: () => policy,
      tariffAt: () => tariff,
      carrierAt: () => site.carrier,
      allowancesFor: site.allowancesFor ?? (() => []),
      payerAt: (extension, at) => (site.tenant === 'none' || extension !== '101' || at < GO_LIVE ? undefined : (site.tenant ?? ANN)),
      payerOfCode: (code, at) => (code === '4711' && at >= GO_LIVE ? BEN : undefined),
      extensionClass: (extension) => (['101', '102', '112'].includes(extension) ? 'student' : undefined),
    },
  });
  const whole: CallRecord = {
    feed: 'smdr',
    lines: [1],
    family: 'mitel',
    sourceKey: 'key',
    direction: 'outgoing',
    extension: '101',
    dialled: '902079460123',
    caller: undefined,
    trunk: 'T001',
    accountCode: undefined,
    start: START,
    durationSeconds: 31,
    ringSeconds: 4,
    answered: 'yes',
    doubt: undefined,
    flags: [],
    ...record,
  };
  return rate(whole, {goLive: GO_LIVE, receivedAt: site.receivedAt ?? instant(START + 60_000), isWatched: site.isWatched ?? false});
}
