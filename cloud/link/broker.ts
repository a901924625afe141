// The broker: mutual TLS, and behind it aedes, which is trusted with nothing.
// In: connections. Out: messages of known boxes, in the order of the wire. Never true: a packet parsed before its length was
// judged; a name that a client gave itself; a message on another box's topic; anything kept for one who is not there.
import type {AddressInfo, Socket} from 'node:net';
import {once} from 'node:events';
import {createServer, type Server, type TLSSocket} from 'node:tls';
import {Aedes, type Client} from 'aedes';
import {assert, must} from '../../shared/assert/assert.ts';
import {Failure} from '../../shared/failure/failure.ts';
import type {Log} from '../../shared/log/log.ts';
import type {Timers} from '../../shared/time/instant.ts';
import {createLimiter, placeOf} from '../../shared/web/limiter.ts';
import {DOWN_CHANNELS, LONGEST_MESSAGE, UP_CHANNELS, topicOf, type DownChannel, type UpChannel} from '../../shared/wire/talk.ts';
import {createByteGuard} from './byte-guard.ts';
import {guardedStream} from './guarded-stream.ts';

export type Identity = {readonly site: string; readonly box: string};

/** One connection of a box. A box may have several, of which at most one speaks for it: that is not decided here. */
export type Connection = Identity & {
  /** Tells connections of one box apart, in logs too. */
  readonly name: string;
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string;
  /** To this connection only. Resolves when the socket took it, or the connection is gone. */
  readonly send: (channel: DownChannel, bytes: Buffer) => Promise<void>;
  readonly close: (why: string) => void;
  /** Aborted when it is gone. */
  readonly gone: AbortSignal;
};

export type BrokerLimits = {
  readonly connections: number;
  /** Handshakes of a place in a minute: a campus comes from one address. */
  readonly handshakesOfPlace: number;
  readonly handshakeMs: number;
};

export type BrokerGiven = {
  readonly host: string;
  readonly port: number;
  /** PEM. `authorities`: who may have signed a box. */
  readonly tls: {readonly key: string; readonly certificate: string; readonly authorities: readonly string[]};
  /** Whose certificate it is; answered from memory. One that is not in service any more is let in for a few words. */
  readonly identify: (fingerprint: string) => (Identity & {readonly inService: boolean}) | undefined;
  /** Called in the order of the wire. */
  readonly heard: (connection: Connection, channel: UpChannel, bytes: Buffer) => void;
  readonly log: Log;
  readonly monotonicMs: () => number;
  readonly timers: Timers;
  readonly limits?: Partial<BrokerLimits>;
};

export type Broker = {
  readonly port: number;
  readonly connections: () => Iterable<Connection>;
  readonly close: () => Promise<void>;
};

const LIMITS: BrokerLimits = {connections: 12_000, handshakesOfPlace: 300, handshakeMs: 10_000};
const MINUTE_MS = 60_000;
const MOST_PLACES = 20_000;
/** CONNECT carries names that nobody looks at. */
const PACKETS = {connectBytes: 64 * 1024, publishBytes: LONGEST_MESSAGE + 1_024, otherBytes: 64 * 1024};
const CONNECT_MS = 10_000;
/** For one that is not in service any more: a hello and its answer. */
const LAST_WORDS_MS = 15_000;
/** One that does not read holds up those who do: aedes serves them all from one queue. */
const DRAIN_MS = 30_000;
/** A box says 30 s; one that says nothing for one and a half times as long is gone. */
const KEEPALIVE_SECONDS = 120;
/** Packets before CONNACK. */
const EARLY_PACKETS = 16;
const CONCURRENCY = 100;

/** Listens. Throws Failure `port.taken`. */
export async function openBroker(given: BrokerGiven): Promise<Broker> {
  const {log} = given;
  const limits = {...LIMITS, ...given.limits};
  const live = new Map<object, Connection>();
  const aedes = await Aedes.createBroker(hooksOf(live, given));
  // Unheard, it would end the process.
  aedes.on('error' as 'closed', ((error: Error) => log.error('the broker failed', {error: error.message})) as () => void);
  for (const event of ['clientError', 'connectionError'] as const)
    aedes.on(event, (client, error) => log.debug('a connection failed', {connection: live.get(client.conn)?.name, error: error.message}));

  const server = createServer({
    key: given.tls.key,
    cert: given.tls.certificate,
    ca: [...given.tls.authorities],
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.handshakeMs,
  });
  server.maxConnections = limits.connections;
  limitHandshakes(server, given, limits.handshakesOfPlace);
  server.on('tlsClientError', (error, socket) => {
    log.debug('a handshake failed', {place: socket.remoteAddress, error: error.message});
    socket.destroy();
  });
  let count = 0;
  server.on('secureConnection', (socket) => {
    const connection = welcome(socket, given, ++count, (stream) => aedes.handle(stream));
    if (connection === undefined) return;
    live.set(connection.stream, connection);
    connection.stream.once('close', () => live.delete(connection.stream));
  });
  const port = await listen(server, given);
  return {
    port,
    connections: () => live.values(),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const connection of live.values()) connection.close('the broker closes');
      await new Promise<void>((resolve) => {
        aedes.close(resolve);
      });
      await closed;
    },
  };
}

