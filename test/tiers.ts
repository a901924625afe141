// The tiers of tests: what each proves, how long it may last, how large it is. The runner, Vitest and the tests read it here.
import process from 'node:process';

/** quick: `npm test` on a laptop · ci: `--all` and `--tier`, what .ci/run does · night: the large sizes. */
export type Size = 'quick' | 'ci' | 'night';

export type Tier = {
  readonly name: string;
  readonly what: string;
  /** A tier that lasts longer is stopped, and has failed. Zero: not part of that form. The quick form's sum is 8. */
  readonly minutes: Readonly<Record<Size, number>>;
  /** Words in the names of files that the quick form leaves out: a system beside ours has to boot first, or a minute to pass. */
  readonly slow: readonly string[];
  /** Real processes that share two cores: one file at a time. */
  readonly alone: boolean;
};

export const tiers: readonly Tier[] = [
  {name: 'rules', what: 'the check, and that each part of it bites', minutes: {quick: 1, ci: 2, night: 2}, slow: [], alone: false},
  {
    name: 'core',
    what: 'money, time, tariff, journal, credit, profiles',
    minutes: {quick: 2, ci: 9, night: 60},
    // Of hundreds of thousands of prefixes, thousands of calls, or seconds that have to pass.
    slow: ['hostile', 'real-decks', 'destinations', 'stored-calls', 'rerating-payers', 'reconciler-', 'cloud-live'],
    alone: false,
  },
  {
    name: 'contract',
    what: 'one suite a port, on the fake and on the real',
    minutes: {quick: 1.5, ci: 10, night: 20},
    slow: ['asterisk', 'hostile', 'faults', 'apart', 'kill'],
    alone: false,
  },
  {
    name: 'journey',
    what: 'whole stories, real processes',
    minutes: {quick: 1.5, ci: 15, night: 30},
    slow: ['asterisk', 'silent', 'payment', 'prices', 'tariff', 'unbillable', 'offline'],
    alone: true,
  },
  {
    name: 'crash',
    what: 'kill -9 at named points and at random',
    minutes: {quick: 2, ci: 15, night: 90},
    slow: ['cloud-named', 'cloud-end', 'cloud-disk'],
    alone: true,
  },
  {
    name: 'browser',
    what: 'every page, by keyboard, by axe, in three widths',
    minutes: {quick: 0, ci: 16, night: 20},
    slow: [],
    alone: true,
  },
  {name: 'hostile', what: 'fuzzed lines, frames and requests', minutes: {quick: 0, ci: 8, night: 240}, slow: [], alone: false},
];

const amounts = {
  /** Runs of each property. */
  properties: {quick: 100, ci: 1_000, night: 20_000},
  /** `kill -9` while calls flow. */
  kills: {quick: 10, ci: 150, night: 1_000},
  /** `kill -9` of cloud and box while calls and money flow: 3 minutes at CI. */
  hallKills: {quick: 4, ci: 35, night: 300},
  /** Schedules of payments, each with a database of its own and two days to live through: 3 to 6 a second, at most 40 s at CI. */
  schedules: {quick: 25, ci: 120, night: 3_000},
  /** Fuzzed lines over all profiles. */
  fuzzedLines: {quick: 20_000, ci: 500_000, night: 10_000_000},
} as const satisfies Record<string, Readonly<Record<Size, number>>>;

/** The size asked for by the runner; quick when a test is run by hand. */
export function size(): Size {
  const asked = process.env['SPBS_TEST_SIZE'] ?? 'quick';
  if (asked === 'quick' || asked === 'ci' || asked === 'night') return asked;
  throw new Error(`SPBS_TEST_SIZE is ${asked}: it may be quick, ci or night`);
}

/** How many of something this run is to do. */
export function amount(of: keyof typeof amounts): number {
  return amounts[of][size()];
}
