// Calls that a box priced by an older schedule than the one that applied: it had not been told yet.
// In: calls as a box tells them. Out: a mark beside each that is late, with the tariff that was due. Never true: a call marked that
// began before the newer schedule was published, or that was priced by a newer one than was known when it began.
import type {Row} from '../../shared/wire/row.ts';
import {DOWN_BODIES, type DownBody} from '../../shared/wire/kinds.ts';
import type {InsertMany} from '../store/bulk.ts';
import type {Tx} from '../store/open.ts';
import type {Told} from './told.ts';

type Version = {readonly at: number; readonly entries: DownBody<'schedule'>['entries']};
type Priced = {readonly row: Row; readonly startedAt: number; readonly tariff: string};

/** After the calls, which they stand beside. One reading of the schedules a batch. */
export async function writeLateTariffs(tx: Tx, site: string, told: readonly Told[], insertMany: InsertMany): Promise<void> {
  const calls = told.flatMap(({row, says}): readonly Priced[] => {
    if (says?.kind !== 'call') return [];
    const {state, startedAt, working} = says.body;
    // Nobody paid for one that was only watched. Without a tariff: it is free by what it is.
    return state !== 'billed' || working.tariff === undefined ? [] : [{row, startedAt, tariff: working.tariff}];
  });
  if (calls.length === 0) return;
  const oldest = calls.reduce((least, {startedAt}) => Math.min(least, startedAt), Infinity);
  const versions = await versionsSince(tx, site, oldest);
  const late = calls.flatMap(({row, startedAt, tariff}) => {
    const due = dueInstead(versions, startedAt, tariff);
    return due === undefined ? [] : [{site, call_seq: row.seq, priced_by: tariff, due}];
  });
  await insertMany(tx, 'tariff_late', late);
}

/** The one that stood at the instant, and all that came after it; oldest first. */
async function versionsSince({db}: Tx, site: string, at: number): Promise<readonly Version[]> {
  const before = await db
    .selectFrom('schedule_version')
    .select(['at', 'body'])
    .where('site', '=', site)
    .where('at', '<=', at)
    .orderBy('down_seq', 'desc')
    .limit(1)
    .execute();
  const after = await db
    .selectFrom('schedule_version')
    .select(['at', 'body'])
    .where('site', '=', site)
    .where('at', '>', at)
    .orderBy('down_seq')
    .execute();
  return [...before, ...after].map(({at: published, body}) => ({
    at: published,
    entries: DOWN_BODIES.schedule.parse(JSON.parse(body)).entries,
  }));
}

/** The tariff that the newest schedule of then named, if neither it nor any schedule published since is what the call was priced by. */
function dueInstead(versions: readonly Version[], startedAt: number, tariff: string): string | undefined {
  const known = versions.findLastIndex(({at}) => at <= startedAt);
  const due = tariffAt(versions[known], startedAt);
  if (due === undefined || due === tariff) return undefined;
  return versions.slice(known + 1).some((version) => tariffAt(version, startedAt) === tariff) ? undefined : due;
}

function tariffAt(version: Version | undefined, at: number): string | undefined {
  return version?.entries.findLast(({from}) => from <= at)?.tariff;
}
