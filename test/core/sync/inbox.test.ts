import {existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {ApplyVerdict} from '../../../edge/sync/apply.ts';
import {openInbox} from '../../../edge/sync/inbox.ts';
import {Failure} from '../../../shared/failure/failure.ts';
import {quiet, realTimers} from '../../contract/switchboard-suite.ts';
import {temporaryFolder} from '../temporary-store.ts';

/** It looks five times a second; a busy machine may stand still for seconds. */
const SOON = {timeout: 15_000, interval: 5};
const applied = (seq: number): ApplyVerdict => ({kind: 'applied', rows: 1, cursor: {seq, epoch: 1, chain: Buffer.alloc(32, seq)}});

describe('the inbox', () => {
  let folder: string;
  let remove: () => void;
  let close: () => void = () => undefined;
  let seen: string[];
  let stops: string[];
  let verdict: (text: string) => ApplyVerdict;

  beforeEach(() => {
    ({folder, remove} = temporaryFolder());
    mkdirSync(join(folder, 'down'));
    folder = join(folder, 'down');
    seen = [];
    stops = [];
    verdict = (text) => applied(Number(text));
  });
  afterEach(() => {
    close();
    remove();
  });

  const open = (): void => {
    close = openInbox({
      folder,
      apply: (bytes) => {
        const text = Buffer.from(bytes).toString('utf8');
        seen.push(text);
        return verdict(text);
      },
      timers: realTimers,
      log: quiet,
      stopped: (why) => stops.push(why),
      goes: () => stops.push('goes'),
    });
  };
  const put = (name: string, text: string): void => {
    writeFileSync(join(folder, `${name}.new`), text);
    renameSync(join(folder, `${name}.new`), join(folder, name));
  };
  const files = (): readonly string[] => readdirSync(folder).filter((name) => name.endsWith('.batch'));

  test('takes what was there before in the order of the numbers, and says how far it is', () => {
    for (const number of [10, 9, 100]) put(`${number}.batch`, String(number));
    open();
    expect(seen).toEqual(['9', '10', '100']);
    expect(files()).toEqual([]);
    expect(JSON.parse(readFileSync(join(folder, 'ack.json'), 'utf8'))).toEqual({epoch: 1, upTo: 100, hash: '64'.repeat(32)});
  });

  test('takes what comes later, soon', async () => {
    open();
    put('1.batch', '1');
    await vi.waitFor(() => expect(seen).toEqual(['1']), SOON);
  });

  test('keeps a refused batch aside and goes on with the next', () => {
    verdict = (text) => (text === '1' ? {kind: 'refused', why: 'no'} : applied(Number(text)));
    put('1.batch', '1');
    put('2.batch', '2');
    open();
    expect(stops).toEqual(['1.batch: no', 'goes']);
    expect(readFileSync(join(folder, 'refused', '1.batch'), 'utf8')).toBe('1');
  });

  test('waits with a batch that came too early', async () => {
    verdict = (text) => (text === '5' && !seen.includes('1') ? {kind: 'gap', from: 1} : applied(Number(text)));
    put('5.batch', '5');
    open();
    expect(stops[0]).toBe('5.batch came before row 1, which is missing');
    expect(files()).toEqual(['5.batch']);
    put('1.batch', '1');
    await vi.waitFor(() => expect(files()).toEqual([]), SOON);
  });

  test('keeps a batch while the disk is full', async () => {
    let full = true;
    verdict = (text) => {
      if (full) throw new Failure('store.full', 'the disk takes no more', 'free space');
      return applied(Number(text));
    };
    put('1.batch', '1');
    open();
    expect(files()).toEqual(['1.batch']);
    full = false;
    await vi.waitFor(() => expect(files()).toEqual([]), SOON);
  });

  test('keeps a batch that is applied and cannot be acknowledged, until it can be', async () => {
    mkdirSync(join(folder, 'ack.json.new'));
    put('1.batch', '1');
    open();
    expect(seen).toEqual(['1']);
    expect(files()).toEqual(['1.batch']);
    rmdirSync(join(folder, 'ack.json.new'));
    await vi.waitFor(() => expect(files()).toEqual([]), SOON);
    expect(JSON.parse(readFileSync(join(folder, 'ack.json'), 'utf8'))).toMatchObject({upTo: 1});
  });

  test('does not read what is too long to be a batch, nor what is no batch', () => {
    put('1.batch', 'x'.repeat(9 * 1024 * 1024));
    writeFileSync(join(folder, 'notes.txt'), 'hello');
    open();
    expect(seen).toEqual([]);
    expect(existsSync(join(folder, 'refused', '1.batch'))).toBe(true);
  });
});
