// Keeps the box connected to its cloud: one connection after the other, each with a session of its own.
// In: a way to connect, a way to talk. Out: the state of the link. Never true: two connections at once; a reconnection without
// back-off; an error of ours swallowed.
import type {Log} from '../../shared/log/log.ts';
import {fullJitterMs, pause} from '../../shared/time/back-off.ts';
import type {Clock, Random, Timers} from '../../shared/time/instant.ts';
import type {UpChannel} from '../../shared/wire/talk.ts';
import type {Connect, Connection} from './connection.ts';
import type {Session} from './session.ts';

export type LinkState = {readonly kind: 'up'} | {readonly kind: 'down'; readonly why: string; readonly cure: string};

export type Wire = {
  readonly publish: (channel: UpChannel, bytes: Buffer) => void;
  readonly end: (why: string, waitMs?: number) => void;
};

export type LinkGiven = {
  readonly connect: Connect;
  readonly session: (wire: Wire) => Pick<Session, 'open' | 'close' | 'take' | 'wake' | 'drain'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  readonly onState: (state: LinkState) => void;
};

export type Link = {
  /** There may be new rows. */
  readonly wake: () => void;
  readonly run: (stop: AbortSignal) => Promise<void>;
};

const BACK_OFF = {firstMs: 1_000, longestMs: 300_000};
/** A connection that lasted so long was one; a kick right after each connecting must not be answered by connecting at once. */
const STABLE_MS = 60_000;
/** Of the 5 s that the box has to end in. */
const DRAIN_MS = 1_500;
const DRAIN_LOOK_MS = 20;
const CURE =
  'Nothing to do if the internet is down: everything works here, and rows wait. Else look at the network of this box and at the cloud.';

type Ended = {readonly lastedMs: number; readonly waitMs: number | undefined; readonly why: string};

export function createLink(given: LinkGiven): Link {
  const {clock, timers, random, log, onState} = given;
  let present: ReturnType<LinkGiven['session']> | undefined;

  /** Resolves when the connection is over; rejects for a fault of ours. */
  const connectOnce = (stop: AbortSignal): Promise<Ended> =>
    new Promise((resolve, reject) => {
      let openedAtMs: number | undefined;
      let waitMs: number | undefined;
      const connection: Connection = given.connect({
        opened: guarded(() => {
          openedAtMs = clock.monotonicMs();
          log.info('connected to the cloud');
          onState({kind: 'up'});
          session.open();
        }),
        message: guarded((channel, bytes) => session.take(channel, bytes)),
        closed: (why) => {
          session.close();
          present = undefined;
          stop.removeEventListener('abort', drain);
          resolve({lastedMs: openedAtMs === undefined ? 0 : clock.monotonicMs() - openedAtMs, waitMs, why});
        },
      });
      const session = given.session({
        publish: connection.publish,
        end: (why, leastMs) => {
          waitMs = leastMs;
          connection.close(why);
        },
      });
      present = session;

      function guarded<W extends readonly unknown[]>(act: (...words: W) => void): (...words: W) => void {
        return (...words) => {
          try {
            act(...words);
          } catch (error) {
            reject(error instanceof Error ? error : new Error(String(error)));
            connection.close('a fault of the box');
          }
        };
      }
      const drain = (): void => drained({session, connection, timers}, clock.monotonicMs() + DRAIN_MS, clock);
      stop.addEventListener('abort', drain, {once: true});
    });

  return {
    wake: () => present?.wake(),
    run: async (stop) => {
      let failures = 0;
      const isStopped = (): boolean => stop.aborted;
      onState({kind: 'down', why: 'not connected yet', cure: 'wait a moment'});
      while (!isStopped()) {
        const {lastedMs, waitMs, why} = await connectOnce(stop);
        if (isStopped()) return;
        log.warn(`the cloud is not connected: ${why}`);
        onState({kind: 'down', why, cure: CURE});
        failures = lastedMs >= STABLE_MS ? 0 : failures;
        await pause(waitMs ?? fullJitterMs(failures++, random, BACK_OFF), timers, stop);
      }
    },
  };
}

type Draining = {readonly session: Pick<Session, 'drain'>; readonly connection: Connection; readonly timers: Timers};

/** Waits for what is on its way, not for long: what was not acknowledged is sent again after the next start. */
function drained(draining: Draining, untilMs: number, clock: Pick<Clock, 'monotonicMs'>): void {
  const {session, connection, timers} = draining;
  if (session.drain() || clock.monotonicMs() >= untilMs) connection.close('the box is stopped');
  else timers.after(DRAIN_LOOK_MS, () => drained(draining, untilMs, clock));
}
