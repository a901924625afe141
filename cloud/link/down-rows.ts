// The next rows of a site's down log, as one batch that fits.
import type {KeyObject} from 'node:crypto';
import {must} from '../../shared/assert/assert.ts';
import {BATCH_ROWS, encodeBatch} from '../../shared/wire/batch.ts';
import type {Row} from '../../shared/wire/row.ts';
import {BATCH_BYTES, type Hello} from '../../shared/wire/talk.ts';
import type {Reader} from '../store/open.ts';
import {reads} from './hello.ts';
import {chainAt, type Turn} from './sessions.ts';

export type DownBatch = {
  readonly kind: 'batch';
  readonly from: number;
  readonly to: number;
  /** Number to chain, hex: what the box will say that it holds. */
  readonly chains: ReadonlyMap<number, string>;
  readonly bytes: Buffer;
};

export type NextRows = DownBatch | {readonly kind: 'none'} | {readonly kind: 'unreadable'; readonly why: string};

/** Bodies of so many bytes are loaded at once: they shrink by five to ten. */
const BYTES_AT_ONCE = 2 * 1024 * 1024;

type Order = {readonly site: string; readonly after: number; readonly turn: Turn; readonly reads: Hello['reads']; readonly key: KeyObject};

/** At most BATCH_ROWS rows and BATCH_BYTES; a single larger row goes alone. */
export async function nextRows(db: Reader, {site, after, turn, reads: readable, key}: Order): Promise<NextRows> {
  const sizes = await db
    .selectFrom('down_log')
    .select((eb) => ['seq', 'kind', 'version', eb.fn<number>('length', ['body']).as('bytes')])
    .where('site', '=', site)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(BATCH_ROWS)
    .execute();
  const stranger = sizes.findIndex(({kind, version}) => !reads(readable, kind, version));
  if (stranger === 0) return {kind: 'unreadable', why: describe(must(sizes[0], 'first row'))};
  let bytes = 0;
  const large = sizes.findIndex((row, index) => (bytes += row.bytes) > BYTES_AT_ONCE && index > 0);
  const ends = [stranger, large, sizes.length].filter((end) => end >= 0);
  let rows = await rowsBetween(db, site, after, after + Math.min(...ends));
  if (rows.length === 0) return {kind: 'none'};
  const previousChain = must(await chainAt(db, site, 'down', after), `chain of down row ${after}`);
  for (;;) {
    const encoded = encodeBatch(rows, {...turn, previousChain}, key);
    if (encoded.length <= BATCH_BYTES || rows.length === 1) return batchOf(rows, encoded);
    rows = rows.slice(0, Math.ceil(rows.length / 2));
  }
}

function batchOf(rows: readonly Row[], bytes: Buffer): DownBatch {
  const from = must(rows[0], 'first row').seq;
  return {
    kind: 'batch',
    from,
    to: from + rows.length - 1,
    chains: new Map(rows.map(({seq, chain}) => [seq, chain.toString('hex')])),
    bytes,
  };
}

function describe({seq, kind, version}: {readonly seq: number; readonly kind: string; readonly version: number}): string {
  return `row ${seq}: the box does not read ${kind} version ${version}`;
}

async function rowsBetween(db: Reader, site: string, after: number, to: number): Promise<readonly Row[]> {
  const rows = await db
    .selectFrom('down_log')
    .selectAll()
    .where('site', '=', site)
    .where('seq', '>', after)
    .where('seq', '<=', to)
    .orderBy('seq')
    .execute();
  const fields = await db
    .selectFrom('down_personal')
    .selectAll()
    .where('site', '=', site)
    .where('seq', '>', after)
    .where('seq', '<=', to)
    .execute();
  return rows.map(({seq, epoch, id, kind, version, basis, body, content_hash: contentHash, chain}) => {
    const personal = fields.filter((field) => field.seq === seq).map(({name, salt, value}) => ({name, salt, value}));
    return {seq, epoch, id, kind, version, basis, body, contentHash, chain, personal};
  });
}
