// How far the box's own clock is to be believed.
import {instant, type Instant} from '../../shared/time/instant.ts';
import type {Database} from '../store/open.ts';
import type {MachineFacts} from './status.ts';

/** `floor`: as of {@link clockFloor}; no honest clock is before it. */
export function clockTrust(now: Instant, floor: Instant, isSynchronised: boolean): MachineFacts['clock'] {
  if (now < floor) return 'untrusted';
  return isSynchronised ? 'trusted' : 'held';
}

/** The latest instant that was ever written down here. Asked often, and there may be a million calls: each is read once. */
export function clockFloor(database: Database): () => Instant {
  const selectRest = database.prepare<[], number>('SELECT max((SELECT created_at FROM box), (SELECT clock_floor FROM cloud_link))').pluck();
  const selectCalls = database.prepare<[number], {readonly seq: number | null; readonly at: number | null}>(
    'SELECT max(seq) AS seq, max(recorded_at) AS at FROM call WHERE seq > ?',
  );
  let read = {seq: 0, at: 0};
  return () => {
    const {seq, at} = selectCalls.get(read.seq) ?? {seq: null, at: null};
    read = {seq: seq ?? read.seq, at: Math.max(read.at, at ?? 0)};
    return instant(Math.max(read.at, selectRest.get() ?? 0));
  };
}
