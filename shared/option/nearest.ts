// The known word that was probably meant by one that is not known.

/** A third of the letters wrong is another word; two are a slip in any. */
const SHARE_WRONG = 3;
const SLIP = 2;

/** The nearest of the known words, counting wrong, missing and surplus letters; undefined if none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let found: string | undefined;
  let least = Math.max(SLIP, Math.floor(word.length / SHARE_WRONG)) + 1;
  for (const candidate of known) {
    const apart = distance(word, candidate);
    if (apart < least) [found, least] = [candidate, apart];
  }
  return found;
}

/** Levenshtein's distance, over two rows of its table. */
function distance(a: string, b: string): number {
  let above = Array.from({length: b.length + 1}, (_, place) => place);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(changed, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    above = row;
  }
  return above[b.length] ?? 0;
}
