// One MQTT connection, from the first byte to the last: a new one for every attempt. The only file that knows the library.
// In: bytes of a channel to publish. Out: bytes of a channel, and the end, told once. Never true: a publication while it is not
// connected (the library would queue it, and lose what it queues); a message of another topic than ours.
import {connect as connectTls, type TLSSocket} from 'node:tls';
import {MqttClient} from 'mqtt';
import type {Timers} from '../../shared/time/instant.ts';
import {DOWN_CHANNELS, LONGEST_MESSAGE, topicOf, type DownChannel, type UpChannel} from '../../shared/wire/talk.ts';
import {FrameMeter} from './frames.ts';
import type {Identity} from './identity.ts';

export type Connection = {
  readonly publish: (channel: UpChannel, bytes: Buffer) => void;
  /** Cuts it at once; `closed` is told. */
  readonly close: (why: string) => void;
};

export type ConnectionEvents = {
  /** Connected, and subscribed to every channel. */
  readonly opened: () => void;
  readonly message: (channel: DownChannel, bytes: Uint8Array) => void;
  readonly closed: (why: string) => void;
};

export type Connect = (events: ConnectionEvents) => Connection;

const KEEPALIVE_SECONDS = 30;
/** TLS, CONNECT and SUBSCRIBE over the slowest line that is of any use. */
const OPEN_MS = 30_000;
/** Topic, packet id and header around the longest message. */
const LONGEST_PACKET = LONGEST_MESSAGE + 1_024;

/** `nonce`: of this boot; two boxes with one disk image would throw each other out for ever under one client id. */
export function mqttConnect(identity: Identity, nonce: string, timers: Timers): Connect {
  const {site, box} = identity;
  const channels = new Map(DOWN_CHANNELS.map((channel) => [topicOf(site, box, channel), channel]));
  return (events) => {
    const socket = openSocket(identity);
    const client = new MqttClient(() => socket, {
      clientId: `${site}.${box}.${nonce}`,
      keepalive: KEEPALIVE_SECONDS,
      clean: true,
      protocolVersion: 4,
      // Our own loop makes a new client instead: with back-off, and after a refusal too.
      reconnectPeriod: 0,
      reconnectOnConnackError: true,
      connectTimeout: OPEN_MS,
      queueQoSZero: false,
      resubscribe: false,
    });
    let isOver = false;
    const over = (why: string): void => {
      if (isOver) return;
      isOver = true;
      cancel();
      // Forced: it would wait for acknowledgements that never come.
      client.end(true);
      socket.destroy();
      events.closed(why);
    };
    const cancel = timers.after(OPEN_MS, () => over('the cloud does not answer'));
    socket.on('error', (error: Error) => over(explained(error)));
    client.on('error', (error) => over(explained(error)));
    client.on('close', () => over('the cloud closed the connection'));
    client.on('message', (topic, bytes) => {
      const channel = channels.get(topic);
      if (channel !== undefined && !isOver) events.message(channel, bytes);
    });
    client.on('connect', () => {
      client.subscribe([...channels.keys()], {qos: 1}, (error, granted) => {
        if (isOver) return;
        const isRefused = error !== null || granted?.some(({qos}) => qos > 2) === true;
        if (isRefused) return over(`the cloud refuses the subscription: ${error?.message ?? 'not allowed'}`);
        cancel();
        events.opened();
      });
    });
    return {
      publish: (channel, bytes) => {
        if (!isOver && client.connected) client.publish(topicOf(site, box, channel), bytes, {qos: 1});
      },
      close: over,
    };
  };
}

function openSocket({host, port, authority, certificate, keyText}: Identity): TLSSocket {
  const meter = new FrameMeter(LONGEST_PACKET);
  const socket = connectTls({
    host,
    port,
    // An address is no name to ask for.
    ...(/^[\d.]+$|:/.test(host) ? {} : {servername: host}),
    ca: authority,
    cert: certificate,
    key: keyText,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  });
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    if (!meter.take(chunk)) socket.destroy(new Error(`the cloud sent a message beyond ${LONGEST_PACKET} bytes`));
  });
  return socket;
}

const EXPLAINED: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name is not known to the name server',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'there is no route to it',
  ENETUNREACH: 'there is no network',
  ETIMEDOUT: 'it does not answer',
  ECONNRESET: 'it closed the connection',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet: is the clock of this box right?',
  CERT_HAS_EXPIRED: 'its certificate has expired, or the clock of this box is wrong',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is of another authority than this box trusts',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is of another authority than this box trusts',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

function explained(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  return EXPLAINED[code] ?? error.message;
}
