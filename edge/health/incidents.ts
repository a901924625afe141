// Incidents: what is wrong now and what a person does about it. One row for each code and subject while it lasts.
import {assert} from '../../shared/assert/assert.ts';
import type {Log} from '../../shared/log/log.ts';
import type {Clock, Instant} from '../../shared/time/instant.ts';
import type {Database} from '../store/open.ts';
import {kindOf, type IncidentCode} from './codes.ts';
import type {Incident, IncidentChange} from './status.ts';

export type Incidents = {
  /** Opens it unless it is open. */
  readonly incident: (code: IncidentCode, subject: string, detail: string, cure: string) => void;
  readonly ended: (code: IncidentCode, subject: string) => void;
  /** Faults first, then the newest. */
  readonly open: () => readonly Incident[];
};

export type IncidentsGiven = {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  /** Called inside the transaction that opens or ends it: the fact goes into the journal with the row or not at all. */
  readonly tell: (change: IncidentChange) => void;
};

/** Whatever stands in a detail, a page and a mail stay readable. */
const DETAIL_CHARACTERS = 500;

type Row = {code: string; subject: string; detail: string; cure: string; began_at: number};
/** `stored` is false while the disk refuses it: it is shown all the same, and tried again with the next incident. */
type Held = {readonly incident: Incident; stored: boolean};

export function createIncidents(given: IncidentsGiven): Incidents {
  const {database, clock, log} = given;
  const insert = database.prepare<unknown[]>(`
    INSERT INTO incident (code, subject, detail, cure, began_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (code, subject) WHERE ended_at IS NULL DO NOTHING`);
  const end = database.prepare<unknown[]>('UPDATE incident SET ended_at = ? WHERE code = ? AND subject = ? AND ended_at IS NULL');
  const held = new Map<string, Held>();
  for (const row of database.prepare<[], Row>('SELECT code, subject, detail, cure, began_at FROM incident WHERE ended_at IS NULL').all()) {
    const {code, subject} = row;
    held.set(keyOf(code, subject), {incident: incidentOf(row), stored: true});
  }

  const commit = (change: IncidentChange, write: () => void): boolean => {
    // A row written in somebody's transaction would vanish with it, and this memory would not.
    assert(!database.inTransaction, 'incidents are told after the commit');
    try {
      database
        .transaction(() => {
          write();
          given.tell(change);
        })
        .immediate();
      return true;
    } catch (error) {
      log.error('an incident could not be stored', {code: change.incident.code, subject: change.incident.subject, error: String(error)});
      return false;
    }
  };

  const store = (entry: Held): void => {
    const {code, subject, detail, cure, beganAt} = entry.incident;
    entry.stored = commit({kind: 'opened', incident: entry.incident, at: beganAt}, () => insert.run(code, subject, detail, cure, beganAt));
  };

  const incident: Incidents['incident'] = (code, subject, detail, cure) => {
    for (const entry of held.values()) if (!entry.stored) store(entry);
    const key = keyOf(code, subject);
    if (held.has(key)) return;
    const opened = incidentOf({code, subject, detail: detail.slice(0, DETAIL_CHARACTERS), cure, began_at: clock.now()});
    const entry: Held = {incident: opened, stored: false};
    held.set(key, entry);
    log.warn(`incident opened: ${opened.detail}`, {code, subject});
    store(entry);
  };

  const ended: Incidents['ended'] = (code, subject) => {
    const key = keyOf(code, subject);
    const entry = held.get(key);
    if (entry === undefined) return;
    const at = clock.now();
    if (entry.stored && !commit({kind: 'ended', incident: entry.incident, at}, () => end.run(at, code, subject))) return;
    held.delete(key);
    log.info('incident ended', {code, subject, seconds: Math.round((at - entry.incident.beganAt) / 1000)});
  };

  const open = (): readonly Incident[] => [...held.values()].map((entry) => entry.incident).sort(faultsThenNewest);

  return {incident, ended, open};
}

function keyOf(code: string, subject: string): string {
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
