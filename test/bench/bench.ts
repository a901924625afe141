// `npm run bench`: each figure beside its baseline of the same run. Absolute figures move with the machine; ratios move less.
import {writeFileSync} from 'node:fs';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {benchDrain} from './drain.ts';
import {benchIngest} from './ingest.ts';
import {benchLock} from './lock.ts';
import type {Figure, Latency} from './measure.ts';
import {benchMemory, type Memory} from './memory.ts';
import {benchPortal} from './portal.ts';
import {benchPricing} from './pricing.ts';
import {missedIn, reportText, type Report} from './report.ts';
import {benchUnlock} from './unlock.ts';

const HELP = `usage: npm run bench [-- --only NAME] [--json FILE]

  --only NAME  one of them: pricing, ingest, lock, unlock, portal, drain, memory
  --full       at full size, where that takes minutes
  --json FILE  writes the figures there too

Exit 0; 1: a figure misses its target, which is said beside it and at the end.
`;
/** Calls stored before: the growth from the first to the others must be flat. */
const HISTORY = [10_000, 300_000];
const LOCK_CYCLES = 60;
const UNLOCK_CYCLES = 40;
/** Calls that a box recorded while it had no cloud; the full size is a large hall's fortnight. */
const BACKLOG = {usual: 20_000, full: 100_000};
const BACKLOGS = 3;

const benches: Readonly<Record<string, (size: {readonly full: boolean}) => Promise<Partial<Report>>>> = {
  pricing: () => benchPricing([36_000, 300_000]),
  ingest: async () => ({figures: await benchIngest(HISTORY)}),
  lock: async () => ({latencies: await benchLock(LOCK_CYCLES)}),
  unlock: async () => ({latencies: await benchUnlock(UNLOCK_CYCLES)}),
  portal: benchPortal,
  drain: async ({full}) => ({figures: await benchDrain(full ? BACKLOG.full : BACKLOG.usual)}),
  memory: async ({full}) => ({memory: await benchMemory(full ? BACKLOG.full : BACKLOG.usual, BACKLOGS)}),
};

async function main(): Promise<number> {
  const {values} = parseArgs({
    options: {
      only: {type: 'string'},
      full: {type: 'boolean', default: false},
      json: {type: 'string'},
      help: {type: 'boolean', default: false},
    },
  });
  const {only, full, json, help} = values;
  if (help || (only !== undefined && !Object.hasOwn(benches, only))) {
    process.stdout.write(HELP);
    return help ? 0 : 2;
  }
  const report = await reportOf(only, full);
  process.stdout.write(reportText(report));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
  return missedIn(report).length === 0 ? 0 : 1;
}

/** Of all benches, or of the one named. */
async function reportOf(only: string | undefined, full: boolean): Promise<Report> {
  const figures: Figure[] = [];
  const latencies: Latency[] = [];
  const memory: Memory[] = [];
  for (const [name, bench] of Object.entries(benches)) {
    if (only !== undefined && name !== only) continue;
    process.stderr.write(`${name} …\n`);
    const report = await bench({full});
    figures.push(...(report.figures ?? []));
    latencies.push(...(report.latencies ?? []));
    memory.push(...(report.memory ?? []));
  }
  return {figures, latencies, memory};
}

process.exitCode = await main();
