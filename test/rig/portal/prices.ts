// What is published for a hall of the rig: the rules and the tariff by which its calls are priced.
import {readTariff} from '../../../shared/tariff/read.ts';
import type {Policy} from '../../../shared/wire/kinds.ts';
import type {Store} from '../../../cloud/store/open.ts';
import {generateTariff} from '../../simulator/tariff.ts';

const PRICE_POLICY: Policy = {
  mode: 'bill-and-lock',
  country: 'GB',
  zone: 'Europe/London',
  currency: 'GBP',
  dialPlan: {outsideLine: '9', areaCode: '20', nationalPrefix: '0', internationalPrefixes: ['00'], extensionDigits: 4},
  alwaysOpen: [],
  answerAllowanceSeconds: 20,
  floor: 0,
  warnBelow: 2_000_000,
  refusedLocks: 'at-once',
  catchAll: 'unbillable',
  dearestCall: 50_000_000,
  longestCallHours: 12,
  backBillingDays: 30,
  brake: {lines: 5, percent: 5, minutes: 10},
};

export async function publishPrices({transact}: Pick<Store, 'transact'>, site: string): Promise<void> {
  const read = readTariff(JSON.stringify(generateTariff({prefixes: 2_000, seed: 7, currency: 'GBP', zone: 'Europe/London'})));
  if (read.kind !== 'tariff') throw new Error(JSON.stringify(read.problems.slice(0, 3)));
  const {hash, canonical: text, tariff} = read;
  await transact(async ({db}) => {
    await db
      .insertInto('site_policy')
      .values({site, body: JSON.stringify(PRICE_POLICY), changed_at: 0})
      .execute();
    await db.insertInto('tariff').values({hash, name: tariff.name, text, created_at: 0}).execute();
    const body = JSON.stringify({entries: [{from: 0, tariff: hash}]});
    await db.insertInto('site_schedule').values({site, body, changed_at: 0}).execute();
  });
}
