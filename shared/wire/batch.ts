// Rows on their way: one batch, bounded in rows, and in bytes once inflated; signed by the log's writer.
// In: untrusted bytes. Out: rows whose chain, hashes and signature hold, or the reason why not. Never true: a throw.
import {Buffer} from 'node:buffer';
import {createPrivateKey, createPublicKey, sign, verify, type KeyObject} from 'node:crypto';
import {gunzipSync, gzipSync} from 'node:zlib';
import {z} from 'zod';
import {assert, must} from '../assert/assert.ts';
import {sha256} from '../journal/chain.ts';
import {rowHolds, type Row} from './row.ts';

export const BATCH_ROWS = 500;
/** A tariff of 300,000 prefixes is the largest thing that travels; a batch may not inflate beyond it. */
const INFLATED_BYTES = 64 * 1024 * 1024;

export type Batch = {
  readonly epoch: number;
  readonly session: number;
  readonly from: number;
  readonly to: number;
  /** The chain before `from`, and after `to`. */
  readonly previousChain: Buffer;
  readonly chain: Buffer;
  readonly rows: readonly Row[];
};

const hex32 = z.string().regex(/^[0-9a-f]{64}$/);
const base64 = z.base64();
const envelopeSchema = z.strictObject({
  epoch: z.int().min(0),
  session: z.int().min(0),
  from: z.int().min(1),
  to: z.int().min(1),
  prevHash: hex32,
  hash: hex32,
  codec: z.literal('gzip'),
  rows: base64,
  signature: base64,
});
const rowSchema = z.strictObject({
  seq: z.int().min(1),
  epoch: z.int().min(0),
  id: z.string().max(200),
  kind: z.string().max(60),
  version: z.int().min(1),
  basis: z.int().min(0),
  body: z.string(),
  personal: z.array(z.strictObject({name: z.string().max(60), salt: hex32.or(z.string().regex(/^[0-9a-f]{32}$/)), value: z.string()})),
  contentHash: hex32,
  chain: hex32,
});
const rowsSchema = z.array(rowSchema).min(1).max(BATCH_ROWS);

type Envelope = z.infer<typeof envelopeSchema>;

/** P-256 private key in PEM → the writer's signature over a batch. */
export function signingKey(pem: string): KeyObject {
  return createPrivateKey(pem);
}

export function verifyingKey(pem: string): KeyObject {
  return createPublicKey(pem);
}

function signedBytes(envelope: Omit<Envelope, 'signature'>): Buffer {
  const {epoch, session, from, to, prevHash, hash, codec, rows} = envelope;
  return sha256(JSON.stringify([epoch, session, from, to, prevHash, hash, codec]), '\n', rows);
}

/** One batch as bytes. Stops on rows that are not contiguous: that is a bug of the sender. */
export function encodeBatch(
  rows: readonly Row[],
  label: {epoch: number; session: number; previousChain: Uint8Array},
  key: KeyObject,
): Buffer {
  assert(rows.length > 0 && rows.length <= BATCH_ROWS, `a batch has 1 to ${BATCH_ROWS} rows`);
  const first = must(rows[0], 'first row');
  const last = must(rows.at(-1), 'last row');
  assert(last.seq - first.seq === rows.length - 1, 'rows of a batch are contiguous');
  const plain = rows.map((row) => ({
    seq: row.seq,
    epoch: row.epoch,
    id: row.id,
    kind: row.kind,
    version: row.version,
    basis: row.basis,
    body: row.body.toString('utf8'),
    personal: row.personal.map((field) => ({name: field.name, salt: field.salt.toString('hex'), value: field.value})),
    contentHash: row.contentHash.toString('hex'),
    chain: row.chain.toString('hex'),
  }));
  const unsigned = {
    epoch: label.epoch,
    session: label.session,
    from: first.seq,
    to: last.seq,
    prevHash: Buffer.from(label.previousChain).toString('hex'),
    hash: last.chain.toString('hex'),
    codec: 'gzip' as const,
    rows: gzipSync(JSON.stringify(plain)).toString('base64'),
  };
  const signature = sign('sha256', signedBytes(unsigned), {key, dsaEncoding: 'ieee-p1363'}).toString('base64');
  return Buffer.from(JSON.stringify({...unsigned, signature}));
}

export type BatchVerdict = {readonly kind: 'batch'; readonly batch: Batch} | {readonly kind: 'refused'; readonly why: string};

/** Reads a batch that anyone may have sent. */
export function decodeBatch(bytes: Uint8Array, writer: KeyObject, limits = {inflated: INFLATED_BYTES}): BatchVerdict {
  const refused = (why: string): BatchVerdict => ({kind: 'refused', why});
  const text = Buffer.from(bytes).toString('utf8');
  const envelope = envelopeSchema.safeParse(parseJson(text));
  if (!envelope.success) return refused(`not a batch: ${z.prettifyError(envelope.error)}`);
  // JSON has several texts for one value, too: a blank more, another order.
  if (JSON.stringify(envelope.data) !== text) return refused('the batch is not in the form in which it is written');
  const {signature, ...unsigned} = envelope.data;
  // Base64 has several texts for one value; only one of them was sent.
  if (Buffer.from(signature, 'base64').toString('base64') !== signature) return refused('the signature is not in plain base64');
  const signed = verify('sha256', signedBytes(unsigned), {key: writer, dsaEncoding: 'ieee-p1363'}, Buffer.from(signature, 'base64'));
  if (!signed) return refused('the signature is not the writer’s');
  const inflated = inflate(Buffer.from(unsigned.rows, 'base64'), limits.inflated);
  if (inflated === undefined) return refused(`rows cannot be inflated within ${limits.inflated} bytes`);
  const plain = rowsSchema.safeParse(parseJson(inflated));
  if (!plain.success) return refused(`rows break their form: ${z.prettifyError(plain.error)}`);
  const rows = plain.data.map(readRow);
  const batch: Batch = {
    epoch: unsigned.epoch,
    session: unsigned.session,
    from: unsigned.from,
    to: unsigned.to,
    previousChain: Buffer.from(unsigned.prevHash, 'hex'),
    chain: Buffer.from(unsigned.hash, 'hex'),
    rows,
  };
  const broken = brokenRow(batch);
  return broken === undefined ? {kind: 'batch', batch} : refused(broken);
}

function readRow(plain: z.infer<typeof rowSchema>): Row {
  return {
    ...plain,
    body: Buffer.from(plain.body),
    personal: plain.personal.map((field) => ({...field, salt: Buffer.from(field.salt, 'hex')})),
    contentHash: Buffer.from(plain.contentHash, 'hex'),
    chain: Buffer.from(plain.chain, 'hex'),
  };
}

function brokenRow(batch: Batch): string | undefined {
  if (batch.to - batch.from !== batch.rows.length - 1) return `says rows ${batch.from} to ${batch.to}, holds ${batch.rows.length}`;
  let chain: Buffer = batch.previousChain;
  for (const [index, row] of batch.rows.entries()) {
    if (row.seq !== batch.from + index) return `row ${row.seq} stands where ${batch.from + index} belongs`;
    if (!rowHolds(row, chain)) return `row ${row.seq} does not match its hashes`;
    chain = row.chain;
  }
  return chain.equals(batch.chain) ? undefined : 'the last row’s chain is not the batch’s hash';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function inflate(bytes: Buffer, limit: number): string | undefined {
  try {
    return gunzipSync(bytes, {maxOutputLength: limit}).toString('utf8');
  } catch {
    return undefined;
  }
}
