// The price of a call, from E.164 and from dialled digits, beside a Map that looks for the longest prefix and multiplies.
import {compileTariff, type CompiledTariff} from '../../shared/tariff/compile.ts';
import {price} from '../../shared/tariff/price.ts';
import {tariffSchema, type Tariff} from '../../shared/tariff/tariff.ts';
import {interpretDialled, prepareDialPlan} from '../../shared/telephone/dial-plan.ts';
import {instant} from '../../shared/time/instant.ts';
import {must} from '../../shared/assert/assert.ts';
import {HALL_POLICY} from '../simulator/cloud/site.ts';
import {seededRandom} from '../simulator/switchboard/traffic.ts';
import {generateTariff} from '../simulator/tariff.ts';
import {compare, type Contestant, type Figure} from './measure.ts';

const NUMBERS = 10_000;
const CALLS_A_ROUND = 300_000;
const ROUNDS = 7;
const START = Date.UTC(2026, 8, 7, 12);
const MINUTE = 60;
const HOUR = 3_600;

export async function benchPricing(sizes: readonly number[]): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const prefixes of sizes) {
    const tariff = tariffSchema.parse(generateTariff({prefixes, seed: 1, currency: 'GBP', zone: 'Europe/London'}));
    const compiled = compileTariff(tariff);
    const numbers = numbersOf(tariff);
    const ours = pricing(compiled, numbers, MINUTE);
    const name = `price a call, ${prefixes.toLocaleString('en-GB')} prefixes`;
    const shared = {unit: 'calls/s', rounds: ROUNDS};
    figures.push(
      await compare({
        ...shared,
        name: `${name}, from E.164`,
        ours,
        baselineName: 'a Map by longest prefix',
        baseline: mapping(tariff, numbers),
      }),
      await compare({
        ...shared,
        name: `${name}, an hour`,
        ours: pricing(compiled, numbers, HOUR),
        baselineName: 'a minute',
        baseline: ours,
      }),
      await compare({
        ...shared,
        name: `${name}, from dialled digits`,
        ours: dialling(compiled, numbers),
        baselineName: 'from E.164',
        baseline: ours,
      }),
    );
  }
  return figures;
}

/** Random numbers below prefixes of the tariff, as people dial them. */
function numbersOf(tariff: Tariff): readonly string[] {
  const random = seededRandom(7);
  const prefixes = tariff.destinations.filter(({exact}) => !exact).flatMap((destination) => destination.prefixes);
  return Array.from({length: NUMBERS}, () => {
    const prefix = must(prefixes[Math.floor(random() * prefixes.length)], 'a prefix');
    return `${prefix}${String(Math.floor(random() * 1e9)).padStart(9, '0')}`.slice(0, Math.max(11, prefix.length));
  });
}

function pricing(tariff: CompiledTariff, numbers: readonly string[], durationSeconds: number): Contestant {
  return {
    round: () => {
      let priced = 0;
      for (let index = 0; index < CALLS_A_ROUND; index++) {
        const start = instant(START + index * 1_000);
        const number = must(numbers[index % NUMBERS], 'a number');
        // Written out: spreading an object costs more than pricing the call.
        const call = {number, isShort: false, start, durationSeconds, answerAllowanceSeconds: 0, acceptsCatchAll: true};
        if (price(call, tariff).kind === 'priced') priced++;
      }
      // The work must be seen to be done.
      return must(priced === 0 ? undefined : CALLS_A_ROUND, 'a call with a price');
    },
  };
}

function dialling(tariff: CompiledTariff, numbers: readonly string[]): Contestant {
  const plan = must(prepareDialPlan(HALL_POLICY.dialPlan, HALL_POLICY.country, HALL_POLICY.alwaysOpen), 'a dial plan');
  const home = plan.country.callingCode;
  const dialled = numbers.map((number) => (number.startsWith('44') ? `90${number.slice(2)}` : `900${number}`));
  return {
    round: () => {
      let priced = 0;
      for (let index = 0; index < CALLS_A_ROUND; index++) {
        const read = interpretDialled(must(dialled[index % NUMBERS], 'digits'), plan);
        if (read.kind === 'unreadable') continue;
        const {digits: number} = read;
        const [isShort, start] = [read.kind === 'short', instant(START + index * 1_000)];
        const call = {number, isShort, start, durationSeconds: MINUTE, answerAllowanceSeconds: 0, acceptsCatchAll: true, home};
        const found = price(call, tariff);
        if (found.kind === 'priced') priced++;
      }
      return must(priced === 0 ? undefined : CALLS_A_ROUND, 'a call with a price');
    },
  };
}

/** What one writes in an afternoon: no increments, bands, fees, bounds, tax, rounding or working. */
function mapping(tariff: Tariff, numbers: readonly string[]): Contestant {
  const rates = new Map(tariff.rates.map((rate) => [rate.name, Number(rate.perMinute)]));
  const prefixes = new Map(
    tariff.destinations.flatMap(({rate, prefixes: own}) => own.map((prefix) => [prefix, rates.get(rate) ?? 0] as const)),
  );
  const longest = [...prefixes.keys()].reduce((most, prefix) => Math.max(most, prefix.length), 0);
  return {
    round: () => {
      let total = 0;
      for (let index = 0; index < CALLS_A_ROUND; index++) {
        const number = must(numbers[index % NUMBERS], 'a number');
        for (let length = Math.min(longest, number.length); length > 0; length--) {
          const rate = prefixes.get(number.slice(0, length));
          if (rate === undefined) continue;
          total += rate * (MINUTE / 60);
          break;
        }
      }
      return must(total === 0 ? undefined : CALLS_A_ROUND, 'a call with a price');
    },
  };
}
