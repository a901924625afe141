// One thing at a time for each payment, and only so many at once for all.
import {expect, test} from 'vitest';
import {createLanes, type Look} from '../../../cloud/payment/lanes.ts';

/** Work that ends when it is told to; each piece is written down when it begins. */
function bench(width: number) {
  const begun: string[] = [];
  const ends: {readonly end: (look: Look) => void; readonly fail: (error: Error) => void}[] = [];
  const work = (payment: string, source: string): Promise<Look> => {
    begun.push(`${payment} ${source}`);
    return new Promise((end, fail) => ends.push({end, fail}));
  };
  const lanes = createLanes(work, width);
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return {lanes, begun, ends, settled};
}
const answered = {answered: true};

test('a payment that is being looked at is looked at once more afterwards, however many ask', async () => {
  const {lanes, begun, ends, settled} = bench(4);
  const first = lanes.look('p', 'worker');
  const others = [lanes.look('p', 'webhook'), lanes.look('p', 'return'), lanes.look('p', 'webhook')];
  await settled();
  expect([begun, lanes.busy('p')]).toEqual([['p worker'], true]);
  ends[0]?.end({answered: false});
  expect(await first).toEqual({answered: false});
  await settled();
  expect(begun).toEqual(['p worker', 'p webhook']);
  ends[1]?.end(answered);
  expect(await Promise.all(others)).toEqual([answered, answered, answered]);
  expect([begun.length, lanes.busy('p')]).toEqual([2, false]);
});

test('a third look that comes while the second runs is a look of its own', async () => {
  const {lanes, begun, ends, settled} = bench(4);
  void lanes.look('p', 'a');
  const second = lanes.look('p', 'b');
  ends[0]?.end(answered);
  await settled();
  const third = lanes.look('p', 'c');
  await settled();
  expect(begun).toEqual(['p a', 'p b']);
  ends[1]?.end(answered);
  await second;
  await settled();
  expect(begun).toEqual(['p a', 'p b', 'p c']);
  ends[2]?.end(answered);
  await third;
  expect(lanes.payments()).toEqual([]);
});

test('no more than the width run at once, and places pass on in order', async () => {
  const {lanes, begun, ends, settled} = bench(2);
  const looks = ['a', 'b', 'c', 'd'].map((payment) => lanes.look(payment, 'janitor'));
  await settled();
  expect(begun).toEqual(['a janitor', 'b janitor']);
  ends[1]?.end(answered);
  await settled();
  expect(begun).toEqual(['a janitor', 'b janitor', 'c janitor']);
  for (const index of [0, 2]) ends[index]?.end(answered);
  await settled();
  ends[3]?.end(answered);
  await Promise.all(looks);
  expect([begun.at(-1), lanes.payments()]).toEqual(['d janitor', []]);
});

test('a look that fails tells its own caller, frees its place, and lets the next begin', async () => {
  const {lanes, begun, ends, settled} = bench(1);
  const first = lanes.look('p', 'a');
  const second = lanes.look('p', 'b');
  await settled();
  ends[0]?.fail(new Error('the disk is full'));
  await expect(first).rejects.toThrow('the disk is full');
  await settled();
  expect(begun).toEqual(['p a', 'p b']);
  ends[1]?.end(answered);
  expect(await second).toEqual(answered);
});
