// Rows of a log by their kind, without reading the rest of it.
import type {Reader} from '../store/open.ts';

export type Head = {readonly last: number; readonly hash: string};
/** Both logs of a site at one moment. */
export type Cut = {readonly up: Head; readonly down: Head};

export type LogRow = {readonly seq: number; readonly basis: number; readonly body: Buffer; readonly at: number};

/** Oldest first. A row's id begins with its kind, and ids have an index. */
export async function rowsOfKind(
  db: Reader,
  {site, log, kind}: {readonly site: string; readonly log: 'up' | 'down'; readonly kind: string},
  upTo?: number,
): Promise<readonly LogRow[]> {
  const rows = await db
    .selectFrom(log === 'up' ? 'up_log' : 'down_log')
    .select(['seq', 'basis', 'body', 'at'])
    .where('site', '=', site)
    .where('id', '>=', `${kind}:`)
    // The character after the colon.
    .where('id', '<', `${kind};`)
    .execute();
  return rows.filter(({seq}) => upTo === undefined || seq <= upTo).toSorted((a, b) => a.seq - b.seq);
}

export async function cutOf(db: Reader, site: string): Promise<Cut> {
  const heads = await db.selectFrom('site_head').select(['log', 'seq', 'chain']).where('site', '=', site).execute();
  const headOf = (log: 'up' | 'down'): Head => {
    const head = heads.find((each) => each.log === log);
    return {last: head?.seq ?? 0, hash: (head?.chain ?? Buffer.alloc(32)).toString('hex')};
  };
  return {up: headOf('up'), down: headOf('down')};
}
