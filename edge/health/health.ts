// What the box knows about itself.
// In: events of the stages, the state of their connections, incidents. Out: one status; incidents on disk; metrics.
// Never true: a light that is green without a fact, an incident opened twice, a status that costs more than a look.
import type {Registry} from 'prom-client';
import type {Log} from '../../shared/log/log.ts';
import type {Clock, Instant, Timers} from '../../shared/time/instant.ts';
import type {Database} from '../store/open.ts';
import {checkBox} from './checks.ts';
import {createFactReader} from './facts.ts';
import {createIncidents, type Incidents} from './incidents.ts';
import {stagesOf, worstLight} from './lights.ts';
import {createMetrics} from './metrics.ts';
import type {StageName} from './codes.ts';
import type {BoxStatus, IncidentChange, LinkFact, MachineFacts, StageEvent} from './status.ts';

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

export type Link = Omit<LinkFact, 'since'>;

export type Health = Pick<Incidents, 'incident' | 'ended'> & {
  /** Something went through a stage. To be called after the commit. */
  readonly stage: (name: StageName, event: StageEvent) => void;
  /** The state of a connection, at once with its first. */
  readonly link: (stage: 'feed' | 'switchboard', link: Link) => void;
  /** The status now, at most {@link STATUS_MS} old. */
  readonly snapshot: () => BoxStatus;
  readonly metrics: Registry;
  /** Looks after what no stage sees (disk, event loop, commands that nobody confirmed) until called off. */
  readonly watch: (timers: Timers) => () => void;
};

/** Pages, probes and metrics may all ask at once; the tables are asked once. */
const STATUS_MS = 200;
const CHECK_MS = 10_000;
const INCIDENTS_SHOWN = 100;
/** Enough for a 99th percentile, little enough to be about now. */
const CONFIRMATIONS_KEPT = 500;

export function createHealth(given: HealthGiven): Health {
  const {database, clock} = given;
  const reader = createFactReader(database);
  const incidents = createIncidents(given);
  const last = new Map(reader.lastEvents());
  const links = {feed: new Map<string, LinkFact>(), switchboard: new Map<string, LinkFact>()};
  const confirmations: number[] = [];
  let kept: {readonly status: BoxStatus; readonly atMs: number} | undefined;

  const changed = (): void => {
    kept = undefined;
    given.changed();
  };

  const take = (): BoxStatus => {
    const now = clock.now();
    const store = reader.facts();
    const open = incidents.open();
    const stages = stagesOf({
      now,
      store,
      links: {feed: [...links.feed.values()], switchboard: [...links.switchboard.values()]},
      incidents: open,
      last,
      confirmMs: confirmations.toSorted((a, b) => a - b),
    });
    const ofTheBox = open.filter((incident) => incident.stage === 'box').map((incident) => incident.severity);
    return {
      ...given.machine.facts(),
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
  };

  const snapshot = (): BoxStatus => {
    const atMs = clock.monotonicMs();
    if (kept === undefined || atMs - kept.atMs > STATUS_MS) kept = {status: take(), atMs};
    return kept.status;
  };

  const stage: Health['stage'] = (name, event) => {
    last.set(name, {event, at: clock.now()});
    if (event.kind === 'command' && event.result === 'confirmed' && event.tookMs !== undefined) {
      confirmations.push(Math.round(event.tookMs));
      if (confirmations.length > CONFIRMATIONS_KEPT) confirmations.shift();
    }
    changed();
  };

  const link: Health['link'] = (name, told) => {
    const before = links[name].get(told.subject);
    // `since` is when it went up or down, not when it last failed to come up.
    const since: Instant = before !== undefined && before.state.kind === told.state.kind ? before.since : clock.now();
    links[name].set(told.subject, {...told, since});
    changed();
  };

  const watch = (timers: Timers): (() => void) => {
    let stop = (): void => undefined;
    const check = (): void => {
      checkBox(take(), incidents);
      given.machine.startOver();
      changed();
      stop = timers.after(CHECK_MS, check);
    };
    stop = timers.after(CHECK_MS, check);
    return () => stop();
  };

  return {
    incident: (...words) => {
      incidents.incident(...words);
      changed();
    },
    ended: (...words) => {
      incidents.ended(...words);
      changed();
    },
    stage,
    link,
    snapshot,
    metrics: createMetrics(snapshot, reader.lineCounts),
    watch,
  };
}
