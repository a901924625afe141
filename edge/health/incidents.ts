// Incidents: what is wrong now and what a person does about it. One row for each code and subject while it lasts.
import {assert, Bug} from '../../shared/assert/assert.ts';
import type {Log} from '../../shared/log/log.ts';
import type {Clock, Instant} from '../../shared/time/instant.ts';
import type {Database} from '../store/open.ts';
import {kindOf, type IncidentCode} from './codes.ts';
import type {Incident, IncidentChange} from './status.ts';

export type Incidents = {
  /** Opens it unless it is open. */
  readonly incident: (code: IncidentCode, subject: string, detail: string, cure: string) => void;
  readonly ended: (code: IncidentCode, subject: string) => void;
  /** What a full disk refused is tried again; so it is with every incident that opens or ends. */
  readonly storeAgain: () => void;
  /** Faults first, then the newest. */
  readonly open: () => readonly Incident[];
};

export type IncidentsGiven = {
  readonly database: Database;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** Called inside the transaction that opens or ends it: the fact goes into the journal with the row or not at all. */
  readonly tell: (change: IncidentChange) => void;
};

/** Whatever stands in a detail, a page and a mail stay readable. */
const DETAIL_CHARACTERS = 500;

type Row = {code: string; subject: string; detail: string; cure: string; began_at: number};
/** `stored` is false while the disk refuses the row, `endedAt` is there while it refuses the end. People are shown how it is. */
type Held = {readonly incident: Incident; stored: boolean; endedAt: Instant | undefined};

export function createIncidents(given: IncidentsGiven): Incidents {
  const {clock, log} = given;
  const rows = incidentRows(given);
  const held = new Map<string, Held>();
  for (const incident of rows.open()) held.set(keyOf(incident), {incident, stored: true, endedAt: undefined});

  const storeAgain = (): void => {
    for (const entry of held.values()) {
      const {incident, endedAt} = entry;
      entry.stored ||= rows.write({kind: 'opened', incident, at: incident.beganAt});
      if (!entry.stored || endedAt === undefined) continue;
      if (rows.write({kind: 'ended', incident, at: endedAt})) held.delete(keyOf(incident));
    }
  };

  return {
    incident: (code, subject, detail, cure) => {
      const known = held.get(keyOf({code, subject}));
      if (known === undefined) {
        const opened = incidentOf({code, subject, detail: detail.slice(0, DETAIL_CHARACTERS), cure, began_at: clock.now()});
        held.set(keyOf(opened), {incident: opened, stored: false, endedAt: undefined});
        log.warn(`incident opened: ${opened.detail}`, {code, subject, cure});
      } else {
        // It may have ended, and come back before the disk took the end.
        known.endedAt = undefined;
      }
      storeAgain();
    },
    ended: (code, subject) => {
      const entry = held.get(keyOf({code, subject}));
      if (entry === undefined || entry.endedAt !== undefined) return;
      entry.endedAt = clock.now();
      log.info('incident ended', {code, subject, seconds: Math.round((entry.endedAt - entry.incident.beganAt) / 1000)});
      storeAgain();
    },
    storeAgain,
    open: () =>
      [...held.values()]
        .filter(({endedAt}) => endedAt === undefined)
        .map(({incident}) => incident)
        .sort(faultsThenNewest),
  };
}

function incidentRows({database, log, tell}: IncidentsGiven) {
  const select = database.prepare<[], Row>('SELECT code, subject, detail, cure, began_at FROM incident WHERE ended_at IS NULL');
  const insert = database.prepare<unknown[]>(`
    INSERT INTO incident (code, subject, detail, cure, began_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (code, subject) WHERE ended_at IS NULL DO NOTHING`);
  const end = database.prepare<unknown[]>('UPDATE incident SET ended_at = ? WHERE code = ? AND subject = ? AND ended_at IS NULL');
  const keep = database.transaction((change: IncidentChange) => {
    const {code, subject, detail, cure, beganAt} = change.incident;
    if (change.kind === 'opened') insert.run(code, subject, detail, cure, beganAt);
    else end.run(change.at, code, subject);
    tell(change);
  });
  return {
    open: (): readonly Incident[] => select.all().map(incidentOf),
    /** The row and its fact, or neither; false if the disk refuses them. */
    write: (change: IncidentChange): boolean => {
      // A row written in somebody's transaction would vanish with it, and this memory would not.
      assert(!database.inTransaction, 'incidents are told after the commit');
      try {
        keep.immediate(change);
        return true;
      } catch (error) {
        if (error instanceof Bug) throw error;
        const {code, subject} = change.incident;
        log.error('an incident could not be stored', {code, subject, change: change.kind, error: String(error)});
        return false;
      }
    },
  };
}

function keyOf({code, subject}: {readonly code: string; readonly subject: string}): string {
  return `${code}\n${subject}`;
}

function faultsThenNewest(a: Incident, b: Incident): number {
  const byRank = rank(a) - rank(b);
  return byRank === 0 ? b.beganAt - a.beganAt : byRank;
}

function rank(incident: Incident): number {
  return incident.severity === 'fault' ? 0 : 1;
}

function incidentOf(row: Row): Incident {
  const {code, subject, detail, cure, began_at: began} = row;
  const {stage, severity} = kindOf(code) ?? {stage: 'box', severity: 'fault'};
  return {code, subject, detail, cure, stage, severity, beganAt: began as Instant};
}
