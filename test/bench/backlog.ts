// A hall whose box has much to tell: calls recorded while there was no cloud, then both as processes, on the real link.
import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {createBooks} from '../../cloud/books/posting.ts';
import {createDownLog} from '../../cloud/books/down-log.ts';
import {createEnrolment} from '../../cloud/fleet/enrolment.ts';
import type {Authority} from '../../cloud/fleet/authority.ts';
import {openForReading} from '../../cloud/store/open.ts';
import type {Store} from '../../cloud/store/open.ts';
import {createFramer} from '../../edge/feed/framing.ts';
import type {Line} from '../../edge/feed/line.ts';
import {openForReading as openBox, openStore as openBoxStore} from '../../edge/store/open.ts';
import {writeIdentity} from '../../edge/sync/identity.ts';
import {HOUSE_ACCOUNTS, type AccountId} from '../../shared/journal/transfer.ts';
import {micros} from '../../shared/money/micros.ts';
import {compileTariff} from '../../shared/tariff/compile.ts';
import {tariffSchema} from '../../shared/tariff/tariff.ts';
import {instant} from '../../shared/time/instant.ts';
import {enrolReplySchema, type EnrolReply} from '../../shared/wire/enrol.ts';
import {databasePath, dataFolder, startBox, type RunningBox} from '../rig/box.ts';
import {cloudDatabase, startCloud, type RunningCloud} from '../rig/cloud.ts';
import {openFlow, recorderOn} from '../rig/flow.ts';
import {keyAndRequest} from '../rig/link-box.ts';
import {HALL_POLICY, HALL_TARIFF, studentFacts, tariffFacts} from '../simulator/cloud/site.ts';
import {lineOf, LINES, Printer} from './calls.ts';
import {benchFolder, fillCloud, now} from './cloud-process.ts';
import type {Work} from './measure.ts';

const SITE = 'hall';
const BOX = 'box-1';
const FEED = 'smdr';
const DAY_MS = 86_400_000;
/** Tenancies are older than any call, and calls older than now. */
const SINCE = Date.now() - 20 * DAY_MS;
const FIRST_CALL = Date.now() - 10 * DAY_MS;
/** Nobody is ever in debt: a call, and nothing else, is what a call leaves. */
const OPENING = 1e12;
const DELIVERED_AT_ONCE = 1_000;
const LOOK_MS = 5;
const PATIENCE_MS = 120_000;

type Key = {readonly key: string; readonly reply: EnrolReply};

export class Backlog {
  readonly cloud: RunningCloud;
  readonly #folder: string;
  readonly #remove: () => void;
  readonly #printer = new Printer(FIRST_CALL);
  readonly #books: ReturnType<typeof openForReading>;
  #box: RunningBox | undefined;

  private constructor(folder: string, cloud: RunningCloud, remove: () => void) {
    this.#folder = folder;
    this.cloud = cloud;
    this.#remove = remove;
    this.#books = openForReading(this.cloudPath);
  }

