// Pages of the desk that move. A database answers by and by, and the hub draws at once: so each view keeps what was last read,
// and is read again when the hub asks. However many watch, a view is read once at a time.
import type {Session} from '../../shared/web/answer.ts';
import type {RawRoute} from '../../shared/web/door.ts';
import type {LiveHub, Part} from '../../shared/web/live.ts';
import {mayWatch, watch} from '../../shared/web/watch.ts';

export type LiveView<S extends Session> = {
  /** As it stands in `<Document live=…>`, such as `/desk/live/sites`; may have a `:part`. */
  readonly path: string;
  /** Views with equal topics are read once for all who watch: what differs by person has the person in its topic. */
  readonly topic: (part: string, session: S) => string;
  /** Nothing if there is no such thing, or it is not for this person. */
  readonly read: (part: string, session: S) => Promise<readonly Part[]>;
};

export type LiveGiven<S extends Session> = {
  readonly hub: LiveHub;
  readonly stands: (session: S) => Promise<boolean>;
  readonly farewell: () => readonly Part[];
  /** Said when all places are taken. */
  readonly full: string;
  readonly trouble: (error: unknown) => void;
};

type Kept = {readonly parts: () => readonly Part[]; watchers: number};

export function liveRoutes<S extends Session>(views: readonly LiveView<S>[], given: LiveGiven<S>): readonly RawRoute<S>[] {
  const {hub, stands, farewell, full, trouble} = given;
  const kept = new Map<string, Promise<Kept>>();

  const leave = (topic: string, view: Kept): void => {
    if (--view.watchers === 0) kept.delete(topic);
  };
  const open = (topic: string, read: () => Promise<readonly Part[]>): Promise<Kept> => {
    const known = kept.get(topic);
    if (known !== undefined) return known;
    const first = read().then((parts) => ({parts: keeping(parts, read, {changed: hub.changed, trouble}), watchers: 0}));
    kept.set(topic, first);
    // Whoever comes next tries again.
    first.catch(() => kept.delete(topic));
    return first;
  };

  return views.map(({path, topic: topicOf, read}) => ({
    path,
    act: async (request, response, session) => {
      if (!mayWatch(hub, {request, response, session}, full) || session === undefined) return;
      const part = String(request.params['part'] ?? '');
      const topic = `${path} ${topicOf(part, session)}`;
      const view = await open(topic, () => read(part, session));
      view.watchers++;
      // Gone while it was read: nobody would say so any more.
      if (response.destroyed) {
        leave(topic, view);
        return;
      }
      response.on('close', () => leave(topic, view));
      const holds = standing(() => stands(session), {changed: hub.changed, trouble});
      watch(hub, {topic, parts: view.parts, session: session.key, holds, farewell}, response);
    },
  }));
}

type Told = {readonly changed: () => void; readonly trouble: (error: unknown) => void};

/** What was read last. Asking starts a new reading; one that is done is handed out before the next begins. */
function keeping(first: readonly Part[], read: () => Promise<readonly Part[]>, {changed, trouble}: Told): () => readonly Part[] {
  let latest = first;
  let state: 'fresh' | 'reading' | 'shown' = 'fresh';
  return () => {
    if (state === 'shown') {
      state = 'reading';
      read().then(
        (parts) => {
          latest = parts;
          state = 'fresh';
          changed();
        },
        (error: unknown) => {
          state = 'shown';
          trouble(error);
        },
      );
    } else if (state === 'fresh') state = 'shown';
    return latest;
  };
}

/** Did it stand when it was last asked? A database that does not answer ends no session. */
function standing(stands: () => Promise<boolean>, {changed, trouble}: Told): () => boolean {
  let still = true;
  let asking = false;
  return () => {
    if (asking || !still) return still;
    asking = true;
    stands()
      .then((answer) => {
        still = answer;
        if (!answer) changed();
      })
      .catch(trouble)
      .finally(() => {
        asking = false;
      });
    return still;
  };
}
