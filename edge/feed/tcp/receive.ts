// One connection, from its start to its end. In: a socket. Out: its lines, as a session of their own.
// Never true: a byte written to the switchboard; a line read while the one before it waits for the disk; a line of one
// connection glued to a line of the next.
import type {Socket} from 'node:net';
import type {DoorGiven} from '../door.ts';
import {createFramer, type Framed} from '../framing.ts';
import {createHandover, MOST_LINES} from '../handover.ts';
import type {Delivery, Line} from '../line.ts';

export type ReceiveGiven = Omit<DoorGiven, 'onState'> & {readonly feed: string; readonly signal: AbortSignal};

/** A quiet link that died is noticed within this and ten seconds of probes: we never send, so nothing else would tell. */
export const KEEP_ALIVE_MS = 15_000;
/** Told to stop, we take what is on its way; the whole box has five seconds. */
const DRAIN_MS = 250;

/** Resolves when the connection has ended and all of it was handed on: with the error that ended it, if one did. */
export async function receive(socket: Socket, given: ReceiveGiven): Promise<Error | undefined> {
  const {clock} = given;
  const framer = createFramer();
  const handOn = handingOn(given);
  const fault = await new Promise<Error | undefined>((resolve, reject) => {
    let error: Error | undefined;
    let handing: Promise<void> = Promise.resolve();
    const fail = (reason: unknown): void => {
      socket.destroy();
      reject(reason instanceof Error ? reason : new Error('a delivery failed', {cause: reason}));
    };
    socket.on('data', (chunk: Buffer) => {
      const lines = framer.push(chunk);
      if (lines.length === 0) return;
      // Back-pressure: while these wait, the switchboard keeps the next ones.
      socket.pause();
      handing = handOn(lines, clock.now()).then(() => void socket.resume());
      handing.catch(fail);
    });
    socket.on('error', (reason) => {
      error = reason;
    });
    socket.once('close', () => void handing.then(() => resolve(error), fail));
    endWhenTold(socket, given);
  });
  const rest = framer.cut();
  if (rest !== undefined) await handOn([rest], clock.now());
  return fault;
}

type HandOn = (lines: readonly Framed[], receivedAt: Line['receivedAt']) => Promise<void>;

function handingOn(given: ReceiveGiven): HandOn {
  const {feed, spool, log, trouble} = given;
  const handover = createHandover({...given, firstBatch: MOST_LINES, whenTold: 'go-on'});
  let session: number | undefined;
  let handedOn = 0;
  return async (lines, receivedAt) => {
    const deliveryOf = (batch: readonly Framed[], from: number): Delivery => {
      const number = (session ??= spool.beginSession(feed));
      const first = handedOn + from + 1;
      const lineOf = ({bytes, broken}: Framed, at: number): Line => {
        return {feed, session: number, position: String(first + at), receivedAt, bytes, broken};
      };
      return {feed, lines: batch.map(lineOf), file: undefined};
    };
    const taken = await handover.take(lines, deliveryOf);
    handedOn += taken;
    const tooLong = lines.find((line) => line.discarded > 0);
    if (tooLong !== undefined) {
      const {bytes, discarded} = tooLong;
      const what = `a line of ${bytes.length + discarded} bytes came: its first ${bytes.length} are kept`;
      trouble('feed.truncated', what, 'check that the port is the call record output of the switchboard, and that its lines have ends');
    }
    if (taken < lines.length) log.error('lines are lost: the disk was full until the box was stopped', {lines: lines.length - taken});
  };
}

/** FIN first: what the switchboard has sent already still arrives. */
function endWhenTold(socket: Socket, {signal, timers}: ReceiveGiven): void {
  let cancel: () => void = () => undefined;
  const end = (): void => {
    if (socket.connecting) {
      socket.destroy();
      return;
    }
    socket.end();
    cancel = timers.after(DRAIN_MS, () => socket.destroy());
  };
  signal.addEventListener('abort', end, {once: true});
  socket.once('close', () => {
    cancel();
    signal.removeEventListener('abort', end);
  });
  if (signal.aborted) end();
}
