// Reading a row that came down: which kind it is, whether this build knows its version, and who takes it.
import {z} from 'zod';
import {sha256} from '../journal/chain.ts';
import {DOWN_BODIES, READS, type DownBody, type DownKind} from './kinds.ts';
import {bodyOf, type Row} from './row.ts';

/** One reader a kind. Runs inside the transaction that stores the row. */
export type Readers = {readonly [K in DownKind]: (body: DownBody<K>, row: Row) => void};

export type DownRow = {[K in DownKind]: {readonly kind: K; readonly body: DownBody<K>}}[DownKind];

export type RowReading = {readonly kind: 'read'; readonly row: DownRow} | {readonly kind: 'unreadable'; readonly why: string};

function isDownKind(kind: string): kind is DownKind {
  return Object.hasOwn(DOWN_BODIES, kind);
}

/** Every kind that comes down carries money, people, rules or prices: one that cannot be read stops the direction. */
export function readDownRow(row: Row): RowReading {
  if (!isDownKind(row.kind)) return {kind: 'unreadable', why: `row ${row.seq}: kind ${row.kind} is not known to this release`};
  if (!READS[row.kind].includes(row.version)) {
    return {kind: 'unreadable', why: `row ${row.seq}: ${row.kind} version ${row.version} is not known to this release`};
  }
  const body = DOWN_BODIES[row.kind].safeParse(bodyOf(row));
  if (!body.success) return {kind: 'unreadable', why: `row ${row.seq} (${row.kind}): ${z.prettifyError(body.error)}`};
  const wrong = wrongTariff(row.kind, body.data);
  if (wrong !== undefined) return {kind: 'unreadable', why: `row ${row.seq}: ${wrong}`};
  return {kind: 'read', row: {kind: row.kind, body: body.data} as DownRow};
}

/** A tariff is known by the hash of its text: another text under its name would price calls in silence. */
function wrongTariff(kind: DownKind, body: unknown): string | undefined {
  if (kind !== 'tariff') return undefined;
  const {hash, text} = body as DownBody<'tariff'>;
  return sha256(text).toString('hex') === hash ? undefined : `the text of tariff ${hash} is another one`;
}

/** Hands the row to its reader. */
export function takeRow(readers: Readers, reading: DownRow, row: Row): void {
  // The pair came out of readDownRow together; TypeScript cannot follow a union through an index.
  (readers[reading.kind] as (body: unknown, row: Row) => void)(reading.body, row);
}
