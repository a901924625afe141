// The tables of a run of benchmarks, and which of its figures miss what is promised.
import {isMissed, type Figure, type Latency} from './measure.ts';
import type {Memory} from './memory.ts';

export type Report = {readonly figures: readonly Figure[]; readonly latencies: readonly Latency[]; readonly memory: readonly Memory[]};

export function reportText(report: Report): string {
  const missed = missedIn(report).map((name) => `  ${name}\n`);
  const last = missed.length === 0 ? '' : `\nMissed ${missed.length === 1 ? 'its target' : 'their targets'}:\n${missed.join('')}`;
  return tableOf(report.figures) + latencyTableOf(report.latencies) + memoryTableOf(report.memory) + last;
}

/** By name. */
export function missedIn({figures, memory}: Report): readonly string[] {
  return [...figures.filter(isMissed), ...memory.filter(isTooLarge)].map(({name}) => name);
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
