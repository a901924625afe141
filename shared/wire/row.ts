// A row of a log between box and cloud, in its final bytes. The chain covers the bytes that are stored, and for personal
// fields only SHA-256(salt ‖ field): field and salt can be erased and the chain still holds.
import {Buffer} from 'node:buffer';
import {assert} from '../assert/assert.ts';
import {nextChain, sha256} from '../journal/chain.ts';

/** Who may see it and how long it lives is the reader's business; the row only keeps it beside, never inside, the body. */
export type PersonalField = {readonly name: string; readonly salt: Buffer; readonly value: string};

export type Row = {
  /** Rises by one for ever, a site and direction; never restarts. From 1. */
  readonly seq: number;
  /** Given by the cloud; labels the row, fences batches. */
  readonly epoch: number;
  /** Identity of the fact: the same fact has the same id wherever and whenever it is written. */
  readonly id: string;
  readonly kind: string;
  readonly version: number;
  /** UTF-8 JSON: `{…body, "personal": {name: hex SHA-256(salt ‖ value)}}`. */
  readonly body: Buffer;
  /** The other log's number that was applied when this row was written. */
  readonly basis: number;
  readonly personal: readonly PersonalField[];
  readonly contentHash: Buffer;
  readonly chain: Buffer;
};

/** A fact that its writer is about to number. */
export type Fact = {
  readonly id: string;
  readonly kind: string;
  readonly version: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly personal?: Readonly<Record<string, string>>;
};

export type Place = {readonly seq: number; readonly epoch: number; readonly basis: number; readonly previousChain: Uint8Array};

const SALT_BYTES = 16;

export function personalHash(field: PersonalField): string {
  return sha256(field.salt, field.value).toString('hex');
}

/**
 * Numbers a fact and seals it. `salts` gives 16 random bytes a call.
 * The content hash covers id, kind, version, basis and body, each with its length: SHA-256 of the header line ‖ body.
 */
export function sealRow(fact: Fact, place: Place, salts: (bytes: number) => Buffer): Row {
  assert(!Object.hasOwn(fact.body, 'personal'), 'the hashes of personal fields have a name of their own in the body');
  const personal = Object.entries(fact.personal ?? {}).map(([name, value]) => ({name, value, salt: salts(SALT_BYTES)}));
  const hashes = Object.fromEntries(personal.map((field) => [field.name, personalHash(field)]));
  const body = Buffer.from(JSON.stringify(personal.length === 0 ? fact.body : {...fact.body, personal: hashes}));
  const header = {id: fact.id, kind: fact.kind, version: fact.version, basis: place.basis};
  const contentHash = contentHashOf({...header, body});
  const chain = nextChain(place.previousChain, place.epoch, place.seq, contentHash);
  return {...header, seq: place.seq, epoch: place.epoch, body, personal, contentHash, chain};
}

/** What the content hash of a row must be. */
export function contentHashOf(row: Pick<Row, 'id' | 'kind' | 'version' | 'basis' | 'body'>): Buffer {
  return sha256(`${JSON.stringify([row.id, row.kind, row.version, row.basis, row.body.length])}\n`, row.body);
}

/** Does the row follow `previousChain`, byte for byte, and do its personal fields match their hashes? */
export function rowHolds(row: Row, previousChain: Uint8Array): boolean {
  const contentHash = contentHashOf(row);
  return (
    contentHash.equals(row.contentHash) &&
    nextChain(previousChain, row.epoch, row.seq, contentHash).equals(row.chain) &&
    personalFieldsHold(row)
  );
}

function personalFieldsHold(row: Row): boolean {
  const hashes = personalHashes(bodyOf(row));
  return row.personal.every((field) => Object.hasOwn(hashes, field.name) && hashes[field.name] === personalHash(field));
}

/** The row's body as JSON reads it; undefined if it is none. */
export function bodyOf({body}: Pick<Row, 'body'>): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

function personalHashes(body: unknown): Readonly<Record<string, unknown>> {
  const personal = isRecord(body) ? body['personal'] : undefined;
  return isRecord(personal) ? personal : {};
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
