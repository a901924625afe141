import {describe, expect, test} from 'vitest';
import {CONSOLE_WORDS} from '../../../edge/console/messages.ts';
import {readOverride} from '../../../edge/console/routes/lines.tsx';
import {instant} from '../../../shared/time/instant.ts';

const NOW = instant(1_764_000_000_000);
const HOUR = 3_600_000;
const good = {act: 'unlock', reason: '£5 cash', ends: '24h', limit: '5'};
const ground = {now: NOW, words: CONSOLE_WORDS, locale: 'en-GB', currency: 'GBP'};
const read = (change: Partial<typeof good>) => readOverride({...good, ...change}, '2101', ground);

describe('a decision of staff', () => {
  test.for([
    ['an unlock', {}, {act: 'unlock', expires: NOW + 24 * HOUR, limit: 5_000_000}],
    ['an unlock for a week, with pence', {ends: '7d', limit: '7.50'}, {act: 'unlock', expires: NOW + 168 * HOUR, limit: 7_500_000}],
    ['the largest limit', {limit: '1000'}, {act: 'unlock', expires: NOW + 24 * HOUR, limit: 1_000_000_000}],
    ['a lock for an hour', {act: 'lock', ends: '1h', limit: ''}, {act: 'lock', expires: NOW + HOUR, limit: undefined}],
    ['a lock without end', {act: 'lock', ends: 'open', limit: ''}, {act: 'lock', expires: undefined, limit: undefined}],
  ] as const)('is read: %s', ([, change, act]) => {
    expect(read(change)).toEqual({kind: 'read', act: {extension: '2101', reason: '£5 cash', ...act}});
  });

  test.for([
    ['no act', {act: ''}, ['act']],
    ['another act', {act: 'end'}, ['act']],
    ['no reason', {reason: ''}, ['reason']],
    ['a reason too long for the journal', {reason: 'x'.repeat(501)}, ['reason']],
    ['an unlock without end', {ends: 'open'}, ['ends']],
    ['an end that is not offered', {ends: '10y'}, ['ends']],
    ['an end that every object has', {ends: 'toString'}, ['ends']],
    ['an unlock without a limit', {limit: ''}, ['limit']],
    ['a limit of nothing', {limit: '0'}, ['limit']],
    ['a limit below nothing', {limit: '-5'}, ['limit']],
    ['a limit that is no number', {limit: '5 pounds'}, ['limit']],
    ['a limit in another notation', {limit: '1e3'}, ['limit']],
    ['a limit of a slip of the pen', {limit: '1000.01'}, ['limit']],
    ['a limit finer than a micro', {limit: '0.0000001'}, ['limit']],
    ['a lock with a limit', {act: 'lock', limit: '5'}, ['limit']],
    ['all wrong at once', {act: '', reason: '', ends: ''}, ['act', 'reason', 'ends']],
  ] as const)('is not taken: %s', ([, change, fields]) => {
    const reading = read(change);
    expect(reading.kind === 'wrong' ? Object.keys(reading.errors) : reading).toEqual(fields);
  });
});
