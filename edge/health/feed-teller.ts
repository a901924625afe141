// What a door says of its connection, for people: the link at once, an incident only when it has been down for a while.
import type {Timers} from '../../shared/time/instant.ts';
import type {DoorState} from '../feed/door.ts';
import type {Health} from './health.ts';

export type FeedTeller = {
  readonly tell: (state: DoorState) => void;
  /** Nothing is told any more. */
  readonly quiet: () => void;
};

/** A switchboard or a disk that restarts is back within this, and nobody has to know. */
const DOWN_MS = 10_000;

/** `means`: the kind of door. */
export function createFeedTeller(
  health: Pick<Health, 'link' | 'incident' | 'ended'>,
  timers: Timers,
  name: string,
  means: string,
): FeedTeller {
  let quiet = (): void => undefined;
  const incidents = (state: DoorState): void => {
    for (const code of ['feed.unreachable', 'feed.refused'] as const) {
      if (state.kind === 'down' && code === `feed.${state.code}`) health.incident(code, name, state.why, state.cure);
      else health.ended(code, name);
    }
  };
  return {
    tell: (state) => {
      health.link('feed', {subject: name, means, state});
      quiet();
      if (state.kind === 'up') incidents(state);
      else quiet = timers.after(DOWN_MS, () => incidents(state));
    },
    quiet: () => quiet(),
  };
}
