// What a wall clock shows, as Intl.DateTimeFormat says: an opinion that owes nothing to the code under test.
import type {CivilTime} from '../../../shared/time/zone.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

/** The civil time of an instant from year 1 on. Node 20's Intl knows no offsets such as +02:00: those are UTC, moved. */
export function intlCivil(zone: string, at: number): CivilTime {
  const offset = /^([+-])(\d{2}):(\d{2})$/.exec(zone);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return intlCivil('UTC', at + (offset[1] === '-' ? -minutes : minutes) * 60_000);
  }
  let format = formats.get(zone);
  if (format === undefined) {
    const numeric = {year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric'} as const;
    format = new Intl.DateTimeFormat('en-GB', {...numeric, timeZone: zone, hourCycle: 'h23', calendar: 'iso8601'});
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(at).map(({type, value}) => [type, Number(value)]));
  const part = (type: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second'): number => parts.get(type) ?? Number.NaN;
  return {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    hour: part('hour'),
    minute: part('minute'),
    second: part('second'),
  };
}

/** The civil time as if it were UTC, in milliseconds. */
export function asUtc({year, month, day, hour, minute, second}: CivilTime): number {
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** How far the zone's wall clock is ahead of UTC. */
export function intlOffset(zone: string, at: number): number {
  const whole = Math.floor(at / 1_000) * 1_000;
  return asUtc(intlCivil(zone, whole)) - whole;
}
