// Pictures of times and durations, as a profile draws them: `MM/DD hh:mm[:ss][p]`, `h*:mm:ss`, `hh:mm'ss`, `s*`.
// In: a picture, once; then texts. Out: readers of numbers. Never true: a text that is read although it does not fit the picture.
import type {CivilTime} from '../../shared/time/zone.ts';

/** What a switchboard printed; many do not print the year. */
export type Stamp = Omit<CivilTime, 'year'> & {readonly year: number | undefined};

export type StampReader = (text: string) => Stamp | undefined;
/** Whole seconds, fractions rounded up. */
export type DurationReader = (text: string) => number | undefined;

type Units = {readonly pattern: RegExp; readonly units: readonly string[]};

/** Of a time. One or two digits, but the year; blanks stand for one blank or more; what is in [ ] may be absent. */
const STAMP_UNITS: Readonly<Record<string, string>> = {
  YYYY: String.raw`(\d{4})`,
  YY: String.raw`(\d{2})`,
  MM: String.raw`(\d{1,2})`,
  DD: String.raw`(\d{1,2})`,
  hh: String.raw`(\d{1,2})`,
  mm: String.raw`(\d{2})`,
  ss: String.raw`(\d{2})`,
  // Blank is the morning of a 12-hour clock or any time of a 24-hour one: no line says which, and only Mitel's leaves it blank.
  p: ' ?([AaPp]?)[Mm]?',
};

/** Undefined if the picture has no day, month, hour and minute, or a word that is none. */
export function stampReader(picture: string): StampReader | undefined {
  const compiled = compile(picture, /^(?:YYYY|YY|MM|DD|hh|mm|ss|p)/, (token) => STAMP_UNITS[token]);
  if (compiled === undefined || !['MM', 'DD', 'hh', 'mm'].every((unit) => compiled.units.includes(unit))) return undefined;
  const {pattern, units} = compiled;
  const place = (unit: string): number => units.indexOf(unit) + 1;
  const [long, short, month, day] = [place('YYYY'), place('YY'), place('MM'), place('DD')];
  const [hour, minute, second, half] = [place('hh'), place('mm'), place('ss'), place('p')];
  return (text) => {
    const match = pattern.exec(text);
    if (match === null) return undefined;
    const number = (at: number): number => (at === 0 ? 0 : Number(match[at] ?? 0));
    return {
      year: long > 0 ? number(long) : short > 0 ? fullYear(number(short)) : undefined,
      month: number(month),
      day: number(day),
      hour: hourOf(number(hour), half === 0 ? '' : (match[half] ?? '')),
      minute: number(minute),
      second: number(second),
    };
  };
}

/** A clock that lost its time shows 70 or 80. */
function fullYear(short: number): number {
  return short < 70 ? 2_000 + short : 1_900 + short;
}

/** 12 at night is 12 AM; 13 PM is no time. */
function hourOf(hour: number, half: string): number {
  if (half === '') return hour;
  if (hour < 1 || hour > 12) return -1;
  return (hour % 12) + (half === 'P' || half === 'p' ? 12 : 0);
}

const SECONDS: Readonly<Record<string, number>> = {h: 3_600, m: 60, s: 1, t: 6};

/**
 * `h`, `m`, `s`: as many digits as letters, or `*` for any; `t`: tenths of a minute (Avaya); `f`: a fraction of a second.
 * Undefined if the picture has none of them.
 */
export function durationReader(picture: string): DurationReader | undefined {
  const compiled = compile(picture, /^(?:(?:h+|m+|s+|t|f+)\*?)/, (token) =>
    token.endsWith('*') ? String.raw`(\d{1,9})` : String.raw`(\d{${token.length}})`,
  );
  if (compiled === undefined || compiled.units.length === 0) return undefined;
  const {pattern, units} = compiled;
  return (text) => {
    const match = pattern.exec(text);
    if (match === null) return undefined;
    let seconds = 0;
    for (let place = 0; place < units.length; place++) {
      const value = Number(match[place + 1] ?? 0);
      const unit = units[place]?.charAt(0) ?? '';
      if (unit === 'f') seconds += value > 0 ? 1 : 0;
      // Minutes and seconds below a larger unit end at 59: more is another column, read by mistake.
      else if (place > 0 && value > 59) return undefined;
      else seconds += value * (SECONDS[unit] ?? 0);
    }
    return seconds;
  };
}

function compile(picture: string, unit: RegExp, patternOf: (token: string) => string | undefined): Units | undefined {
  // [ ] do not nest, so that a text fits in few ways.
  if (!/^[^[\]]*(?:\[[^[\]]*\][^[\]]*)*$/.test(picture)) return undefined;
  const units: string[] = [];
  let source = '';
  for (let at = 0; at < picture.length;) {
    const [token = ''] = unit.exec(picture.slice(at)) ?? [];
    if (token === '') source += literal(picture.charAt(at));
    else {
      source += patternOf(token) ?? '';
      units.push(token);
    }
    at += Math.max(1, token.length);
  }
  return {pattern: new RegExp(`^${source}$`), units};
}

function literal(letter: string): string {
  switch (letter) {
    case '[':
      return '(?:';
    case ']':
      return ')?';
    case ' ':
      return ' +';
    default:
      return /[0-9A-Za-z'":,_-]/.test(letter) ? letter : `\\${letter}`;
  }
}
