// What is wrong with a carrier's file, or worth knowing of it: with its line, and the column or the field.

export type DeckProblem = {
  /** An error keeps the file from being imported; a note does not. */
  readonly kind: 'error' | 'note';
  /** From 1, as an editor counts. */
  readonly line: number;
  /** Character of the line, from 1; of a field's problem, the number of the field. */
  readonly column: number;
  /** The heading of the field, or `column 3`; absent where the problem is of the text itself. */
  readonly field?: string;
  readonly what: string;
  readonly cure: string;
};

/** More would not be read. */
const MOST_KEPT = 100;

/** The first errors and the first notes; the rest is counted, so that a bad file of a million lines stays small. */
export class DeckProblems {
  readonly #kept: Record<DeckProblem['kind'], DeckProblem[]> = {error: [], note: []};
  readonly #counts: Record<DeckProblem['kind'], number> = {error: 0, note: 0};

  add(problem: DeckProblem): void {
    this.#counts[problem.kind] += 1;
    if (this.#kept[problem.kind].length < MOST_KEPT) this.#kept[problem.kind].push(problem);
  }

  count(kind: DeckProblem['kind']): number {
    return this.#counts[kind];
  }

  /** In the order of the file. */
  kept(kind: DeckProblem['kind']): readonly DeckProblem[] {
    return this.#kept[kind].toSorted((a, b) => a.line - b.line);
  }
}
