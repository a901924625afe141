// The price of a call, from E.164 and from dialled digits, beside a Map that looks for the longest prefix and multiplies, and beside
// the same rule one increment after the other. Figures and their targets are those of the issue that asked for them.
import {rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {must} from '../../shared/assert/assert.ts';
import {canonicalText} from '../../shared/tariff/canonical.ts';
import {compileTariff, type CompiledTariff} from '../../shared/tariff/compile.ts';
import {price} from '../../shared/tariff/price.ts';
import {tariffSchema, type Tariff} from '../../shared/tariff/tariff.ts';
import {interpretDialled, prepareDialPlan} from '../../shared/telephone/dial-plan.ts';
import {instant} from '../../shared/time/instant.ts';
import {startChild} from '../rig/child.ts';
import {HALL_POLICY} from '../simulator/cloud/site.ts';
import {seededRandom} from '../simulator/switchboard/traffic.ts';
import {generateTariff} from '../simulator/tariff.ts';
import {benchFolder} from './cloud-process.ts';
import {compare, ofOneCore, type Contestant, type Figure} from './measure.ts';
import type {Memory} from './memory.ts';
import {priceInSteps} from './pricing-steps.ts';

const NUMBERS = 100_000;
const CALLS_A_ROUND = 300_000;
/** An hour by the second is 3,600 steps: a round of so many takes as long as the others. */
const CALLS_IN_STEPS = {minute: 20_000, hour: 500};
const ROUNDS = 7;
const START = Date.UTC(2026, 8, 7, 12);
const MINUTE = 60;
const HOUR = 3_600;

/** What is promised on one core. An hour may take 1.2 times as long as a minute. */
const FROM_E164 = {of: 'ours', atLeast: 1_000_000} as const;
const FROM_DIALLED = {of: 'ours', atLeast: 250_000} as const;
const HOUR_AS_MINUTE = {of: 'ratio', atLeast: 1 / 1.2} as const;

type PricingReport = {readonly figures: readonly Figure[]; readonly memory: readonly Memory[]};

export async function benchPricing(sizes: readonly number[]): Promise<PricingReport> {
  const figures: Figure[] = [];
  const memory: Memory[] = [];
  for (const prefixes of sizes) {
    const tariff = tariffSchema.parse(generateTariff({prefixes, seed: 1, currency: 'GBP', zone: 'Europe/London'}));
    figures.push(...(await benchCalls(tariff, `price a call, ${prefixes.toLocaleString('en-GB')} prefixes`)));
    const built = await benchBuild(tariff);
    figures.push(...built.figures);
    memory.push(...built.memory);
  }
  return {figures, memory};
}

async function benchCalls(tariff: Tariff, name: string): Promise<readonly Figure[]> {
  const compiled = compileTariff(tariff);
  const numbers = numbersOf(tariff);
  const minute = pricing(compiled, numbers, MINUTE);
  const hour = pricing(compiled, numbers, HOUR);
  const map = {baselineName: 'a Map by longest prefix', baseline: mapping(tariff, numbers)};
  const steps = (seconds: number, calls: number) => ({
    baselineName: 'one increment after the other',
    baseline: stepping(compiled, numbers, {seconds, calls}),
  });
  const shared = {unit: 'calls/s of a core', rounds: ROUNDS};
  return [
    await compare({...shared, name: `${name}, from E.164`, ours: minute, ...map, target: FROM_E164}),
    await compare({...shared, name: `${name}, a minute`, ours: minute, ...steps(MINUTE, CALLS_IN_STEPS.minute)}),
    await compare({...shared, name: `${name}, an hour`, ours: hour, ...steps(HOUR, CALLS_IN_STEPS.hour)}),
    await compare({
      ...shared,
      name: `${name}, an hour`,
      ours: hour,
      baselineName: 'a minute',
      baseline: minute,
      target: HOUR_AS_MINUTE,
    }),
    await compare({...shared, name: `${name}, from dialled digits`, ours: dialling(compiled, numbers), ...map, target: FROM_DIALLED}),
  ];
}

/** In a process of its own, which holds nothing else. */
async function benchBuild(tariff: Tariff): Promise<PricingReport> {
  const {folder, remove} = benchFolder();
  const path = join(folder, 'tariff.json');
  try {
    writeFileSync(path, canonicalText(tariff));
    const child = startChild('test/bench/pricing-build.js', [path]);
    const said = await child.line((line) => line.startsWith('{'));
    await child.ended;
    return JSON.parse(said) as PricingReport;
  } finally {
    rmSync(path, {force: true});
    remove();
  }
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
  return ofOneCore(() => {
    let priced = 0;
    for (let index = 0; index < CALLS_A_ROUND; index++) {
      const start = instant(START + index * 1_000);
      const number = must(numbers[index % NUMBERS], 'a number');
      // Written out: spreading an object costs more than pricing the call.
      const call = {number, isShort: false, start, durationSeconds, answerAllowanceSeconds: 0, acceptsCatchAll: true};
      if (price(call, tariff).kind === 'priced') priced++;
    }
    // The work must be seen to be done.
    return must(priced === CALLS_A_ROUND ? CALLS_A_ROUND : undefined, 'a price for every call');
  });
}

function dialling(tariff: CompiledTariff, numbers: readonly string[]): Contestant {
  const plan = must(prepareDialPlan(HALL_POLICY.dialPlan, HALL_POLICY.country, HALL_POLICY.alwaysOpen), 'a dial plan');
  const home = plan.country.callingCode;
  const dialled = numbers.map((number) => (number.startsWith('44') ? `90${number.slice(2)}` : `900${number}`));
  return ofOneCore(() => {
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
    return must(priced > CALLS_A_ROUND * 0.99 ? CALLS_A_ROUND : undefined, 'a price for nearly every call');
  });
}

/** The rule itself, without its closed form. Before the first round: the two agree on a thousand calls. */
function stepping(tariff: CompiledTariff, numbers: readonly string[], {seconds, calls}: {seconds: number; calls: number}): Contestant {
  for (let index = 0; index < 1_000; index++) {
    const number = must(numbers[index], 'a number');
    const start = instant(START + index * 60_000);
    const call = {number, isShort: false, start, durationSeconds: seconds, answerAllowanceSeconds: 0, acceptsCatchAll: true};
    const found = price(call, tariff);
    const gross = found.kind === 'priced' ? found.working.gross : undefined;
    must(gross === priceInSteps(tariff, call) ? gross : undefined, 'the same price both ways');
  }
  return ofOneCore(() => {
    let total = 0;
    for (let index = 0; index < calls; index++) {
      const number = must(numbers[index % NUMBERS], 'a number');
      total += priceInSteps(tariff, {number, start: instant(START + index * 1_000), durationSeconds: seconds});
    }
    return must(total === 0 ? undefined : calls, 'a call with a price');
  });
}

/** What one writes in an afternoon: no increments, bands, fees, bounds, tax, rounding or working. */
function mapping(tariff: Tariff, numbers: readonly string[]): Contestant {
  const rates = new Map(tariff.rates.map((rate) => [rate.name, Number(rate.perMinute)]));
  const prefixes = new Map(
    tariff.destinations.flatMap(({rate, prefixes: own}) => own.map((prefix) => [prefix, rates.get(rate) ?? 0] as const)),
  );
  const longest = [...prefixes.keys()].reduce((most, prefix) => Math.max(most, prefix.length), 0);
  return ofOneCore(() => {
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
  });
}
