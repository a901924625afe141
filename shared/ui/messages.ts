// The words that the components themselves say. English is the source; a translation is another object of this type.

export type State = 'ok' | 'warning' | 'fault' | 'off';

export type UiWords = {
  readonly skip: string;
  readonly states: Readonly<Record<State, string>>;
  readonly asOf: string;
  readonly justNow: string;
  readonly never: string;
  readonly live: string;
  readonly stale: string;
  readonly reload: string;
  readonly problem: string;
  readonly optional: string;
  readonly page: (page: number) => string;
  readonly pages: string;
  readonly next: string;
  readonly previous: string;
};

export const UI_WORDS: UiWords = {
  skip: 'Skip to content',
  states: {ok: 'OK', warning: 'Warning', fault: 'Fault', off: 'Off'},
  asOf: 'As of',
  justNow: 'just now',
  never: 'never',
  live: 'live',
  stale: 'Not live: the box does not answer. What you see is old.',
  reload: 'Reload',
  problem: 'There is a problem',
  optional: 'optional',
  page: (page) => `Page ${page}`,
  pages: 'Pages',
  next: 'Next',
  previous: 'Previous',
};
