// How a carrier's file was read and what was in it: every guess, and every row that did not get in.
import {ROLES, type Chosen, type Columns} from './deck-columns.ts';
import type {Dialect} from './deck-csv.ts';
import type {DeckProblem, DeckProblems} from './deck-problem.ts';
import type {DeckRows, RowCounts} from './deck-rows.ts';
import type {DeckRules} from './deck-rules.ts';
import type {Encoding} from './deck-text.ts';

export type ImportReport = {
  readonly encoding: Encoding | undefined;
  readonly dialect: Dialect | undefined;
  readonly headingLine: number | undefined;
  readonly columns: readonly Chosen[];
  readonly unused: Columns['unused'];
  /** What the rows mean; absent where it did not come to that, and for a tariff's own CSV. */
  readonly rules: DeckRules | undefined;
  readonly counts: ImportCounts;
  /** The day on which the first of the rows starts that are not in force yet. */
  readonly nextStart: string | undefined;
  /** Country codes with at most one more digit. */
  readonly catchAlls: readonly string[];
  readonly errors: readonly DeckProblem[];
  readonly errorCount: number;
  readonly notes: readonly DeckProblem[];
  readonly noteCount: number;
};

type GroupCounts = {
  readonly prefixes: number;
  readonly destinations: number;
  readonly rates: number;
  /** Inside a shorter prefix. */
  readonly nested: number;
  /** … of the same name and rate: it changes nothing. */
  readonly redundant: number;
};
export type ImportCounts = RowCounts & GroupCounts;

/** What is known so far. */
export type Found = {
  readonly problems: DeckProblems;
  readonly encoding?: Encoding;
  readonly dialect?: Dialect;
  readonly columns?: Columns;
  readonly rules?: DeckRules;
  readonly rows?: Pick<DeckRows, 'counts' | 'nextStart'>;
  readonly grouped?: GroupCounts & {readonly catchAlls: readonly string[]};
};

export const NO_ROWS: RowCounts = {rows: 0, noPrices: 0, repeated: 0, replaced: 0, startLater: 0, ended: 0, free: 0};
const NO_GROUPS: GroupCounts = {prefixes: 0, destinations: 0, rates: 0, nested: 0, redundant: 0};

export function reportOf({problems, encoding, dialect, columns, rules, rows, grouped}: Found): ImportReport {
  const {prefixes, destinations, rates, nested, redundant} = grouped ?? NO_GROUPS;
  return {
    encoding,
    dialect,
    headingLine: columns?.headingLine,
    columns: ROLES.map((role) => columns?.chosen[role]).filter((column) => column !== undefined),
    unused: columns?.unused ?? [],
    rules,
    counts: {...NO_ROWS, ...rows?.counts, prefixes, destinations, rates, nested, redundant},
    nextStart: rows?.nextStart,
    catchAlls: grouped?.catchAlls ?? [],
    errors: problems.kept('error'),
    errorCount: problems.count('error'),
    notes: problems.kept('note'),
    noteCount: problems.count('note'),
  };
}
