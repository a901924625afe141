// `npm run bench`: each figure beside its baseline of the same run. Absolute figures move with the machine; ratios move less.
import {writeFileSync} from 'node:fs';
import process from 'node:process';
import {parseArgs} from 'node:util';
import {benchDrain} from './drain.ts';
import {benchIngest} from './ingest.ts';
import {benchLock} from './lock.ts';
import {isMissed, type Figure, type Latency} from './measure.ts';
import {benchMemory, type Memory} from './memory.ts';
import {benchPortal} from './portal.ts';
import {benchPricing} from './pricing.ts';
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

type Report = {readonly figures: readonly Figure[]; readonly latencies: readonly Latency[]; readonly memory: readonly Memory[]};

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
  const {figures, latencies, memory} = await reportOf(only, full);
  const missed = [...figures.filter(isMissed), ...memory.filter(isTooLarge)].map(({name}) => `  ${name}\n`);
  const last = missed.length === 0 ? '' : `\nMissed ${missed.length === 1 ? 'its target' : 'their targets'}:\n${missed.join('')}`;
  process.stdout.write(tableOf(figures) + latencyTableOf(latencies) + memoryTableOf(memory) + last);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({figures, latencies, memory}, undefined, 2)}\n`);
  return missed.length === 0 ? 0 : 1;
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

function isTooLarge({idle, most, mostGrown = Infinity}: Memory): boolean {
  return most - idle > mostGrown;
}

function tableOf(figures: readonly Figure[]): string {
  if (figures.length === 0) return '';
  const rate = (value: number): string => Math.round(value).toLocaleString('en-GB');
  const rows = figures.map((figure) => [
    figure.name,
    `${rate(figure.ours)} ${figure.unit}`,
    rate(figure.baseline),
    figure.ratio.median.toFixed(2),
    `${figure.ratio.low.toFixed(2)}–${figure.ratio.high.toFixed(2)}`,
    figure.baselineName,
    targetText(figure),
  ]);
  return aligned([['', 'ours', 'baseline', 'ratio', 'spread', 'baseline is', 'target'], ...rows]);
}

function targetText(figure: Figure): string {
  const {target} = figure;
  if (target === undefined) return '';
  const least = target.of === 'ours' ? `${target.atLeast.toLocaleString('en-GB')} ${figure.unit}` : `ratio ${target.atLeast.toFixed(2)}`;
  return `at least ${least}: ${isMissed(figure) ? 'MISSED' : 'met'}`;
}

function latencyTableOf(latencies: readonly Latency[]): string {
  if (latencies.length === 0) return '';
  const rows = latencies.map(({name, p50, p99, count}) => [name, p50.toFixed(1), p99.toFixed(1), String(count)]);
  return aligned([['milliseconds', 'p50', 'p99', 'of'], ...rows]);
}

function memoryTableOf(memory: readonly Memory[]): string {
  if (memory.length === 0) return '';
  const rows = memory.map((one) => [
    one.name,
    ...[one.idle, one.most, one.after].map((megabytes) => megabytes.toFixed(0)),
    '',
    one.mostGrown === undefined ? '' : `grows by at most ${one.mostGrown}: ${isTooLarge(one) ? 'MISSED' : 'met'}`,
  ]);
  return aligned([['resident memory, MB', 'at rest', 'at most', 'after', '', 'target'], ...rows]);
}

/** The first column and the last two of words to the left, figures to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 || column >= 5 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  return `\n${rows.map((row) => line(row).trimEnd()).join('\n')}\n`;
}

process.exitCode = await main();
