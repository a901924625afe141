// Facts become lights: pure. A light that is not ok says why, worst reason first.
import type {Instant} from '../../shared/time/instant.ts';
import type {RunningStatus} from '../engine/running.ts';
import type {StoreFacts} from './facts.ts';
import type {StageName} from './codes.ts';
import type {Counter, Incident, Light, LinkFact, Reason, StageEvent, StageStatus} from './status.ts';

export type Facts = {
  readonly now: Instant;
  readonly store: StoreFacts;
  readonly links: Readonly<Record<'feed' | 'switchboard' | 'sync', readonly LinkFact[]>>;
  readonly incidents: readonly Incident[];
  readonly last: ReadonlyMap<StageName, {readonly event: StageEvent; readonly at: Instant}>;
  /** How long the switchboard took to confirm of late, rising. */
  readonly confirmMs: readonly number[];
  readonly running: RunningStatus;
};

/** A command that nobody confirmed for longer is no longer on its way. Later it is an incident: the reconciler tells why. */
const UNCONFIRMED_MS = 120_000;

export function stagesOf(facts: Facts): readonly StageStatus[] {
  return [
    stage(facts, 'feed', feedReasons),
    stage(facts, 'record', recordReasons),
    stage(facts, 'rating', ratingReasons),
    stage(facts, 'ledger', ledgerReasons),
    stage(facts, 'credit', creditReasons),
    stage(facts, 'switchboard', switchboardReasons),
    // A box without a cloud of its own has no such stage.
    ...(facts.links.sync.length === 0 ? [] : [stage(facts, 'sync', syncReasons)]),
  ];
}

/** Off only if everything is: a box of which nothing is known is not well because of it. */
export function worstLight(lights: readonly Light[]): Light {
  return (['fault', 'warning', 'ok'] as const).find((light) => lights.includes(light)) ?? 'off';
}

type Weighed = {readonly light: Exclude<Light, 'ok'>; readonly reason: Reason};

const WEIGHT: Readonly<Record<Exclude<Light, 'ok'>, number>> = {fault: 0, warning: 1, off: 2};

function stage(facts: Facts, name: StageName, own: (facts: Facts) => readonly Weighed[]): StageStatus {
  const weighed = [...incidentReasons(facts, name), ...own(facts)].sort((a, b) => WEIGHT[a.light] - WEIGHT[b.light]);
  return {
    name,
    light: weighed[0]?.light ?? 'ok',
    reasons: weighed.map((each) => each.reason),
    last: facts.last.get(name),
    counters: countersOf(facts, name),
    links: name === 'feed' || name === 'switchboard' || name === 'sync' ? facts.links[name] : [],
  };
}

function incidentReasons(facts: Facts, name: StageName): readonly Weighed[] {
  return facts.incidents
    .filter((incident) => incident.stage === name)
    .map(({severity, code, subject}) => ({light: severity, reason: {kind: 'incident', code, subject}}));
}

function linkReasons(links: readonly LinkFact[]): readonly Weighed[] {
  if (links.length === 0) return [{light: 'off', reason: {kind: 'no-link'}}];
  const down = links.flatMap(({subject, state}) => (state.kind === 'down' ? [{subject, why: state.why}] : []));
  // One feed of several down: calls still come in from the others.
  const light = down.length === links.length ? 'fault' : 'warning';
  return down.map(({subject, why}) => ({light, reason: {kind: 'link-down', subject, why}}));
}

function nothingYet(facts: Facts, name: StageName): readonly Weighed[] {
  return facts.last.has(name) ? [] : [{light: 'off', reason: {kind: 'nothing-yet'}}];
}

function feedReasons(facts: Facts): readonly Weighed[] {
  return linkReasons(facts.links.feed);
}

function recordReasons(facts: Facts): readonly Weighed[] {
  const reasons: Weighed[] = [];
  const last = facts.last.get('record')?.event;
  if (last?.kind === 'rejected') reasons.push({light: 'warning', reason: {kind: 'last-rejected', reason: last.reason}});
  const count = facts.store.rejectsWaiting;
  if (count > 0) reasons.push({light: 'warning', reason: {kind: 'rejects-waiting', count}});
  return [...reasons, ...nothingYet(facts, 'record')];
}

