// What a switchboard takes out of dialled digits for itself: carrier codes, codes of its own, account codes.
// In: how the site writes them, and digits. Out: what they were and the digits that remain.
// Never true: an emergency number is taken for a code.

/** Digits, * and #; `x` is any digit: `10xxx` is every code of a carrier that begins so. */
export type DialPattern = string;

/** A code of the switchboard: a speed dial that stands for `number`; without one a feature, which is a call inside. */
export type ShortCode = {
  readonly code: DialPattern;
  /** As dialled behind the outside-line digits, or with +. */
  readonly number?: string | undefined;
};

/** How an account code stands before or after the number: `*81234#0207…`, or `0207…#1234`. */
export type AccountCodeRule = {
  readonly position: 'before' | 'after';
  /** Dialled before the code; empty if nothing is. */
  readonly lead: string;
  /** How many digits a code has. */
  readonly length: number;
  /** Between code and number. */
  readonly separator: string;
};

export type PreparedCodes = {
  readonly carrier: RegExp | undefined;
  readonly short: readonly {readonly pattern: RegExp; readonly number: string | undefined}[];
  readonly account: {readonly position: 'before' | 'after'; readonly pattern: RegExp} | undefined;
};

type Codes = {
  readonly carrierCodes?: readonly DialPattern[] | undefined;
  readonly shortCodes?: readonly ShortCode[] | undefined;
  readonly accountCodes?: AccountCodeRule | undefined;
};

export function prepareCodes({carrierCodes = [], shortCodes = [], accountCodes}: Codes): PreparedCodes {
  const longestFirst = carrierCodes.toSorted((a, b) => b.length - a.length).map(patternOf);
  return {
    carrier: longestFirst.length === 0 ? undefined : new RegExp(`^(?:${longestFirst.join('|')})(?=.)`),
    short: shortCodes.map(({code, number}) => ({pattern: new RegExp(`^${patternOf(code)}$`), number})),
    account: accountCodes === undefined ? undefined : {position: accountCodes.position, pattern: accountPattern(accountCodes)},
  };
}

/** How many digits at the start are a carrier's code; 0 if none. Something always remains. */
export function carrierCodeLength(digits: string, {carrier}: PreparedCodes): number {
  return carrier?.exec(digits)?.[0].length ?? 0;
}

/** The code that these digits are as a whole. */
export function shortCodeOf(digits: string, {short}: PreparedCodes): PreparedCodes['short'][number] | undefined {
  return short.find(({pattern}) => pattern.test(digits));
}

/** The account code in these digits, and what remains without it. */
export function accountCodeIn(
  digits: string,
  position: 'before' | 'after',
  {account}: PreparedCodes,
): {readonly code: string; readonly rest: string} | undefined {
  if (account?.position !== position) return undefined;
  const {code, rest} = account.pattern.exec(digits)?.groups ?? {};
  return code === undefined || rest === undefined ? undefined : {code, rest};
}

function accountPattern({position, lead, length, separator}: AccountCodeRule): RegExp {
  const code = `(?<code>\\d{${length}})`;
  const between = literal(separator);
  return position === 'before'
    ? new RegExp(`^${literal(lead)}${code}${between}(?<rest>.+)$`)
    : // What is keyed after the answer may follow it.
      new RegExp(`^(?<rest>[^*#]+)${between}${literal(lead)}${code}(?:[*#].*)?$`);
}

function patternOf(code: DialPattern): string {
  return literal(code).replaceAll('x', '\\d');
}

function literal(text: string): string {
  return text.replaceAll('*', '\\*');
}
