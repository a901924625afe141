// Which band is in force at an instant, and until when: weekly bands, holidays and clock changes of one zone.
import {must} from '../assert/assert.ts';
import type {Instant} from '../time/instant.ts';
import {dayOfDate, offsetPeriodAt} from '../time/zone.ts';
import type {Tariff} from './tariff.ts';
import {weekSpans, WEEK_MINUTES} from './week.ts';

export type CompiledBands = {
  readonly zone: string;
  /** The base band is the first. */
  readonly names: readonly string[];
  /** Where the band changes, in milliseconds of the week from Monday 00:00; the first is 0. */
  readonly edges: Float64Array;
  /** The band from each edge on. */
  readonly from: Uint8Array;
  /** Bands of whole days, by the day's number since 1970-01-01. */
  readonly holidays: ReadonlyMap<number, number>;
};

/** `band` holds over [asked instant, to). */
export type BandSpan = {readonly band: number; readonly to: number};

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const WEEK_MS = WEEK_MINUTES * MINUTE_MS;
/** 1970-01-01 was a Thursday: the third day after Monday. */
const EPOCH_IN_WEEK_MS = 3 * DAY_MS;

export function compileBands(tariff: Tariff): CompiledBands {
  const names = [tariff.baseBand, ...tariff.bands.map((band) => band.name)];
  const changes: {at: number; band: number}[] = [];
  let reached = 0;
  for (const span of weekSpans(tariff.bands)) {
    if (span.from > reached || reached === 0) addChange(changes, reached, 0);
    addChange(changes, span.from, span.band + 1);
    reached = Math.max(reached, span.to);
  }
  if (reached < WEEK_MINUTES) addChange(changes, reached, 0);
  return {
    zone: tariff.zone,
    names,
    edges: Float64Array.from(changes, (change) => change.at * MINUTE_MS),
    from: Uint8Array.from(changes, (change) => change.band),
    holidays: new Map(tariff.holidays.map(({date, band}) => [must(dayOfDate(date), 'a date of the calendar'), names.indexOf(band)])),
  };
}

/** A change at the same minute replaces the one before; a change to the same band is none. */
function addChange(changes: {at: number; band: number}[], at: number, band: number): void {
  if (changes.at(-1)?.at === at) changes.pop();
  if (changes.at(-1)?.band !== band) changes.push({at, band});
}

/** The band at an instant; its end is a band edge, a midnight beside a holiday, or a clock change, whichever is first. */
export function bandAt(bands: CompiledBands, at: Instant): BandSpan {
  const period = offsetPeriodAt(bands.zone, at);
  const wall = at + period.offsetMs;
  const inWeek = (((wall + EPOCH_IN_WEEK_MS) % WEEK_MS) + WEEK_MS) % WEEK_MS;
  const {band, end} = weekBandAt(bands, inWeek);
  const weekEnd = at - inWeek + end;
  if (bands.holidays.size === 0) return {band, to: Math.min(weekEnd, period.to)};
  const day = Math.floor(wall / DAY_MS);
  const midnight = (day + 1) * DAY_MS - period.offsetMs;
  const holiday = bands.holidays.get(day);
  if (holiday !== undefined) return {band: holiday, to: Math.min(midnight, period.to)};
  return {band, to: Math.min(weekEnd, midnight, period.to)};
}

function weekBandAt({edges, from}: CompiledBands, inWeek: number): {readonly band: number; readonly end: number} {
  let low = 0;
  let high = edges.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (must(edges[middle], 'an edge') <= inWeek) low = middle;
    else high = middle;
  }
  return {band: must(from[low], 'a band'), end: edges[low + 1] ?? WEEK_MS};
}
