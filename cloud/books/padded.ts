// Lists in queries, in few lengths: every length is another text of a statement, and only so many texts stay prepared.
const LENGTHS = [8, 64, 512] as const;
const MOST = 512;

/** The values in lists of at most 512, the last of each repeated up to one of the lengths. */
export function padded<T>(values: readonly T[]): readonly (readonly T[])[] {
  const lists: (readonly T[])[] = [];
  for (let from = 0; from < values.length; from += MOST) {
    const some = values.slice(from, from + MOST);
    const length = LENGTHS.find((each) => each >= some.length) ?? MOST;
    lists.push([...some, ...Array.from({length: length - some.length}, () => some.at(-1) as T)]);
  }
  return lists;
}
