// What SQL knows of sessions: whose turn it is, what both sides hold, when a box was there. No state beside it.
import type {Instant} from '../../shared/time/instant.ts';
import {CHAIN_START} from '../../shared/journal/chain.ts';
import type {Hello} from '../../shared/wire/talk.ts';
import type {Reader, Store} from '../store/open.ts';
import type {Identity} from './broker.ts';
import type {Past} from './hello.ts';

export type Turn = {readonly epoch: number; readonly session: number};

export type Sessions = {
  /** Of the site, and what it holds. */
  readonly past: (site: string, hello: Hello) => Promise<{readonly turn: Turn; readonly past: Past}>;
  /** The next session, if nobody else has taken it since `before` was read. */
  readonly take: (who: Identity, before: Turn, hello: Hello) => Promise<Turn | undefined>;
  readonly left: (who: Identity, session: number) => Promise<void>;
  readonly beat: (who: Identity, session: number, heartbeat: string) => Promise<void>;
  readonly acked: (who: Identity, session: number, downTo: number) => Promise<void>;
  /** Those that this process did not see leaving, because it did not run. */
  readonly tidy: () => Promise<void>;
};

export function createSessions(store: Pick<Store, 'transact' | 'reading'>, now: () => Instant): Sessions {
  /** Only the newest session of a box may speak of it. */
  const update = (
    {site, box}: Identity,
    session: number,
    values: Partial<{disconnected_at: number; heartbeat_at: number; heartbeat: string; down_acked: number; down_acked_at: number}>,
  ): Promise<void> =>
    store.transact(async ({db}) => {
      await db
        .updateTable('box_state')
        .set(values)
        .where('site', '=', site)
        .where('box', '=', box)
        .where('session', '=', session)
        .execute();
    });

  return {
    past: (site, hello) => readPast(store.reading, site, hello),
    take: ({site, box}, before, {nonce, build}) =>
      store.transact(async ({db}) => {
        const taken = await db
          .updateTable('site')
          .set({session: before.session + 1})
          .where('id', '=', site)
          .where('session', '=', before.session)
          .where('epoch', '=', before.epoch)
          .returning(['epoch', 'session'])
          .executeTakeFirst();
        if (taken === undefined) return undefined;
        const state = {session: taken.session, nonce, build, connected_at: now(), disconnected_at: null};
        await db
          .insertInto('box_state')
          .values({site, box, ...state})
          .onConflict((conflict) => conflict.columns(['site', 'box']).doUpdateSet(state))
          .execute();
        return taken;
      }),
    left: (who, session) => update(who, session, {disconnected_at: now()}),
    beat: (who, session, heartbeat) => update(who, session, {heartbeat, heartbeat_at: now()}),
    acked: (who, session, downTo) => update(who, session, {down_acked: downTo, down_acked_at: now()}),
    tidy: () =>
      store.transact(async ({db}) => {
        await db
          .updateTable('box_state')
          .set({disconnected_at: now()})
          .where('connected_at', 'is not', null)
          .where('disconnected_at', 'is', null)
          .execute();
      }),
  };
}

async function readPast(db: Reader, site: string, hello: Hello): Promise<{turn: Turn; past: Past}> {
  const turn = await db.selectFrom('site').select(['epoch', 'session']).where('id', '=', site).executeTakeFirstOrThrow();
  const heads = {up: await headOf(db, site, 'up'), down: await headOf(db, site, 'down')};
  const {up, down} = hello.heads;
  const pending = await db
    .selectFrom('down_log')
    .select(['kind', 'version'])
    .distinct()
    .where('site', '=', site)
    .where('seq', '>', down.last)
    .execute();
  const at = {up: await chainAt(db, site, 'up', up.last), down: await chainAt(db, site, 'down', down.last)};
  return {turn, past: {epoch: turn.epoch, heads, at: {up: at.up?.toString('hex'), down: at.down?.toString('hex')}, pending}};
}

async function headOf(db: Reader, site: string, log: 'up' | 'down'): Promise<{last: number; hash: string}> {
  const {seq, chain} = await db
    .selectFrom('site_head')
    .select(['seq', 'chain'])
    .where('site', '=', site)
    .where('log', '=', log)
    .executeTakeFirstOrThrow();
  return {last: seq, hash: chain.toString('hex')};
}

/** The chain of a log after that row; undefined where it is not held. */
export async function chainAt(db: Reader, site: string, log: 'up' | 'down', seq: number): Promise<Buffer | undefined> {
  if (seq === 0) return CHAIN_START;
  const row = await db.selectFrom(`${log}_log`).select('chain').where('site', '=', site).where('seq', '=', seq).executeTakeFirst();
  return row?.chain;
}
