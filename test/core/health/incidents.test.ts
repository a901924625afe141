// Incidents: opened once, ended once, found again after a restart, and shown while no disk takes them.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createIncidents, type Incidents} from '../../../edge/health/incidents.ts';
import type {IncidentChange} from '../../../edge/health/status.ts';
import {Bug} from '../../../shared/assert/assert.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {silentLog} from '../silent-log.ts';
import {fillDisk, temporaryStore, type TemporaryStore} from '../temporary-store.ts';

let store: TemporaryStore;
let now: number;
let told: IncidentChange[];
let tell: (change: IncidentChange) => void;
let incidents: Incidents;

const restart = (): Incidents =>
  createIncidents({database: store.database, clock: {now: () => now as Instant}, log: silentLog, tell: (change) => tell(change)});

beforeEach(() => {
  store = temporaryStore();
  now = 1_000;
  told = [];
  tell = (change) => void told.push(change);
  incidents = restart();
});
afterEach(() => store.remove());

const rows = (): unknown => store.database.prepare('SELECT code, subject, began_at, ended_at FROM incident ORDER BY id').all();
const shown = (of = incidents): readonly string[] => of.open().map(({code, subject}) => `${code} ${subject}`);
const changes = (): readonly string[] => told.map(({kind, incident, at}) => `${kind} ${incident.code} ${incident.subject} ${at}`);

describe('an incident', () => {
  test('is opened once, with a row and a fact, until it has ended', () => {
    incidents.incident('feed.truncated', 'mitel', 'no line for an hour', 'look at the cable');
    now = 2_000;
    incidents.incident('feed.truncated', 'mitel', 'no line for two hours', 'look at the cable');
    expect(incidents.open()).toEqual([
      {
        code: 'feed.truncated',
        subject: 'mitel',
        detail: 'no line for an hour',
        cure: 'look at the cable',
        stage: 'feed',
        severity: 'warning',
        beganAt: 1_000,
      },
    ]);
    now = 3_000;
    incidents.ended('feed.truncated', 'mitel');
    incidents.ended('feed.truncated', 'mitel');
    expect(incidents.open()).toEqual([]);
    expect(rows()).toEqual([{code: 'feed.truncated', subject: 'mitel', began_at: 1_000, ended_at: 3_000}]);
    expect(changes()).toEqual(['opened feed.truncated mitel 1000', 'ended feed.truncated mitel 3000']);
    now = 4_000;
    incidents.incident('feed.truncated', 'mitel', 'again', 'look at the cable');
    expect(rows()).toHaveLength(2);
  });

  test('is of one subject: others of its code are their own', () => {
    incidents.incident('feed.truncated', 'mitel', '', '');
    incidents.incident('feed.truncated', 'asterisk', '', '');
    incidents.ended('feed.truncated', 'mitel');
    expect(shown()).toEqual(['feed.truncated asterisk']);
  });

  test('that never began does not end', () => {
    incidents.ended('feed.truncated', 'mitel');
    expect(changes()).toEqual([]);
  });

  test('is found again after a restart, opened no second time, and can end then', () => {
    incidents.incident('box.disk-low', 'box', 'little is left', 'free some');
    const later = restart();
    expect(shown(later)).toEqual(['box.disk-low box']);
    later.incident('box.disk-low', 'box', 'little is left', 'free some');
    expect(changes()).toHaveLength(1);
    later.ended('box.disk-low', 'box');
    expect(shown(restart())).toEqual([]);
  });

  test('of a code that this release does not know is a fault of the box', () => {
    store.database.exec("INSERT INTO incident (code, subject, detail, cure, began_at) VALUES ('moon.eclipse', 'moon', 'dark', 'wait', 5)");
    expect(restart().open()).toMatchObject([{code: 'moon.eclipse', stage: 'box', severity: 'fault'}]);
  });

  test('is shown with faults first, then the newest', () => {
    for (const [code, at] of [
      ['feed.truncated', 1],
      ['feed.unreachable', 2],
      ['switchboard.drift', 3],
      ['ledger.corrupt', 4],
    ] as const) {
      now = at;
      incidents.incident(code, 'it', '', '');
    }
    expect(incidents.open().map(({code}) => code)).toEqual(['ledger.corrupt', 'feed.unreachable', 'switchboard.drift', 'feed.truncated']);
  });

  test('with a long story stays readable', () => {
    incidents.incident('feed.truncated', 'mitel', 'x'.repeat(10_000), '');
    expect(incidents.open()[0]?.detail).toHaveLength(500);
  });

  test('is told after the commit, never in it', () => {
    const inside = store.database.transaction(() => incidents.incident('feed.truncated', 'mitel', '', ''));
    expect(inside).toThrow(/after the commit/);
  });

  test('whose fact cannot be written has no row either', () => {
    tell = () => {
      throw new Error('the journal is full');
    };
    incidents.incident('feed.truncated', 'mitel', '', '');
    expect(rows()).toEqual([]);
    expect(shown()).toEqual(['feed.truncated mitel']);
  });

  test('does not hide a fault of the program', () => {
    tell = () => {
      throw new Bug('broken invariant');
    };
    expect(() => incidents.incident('feed.truncated', 'mitel', '', '')).toThrow(Bug);
  });
});

