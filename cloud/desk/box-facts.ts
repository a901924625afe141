// How a box stands, from three facts that do not depend on each other: its session, its heartbeat, the rows it acknowledged.
// In: rows and the time. Out: the facts with their ages, and one plain verdict. Never true: well because one of them is.
import {instant, later, type Instant} from '../../shared/time/instant.ts';

export type BoxRow = {
  readonly site: string;
  readonly box: string;
  readonly build: string | null;
  readonly enrolled_at: number;
  readonly expires_at: number;
  readonly revoked_at: number | null;
  readonly connected_at: number | null;
  readonly disconnected_at: number | null;
  readonly heartbeat_at: number | null;
  readonly heartbeat: string | null;
  readonly down_acked: number | null;
  readonly down_acked_at: number | null;
};

/** Where a log ends here, and when that moved. */
export type Head = {readonly seq: number; readonly movedAt: Instant | undefined; readonly chain: string};

export type Verdict = 'ok' | 'never' | 'offline' | 'silent' | 'behind' | 'old';

export type BoxState = {
  readonly site: string;
  readonly box: string;
  readonly verdict: Verdict;
  readonly session: {readonly isOpen: boolean; readonly since: Instant | undefined};
  readonly heartbeatAt: Instant | undefined;
  readonly up: {readonly here: number; readonly there: number | undefined; readonly at: Instant | undefined};
  readonly down: {readonly here: number; readonly acked: number; readonly at: Instant | undefined};
  /** Any sign of life. */
  readonly heardAt: Instant | undefined;
  readonly light: string | undefined;
  readonly clock: string | undefined;
  readonly build: string | undefined;
  readonly enrolledAt: Instant;
  readonly expiresAt: Instant;
  readonly revokedAt: Instant | undefined;
};

/** A box sends a heartbeat every 30 s: three that are missing are no accident. */
const SILENT_AFTER_MS = 100_000;
/** A row travels in a second; a full minute is a fault, or a very long backlog. */
const BEHIND_AFTER_MS = 60_000;

export function boxState(row: BoxRow, heads: {readonly up: Head; readonly down: Head}, now: Instant): BoxState {
  const said = heartbeatOf(row.heartbeat);
  const isOpen = row.connected_at !== null && (row.disconnected_at === null || row.disconnected_at < row.connected_at);
  const facts = {
    site: row.site,
    box: row.box,
    session: {isOpen, since: optional(isOpen ? row.connected_at : row.disconnected_at)},
    heartbeatAt: optional(row.heartbeat_at),
    up: {here: heads.up.seq, there: said.up, at: heads.up.movedAt},
    down: {here: heads.down.seq, acked: row.down_acked ?? 0, at: optional(row.down_acked_at)},
    heardAt: newest(row.connected_at, row.heartbeat_at, row.down_acked_at),
    light: said.light,
    clock: said.clock,
    build: row.build ?? undefined,
    enrolledAt: instant(row.enrolled_at),
    expiresAt: instant(row.expires_at),
    revokedAt: optional(row.revoked_at),
  };
  return {...facts, verdict: verdictOf(facts, heads, now)};
}

function verdictOf(facts: Omit<BoxState, 'verdict'>, heads: {readonly up: Head; readonly down: Head}, now: Instant): Verdict {
  if (facts.revokedAt !== undefined) return 'old';
  if (facts.session.since === undefined) return 'never';
  if (!facts.session.isOpen) return 'offline';
  const heard = facts.heartbeatAt ?? facts.session.since;
  if (later(heard, SILENT_AFTER_MS) < now) return 'silent';
  return isBehind(facts, heads, now) ? 'behind' : 'ok';
}

/** Rows wait, and nothing has moved for a minute: neither the log itself, nor an acknowledgement, nor the session. */
function isBehind({up, down, session}: Omit<BoxState, 'verdict'>, heads: {readonly up: Head; readonly down: Head}, now: Instant): boolean {
  const rests = (...times: readonly (Instant | undefined)[]): boolean =>
    [...times, session.since].every((at) => at === undefined || later(at, BEHIND_AFTER_MS) < now);
  const downWaits = down.acked < down.here && rests(down.at, heads.down.movedAt);
  const upWaits = (up.there ?? 0) > up.here && rests(heads.up.movedAt);
  return downWaits || upWaits;
}

/** What a heartbeat says; nothing of one that cannot be read. */
function heartbeatOf(text: string | null): {readonly up?: number; readonly light?: string; readonly clock?: string} {
  if (text === null) return {};
  try {
    const {heads, light, clock} = JSON.parse(text) as {heads?: {up?: unknown}; light?: unknown; clock?: unknown};
    return {
      ...(typeof heads?.up === 'number' ? {up: heads.up} : {}),
      ...(typeof light === 'string' ? {light} : {}),
      ...(typeof clock === 'string' ? {clock} : {}),
    };
  } catch {
    return {};
  }
}

function optional(ms: number | null): Instant | undefined {
  return ms === null ? undefined : instant(ms);
}

function newest(...times: readonly (number | null)[]): Instant | undefined {
  const known = times.filter((time) => time !== null);
  return known.length === 0 ? undefined : instant(Math.max(...known));
}