function ratingReasons(facts: Facts): readonly Weighed[] {
  if (facts.store.policy === undefined) return [{light: 'off', reason: {kind: 'no-policy'}}];
  if (!facts.store.hasTariff) return [{light: 'fault', reason: {kind: 'no-tariff'}}];
  const last = facts.last.get('rating')?.event;
  if (last?.kind === 'unbillable') return [{light: 'warning', reason: {kind: 'last-unbillable', reason: last.reason}}];
  return nothingYet(facts, 'rating');
}

function ledgerReasons(facts: Facts): readonly Weighed[] {
  return nothingYet(facts, 'ledger');
}

function creditReasons(facts: Facts): readonly Weighed[] {
  const {policy, brakeSince} = facts.store;
  if (policy === undefined) return [{light: 'off', reason: {kind: 'no-policy'}}];
  if (brakeSince !== undefined) return [{light: 'fault', reason: {kind: 'brake', since: brakeSince}}];
  return nothingYet(facts, 'credit');
}

function switchboardReasons(facts: Facts): readonly Weighed[] {
  const reasons: Weighed[] = [...linkReasons(facts.links.switchboard)];
  const {policy, unconfirmed} = facts.store;
  if (policy === undefined) return [...reasons, {light: 'off', reason: {kind: 'no-policy'}}];
  if (policy.mode !== 'bill-and-lock') return [...reasons, {light: 'off', reason: {kind: 'mode', mode: policy.mode}}];
  if (unconfirmed !== undefined && facts.now - unconfirmed.oldest > UNCONFIRMED_MS) {
    reasons.push({light: 'warning', reason: {kind: 'unconfirmed', ...unconfirmed}});
  }
  return reasons;
}

/** The box does all its work without the cloud: a link that is down is no fault. */
function syncReasons({links, store}: Facts): readonly Weighed[] {
  const down = links.sync.flatMap(({subject, state}) => (state.kind === 'down' ? [{subject, why: state.why}] : []));
  const lost: readonly Weighed[] = down.map(({subject, why}) => ({light: 'warning', reason: {kind: 'link-down', subject, why}}));
  if (lost.length === 0 || store.rowsWaiting === 0) return lost;
  return [...lost, {light: 'warning', reason: {kind: 'rows-waiting', count: store.rowsWaiting}}];
}

function countersOf({store, confirmMs, running}: Facts, name: StageName): readonly Counter[] {
  switch (name) {
    case 'feed':
      return [{name: 'lines', value: store.lines}];
    case 'record':
      return [
        {name: 'calls', value: store.calls},
        {name: 'rejects-waiting', value: store.rejectsWaiting},
      ];
    case 'rating':
      return [
        {name: 'rated', value: store.rated},
        {name: 'unbillable', value: store.unbillable},
      ];
    case 'ledger':
      return [
        {name: 'transfers', value: store.transfers},
        {name: 'accounts', value: store.accounts},
      ];
    case 'credit':
      return [
        {name: 'lines-locked', value: store.linesLocked},
        {name: 'lines-open', value: store.linesOpen},
      ];
    case 'switchboard':
      return [
        {name: 'lines-confirmed', value: store.linesConfirmed},
        {name: 'lines-unconfirmed', value: store.unconfirmed?.count ?? 0},
        ...runningCounters(running),
        ...confirmCounters(confirmMs),
      ];
    case 'sync':
      return [
        {name: 'rows-waiting', value: store.rowsWaiting},
        {name: 'rows-held', value: store.heads.up.seq - store.rowsWaiting},
      ];
  }
}

/** Where the switchboard does not tell, none: a zero would say that nobody talks. */
function runningCounters(running: RunningStatus): readonly Counter[] {
  if (running.kind === 'unknown') return [];
  return [
    {name: 'lines-in-call', value: running.lines},
    {name: 'calls-with-end', value: running.limited},
  ];
}

function confirmCounters(rising: readonly number[]): readonly Counter[] {
  const at = (share: number): number => rising[Math.min(rising.length - 1, Math.floor(rising.length * share))] ?? 0;
  if (rising.length === 0) return [];
  return [
    {name: 'confirm-p50-ms', value: at(0.5)},
    {name: 'confirm-p99-ms', value: at(0.99)},
  ];
}