  /** A cloud that runs, and a box that knows all that the cloud has told it, and stands still. */
  static async open(): Promise<Backlog> {
    const {folder, remove} = benchFolder();
    const {key, reply} = await fillCloud(folder, fill);
    const cloud = await startCloud({folder, options: {'log.level': 'warn'}});
    const {site, box, certificate, authority, rowKey, epoch} = reply;
    writeIdentity(dataFolder(boxFolder(folder)), {
      'key.pem': key,
      'certificate.pem': certificate,
      'authority.pem': authority,
      'cloud.pem': rowKey,
      'link.json': JSON.stringify({site, box, ...cloud.link, epoch}),
    });
    const backlog = new Backlog(folder, cloud, remove);
    await backlog.startBox();
    await until(() => Promise.resolve(backlog.#boxHead('down') === LINES * 4 + 3));
    await backlog.stopBox();
    return backlog;
  }

  get cloudPath(): string {
    return cloudDatabase(this.#folder);
  }

  box(): RunningBox | undefined {
    return this.#box;
  }

  async startBox(): Promise<void> {
    this.#box = await startBox({
      folder: boxFolder(this.#folder),
      site: SITE,
      feeds: [],
      switchboard: {kind: 'none'},
      consolePort: 0,
      environment: {SPBS_BOX: BOX, SPBS_LOG_LEVEL: 'warn'},
    });
  }

  async stopBox(): Promise<void> {
    await this.#box?.child.stop();
    this.#box = undefined;
  }

  /** While the box stands still: so many calls more, by its own stages from the switchboard's bytes on. */
  record(calls: number): void {
    const database = openBoxStore(databasePath(boxFolder(this.#folder)));
    const received = () => instant(this.#printer.now());
    const tariff = compileTariff(tariffSchema.parse(HALL_TARIFF));
    const {spool, intake} = openFlow({database, tariff, now: received, recorderOf: recorderOn(database, 'mitel-mivoice')});
    spool.open(FEED, instant(0));
    const framer = createFramer();
    for (let done = 0; done < calls; done += DELIVERED_AT_ONCE) {
      const framed = framer.push(this.#printer.print(Math.min(DELIVERED_AT_ONCE, calls - done)));
      const lines = framed.map(({bytes, end, broken}): Line => ({
        feed: FEED,
        session: 1,
        position: String(end),
        receivedAt: received(),
        bytes,
        broken,
      }));
      intake.deliver({feed: FEED, lines, file: undefined});
    }
    database.close();
  }

  /** Starts the box; from the first batch that the cloud holds to the last one. The box runs on. */
  async drain(seen: () => void = () => undefined): Promise<Work> {
    const before = await this.#cloudHead();
    await this.startBox();
    const last = this.#boxHead('up');
    await until(async () => (await this.#cloudHead()) > before);
    const [began, from] = [performance.now(), await this.#cloudHead()];
    await until(async () => {
      seen();
      return (await this.#cloudHead()) >= last;
    });
    return {units: last - from, ms: performance.now() - began};
  }

  async remove(): Promise<void> {
    await this.stopBox();
    await this.#books.close();
    await this.cloud.child.stop();
    this.#remove();
  }

  async #cloudHead(): Promise<number> {
    const {seq} = await this.#books.reading
      .selectFrom('site_head')
      .select('seq')
      .where('site', '=', SITE)
      .where('log', '=', 'up')
      .executeTakeFirstOrThrow();
    return seq;
  }

  #boxHead(log: 'up' | 'down'): number {
    const database = openBox(databasePath(boxFolder(this.#folder)));
    try {
      return database.prepare<[string], number>('SELECT seq FROM log_head WHERE log = ?').pluck().get(log) ?? 0;
    } finally {
      database.close();
    }
  }
}

function boxFolder(folder: string): string {
  return join(folder, 'site');
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !(await holds()); await sleep(LOOK_MS)) {
    if (performance.now() > end) throw new Error(`after ${PATIENCE_MS / 1000} s it has not come to pass`);
  }
}

/** A site with its rules, its lines, its students and their money; and a box that is enrolled. */
async function fill(store: Store, authority: Authority): Promise<Key> {
  const downLog = createDownLog({now, randomBytes, wake: () => undefined});
  const books = createBooks(downLog);
  const students = Array.from({length: LINES}, (_, line) => ({
    account: `student-${line}`,
    extension: lineOf(line),
    name: `Student ${line}`,
    opening: 0,
  }));
  await store.transact(async (tx) => {
    const site = {id: SITE, name: 'Hall', currency: 'GBP', zone: 'Europe/London', created_at: instant(SINCE)};
    await tx.db.insertInto('site').values(site).execute();
    const facts = [
      {kind: 'policy', body: HALL_POLICY} as const,
      ...tariffFacts(HALL_TARIFF, SINCE),
      ...students.flatMap((student) => studentFacts(student, SINCE)),
    ];
    await downLog.write(
      tx,
      SITE,
      facts.map((fact, index) => ({...fact, id: String(index)})),
    );
    for (const {account} of students) {
      const [debit, credit] = [HOUSE_ACCOUNTS.cash, account as AccountId];
      await books.move(tx, {site: SITE, debit, credit, amount: micros(OPENING), code: 'TOPUP', ref: account, at: instant(SINCE)});
    }
  });
  const enrolment = createEnrolment({
    store,
    authority,
    // The port is not known yet; the identity is written when it is.
    broker: () => ({host: 'localhost', port: 1}),
    now,
    monotonicMs: () => performance.now(),
    randomBytes,
    changed: () => undefined,
  });
  const {key, csr} = await keyAndRequest();
  const {code} = await store.transact((tx) => enrolment.newCode(tx, {site: SITE, box: BOX, by: 'bench'}));
  const {body} = await enrolment.enrol({code, csr}, '192.0.2.1');
  return {key, reply: enrolReplySchema.parse(body)};
}
