// Sites, their boxes, rules and tariffs, as their pages show them.
import type {Currency} from '../../../shared/money/micros.ts';
import {instant, type Instant} from '../../../shared/time/instant.ts';
import type {Reader} from '../../store/open.ts';
import {boxState, type BoxState, type Head} from '../box-facts.ts';

export type Site = {
  readonly id: string;
  readonly name: string;
  readonly zone: string;
  readonly currency: Currency;
  readonly createdAt: Instant;
  readonly epoch: number;
};

const COLUMNS = ['id', 'name', 'zone', 'currency', 'created_at', 'epoch'] as const;

function siteOf(row: {id: string; name: string; zone: string; currency: string; created_at: number; epoch: number}): Site {
  const {created_at: at, currency, ...rest} = row;
  return {...rest, currency: currency as Currency, createdAt: instant(at)};
}

export async function readSites(db: Reader): Promise<readonly Site[]> {
  return (await db.selectFrom('site').select(COLUMNS).orderBy('name').orderBy('id').execute()).map(siteOf);
}

export async function readSite(db: Reader, id: string): Promise<Site | undefined> {
  const row = await db.selectFrom('site').select(COLUMNS).where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : siteOf(row);
}

/** Of all sites if it is one; several clocks have none in common but UTC. */
export async function commonZone(db: Reader): Promise<string> {
  const zones = await db.selectFrom('site').select('zone').distinct().limit(2).execute();
  const [only, other] = zones;
  return only === undefined || other !== undefined ? 'UTC' : only.zone;
}

export type Heads = {readonly up: Head; readonly down: Head};
const NO_HEAD: Head = {seq: 0, movedAt: undefined, chain: ''};

export async function readHeads(db: Reader): Promise<ReadonlyMap<string, Heads>> {
  const heads = new Map<string, Heads>();
  for (const {site, log, seq, moved_at: moved, chain} of await db.selectFrom('site_head').selectAll().execute()) {
    const head = {seq, movedAt: moved === null ? undefined : instant(moved), chain: chain.toString('hex')};
    heads.set(site, {...(heads.get(site) ?? {up: NO_HEAD, down: NO_HEAD}), [log]: head});
  }
  return heads;
}

/** The newest first; those out of service last. */
export async function readBoxes(db: Reader, now: Instant, site?: string): Promise<readonly BoxState[]> {
  const rows = await db
    .selectFrom('box')
    .leftJoin('box_state', (join) => join.onRef('box_state.site', '=', 'box.site').onRef('box_state.box', '=', 'box.id'))
    .select(['box.site', 'box.id as box', 'box.enrolled_at', 'box.expires_at', 'box.revoked_at'])
    .select(['build', 'connected_at', 'disconnected_at', 'heartbeat_at', 'heartbeat', 'down_acked', 'down_acked_at'])
    .$if(site !== undefined, (query) => query.where('box.site', '=', site ?? ''))
    .orderBy((eb) => eb('box.revoked_at', 'is not', null))
    .orderBy('box.enrolled_at', 'desc')
    .execute();
  const heads = await readHeads(db);
  return rows.map((row) => boxState(row, heads.get(row.site) ?? {up: NO_HEAD, down: NO_HEAD}, now));
}

/** Codes that were made and not typed yet. Only their hashes are known. */
export async function readOpenCodes(
  db: Reader,
  site: string,
  now: Instant,
): Promise<readonly {readonly box: string; readonly expiresAt: Instant}[]> {
  const rows = await db
    .selectFrom('enrolment')
    .select(['box', 'expires_at'])
    .where('site', '=', site)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .orderBy('expires_at')
    .execute();
  return rows.map(({box, expires_at: at}) => ({box, expiresAt: instant(at)}));
}
