// The cloud's side of the link, put together: broker, register of boxes, sessions, one queue for each connection.
// In: a store, a way into the books, word of new rows. Out: a running broker. Never true: two messages of a connection at once; a
// connection of a box that is not in service, for longer than it takes to read the register.
import type {Buffer} from 'node:buffer';
import {aborted, pause} from '../../shared/time/back-off.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {UpChannel} from '../../shared/wire/talk.ts';
import {openBroker, type Broker, type BrokerGiven, type Connection} from './broker.ts';
import {createHellos, type Hellos, type MakeSnapshot} from './hellos.ts';
import type {Ground} from './ground.ts';
import type {Live} from './live.ts';
import {createQueue, type Queue} from './queue.ts';
import {createRegister} from './register.ts';
import {createSessions} from './sessions.ts';

export type LinkGiven = Omit<Ground, 'sessions'> &
  Pick<BrokerGiven, 'host' | 'port' | 'tls' | 'limits'> & {
    readonly snapshot: MakeSnapshot;
    readonly now: () => Instant;
    readonly randomBytes: (bytes: number) => Buffer;
  };

export type Online = {readonly site: string; readonly box: string; readonly session: number};

export type Link = {
  /** Listens until the abort; `listening`: boxes can come. Rejects with Failure `port.taken`. */
  readonly run: (stop: AbortSignal, listening?: () => void) => Promise<void>;
  /** The port it listens on; undefined before that. */
  readonly port: () => number | undefined;
  /** After a commit: the site has new rows. */
  readonly wake: (site: string) => void;
  /** After a commit: a box was enrolled or revoked. */
  readonly boxesChanged: () => void;
  /** Sessions that count, in this process. */
  readonly online: () => readonly Online[];
};

/** One batch is in flight; the rest are words about it. */
const MOST_WAITING = 64;
const MOST_WAITING_BYTES = 16 * 1024 * 1024;
const WATCH_MS = 15_000;
/** A cloud ends within 5 s. */
const SETTLE_MS = 3_000;

type Message = {readonly channel: Exclude<UpChannel, 'answer'>; readonly bytes: Buffer};

export function createLink(given: LinkGiven): Link {
  const {store, log, timers, now} = given;
  const register = createRegister(store, now);
  const ground = {...given, sessions: createSessions(store, now)};
  const live = new Map<string, Live>();
  const hellos = createHellos({...ground, register, live});
  const queues = new Map<Connection, Queue<Message>>();
  /** What a cloud that ends waits for. */
  const leaving = new Set<Promise<void>>();
  let broker: Broker | undefined;

  const liveOf = (connection: Connection): Live | undefined => {
    const session = live.get(connection.site);
    return session?.connection === connection ? session : undefined;
  };

  const leave = async (connection: Connection): Promise<void> => {
    const session = liveOf(connection);
    if (session !== undefined) live.delete(connection.site);
    await queues.get(connection)?.settled();
    queues.delete(connection);
    if (session !== undefined) await ground.sessions.left(session.box, session.turn.session);
  };

  const queueOf = (connection: Connection): Queue<Message> => {
    const known = queues.get(connection);
    if (known !== undefined) return known;
    const queue = openQueue(given, connection, async ({channel, bytes}) => {
      if (channel === 'hello') return hellos.take(connection, bytes);
      const session = liveOf(connection);
      if (session !== undefined) return session.take(channel, bytes);
      log.debug('a message without a session was dropped', {connection: connection.name, channel});
    });
    queues.set(connection, queue);
    connection.gone.addEventListener('abort', () => {
      queue.close();
      const left = leave(connection)
        .catch((error: unknown) => log.error('a connection could not be closed well', {error: String(error)}))
        .finally(() => leaving.delete(left));
      leaving.add(left);
    });
    return queue;
  };

  const readRegister = async (): Promise<void> => {
    await register.load();
    for (const connection of broker?.connections() ?? []) {
      if (register.find(connection.fingerprint)?.inService !== true) connection.close('its box is not in service any more');
    }
  };

  return {
    port: () => broker?.port,
    wake: (site) => live.get(site)?.wake(),
    boxesChanged: () => void readRegister().catch((error: unknown) => log.error('the boxes could not be read', {error: String(error)})),
    online: () => [...live.values()].map(({box: {site, box}, turn: {session}}) => ({site, box, session})),
    run: async (stop, listening) => {
      await ground.sessions.tidy();
      await register.load();
      broker = await openBroker({...given, identify: register.find, heard: hear(hellos, queueOf)});
      log.info('boxes are expected', {host: given.host, port: broker.port});
      listening?.();
      const watching = watch(live, timers, stop);
      await aborted(stop);
      await broker.close();
      await Promise.race([Promise.all([watching, ...leaving]), waited(SETTLE_MS, timers)]);
    },
  };
}

async function watch(live: ReadonlyMap<string, Live>, timers: LinkGiven['timers'], stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await pause(WATCH_MS, timers, stop);
    for (const session of live.values()) await session.watch();
  }
}

function hear(hellos: Hellos, queueOf: (connection: Connection) => Queue<Message>): BrokerGiven['heard'] {
  return (connection, channel, bytes) => {
    // Past the queue: it is asked for while a hello of the same site waits.
    if (channel === 'answer') hellos.answer(connection, bytes);
    else if (!queueOf(connection).push({channel, bytes}, bytes.length)) connection.close('it sends faster than it is acknowledged');
  };
}

function openQueue({log}: LinkGiven, connection: Connection, act: (message: Message) => Promise<void>): Queue<Message> {
  return createQueue<Message>({
    most: MOST_WAITING,
    mostBytes: MOST_WAITING_BYTES,
    act,
    failed: (error) => {
      log.error('a message of a box was not dealt with', {connection: connection.name, error: String(error)});
      connection.close('a fault of the cloud');
    },
  });
}

function waited(ms: number, timers: LinkGiven['timers']): Promise<void> {
  return new Promise((resolve) => void timers.after(ms, resolve));
}
