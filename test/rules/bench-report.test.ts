// The report of the benchmarks bites: what misses its target is said beside its figure and at the end.
import {expect, test} from 'vitest';
import {missedIn, reportText, type Report} from '../bench/report.ts';

const figure = {unit: 'calls/s', ours: 900, baselineName: 'a Map', baseline: 1_000, ratio: {median: 0.9, low: 0.8, high: 1}};
const memory = {idle: 100, most: 150, after: 120};

function told({figures = [], memory: held = []}: Partial<Report>): {readonly missed: readonly string[]; readonly lines: readonly string[]} {
  const report = {figures, latencies: [], memory: held};
  const lines = reportText(report)
    .split('\n')
    .map((line) => line.trim().replaceAll(/\s{2,}/g, ' | '));
  return {missed: missedIn(report), lines};
}

test('a figure below its target is missed, by itself or by its ratio', () => {
  const {missed, lines} = told({
    figures: [
      {...figure, name: 'slow', target: {of: 'ours', atLeast: 901}},
      {...figure, name: 'slower than it', target: {of: 'ratio', atLeast: 0.91}},
      {...figure, name: 'fast', target: {of: 'ours', atLeast: 900}},
      {...figure, name: 'as fast as it', target: {of: 'ratio', atLeast: 0.9}},
      {...figure, name: 'without a promise'},
    ],
  });
  expect(missed).toEqual(['slow', 'slower than it']);
  expect(lines).toEqual([
    '',
    'ours | baseline | ratio | spread | baseline is | target',
    'slow | 900 calls/s | 1,000 | 0.90 | 0.80–1.00 | a Map | at least 901 calls/s: MISSED',
    'slower than it | 900 calls/s | 1,000 | 0.90 | 0.80–1.00 | a Map | at least ratio 0.91: MISSED',
    'fast | 900 calls/s | 1,000 | 0.90 | 0.80–1.00 | a Map | at least 900 calls/s: met',
    'as fast as it | 900 calls/s | 1,000 | 0.90 | 0.80–1.00 | a Map | at least ratio 0.90: met',
    'without a promise | 900 calls/s | 1,000 | 0.90 | 0.80–1.00 | a Map',
    '',
    'Missed their targets:',
    'slow',
    'slower than it',
    '',
  ]);
});

test('memory that grows by more than its target is missed', () => {
  const {missed, lines} = told({
    memory: [
      {...memory, name: 'large', mostGrown: 49},
      {...memory, name: 'small', mostGrown: 50},
      {...memory, name: 'without a promise'},
    ],
  });
  expect(missed).toEqual(['large']);
  expect(lines.slice(1, 5)).toEqual([
    'resident memory, MB | at rest | at most | after | target',
    'large | 100 | 150 | 120 | grows by at most 49: MISSED',
    'small | 100 | 150 | 120 | grows by at most 50: met',
    'without a promise | 100 | 150 | 120',
  ]);
  expect(lines.slice(-3)).toEqual(['Missed its target:', 'large', '']);
});

test('where nothing is missed nothing is said of it', () => {
  expect(reportText({figures: [{...figure, name: 'fast'}], latencies: [], memory: []})).not.toMatch(/missed/i);
});
