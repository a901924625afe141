// What the cloud says to a site, numbered and sealed in the transaction that makes it true.
// In: facts. Out: rows of the site's down log. Never true: a gap, a number used twice, a wake-up before the commit.
import {must} from '../../shared/assert/assert.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {DownFact} from '../../shared/wire/kinds.ts';
import {sealRow} from '../../shared/wire/row.ts';
import type {Tx} from '../store/open.ts';

export type DownLog = {
  /** Writes facts in order, in the caller's transaction; returns the number of the first. */
  readonly write: (tx: Tx, site: string, facts: readonly DownFact[]) => Promise<number>;
};

export type DownLogGiven = {
  readonly now: () => Instant;
  readonly randomBytes: (bytes: number) => Buffer;
  /** After the commit: there is something to send. */
  readonly wake: (site: string) => void;
};

/** The version of every kind that this release writes. */
const VERSION = 1;
/** SQLite binds at most 32,766 values a statement, and a row has eleven. */
const ROWS_AT_ONCE = 500;

export function createDownLog({now, randomBytes, wake}: DownLogGiven): DownLog {
  return {
    write: async (tx, site, facts) => {
      const {db} = tx;
      // The number is taken by writing it: whoever comes second waits here, on either engine.
      const taken = await db
        .updateTable('site_head')
        .set((eb) => ({seq: eb('seq', '+', facts.length), moved_at: now()}))
        .where('site', '=', site)
        .where('log', '=', 'down')
        .returning(['seq', 'chain'])
        .executeTakeFirst();
      const head = must(taken, `down log of site ${site}`);
      const first = head.seq - facts.length + 1;
      if (facts.length === 0) return first;
      const {epoch} = await db.selectFrom('site').select('epoch').where('id', '=', site).executeTakeFirstOrThrow();
      const up = await db.selectFrom('site_head').select('seq').where('site', '=', site).where('log', '=', 'up').executeTakeFirstOrThrow();
      let previousChain: Buffer = head.chain;
      const rows = facts.map(({kind, id, body}, index) => {
        const fact = {id: `${kind}:${id}`, kind, version: VERSION, body};
        const row = sealRow(fact, {seq: first + index, epoch, basis: up.seq, previousChain}, randomBytes);
        previousChain = row.chain;
        return row;
      });
      const at = now();
      for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
        const values = rows.slice(from, from + ROWS_AT_ONCE).map((row) => ({
          site,
          seq: row.seq,
          epoch: row.epoch,
          id: row.id,
          kind: row.kind,
          version: row.version,
          basis: row.basis,
          body: row.body,
          content_hash: row.contentHash,
          chain: row.chain,
          at,
        }));
        await db.insertInto('down_log').values(values).execute();
      }
      await db.updateTable('site_head').set({chain: previousChain}).where('site', '=', site).where('log', '=', 'down').execute();
      tx.after(() => wake(site));
      return first;
    },
  };
}
