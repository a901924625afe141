// Every case of two pasts that meet, worked out from the page on how box and cloud agree.
import {describe, expect, test} from 'vitest';
import {judge, type Head, type Past} from '../../../cloud/link/hello.ts';
import {READS} from '../../../shared/wire/kinds.ts';
import type {Hello} from '../../../shared/wire/talk.ts';

const ZERO = '0'.repeat(64);
/** The chain of a log after so many rows; another letter is another past. */
const chain = (last: number, past = 'a'): string => (last === 0 ? ZERO : `${past}${String(last).padStart(63, '0')}`);
const head = (last: number, past = 'a'): Head => ({last, hash: chain(last, past)});
const everything = Object.fromEntries(Object.entries(READS).map(([kind, versions]) => [kind, [...versions]]));

function hello(up: Head, down: Head, changes: Partial<Hello> = {}): Hello {
  return {protocol: 1, nonce: 'n'.repeat(16), build: 'b', epoch: 3, heads: {up, down}, reads: everything, clock: 0, ...changes};
}

/** A cloud that holds so much of the past `a`, and has looked up its chains where the box says that it stands. */
function past(up: number, down: number, box: Hello, pending: Past['pending'] = []): Past {
  const at = (last: number, ours: number): string | undefined => (last <= ours ? chain(last) : undefined);
  return {
    epoch: 3,
    heads: {up: head(up), down: head(down)},
    at: {up: at(box.heads.up.last, up), down: at(box.heads.down.last, down)},
    pending,
  };
}

const verdicts = (box: Hello, up: number, down: number, pending: Past['pending'] = []) => judge(box, past(up, down, box, pending));

describe('a box whose past is the cloud’s', () => {
  test('goes on after the rows that both have', () => {
    expect(verdicts(hello(head(7), head(4)), 7, 4)).toEqual({down: {kind: 'RESUME', from: 5}, up: {kind: 'RESUME', from: 8}});
  });

  test('with more of its own rows is asked for those that the cloud lacks, and gets those of the cloud that it lacks', () => {
    expect(verdicts(hello(head(9), head(2)), 7, 4)).toEqual({down: {kind: 'RESUME', from: 3}, up: {kind: 'RESUME', from: 8}});
  });

  test('that was given an older epoch goes on: the reply tells it the new one', () => {
    expect(verdicts(hello(head(7), head(4), {epoch: 1}), 7, 4).up).toEqual({kind: 'RESUME', from: 8});
  });
});

describe('an empty box', () => {
  test('on a site without calls gets every row from the first', () => {
    expect(verdicts(hello(head(0), head(0)), 0, 6)).toEqual({down: {kind: 'RESUME', from: 1}, up: {kind: 'RESUME', from: 1}});
  });

  test('on a site with a past gets a snapshot, and writes on after it', () => {
    expect(verdicts(hello(head(0), head(0)), 5, 6)).toEqual({
      down: {kind: 'SNAPSHOT', cut: {up: head(5), down: head(6)}},
      up: {kind: 'RESUME', from: 6},
    });
  });

  test('but for a row of its own is no empty box: its row 1 is another one', () => {
    const {up} = verdicts(hello(head(1, 'b'), head(0)), 5, 6);
    expect(up).toMatchObject({kind: 'FORK', from: 1});
  });
});

describe('a box that was restored', () => {
  test('holds fewer of its own rows than the cloud: it needs the tail', () => {
    const {up, down} = verdicts(hello(head(5), head(3)), 7, 4);
    expect(up).toMatchObject({kind: 'TAIL', from: 6});
    expect(down).toEqual({kind: 'RESUME', from: 4});
  });

  test('and wrote on before it connected holds other rows under the same numbers', () => {
    expect(verdicts(hello(head(6, 'b'), head(3)), 7, 4).up).toMatchObject({kind: 'FORK', from: 6});
    expect(verdicts(hello(head(7, 'b'), head(3)), 7, 4).up).toMatchObject({kind: 'FORK', from: 7});
  });
});

describe('a cloud that was restored', () => {
  test('holds fewer of its own rows than the box: it asks for them, and then for the box’s', () => {
    const {down, up} = verdicts(hello(head(9), head(6)), 7, 4);
    expect(down).toMatchObject({kind: 'GIVE_DOWN', from: 5});
    expect(up).toMatchObject({kind: 'REWIND', from: 8});
  });

  test('is told by an epoch that it has not given', () => {
    const {down, up} = verdicts(hello(head(7), head(4), {epoch: 4}), 7, 4);
    expect(down).toMatchObject({kind: 'GIVE_DOWN', from: 5});
    expect(up).toMatchObject({kind: 'REWIND', from: 8});
  });
});

test('a box that holds other rows of the cloud is a fork, and its own rows wait for that', () => {
  const {down, up} = verdicts(hello(head(7), head(4, 'b')), 7, 4);
  expect(down).toMatchObject({kind: 'FORK', from: 4});
  expect(up).toMatchObject({kind: 'FORK', from: 8});
});

describe('a box of an older release', () => {
  const reads = {...everything, credit: [1]};
  test('that does not read a version that waits for it is to be updated, and its own rows go on', () => {
    const {down, up} = verdicts(hello(head(7), head(4), {reads}), 7, 5, [{kind: 'credit', version: 2}]);
    expect(down).toEqual({kind: 'UPGRADE', why: 'the box does not read credit version 2: its release is too old'});
    expect(up).toEqual({kind: 'RESUME', from: 8});
  });

  test('that does not know a kind, but none of it waits, goes on', () => {
    const {policy: _, ...fewer} = everything;
    expect(verdicts(hello(head(7), head(4), {reads: fewer}), 7, 5, [{kind: 'credit', version: 1}]).down).toEqual({kind: 'RESUME', from: 5});
    expect(verdicts(hello(head(7), head(4), {reads: fewer}), 7, 5, [{kind: 'policy', version: 1}]).down).toMatchObject({kind: 'UPGRADE'});
  });

  test('knows no kind by a name that every object has', () => {
    expect(verdicts(hello(head(7), head(4)), 7, 5, [{kind: 'constructor', version: 1}]).down).toMatchObject({kind: 'UPGRADE'});
  });
});
