// The week of a tariff as minutes from Monday 00:00: which band is in force when.
import type {Tariff} from './tariff.ts';
import {DAYS} from './tariff.ts';

export const WEEK_MINUTES = 7 * 24 * 60;
const DAY_MINUTES = 24 * 60;

/** [from, to) in minutes of the week; `band` and `time` say which entry of the file it is. */
export type WeekSpan = {readonly from: number; readonly to: number; readonly band: number; readonly time: number};

/** Every time of every band, sorted by its beginning; spans over Sunday midnight come in two parts. */
export function weekSpans(bands: Tariff['bands']): readonly WeekSpan[] {
  const spans = bands.flatMap((band, bandPlace) =>
    band.times.flatMap((times, timePlace) =>
      times.days.flatMap((day) => {
        const start = DAYS.indexOf(day) * DAY_MINUTES;
        const from = start + minutesOf(times.from);
        const to = start + minutesOf(times.to) + (minutesOf(times.to) <= minutesOf(times.from) ? DAY_MINUTES : 0);
        return withinWeek({from, to, band: bandPlace, time: timePlace});
      }),
    ),
  );
  return spans.toSorted((a, b) => a.from - b.from);
}

function withinWeek(span: WeekSpan): readonly WeekSpan[] {
  if (span.from >= WEEK_MINUTES) return [{...span, from: span.from - WEEK_MINUTES, to: span.to - WEEK_MINUTES}];
  if (span.to <= WEEK_MINUTES) return [span];
  return [
    {...span, to: WEEK_MINUTES},
    {...span, from: 0, to: span.to - WEEK_MINUTES},
  ];
}

function minutesOf(time: string): number {
  return Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
}
