// How long two ways to an answer take at their shortest, on a machine that has other work too.

/** Fewer say little even on an idle machine. */
const FEWEST = 9;
/** Hashes, of 25 ms each at most: three seconds, and then they do differ. */
const MOST = 60;

/**
 * The shortest of each in ms, taken in turns, for a busy spell must not fall on one of them alone. Other work only ever adds: so it
 * goes on until they are alike, each nearer to what it costs by itself, or until it is plain that they are not.
 */
export async function shortestOfEach(
  [one, other]: readonly [() => Promise<unknown>, () => Promise<unknown>],
  alike: (one: number, other: number) => boolean,
): Promise<readonly [number, number]> {
  let shortest: readonly [number, number] = [Infinity, Infinity];
  for (let round = 0; round < MOST && (round < FEWEST || !alike(...shortest)); round++)
    shortest = [Math.min(shortest[0], await timeOf(one)), Math.min(shortest[1], await timeOf(other))];
  return shortest;
}

async function timeOf(act: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await act();
  return performance.now() - from;
}
