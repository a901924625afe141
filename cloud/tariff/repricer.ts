// Calls of a site priced once more: by a tariff that is named, or by the schedule as it is now.
// In: a site. Out: a function of a call. Never true: a call priced by rules of another site; a schedule that changes in mid-way.
import {countryOf} from '../../shared/telephone/country.ts';
import type {Reader} from '../store/open.ts';
import type {CompiledTariffs} from './compiled.ts';
import {policyOf, scheduleOf} from './published.ts';
import {repriceCall, type Repriced, type StoredCall} from './reprice.ts';

/** By the tariff with this hash, else by the schedule. */
export type Reprice = (call: StoredCall, tariff: string | undefined) => Promise<Repriced>;

export function createRepricer(reading: Reader, tariffs: CompiledTariffs): (site: string) => Promise<Reprice> {
  return async (site) => {
    const policy = await policyOf(reading, site);
    const schedule = await scheduleOf(reading, site);
    if (policy === undefined) return () => Promise.resolve(NO_TARIFF);
    const rules = {
      currency: policy.currency,
      acceptsCatchAll: policy.catchAll === 'bill',
      home: countryOf(policy.country)?.callingCode,
      dearest: policy.dearestCall,
    };
    return async (call, named) => {
      const hash = named ?? schedule.findLast(({from}) => from <= call.startedAt)?.tariff;
      const tariff = hash === undefined ? undefined : await tariffs.of(hash);
      return tariff === undefined ? NO_TARIFF : repriceCall(call, tariff, rules);
    };
  };
}

const NO_TARIFF: Repriced = {kind: 'unpriced', reason: 'no-tariff'};
