// What is published: the rules of a site and its schedule, as they were last sent down.
import type {Instant} from '../../shared/time/instant.ts';
import {DOWN_BODIES, type DownBody, type Policy} from '../../shared/wire/kinds.ts';
import type {Reader} from '../store/open.ts';

export type ScheduleEntry = DownBody<'schedule'>['entries'][number];

/** Prices of students, or what the carrier charges the house for the same calls. */
export type ScheduleRole = 'student' | 'carrier';

export type Schedule = Readonly<Record<ScheduleRole, readonly ScheduleEntry[]>>;

/** Oldest first; none before the first tariff was published. */
export async function scheduleOf(db: Reader, site: string): Promise<readonly ScheduleEntry[]> {
  return (await wholeScheduleOf(db, site)).student;
}

export async function wholeScheduleOf(db: Reader, site: string): Promise<Schedule> {
  const row = await db.selectFrom('site_schedule').select('body').where('site', '=', site).executeTakeFirst();
  return row === undefined ? {student: [], carrier: []} : scheduleIn(row.body);
}

/** As it was sent down. */
export function scheduleIn(body: string): Schedule {
  const {entries, carrier = []} = DOWN_BODIES.schedule.parse(JSON.parse(body));
  return {student: entries, carrier};
}

/** Its tariff, by the hash. */
export function inForceAt(entries: readonly ScheduleEntry[], at: Instant): string | undefined {
  return entries.findLast(({from}) => from <= at)?.tariff;
}

export async function policyOf(db: Reader, site: string): Promise<Policy | undefined> {
  const row = await db.selectFrom('site_policy').select('body').where('site', '=', site).executeTakeFirst();
  return row === undefined ? undefined : DOWN_BODIES.policy.parse(JSON.parse(row.body));
}

/** How account codes are dialled at a site; undefined if they are not. */
export async function accountCodeRuleOf(db: Reader, site: string): Promise<Policy['dialPlan']['accountCodes']> {
  return (await policyOf(db, site))?.dialPlan.accountCodes;
}

/** By their hashes, as they call themselves. */
export async function tariffNames(db: Reader, hashes: readonly string[]): Promise<ReadonlyMap<string, string>> {
  if (hashes.length === 0) return new Map();
  const names = await db
    .selectFrom('tariff')
    .select(['hash', 'name'])
    .where('hash', 'in', [...new Set(hashes)])
    .execute();
  return new Map(names.map(({hash, name}) => [hash, name]));
}

export type PublishedTariff = {
  readonly hash: string;
  readonly name: string;
  readonly from: Instant;
  /** Where the next one begins. */
  readonly to: Instant | undefined;
  readonly isInForce: boolean;
};

/** The schedule as a person reads it, oldest first. */
export async function publishedTariffs(db: Reader, site: string, now: Instant): Promise<readonly PublishedTariff[]> {
  const entries = await scheduleOf(db, site);
  const names = await tariffNames(
    db,
    entries.map(({tariff}) => tariff),
  );
  return asPublished(entries, names, now);
}

export function asPublished(
  entries: readonly ScheduleEntry[],
  names: ReadonlyMap<string, string>,
  now: Instant,
): readonly PublishedTariff[] {
  return entries.map(({from, tariff}, index) => {
    const to = entries[index + 1]?.from as Instant | undefined;
    const isInForce = from <= now && (to === undefined || now < to);
    return {hash: tariff, name: names.get(tariff) ?? tariff, from: from as Instant, to, isInForce};
  });
}

/** The text of the tariff in force, for a price that is quoted. */
export async function tariffInForce(
  db: Reader,
  site: string,
  at: Instant,
): Promise<{readonly hash: string; readonly name: string; readonly text: string} | undefined> {
  const entry = (await scheduleOf(db, site)).findLast(({from}) => from <= at);
  if (entry === undefined) return undefined;
  return await db.selectFrom('tariff').select(['hash', 'name', 'text']).where('hash', '=', entry.tariff).executeTakeFirst();
}
