// What is wrong and still open, once each: opening what is open changes nothing, ending what is not open neither.
import type {Instant} from '../../shared/time/instant.ts';
import type {Reader, Store, Tx} from '../store/open.ts';
import type {CloudIncidentCode} from './codes.ts';

export type Place = {
  /** Empty: the cloud itself. */
  readonly site: string;
  readonly code: CloudIncidentCode;
  /** What of the site: a box's id, a direction. */
  readonly subject: string;
};
export type CloudIncident = Place & {readonly detail: string; readonly cure: string};

export type Incidents = {
  /** In the caller's transaction, or without one in its own. */
  readonly open: (incident: CloudIncident, tx?: Tx) => Promise<void>;
  readonly end: (place: Place, tx?: Tx) => Promise<void>;
};

const LONGEST_WORDS = 2_000;

export function createIncidents(store: Pick<Store, 'transact' | 'reading'>, now: () => Instant): Incidents {
  const within = (tx: Tx | undefined, work: (tx: Tx) => Promise<void>): Promise<void> =>
    tx === undefined ? store.transact(work) : work(tx);
  /** Asked outside a transaction, so that what is as it should be costs no write. */
  const isAsItWas = async (place: Place, tx: Tx | undefined, wanted: boolean): Promise<boolean> =>
    tx === undefined && (await isOpen(store.reading, place)) === wanted;
  return {
    open: async ({site, code, subject, detail, cure}, tx) => {
      if (await isAsItWas({site, code, subject}, tx, true)) return;
      await within(tx, async ({db}) => {
        const row = {site, code, subject, began_at: now(), detail: detail.slice(0, LONGEST_WORDS), cure, ended_at: null};
        await db
          .insertInto('incident')
          .values(row)
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      });
    },
    end: async ({site, code, subject}, tx) => {
      if (await isAsItWas({site, code, subject}, tx, false)) return;
      await within(tx, async ({db}) => {
        await db
          .updateTable('incident')
          .set({ended_at: now()})
          .where('site', '=', site)
          .where('code', '=', code)
          .where('subject', '=', subject)
          .where('ended_at', 'is', null)
          .execute();
      });
    },
  };
}

async function isOpen(db: Reader, {site, code, subject}: Place): Promise<boolean> {
  const row = await db
    .selectFrom('incident')
    .select('code')
    .where('site', '=', site)
    .where('code', '=', code)
    .where('subject', '=', subject)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return row !== undefined;
}
