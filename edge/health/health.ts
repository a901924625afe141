// What the box knows about itself.
// In: events of the stages, the state of their connections, incidents. Out: one status; incidents on disk; metrics.
// Never true: a light that is green without a fact, an incident opened twice, a status that costs more than a look.
import type {Registry} from 'prom-client';
import type {Log} from '../../shared/log/log.ts';
import type {Clock, Instant, Timers} from '../../shared/time/instant.ts';
import type {Database} from '../store/open.ts';
import {checkBox} from './checks.ts';
import {createFactReader, type StoreFacts} from './facts.ts';
import {createIncidents, type Incidents} from './incidents.ts';
import {stagesOf, worstLight} from './lights.ts';
import {createMetrics} from './metrics.ts';
import {createRecent, type Recent} from './recent.ts';
import type {BoxStatus, Incident, IncidentChange, MachineFacts} from './status.ts';

export type HealthGiven = {
  /** The writer's connection: incidents are the only rows written here. */
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly machine: {readonly facts: () => MachineFacts; readonly startOver: () => void};
  /** Inside the transaction of an incident: the place to write its fact into the journal. */
  readonly tell: (change: IncidentChange) => void;
  /** After anything that a page shows may have changed. */
  readonly changed: () => void;
};

export type Health = Pick<Incidents, 'incident' | 'ended'> & {
  /** Something went through a stage. To be called after the commit. */
  readonly stage: Recent['stage'];
  /** The state of a connection, at once with its first. */
  readonly link: Recent['link'];
  readonly running: Recent['running'];
  /** The status now, at most {@link STATUS_MS} old. */
  readonly snapshot: () => BoxStatus;
  readonly metrics: Registry;
  /** Looks after what no stage sees (disk, event loop, clock) until called off. */
  readonly watch: (timers: Timers) => () => void;
};

/** Pages, probes and metrics may all ask at once; the tables are asked once. */
const STATUS_MS = 200;
const CHECK_MS = 10_000;
const INCIDENTS_SHOWN = 100;

export function createHealth(given: HealthGiven): Health {
  const {database, clock, machine} = given;
  const reader = createFactReader(database);
  const incidents = createIncidents(given);
  const recent = createRecent(clock, reader.lastEvents());
  const look = (): BoxStatus =>
    statusOf({now: clock.now(), machine: machine.facts(), store: reader.facts(), recent: recent.facts(), open: incidents.open()});
  const status = kept(look, clock);

  /** What was looked at is no longer how it is. */
  const after = <W extends readonly unknown[]>(act: (...words: W) => void): ((...words: W) => void) => {
    return (...words) => {
      act(...words);
      status.forget();
      given.changed();
    };
  };
  const check = after(() => {
    incidents.storeAgain();
    checkBox(look(), incidents);
    machine.startOver();
  });

  return {
    incident: after(incidents.incident),
    ended: after(incidents.ended),
    stage: after(recent.stage),
    link: after(recent.link),
    running: after(recent.running),
    snapshot: status.read,
    metrics: createMetrics(status.read, reader.lineCounts),
    watch: (timers) => every(CHECK_MS, timers, check),
  };
}

type Looked = {
  readonly now: Instant;
  readonly machine: MachineFacts;
  readonly store: StoreFacts;
  readonly recent: ReturnType<Recent['facts']>;
  readonly open: readonly Incident[];
};

function statusOf({now, machine, store, recent, open}: Looked): BoxStatus {
  const stages = stagesOf({now, store, incidents: open, ...recent});
  const ofTheBox = open.filter((incident) => incident.stage === 'box').map((incident) => incident.severity);
  return {
    ...machine,
    at: now,
    site: store.site,
    box: store.box,
    mode: store.policy?.mode,
    zone: store.policy?.zone ?? 'UTC',
    currency: store.policy?.currency as BoxStatus['currency'],
    light: worstLight([...stages.map((stage) => stage.light), ...ofTheBox]),
    stages,
    incidents: open.slice(0, INCIDENTS_SHOWN),
    incidentsOpen: open.length,
    heads: store.heads,
  };
}

/** Looks once for all who ask within a moment. */
function kept<T>(look: () => T, clock: Pick<Clock, 'monotonicMs'>): {readonly read: () => T; readonly forget: () => void} {
  let last: {readonly seen: T; readonly atMs: number} | undefined;
  return {
    read: () => {
      const atMs = clock.monotonicMs();
      if (last === undefined || atMs - last.atMs > STATUS_MS) last = {seen: look(), atMs};
      return last.seen;
    },
    forget: () => {
      last = undefined;
    },
  };
}

/** Acts once a period, until the returned function is called. */
function every(periodMs: number, timers: Timers, act: () => void): () => void {
  let cancel = (): void => undefined;
  const wait = (): void => {
    cancel = timers.after(periodMs, () => {
      act();
      wait();
    });
  };
  wait();
  return () => cancel();
}