/** A known box gets a connection; anybody else, whatever its certificate, is let go without a word. */
function welcome(
  socket: TLSSocket,
  {identify, timers, log}: BrokerGiven,
  count: number,
  handle: (stream: ReturnType<typeof guardedStream>) => Client,
): (Connection & {readonly stream: object & ReturnType<typeof guardedStream>}) | undefined {
  socket.on('error', () => undefined);
  const fingerprint = (socket.getPeerX509Certificate()?.fingerprint256 ?? '').replaceAll(':', '').toLowerCase();
  const who = socket.authorized ? identify(fingerprint) : undefined;
  if (who === undefined) {
    log.warn('a certificate that is no box’s was turned away', {place: socket.remoteAddress, fingerprint});
    socket.destroy();
    return undefined;
  }
  const name = `${who.site}/${who.box}#${count}`;
  socket.setNoDelay(true);
  const stream = guardedStream(socket, createByteGuard(PACKETS), (why) => log.warn('a connection was cut', {connection: name, why}));
  const gone = new AbortController();
  /** Whoever waits for the socket of a connection that is gone waits for nothing. */
  const waiting = new Set<() => void>();
  stream.once('close', () => {
    gone.abort();
    for (const resolve of waiting) resolve();
  });
  const client = handle(stream);
  const close = (why: string): void => {
    if (gone.signal.aborted) return;
    log.info('a connection is closed', {connection: name, why});
    stream.destroy();
  };
  if (!who.inService)
    gone.signal.addEventListener(
      'abort',
      timers.after(LAST_WORDS_MS, () => close('it is not in service')),
    );
  return {
    site: who.site,
    box: who.box,
    stream,
    name,
    fingerprint,
    gone: gone.signal,
    close,
    send: (channel, bytes) =>
      new Promise((resolve) => {
        if (client.closed || stream.destroyed) {
          resolve();
          return;
        }
        const topic = topicOf(who.site, who.box, channel);
        const done = (): void => {
          waiting.delete(done);
          resolve();
        };
        waiting.add(done);
        client.publish({cmd: 'publish', topic, payload: bytes, qos: 1, retain: false, dup: false}, done);
      }),
  };
}

/** All answers are given at once, from memory: with a hook that waits aedes passes messages on in another order. */
function hooksOf(live: ReadonlyMap<object, Connection>, {heard, log}: BrokerGiven): ConstructorParameters<typeof Aedes>[0] {
  const refuse = (connection: Connection | undefined, why: string): Error => {
    log.warn('a client was refused', {connection: connection?.name, why});
    return new Error(why);
  };
  return {
    concurrency: CONCURRENCY,
    queueLimit: EARLY_PACKETS,
    connectTimeout: CONNECT_MS,
    drainTimeout: DRAIN_MS,
    keepaliveLimit: KEEPALIVE_SECONDS,
    maxInflightInbound: 1,
    preConnect: (client, packet, done) => {
      const connection = live.get(client.conn);
      if (connection === undefined) return done(refuse(connection, 'it is not known'), false);
      if (packet.clean !== true) return done(refuse(connection, 'a session that outlives its connection is asked for'), false);
      if (packet.will !== undefined) return done(refuse(connection, 'a last will is left'), false);
      // Its own name for itself counts for nothing: with another box's it would throw that box out.
      packet.clientId = connection.name;
      return done(null, true);
    },
    authorizePublish: (client, packet, done) => {
      const connection = client === null ? undefined : live.get(client.conn);
      const channel = connection && channelOf(connection, packet.topic, UP_CHANNELS);
      if (connection === undefined || channel === undefined)
        return done(refuse(connection, `it publishes on ${packet.topic.slice(0, 200)}`));
      if (packet.qos > 1 || packet.retain) return done(refuse(connection, 'it publishes with QoS 2, or for keeping'));
      // Here and not in `published`: here they come in the order of the wire, whatever the broker does with them after.
      heard(connection, channel, Buffer.from(packet.payload));
      return done(null);
    },
    authorizeSubscribe: (client, subscription, done) => {
      const connection = live.get(client.conn);
      const own = connection && channelOf(connection, subscription.topic, DOWN_CHANNELS);
      if (own === undefined) refuse(connection, `it subscribes to ${subscription.topic.slice(0, 200)}`);
      return done(null, own === undefined || subscription.qos > 1 ? null : subscription);
    },
    // Nobody hears what a box says but this process, and what is sent down goes to one connection by name.
    authorizeForward: (client, packet) => (packet.topic.startsWith('spbs/') && live.has(client.conn) ? packet : null),
  };
}

function channelOf<C extends UpChannel | DownChannel>({site, box}: Identity, topic: string, channels: readonly C[]): C | undefined {
  return channels.find((channel) => topicOf(site, box, channel) === topic);
}

/** Before the handshake, which costs a signature. */
function limitHandshakes(server: Server, {monotonicMs, log}: BrokerGiven, attempts: number): void {
  const limiter = createLimiter({attempts, windowMs: MINUTE_MS, mostKeys: MOST_PLACES, monotonicMs});
  const [handshake] = server.listeners('connection');
  assert(handshake !== undefined, 'a TLS server listens to its connections');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const place = placeOf(socket.remoteAddress ?? '');
    if (limiter.take(place) === 0) {
      Reflect.apply(must(handshake, 'handshake'), server, [socket]);
      return;
    }
    log.debug('too many handshakes', {place});
    socket.destroy();
  });
}

async function listen(server: Server, {host, port}: BrokerGiven): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    const cure = 'end the program that has the port (ss -ltnp), or set link.port and link.host';
    throw new Failure('port.taken', `the broker cannot listen on ${host}:${port}`, cure, cause);
  }
  server.on('error', () => undefined);
  return (server.address() as AddressInfo).port;
}
