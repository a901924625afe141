/** Puts texts at their columns, counted from 1 as the vendors' tables do; the line has `width` characters. */
export function columns(width: number, texts: Readonly<Record<number, string>>): string {
  let line = ' '.repeat(width);
  for (const [column, text] of Object.entries(texts)) {
    const from = Number(column) - 1;
    line = line.slice(0, from) + text + line.slice(from + text.length);
  }
  if (line.length !== width) throw new Error(`a text ends behind column ${width}`);
  return line;
}
