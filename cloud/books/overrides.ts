// The overrides in force: the desk says them down, the console up, and the newest of a line wins, whoever gave it.
// In: both logs. Out: at most one lock or unlock a line. Never true: a desk's word counted as newer than one of the console that
// was given with that word already known.
import {UP_BODIES} from '../../shared/wire/up.ts';
import {DOWN_BODIES, type DownBody} from '../../shared/wire/kinds.ts';
import {bodyOf} from '../../shared/wire/row.ts';
import type {Reader} from '../store/open.ts';
import {rowsOfKind, type Cut} from './log-rows.ts';

export type Override = DownBody<'override'> & {readonly from: 'desk' | 'console'; readonly at: number};

/** Locks and unlocks that nobody ended. One that time or money ended is still here: the box judges that. */
export async function overridesOf(db: Reader, site: string, cut?: Cut): Promise<readonly Override[]> {
  const desk = new Map<string, {readonly seq: number; readonly override: Override}>();
  for (const row of await rowsOfKind(db, {site, log: 'down', kind: 'override'}, cut?.down.last)) {
    const {data} = DOWN_BODIES.override.safeParse(bodyOf(row));
    if (data !== undefined) desk.set(data.extension, {seq: row.seq, override: {...data, from: 'desk', at: row.at}});
  }
  const newest = new Map([...desk].map(([extension, {override}]) => [extension, override]));
  for (const row of await rowsOfKind(db, {site, log: 'up', kind: 'override'}, cut?.up.last)) {
    const {data} = consoleOverride.safeParse(bodyOf(row));
    // `basis` is the last row of the desk that the box had taken when somebody stood at its console.
    if (data !== undefined && row.basis >= (desk.get(data.extension)?.seq ?? 0)) newest.set(data.extension, {...data, from: 'console'});
  }
  return [...newest.values()].filter(({act}) => act !== 'end').toSorted((a, b) => (a.extension < b.extension ? -1 : 1));
}

/** As it would travel down: the box's own words may be longer. */
const consoleOverride = UP_BODIES.override.transform((body) => ({
  ...body,
  reason: body.reason.slice(0, LONGEST_REASON),
  by: body.by.slice(0, LONGEST_NAME),
}));
const LONGEST_REASON = 500;
const LONGEST_NAME = 100;