describe('a full disk', () => {
  const untilRefused = (): number => {
    // A row or two may still find room in the last pages.
    for (let count = 0; count < 500; count++) {
      incidents.incident('switchboard.unconfirmed', `line-${count}`, 'x'.repeat(400), 'y'.repeat(400));
      const stored = store.database.prepare<[], number>('SELECT count(*) FROM incident').pluck().get() ?? 0;
      if (stored <= count) return count;
    }
    throw new Error('everything was stored');
  };

  test('keeps incidents shown, and they are stored when there is space, in their order', () => {
    const free = fillDisk(store.database);
    now = 5_000;
    const refused = untilRefused();
    incidents.incident('box.disk-full', 'box', 'x'.repeat(400), 'y'.repeat(4_000));
    expect(shown()).toContain(`switchboard.unconfirmed line-${refused}`);
    expect(shown()).toContain('box.disk-full box');
    told = [];
    free();
    now = 6_000;
    incidents.storeAgain();
    expect(changes()).toEqual([`opened switchboard.unconfirmed line-${refused} 5000`, 'opened box.disk-full box 5000']);
    expect(shown(restart())).toEqual(shown());
    incidents.storeAgain();
    expect(changes()).toHaveLength(2);
  });

  test('that refuses an end does not keep it shown; the end is stored when there is space', () => {
    incidents.incident('feed.unreachable', 'mitel', '', '');
    tell = () => {
      throw new Error('the disk is full');
    };
    now = 2_000;
    incidents.ended('feed.unreachable', 'mitel');
    expect(shown()).toEqual([]);
    expect(rows()).toMatchObject([{ended_at: null}]);
    tell = (change) => void told.push(change);
    now = 3_000;
    incidents.incident('feed.truncated', 'other', '', '');
    expect(rows()).toMatchObject([{subject: 'mitel', ended_at: 2_000}, {subject: 'other'}]);
  });

  test('that refuses an end which is taken back leaves one incident that never ended', () => {
    incidents.incident('feed.unreachable', 'mitel', '', '');
    tell = () => {
      throw new Error('the disk is full');
    };
    incidents.ended('feed.unreachable', 'mitel');
    incidents.incident('feed.unreachable', 'mitel', '', '');
    tell = (change) => void told.push(change);
    incidents.storeAgain();
    expect(shown()).toEqual(['feed.unreachable mitel']);
    expect(rows()).toMatchObject([{subject: 'mitel', ended_at: null}]);
  });

  test('over the whole life of an incident loses neither its beginning nor its end', () => {
    tell = () => {
      throw new Error('the disk is full');
    };
    incidents.incident('feed.unreachable', 'mitel', '', '');
    now = 2_000;
    incidents.ended('feed.unreachable', 'mitel');
    tell = (change) => void told.push(change);
    incidents.storeAgain();
    expect(changes()).toEqual(['opened feed.unreachable mitel 1000', 'ended feed.unreachable mitel 2000']);
    expect(rows()).toEqual([{code: 'feed.unreachable', subject: 'mitel', began_at: 1_000, ended_at: 2_000}]);
  });
});
