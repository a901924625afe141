// We connect to the switchboard, as Mitel, Panasonic and Alcatel want it, and again whenever the connection ends.
import {connect, type Socket} from 'node:net';
import {backOffMs, pause} from '../../../shared/time/back-off.ts';
import {down} from '../door-state.ts';
import type {DoorState} from '../door.ts';
import {ended, notConnected} from './faults.ts';
import {KEEP_ALIVE_MS, receive, type ReceiveGiven} from './receive.ts';

export type ConnectGiven = ReceiveGiven & {
  readonly host: string;
  readonly port: number;
  readonly report: (state: DoorState) => void;
};

/** A switchboard on the same wire answers within milliseconds; the system itself would wait for two minutes. */
const CONNECT_MS = 10_000;
/** A switchboard that serves one collector takes the second connection too, and ends it at once: that is not up. */
const SETTLED_MS = 1_000;
/** Only a connection that held for so long proves that the next one need not wait. */
const STABLE_MS = 60_000;

export async function stayConnected(given: ConnectGiven): Promise<void> {
  const {timers, random, signal, report} = given;
  report(down('unreachable', 'not connected yet', 'wait a moment'));
  for (let failures = 0; !signal.aborted; failures++) {
    const {heldMs, state} = await connectOnce(given);
    report(state);
    if (heldMs >= STABLE_MS) failures = 0;
    await pause(backOffMs(failures, random), timers, signal);
  }
}

/** Until the connection has ended, if there was one. */
async function connectOnce(given: ConnectGiven): Promise<{readonly heldMs: number; readonly state: DoorState}> {
  const {host, port, clock} = given;
  const where = `${host}:${port}`;
  const socket = connect({host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS});
  let connectedAtMs: number | undefined;
  socket.once('connect', () => {
    connectedAtMs = clock.monotonicMs();
  });
  watch(socket, given);
  const fault = await receive(socket, given);
  if (connectedAtMs === undefined && fault !== undefined) return {heldMs: 0, state: notConnected(where, fault)};
  return {heldMs: clock.monotonicMs() - (connectedAtMs ?? clock.monotonicMs()), state: ended(where, fault)};
}

/** Gives up an attempt that nobody answers; says that the feed is up once it is. */
function watch(socket: Socket, {timers, report}: ConnectGiven): void {
  const isUp = (): void => {
    cancel();
    report({kind: 'up'});
  };
  let cancel = timers.after(CONNECT_MS, () => socket.destroy(Object.assign(new Error('no answer'), {code: 'ETIMEDOUT'})));
  socket.once('connect', () => {
    cancel();
    cancel = timers.after(SETTLED_MS, isUp);
  });
  socket.once('data', isUp);
  socket.once('close', () => cancel());
}
