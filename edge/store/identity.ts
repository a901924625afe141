// Whose ledger this is. A box that is started under another name on the same data would write somebody else's calls.
import {Failure} from '../../shared/failure/failure.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Database} from './open.ts';

export type Identity = {readonly site: string; readonly box: string};

/** Writes the identity at the first start; throws Failure `config.invalid` if the data belong to another. */
export function claimIdentity(database: Database, {site, box}: Identity, now: Instant): void {
  database.prepare('INSERT INTO box (one, site, box, created_at) VALUES (1, ?, ?, ?) ON CONFLICT (one) DO NOTHING').run(site, box, now);
  const stored = database.prepare<[], Identity>('SELECT site, box FROM box').get();
  if (stored?.site === site && stored.box === box) return;
  throw new Failure(
    'config.invalid',
    `the data folder belongs to box ${stored?.box} of site ${stored?.site}, not to ${box} of ${site}`,
    'correct site and box in the configuration, or give this box a data folder of its own',
  );
}
