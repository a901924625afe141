// A language for tests: English in letters that English has not, a third longer, so that what is not translated and what does
// not fit are seen.

const LETTERS = new Map(
  Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ').map((letter, place) => [
    letter,
    Array.from('åƀçðéƒĝĥïĵķľɱñöþɋŕšţüṽŵẋýžÅƁÇÐÉƑĜĤÎĴĶĽṀÑÖÞɊŔŠŢÛṼŴẊÝŽ')[place] ?? letter,
  ]),
);

/** The same words, wherever they stand: texts, functions that make texts, and whatever holds them. */
export function pseudo<W>(words: W): W {
  return changed(words) as W;
}

function changed(words: unknown): unknown {
  if (typeof words === 'string') return pseudoText(words);
  if (typeof words === 'function') return (...told: unknown[]) => changed((words as (...all: unknown[]) => unknown)(...told));
  if (typeof words !== 'object' || words === null) return words;
  return Object.fromEntries(Object.entries(words).map(([name, held]) => [name, changed(held)]));
}

function pseudoText(text: string): string {
  // In words as long as long words are; a short text grows by one.
  const padding = '·'.repeat(Math.ceil(text.length / 3)).replaceAll(/·{12}(?=·)/g, '$& ');
  return `${Array.from(text, (letter) => LETTERS.get(letter) ?? letter).join('')}${text.length > 20 ? ' ' : ''}${padding}`;
}
