// A date and a time as somebody typed them, on the clock of a site. Pure.
// In: `2026-11-26` and `09:30`. Out: an instant, or which of the two is wrong. Never true: a time that the clocks skip taken for another.
import type {Instant} from '../../shared/time/instant.ts';
import {civilFromInstant, instantFromCivil} from '../../shared/time/zone.ts';

export type TypedTime =
  /** `isTwice`: the clocks show it twice; the first is taken. */
  {readonly kind: 'at'; readonly at: Instant; readonly isTwice: boolean} | {readonly kind: 'wrong'; readonly what: 'date' | 'time' | 'gap'};

export function readTypedTime(date: string, time: string, zone: string): TypedTime {
  const day = numbersIn(/^(\d{4})-(\d{1,2})-(\d{1,2})$/, date);
  if (day === undefined) return {kind: 'wrong', what: 'date'};
  const clock = numbersIn(/^([01]?\d|2[0-3]):([0-5]\d)$/, time);
  if (clock === undefined) return {kind: 'wrong', what: 'time'};
  const [year, month, of] = day;
  const [hour, minute] = clock;
  const reading = instantFromCivil(zone, {year, month, day: of, hour, minute, second: 0});
  switch (reading.kind) {
    case 'exact':
      return {kind: 'at', at: reading.at, isTwice: false};
    case 'ambiguous':
      return {kind: 'at', at: reading.earlier, isTwice: true};
    case 'nonexistent':
      return {kind: 'wrong', what: 'gap'};
    case 'impossible':
      return {kind: 'wrong', what: 'date'};
  }
}

type Three = readonly [number, number, number];

/** What the pattern captures; what it does not capture is 0. */
function numbersIn(pattern: RegExp, text: string): Three | undefined {
  const match = pattern.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/** As it would be typed. */
export function typedTime(at: Instant, zone: string): {readonly date: string; readonly time: string} {
  const {year, month, day, hour, minute} = civilFromInstant(zone, at);
  const two = (value: number): string => String(value).padStart(2, '0');
  return {date: `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`, time: `${two(hour)}:${two(minute)}`};
}
