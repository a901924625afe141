// Expected failures, broken invariants, and secrets that do not print.
import {inspect} from 'node:util';
import {describe, expect, test} from 'vitest';
import {assert, Bug, must, unreachable} from '../../../shared/assert/assert.ts';
import {FAILURE_CODES, type FailureCode} from '../../../shared/failure/codes.ts';
import {explain, Failure} from '../../../shared/failure/failure.ts';
import {Secret} from '../../../shared/log/log.ts';

describe('a failure', () => {
  test('is explained as what happened, why, and what to do', () => {
    const failure = new Failure('store.full', 'the disk is full', 'make room', new Error('ENOSPC'));
    expect(explain(failure)).toBe('error[store.full]: the disk is full\n  why: ENOSPC\n  do:  make room');
    expect(failure).toMatchObject({name: 'Failure', code: 'store.full', message: 'the disk is full', cure: 'make room'});
    expect(failure.cause).toEqual(new Error('ENOSPC'));
  });

  test('without a cause has no why; a cause that is no error is kept and not printed', () => {
    expect(explain(new Failure('port.taken', 'port 80 is taken', 'choose another'))).toBe(
      'error[port.taken]: port 80 is taken\n  do:  choose another',
    );
    const thrown = new Failure('port.taken', 'port 80 is taken', 'choose another', 'a word');
    expect(thrown.cause).toBe('a word');
    expect(explain(thrown)).not.toContain('a word');
    expect('cause' in new Failure('port.taken', 'a', 'b')).toBe(false);
  });

  test.for(Object.entries(FAILURE_CODES))('%s is a code of two words and has a meaning', ([code, meaning]) => {
    expect(code).toMatch(/^[a-z]+\.[a-z]+$/);
    expect(meaning).toMatch(/^[a-z].{10,}[^.]$/);
    expect(explain(new Failure(code as FailureCode, meaning, 'nothing'))).toContain(`error[${code}]: ${meaning}`);
  });
});

describe('a broken invariant', () => {
  test('stops with a bug that says which', () => {
    expect(() => {
      assert(false, 'the sky is blue');
    }).toThrow(new Bug('broken invariant: the sky is blue'));
    expect(() => {
      assert(true, 'the sky is blue');
    }).not.toThrow();
  });

  test('what must be there is given back, even if it is nothing much', () => {
    for (const value of [0, '', false, Number.NaN]) expect(must(value, 'a value')).toBe(value);
    expect(() => must(undefined, 'a value')).toThrow(new Bug('missing: a value'));
    expect(() => must(null, 'a value')).toThrow(new Bug('missing: a value'));
  });

  test('what cannot be reached says with what it was', () => {
    expect(() => unreachable('tea' as never)).toThrow(new Bug('unreachable: "tea"'));
  });

  test('is not a failure: nothing that catches failures catches it', () => {
    expect(new Bug('x')).not.toBeInstanceOf(Failure);
  });
});

describe('a secret', () => {
  const canary = 'canary-7f3a';
  const secret = new Secret(canary);

  test('is given away only when asked for', () => {
    expect(secret.reveal()).toBe(canary);
  });

  test.for([
    ['text', () => String(secret)],
    ['a template', () => `${secret.toString()}`],
    ['JSON', () => JSON.stringify({secret, list: [secret]})],
    ['inspection', () => inspect({secret}, {showHidden: true, depth: Infinity, getters: true})],
    ['an error', () => explain(new Failure('config.invalid', `cannot use ${String(secret)}`, 'x', new Error(String(secret))))],
    ['its keys and values', () => JSON.stringify([Object.entries(secret), Object.values(secret), structuredClone(secret)])],
  ] as const)('does not print in %s', ([, print]) => {
    expect(print()).not.toContain(canary);
  });
});
