// What box and cloud say to each other about their logs, beside the batches themselves. MQTT carries it and is trusted with none
// of it. Every message is bounded, and names the (epoch, session) that it belongs to: others are dropped.
import {Buffer} from 'node:buffer';
import {sign, verify, type KeyObject} from 'node:crypto';
import {z} from 'zod';
import {sha256} from '../journal/chain.ts';

export const PROTOCOL = 1;

/** A batch is the largest message: its rows are cut so that it stays below, unless one row alone is larger (a tariff). */
export const BATCH_BYTES = 256 * 1024;
/** A tariff of 300,000 prefixes is under 2 MB compressed, a third more as base64. Beyond this a connection is closed. */
export const LONGEST_MESSAGE = 4 * 1024 * 1024;

/** What a box publishes, and what it subscribes to: nothing else, so that a stolen box cannot speak for the cloud. */
export const UP_CHANNELS = ['up', 'down-ack', 'hello', 'health', 'answer'] as const;
export const DOWN_CHANNELS = ['up-ack', 'down', 'hello-reply', 'ask'] as const;
export type UpChannel = (typeof UP_CHANNELS)[number];
export type DownChannel = (typeof DOWN_CHANNELS)[number];

/** `spbs/1/<site>/<box>/<channel>`; site and box are words without a slash. */
export function topicOf(site: string, box: string, channel: UpChannel | DownChannel): string {
  return `spbs/${PROTOCOL}/${site}/${box}/${channel}`;
}

const seq = z.int().min(0);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const head = z.object({last: seq, hash});
const versions = z.record(z.string().max(60), z.array(z.int().min(1)).max(50));
const label = {epoch: seq, session: seq};

export const helloSchema = z.object({
  protocol: z.int(),
  /** Of this connection. A new one while the old session still answers is a clone. */
  nonce: z.string().min(16).max(64),
  build: z.string().max(60),
  epoch: seq,
  heads: z.object({up: head, down: head}),
  /** Kinds and versions of down rows that this box reads. */
  reads: versions,
  /** Milliseconds UTC, as the box believes. */
  clock: z.int(),
});
export type Hello = z.infer<typeof helloSchema>;

const verdict = z.discriminatedUnion('kind', [
  /** The writer of this log sends from here. */
  z.object({kind: z.literal('RESUME'), from: seq}),
  /** The box is new on a site that has a past: a snapshot comes before any row. */
  z.object({kind: z.literal('SNAPSHOT'), cut: z.object({up: head, down: head})}),
  /** Admission after an outage: ask again after so long. */
  z.object({kind: z.literal('WAIT'), ms: z.int().min(0).max(3_600_000)}),
  /** Another box of this identity is alive, or this one was revoked: no more writes to the switchboard. */
  z.object({kind: z.literal('FENCED'), why: z.string().max(500)}),
  z.object({kind: z.literal('UPGRADE'), why: z.string().max(500)}),
  /** Told apart, and not yet mended by this release: the direction stands still, with an incident. */
  z.object({kind: z.enum(['REWIND', 'GIVE_DOWN', 'TAIL', 'FORK']), from: seq, why: z.string().max(500)}),
]);
export type Verdict = z.infer<typeof verdict>;

export const helloReplySchema = z.object({
  nonce: z.string().max(64),
  ...label,
  /** The cloud's clock, milliseconds UTC. */
  now: z.int(),
  /** The down log is settled before the up log. */
  down: verdict,
  up: verdict,
});
export type HelloReply = z.infer<typeof helloReplySchema>;

/** After the commit: everything up to here is held, and the chain there is this. In answer to a gap it says where it stands. */
export const ackSchema = z.object({
  ...label,
  upTo: seq,
  hash,
  /** The direction has stopped, and why; the rows stay unacknowledged. */
  stopped: z.string().max(500).optional(),
});
export type Ack = z.infer<typeof ackSchema>;

/** Every half minute, and when something changed: the third of the three facts about a box. */
export const heartbeatSchema = z.object({
  ...label,
  at: z.int(),
  build: z.string().max(60),
  light: z.enum(['ok', 'warning', 'fault', 'off']),
  heads: z.object({up: seq, down: seq}),
  stages: z.array(z.object({name: z.string().max(40), light: z.enum(['ok', 'warning', 'fault', 'off'])})).max(20),
  incidentsOpen: z.int().min(0),
  clock: z.enum(['trusted', 'held', 'untrusted']),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;

/** The cloud asks (`ask`), the box answers (`answer`): is the old session alive? */
export const askSchema = z.object({kind: z.literal('ping'), ...label, nonce: z.string().max(64)});
export type Ask = z.infer<typeof askSchema>;
export const answerSchema = z.object({kind: z.literal('pong'), ...label, nonce: z.string().max(64)});
export type Answer = z.infer<typeof answerSchema>;

// ---- messages that decide something are signed, whoever carried them

const envelopeSchema = z.strictObject({body: z.string(), signature: z.base64()});

function signedBytes(channel: string, body: string): Buffer {
  return sha256(`${channel}\n`, body);
}

/** `channel` is signed too: a message cannot be played on another. */
export function encodeSigned(channel: UpChannel | DownChannel, value: unknown, key: KeyObject): Buffer {
  const body = JSON.stringify(value);
  const signature = sign('sha256', signedBytes(channel, body), {key, dsaEncoding: 'ieee-p1363'}).toString('base64');
  return Buffer.from(JSON.stringify({body, signature}));
}

/** The value, or why it is not to be believed. Hello, hello-reply and acknowledgements travel like this. */
export function decodeSigned<T>(
  channel: UpChannel | DownChannel,
  bytes: Uint8Array,
  writer: KeyObject,
  schema: z.ZodType<T>,
): {readonly kind: 'value'; readonly value: T} | {readonly kind: 'refused'; readonly why: string} {
  const envelope = envelopeSchema.safeParse(parseJson(Buffer.from(bytes).toString('utf8')));
  if (!envelope.success) return {kind: 'refused', why: `not a signed message: ${z.prettifyError(envelope.error)}`};
  const {body, signature} = envelope.data;
  const signed = verify('sha256', signedBytes(channel, body), {key: writer, dsaEncoding: 'ieee-p1363'}, Buffer.from(signature, 'base64'));
  if (!signed) return {kind: 'refused', why: 'the signature is not the writer’s'};
  const value = schema.safeParse(parseJson(body));
  return value.success ? {kind: 'value', value: value.data} : {kind: 'refused', why: z.prettifyError(value.error)};
}

/** Unsigned messages (`health`, `ask`, `answer`): undefined if it is none. */
export function decodePlain<T>(bytes: Uint8Array, schema: z.ZodType<T>): T | undefined {
  const value = schema.safeParse(parseJson(Buffer.from(bytes).toString('utf8')));
  return value.success ? value.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
