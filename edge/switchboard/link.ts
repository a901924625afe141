// Keeps one session with a switchboard open: open → up → lost → back-off, for ever, until told to stop.
// Never true: a session that is handed out after it was lost; two sessions at once.
import type {Log, Secret} from '../../shared/log/log.ts';
import {backOffMs, pause} from '../../shared/time/back-off.ts';
import type {Random, Timers} from '../../shared/time/instant.ts';
import type {LinkState} from './port.ts';
import type {Wire} from './wire.ts';

export type Down = {
  readonly why: string;
  readonly cure: string;
  /** `person`: only somebody's hand can mend it (a wrong password), so asking often is only noise in its log. */
  readonly waitFor: 'network' | 'person';
};

export type Session = {
  /** Resolves once, when the session has ended for whatever reason. */
  readonly ended: Promise<Down>;
  /** Asks whether the switchboard is there; a silence ends the session by the question's own deadline. */
  readonly ping: () => Promise<void>;
  readonly cut: () => void;
};

export type Link<S extends Session> = {
  /** The session, if there is one at this moment. */
  readonly session: () => S | undefined;
  readonly state: () => LinkState;
  /** What a question is answered with that finds no session. */
  readonly noAnswer: () => NoAnswer;
  readonly onLink: (listen: (state: LinkState) => void) => () => void;
  readonly run: (signal: AbortSignal) => Promise<void>;
};

export type NoAnswer = {readonly kind: 'failed'; readonly code: 'unreachable'; readonly detail: string};

/** What every driver that keeps a link is made with. */
export type DriverGiven = {
  /** Starts a new connection, such as `() => openWire(address)`. */
  readonly connect: () => Wire;
  /** Names the switchboard in messages, such as `10.0.0.5:5038`. */
  readonly where: string;
  readonly secret: Secret;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
};

export type LinkGiven<S extends Session> = {
  /** Starts a session. */
  readonly open: () => S;
  /** Gives undefined once the session can be used; within a deadline of its own. */
  readonly login: (session: S) => Promise<Down | undefined>;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
};

/** A quiet link that died is noticed within this and the deadline of a question. */
const PING_MS = 15_000;

export function createLink<S extends Session>(given: LinkGiven<S>): Link<S> {
  const {timers, random, log} = given;
  const listeners = new Set<(state: LinkState) => void>();
  let session: S | undefined;
  let state: LinkState = {kind: 'down', why: 'not connected yet', cure: 'wait a moment'};

  const change = (to: LinkState): void => {
    const same = to.kind === state.kind && (to.kind === 'up' || (state.kind === 'down' && to.why === state.why));
    state = to;
    if (same) return;
    if (to.kind === 'up') log.info('connected to the switchboard');
    else log.warn(`the switchboard is not connected: ${to.why}`);
    for (const listen of listeners) listen(to);
  };

  const run = async (signal: AbortSignal): Promise<void> => {
    let failures = 0;
    while (!signal.aborted) {
      const opened = given.open();
      const cut = (): void => opened.cut();
      signal.addEventListener('abort', cut, {once: true});
      let down = await given.login(opened);
      if (down === undefined) {
        const quiet = keepAlive(opened, timers);
        session = opened;
        failures = 0;
        change({kind: 'up'});
        down = await opened.ended;
        session = undefined;
        quiet();
      }
      signal.removeEventListener('abort', cut);
      change({kind: 'down', why: down.why, cure: down.cure});
      const wait = backOffMs(down.waitFor === 'person' ? Infinity : failures, random);
      failures++;
      await pause(wait, timers, signal);
    }
  };

  return {
    session: () => session,
    state: () => state,
    noAnswer: () => ({kind: 'failed', code: 'unreachable', detail: state.kind === 'down' ? state.why : 'the link was lost just now'}),
    onLink: (listen) => {
      listeners.add(listen);
      listen(state);
      return () => listeners.delete(listen);
    },
    run,
  };
}

/** Pings until the returned function is called. */
function keepAlive(session: Session, timers: Timers): () => void {
  let stopped = false;
  let cancel = timers.after(PING_MS, ping);
  function ping(): void {
    void session.ping().then(() => {
      if (!stopped) cancel = timers.after(PING_MS, ping);
    });
  }
  return () => {
    stopped = true;
    cancel();
  };
}
