// How long a tariff takes to be made ready, and how much memory. A process of its own, which holds nothing else.
// Its one word: the canonical text of a tariff. Prints {"figures":…,"memory":…}.
import {readFileSync, writeFileSync} from 'node:fs';
import process from 'node:process';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {must} from '../../shared/assert/assert.ts';
import {compileTariff, type CompiledTariff} from '../../shared/tariff/compile.ts';
import {readTariff} from '../../shared/tariff/read.ts';
import type {Tariff} from '../../shared/tariff/tariff.ts';
import {compare, ofOneCore, type Contestant} from './measure.ts';
import type {Memory} from './memory.ts';

const ROUNDS = 5;
/** Of 300,000 prefixes: under a second, and under 60 MB while it is built. */
const LARGE = 300_000;
const MOST_GROWN = 60;

function statusOf(name: 'VmRSS' | 'VmHWM'): number {
  const [, kilobytes] = must(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync('/proc/self/status', 'utf8')), name);
  return Number(kilobytes) / 1_024;
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round += 1) collect();
}

/** Resident memory before, at its most while the tariff is compiled, and after; Linux resets its mark where 5 is written. */
function growthOf(tariff: Tariff, hash: string, name: string): Memory {
  collectGarbage();
  writeFileSync('/proc/self/clear_refs', '5');
  const idle = statusOf('VmRSS');
  const compiled = compileTariff(tariff, hash);
  const most = statusOf('VmHWM');
  collectGarbage();
  const after = statusOf('VmRSS');
  must(compiled.index.prefixes > 0 ? compiled : undefined, 'a tariff that is still held');
  return {name, idle, most, after, ...(compiled.index.prefixes >= LARGE && {mostGrown: MOST_GROWN})};
}

function building(build: () => CompiledTariff): Contestant {
  return ofOneCore(() => build().index.prefixes);
}

function mapping(tariff: Tariff): Contestant {
  return ofOneCore(() => {
    const prefixes = new Map<string, number>();
    for (const [place, destination] of tariff.destinations.entries()) {
      if (!destination.exact) for (const prefix of destination.prefixes) prefixes.set(prefix, place);
    }
    return prefixes.size;
  });
}

async function main(): Promise<void> {
  const text = readFileSync(must(process.argv[2], 'the path of a tariff'), 'utf8');
  const reading = readTariff(text);
  if (reading.kind === 'invalid') throw new Error(JSON.stringify(reading.problems));
  const {tariff, hash} = reading;
  const count = tariff.destinations.reduce((sum, {exact, prefixes}) => sum + (exact ? 0 : prefixes.length), 0);
  const name = `of ${count.toLocaleString('en-GB')} prefixes`;
  const memory = [growthOf(tariff, hash, `compile a tariff ${name}`)];
  const shared = {unit: 'prefixes/s of a core', rounds: ROUNDS, baselineName: 'a Map of its prefixes', baseline: mapping(tariff)};
  const target = {of: 'ours', atLeast: LARGE} as const;
  const figures = [
    await compare({
      ...shared,
      name: `compile a tariff ${name}`,
      ours: building(() => compileTariff(tariff, hash)),
      ...(count >= LARGE && {target}),
    }),
    await compare({
      ...shared,
      name: `read and compile a tariff ${name}`,
      ours: building(() => {
        const again = readTariff(text);
        return compileTariff(again.kind === 'tariff' ? again.tariff : tariff, hash);
      }),
    }),
  ];
  process.stdout.write(`${JSON.stringify({figures, memory})}\n`);
}

await main();
