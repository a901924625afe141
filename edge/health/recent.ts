// What went through the box of late, and which of its connections are up: in memory, told by the stages as it happens.
import type {Clock} from '../../shared/time/instant.ts';
import type {RunningStatus} from '../engine/running.ts';
import type {StageName} from './codes.ts';
import type {Facts} from './lights.ts';
import type {LinkFact, StageEvent} from './status.ts';

export type Link = Omit<LinkFact, 'since'>;

export type LinkedStage = keyof Facts['links'];

export type Recent = {
  readonly stage: (name: StageName, event: StageEvent) => void;
  readonly link: (stage: LinkedStage, link: Link) => void;
  /** What is known of calls that run. */
  readonly running: (status: RunningStatus) => void;
  readonly facts: () => Pick<Facts, 'links' | 'last' | 'confirmMs' | 'running'>;
};

/** Enough for a 99th percentile, little enough to be about now. */
const CONFIRMATIONS_KEPT = 500;

/** `before`: what each stage did last before this process began. */
export function createRecent(clock: Pick<Clock, 'now'>, before: Facts['last']): Recent {
  const last = new Map(before);
  const links = {feed: new Map<string, LinkFact>(), switchboard: new Map<string, LinkFact>(), sync: new Map<string, LinkFact>()};
  const confirmations: number[] = [];
  let running: RunningStatus = {kind: 'unknown'};
  return {
    stage: (name, event) => {
      last.set(name, {event, at: clock.now()});
      if (event.kind !== 'command' || event.result !== 'confirmed' || event.tookMs === undefined) return;
      confirmations.push(Math.round(event.tookMs));
      if (confirmations.length > CONFIRMATIONS_KEPT) confirmations.shift();
    },
    link: (name, told) => {
      const known = links[name].get(told.subject);
      // `since` is when it went up or down, not when it last failed to come up.
      const since = known?.state.kind === told.state.kind ? known.since : clock.now();
      links[name].set(told.subject, {...told, since});
    },
    running: (status) => {
      running = status;
    },
    facts: () => ({
      running,
      links: {feed: [...links.feed.values()], switchboard: [...links.switchboard.values()], sync: [...links.sync.values()]},
      last,
      confirmMs: confirmations.toSorted((a, b) => a - b),
    }),
  };
}
