// Every schedule of a site that was ever sent down: which tariff was to apply from when, who said so, what changed by it.
// In: the database. Out: versions, newest first. Pure beside it: an earlier version put in force again.
// Never true: a version that a later one hides; what is past, changed by going back.
import {sha256} from '../../shared/journal/chain.ts';
import {instant, type Instant} from '../../shared/time/instant.ts';
import type {Reader} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import {scheduleIn, tariffNames, type Schedule, type ScheduleEntry, type ScheduleRole} from './published.ts';

export type EntryChange = {
  readonly role: ScheduleRole;
  readonly from: Instant;
  /** By hash; undefined: nothing began then. */
  readonly before: string | undefined;
  readonly after: string | undefined;
};

export type ScheduleVersion = {
  /** The down row that carries it. */
  readonly seq: number;
  readonly at: Instant;
  readonly act: Tables['schedule_version']['act'];
  /** Their name; undefined: from before versions were kept. */
  readonly by: string | undefined;
  readonly schedule: Schedule;
  /** Beside the version before it. */
  readonly changes: readonly EntryChange[];
};

const NOTHING: Schedule = {student: [], carrier: []};

/** Newest first, those before a number. */
export async function versionsOf(
  db: Reader,
  site: string,
  {before, most}: {readonly before?: number | undefined; readonly most: number},
): Promise<readonly ScheduleVersion[]> {
  const rows = await db
    .selectFrom('schedule_version')
    .leftJoin('staff', 'staff.id', 'schedule_version.by')
    .select(['down_seq', 'at', 'act', 'body', 'staff.name as by'])
    .where('schedule_version.site', '=', site)
    .$if(before !== undefined, (query) => query.where('down_seq', '<', before ?? 0))
    .orderBy('down_seq', 'desc')
    // One more: what the last of the page is compared with.
    .limit(most + 1)
    .execute();
  const schedules = rows.map(({body}) => scheduleIn(body));
  return rows.slice(0, most).map(({down_seq: seq, at, act, by}, place) => {
    const schedule = schedules[place] ?? NOTHING;
    const changes = changesBetween(schedules[place + 1] ?? NOTHING, schedule);
    return {seq, at: instant(at), act, by: by ?? undefined, schedule, changes};
  });
}

export async function versionAt(db: Reader, site: string, seq: number): Promise<ScheduleVersion | undefined> {
  const [found] = await versionsOf(db, site, {before: seq + 1, most: 1});
  return found?.seq === seq ? found : undefined;
}

export type PricedBy = {readonly name: string; readonly from: Instant; readonly version: number};

/** By which entry of which schedule a call has its price: the newest that says so. Undefined: by none that was sent down. */
export async function versionThatPriced(
  db: Reader,
  site: string,
  {tariff, startedAt}: {readonly tariff: string; readonly startedAt: Instant},
): Promise<PricedBy | undefined> {
  const rows = await db
    .selectFrom('schedule_version')
    .select(['down_seq', 'body'])
    .where('site', '=', site)
    .orderBy('down_seq', 'desc')
    .execute();
  for (const {down_seq: version, body} of rows) {
    const entry = scheduleIn(body).student.findLast(({from}) => from <= startedAt);
    if (entry?.tariff !== tariff) continue;
    const name = (await tariffNames(db, [tariff])).get(tariff) ?? tariff;
    return {name, from: instant(entry.from), version};
  }
  return undefined;
}

export function changesBetween(before: Schedule, after: Schedule): readonly EntryChange[] {
  return (['student', 'carrier'] as const).flatMap((role) => {
    const [old, young] = [tariffsIn(before[role]), tariffsIn(after[role])];
    return [...new Set([...old.keys(), ...young.keys()])]
      .filter((from) => old.get(from) !== young.get(from))
      .toSorted((a, b) => a - b)
      .map((from) => ({role, from: instant(from), before: old.get(from), after: young.get(from)}));
  });
}

function tariffsIn(entries: readonly ScheduleEntry[]): ReadonlyMap<number, string> {
  return new Map(entries.map(({from, tariff}) => [from, tariff]));
}

/** What was in force by the earlier version applies from now on, and whatever it planned; what is past stays as it was. */
export function rolledBack(current: Schedule, earlier: Schedule, now: Instant): Schedule {
  return {
    student: rolledBackTo(current.student, earlier.student, now),
    carrier: rolledBackTo(current.carrier, earlier.carrier, now),
  };
}

function rolledBackTo(current: readonly ScheduleEntry[], earlier: readonly ScheduleEntry[], now: Instant): readonly ScheduleEntry[] {
  // There was none: nothing can be said to apply again.
  if (earlier.length === 0) return current;
  const past = current.filter(({from}) => from < now);
  const then = earlier.findLast(({from}) => from <= now);
  const again = then === undefined || then.tariff === past.at(-1)?.tariff ? [] : [{from: now, tariff: then.tariff}];
  return [...past, ...again, ...earlier.filter(({from}) => from > now)];
}

/** Tells a schedule from every other, so that what is confirmed is what was seen. */
export function scheduleHash({student, carrier}: Schedule): string {
  const pairs = (entries: readonly ScheduleEntry[]) => entries.map(({from, tariff}) => [from, tariff]);
  return sha256(JSON.stringify([pairs(student), pairs(carrier)])).toString('hex');
}
