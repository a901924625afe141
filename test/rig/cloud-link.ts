// The cloud's side of the link as it runs: real files, real authority, real broker. The web and the rooms behind it are left out.
import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {createDownLog, type DownLog} from '../../cloud/books/down-log.ts';
import {createIntake, type Intake} from '../../cloud/books/intake.ts';
import {snapshotOf} from '../../cloud/books/snapshot.ts';
import {openAuthority, type Authority} from '../../cloud/fleet/authority.ts';
import {createEnrolment, type Enrolment} from '../../cloud/fleet/enrolment.ts';
import {createIncidents} from '../../cloud/fleet/incidents.ts';
import type {BrokerLimits} from '../../cloud/link/broker.ts';
import {createLink, type Link} from '../../cloud/link/link.ts';
import {insertMany} from '../../cloud/store/bulk.ts';
import {openStore, type Store} from '../../cloud/store/open.ts';
import {must} from '../../shared/assert/assert.ts';
import type {Log} from '../../shared/log/log.ts';
import {instant, type Timers} from '../../shared/time/instant.ts';
import {silentLog} from '../core/silent-log.ts';
import {temporaryFolder} from '../core/temporary-store.ts';

export type CloudLink = {
  readonly folder: string;
  readonly store: Store;
  readonly authority: Authority;
  readonly enrolment: Enrolment;
  readonly downLog: DownLog;
  readonly link: Link;
  readonly port: number;
  readonly site: (id: string) => Promise<void>;
  readonly code: (site: string, box: string) => Promise<string>;
  readonly openIncidents: (site: string) => Promise<readonly string[]>;
  /** Stops the link; the files stay. */
  readonly stop: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

export type CloudLinkOptions = {
  readonly limits?: Partial<BrokerLimits>;
  /** Stands before the real one. */
  readonly intake?: (real: Intake) => Intake;
  readonly log?: Log;
};

const now = () => instant(Date.now());
const monotonicMs = (): number => performance.now();
const timers: Timers = {
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};

export async function openCloudLink({limits, intake: before = (real) => real, log = silentLog}: CloudLinkOptions = {}): Promise<CloudLink> {
  const {folder, remove} = temporaryFolder();
  const store = openStore(join(folder, 'cloud.db'));
  const authority = await openAuthority({folder, names: [], now, randomBytes});
  const downLog = createDownLog({now, randomBytes, wake: (site) => link.wake(site)});
  const intake = before(createIntake({now, insertMany, onWarning: () => Promise.resolve(), onTopUpRequest: () => Promise.resolve()}));
  const link = createLink({
    store,
    intake,
    snapshot: (site) => snapshotOf(store.reading, site, now()),
    incidents: createIncidents(store, now),
    key: authority.rows.key,
    host: '127.0.0.1',
    port: 0,
    tls: {...authority.server, authorities: [authority.root, authority.intermediate]},
    ...(limits === undefined ? {} : {limits}),
    now,
    monotonicMs,
    timers,
    random: Math.random,
    randomBytes,
    log,
  });
  const stopping = new AbortController();
  const running = link.run(stopping.signal);
  while (link.port() === undefined) await Promise.race([running, new Promise((resolve) => setTimeout(resolve, 5))]);
  const port = must(link.port(), 'port');
  const enrolment = createEnrolment({
    store,
    authority,
    broker: () => ({host: '127.0.0.1', port}),
    now,
    monotonicMs,
    randomBytes,
    changed: link.boxesChanged,
  });
  const stop = async (): Promise<void> => {
    stopping.abort();
    await running;
  };
  return {
    folder,
    store,
    authority,
    enrolment,
    downLog,
    link,
    port,
    site: (id) =>
      store.transact(async ({db}) => {
        await db.insertInto('site').values({id, name: id, currency: 'GBP', zone: 'Europe/London', created_at: now()}).execute();
      }),
    code: async (site, box) => (await store.transact((tx) => enrolment.newCode(tx, {site, box, by: 'test'}))).code,
    openIncidents: async (site) => {
      const rows = await store.reading
        .selectFrom('incident')
        .select(['code', 'subject'])
        .where('site', '=', site)
        .where('ended_at', 'is', null)
        .orderBy('code')
        .execute();
      return rows.map(({code, subject}) => `${code} ${subject}`);
    },
    stop,
    remove: async () => {
      await stop();
      await store.close();
      remove();
    },
  };
}
