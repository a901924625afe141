// A number inside a sentence: the value decides the grammar, the text is how the reader's language writes it.
import {countText} from './figures.tsx';

export type Figure = {readonly value: number; readonly text: string};

export function figure(value: number, locale: string): Figure {
  return {value, text: countText(value, locale)};
}

/** `1 line`, `2 lines`: for English; another language has rules of its own in its own file. */
export function counted({value, text}: Figure, one: string, many: string): string {
  return `${text} ${value === 1 ? one : many}`;
}
