// Pages that move: their parts are drawn again when something changed, and sent to whoever looks, if they differ.
// In: a nudge, as often as you like. Out: server-sent events. Never true: more work for a thousand changes than for one.
import type {Timers} from '../time/instant.ts';

export type Part = readonly [id: string, html: string];

export type Watcher = {
  /** Equal topics have equal parts: drawn once for all who watch. */
  readonly topic: string;
  readonly parts: () => readonly Part[];
  /** Whose session it is: one person cannot take all places. */
  readonly session: string;
  /** Asked before each push: a session ends while a page is open. */
  readonly holds: () => boolean;
  /** The last words to a page whose session has ended. */
  readonly farewell: () => readonly Part[];
};

/** The part of an answer that is needed here. */
export type Stream = {
  readonly write: (text: string) => boolean;
  readonly end: () => void;
  readonly destroy: () => void;
  readonly waiting: () => number;
  readonly onClose: (act: () => void) => void;
};

export type LiveHub = {
  readonly changed: () => void;
  /** Are all places taken, or all of this session? */
  readonly isFull: (session: string) => boolean;
  readonly join: (watcher: Watcher, stream: Stream) => void;
  /** Ends all streams: the server could not close otherwise. */
  readonly close: () => void;
  readonly watching: () => number;
};

/** A browser keeps one for each page in front; beyond this the page stands still and says so. Enough for one box. */
export const MOST_WATCHERS = 24;
const MOST_OF_SESSION = 6;
/** Two a second is as fast as anybody reads. */
const PUSH_EVERY_MS = 500;
/** Ages grow without any change. It also keeps the connection open through whatever forgets idle ones. */
const REDRAW_MS = 2_000;
/** Somebody who does not read: the parts are sent whole again when he comes back. */
const MOST_UNSENT_BYTES = 1_000_000;

type Place = {readonly watcher: Watcher; readonly stream: Stream; readonly sent: Map<string, string>};

export type LiveGiven = {
  readonly timers: Timers;
  readonly trouble: (error: unknown) => void;
  readonly mostWatchers?: number;
};

export function createLiveHub(given: LiveGiven): LiveHub {
  const {mostWatchers = MOST_WATCHERS} = given;
  const places = new Set<Place>();
  let cancel: (() => void) | undefined;
  let dirty = false;
  let sinceLast = 0;

  const push = (): void => {
    const drawn = new Map<string, readonly Part[]>();
    for (const place of places) {
      try {
        pushTo(place, drawn);
      } catch (error) {
        given.trouble(error);
        place.stream.destroy();
      }
    }
  };

  const beat = (): void => {
    cancel = undefined;
    sinceLast += PUSH_EVERY_MS;
    if (dirty || sinceLast >= REDRAW_MS) {
      dirty = false;
      sinceLast = 0;
      push();
    }
    schedule();
  };

  const schedule = (): void => {
    if (places.size > 0) cancel ??= given.timers.after(PUSH_EVERY_MS, beat);
  };

  const leave = (place: Place): void => {
    places.delete(place);
    if (places.size > 0) return;
    cancel?.();
    cancel = undefined;
  };

  const join: LiveHub['join'] = (watcher, stream) => {
    const place = {watcher, stream, sent: new Map<string, string>()};
    places.add(place);
    stream.onClose(() => leave(place));
    // A browser that lost us asks again after so long.
    stream.write('retry: 2000\n\n');
    pushTo(place, new Map());
    schedule();
  };

  const isFull: LiveHub['isFull'] = (session) =>
    places.size >= mostWatchers || [...places].filter(({watcher}) => watcher.session === session).length >= MOST_OF_SESSION;

  return {
    isFull,
    changed: () => {
      dirty = true;
    },
    join,
    close: () => {
      for (const {stream} of places) stream.end();
      places.clear();
      cancel?.();
      cancel = undefined;
    },
    watching: () => places.size,
  };
}

function pushTo({watcher, stream, sent}: Place, drawn: Map<string, readonly Part[]>): void {
  if (!watcher.holds()) {
    stream.write(eventOf(watcher.farewell()));
    stream.end();
    return;
  }
  if (stream.waiting() > MOST_UNSENT_BYTES) {
    stream.destroy();
    return;
  }
  const parts = drawn.get(watcher.topic) ?? watcher.parts();
  drawn.set(watcher.topic, parts);
  const news = parts.filter(([id, html]) => sent.get(id) !== html);
  for (const [id, html] of news) sent.set(id, html);
  if (news.length > 0) stream.write(eventOf(news));
}

/** JSON has no line break, so one line of data holds it. */
function eventOf(parts: readonly Part[]): string {
  return `data: ${JSON.stringify(parts)}\n\n`;
}
