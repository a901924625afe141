// A cloud with a site, the room of people wired to real logs and books, and a real box that reads what goes down.
import {randomBytes} from 'node:crypto';
import {createAudit} from '../../../cloud/people/audit.ts';
import type {LinkLetter, PeopleGiven} from '../../../cloud/people/act.ts';
import {createAccountCodes} from '../../../cloud/people/account-codes.ts';
import {createLines} from '../../../cloud/people/lines.ts';
import {createOverrides} from '../../../cloud/people/overrides.ts';
import {createStaff} from '../../../cloud/people/staff.ts';
import {createStudents} from '../../../cloud/people/students.ts';
import {createTenancies} from '../../../cloud/people/tenancies.ts';
import {createLinks} from '../../../cloud/people/entry/links.ts';
import type {Tx} from '../../../cloud/store/open.ts';
import type {Actor} from '../../../shared/failure/refusal.ts';
import {createSiteBook, type SiteBook} from '../../../edge/site/book.ts';
import {createSiteReaders} from '../../../edge/site/write.ts';
import {inTransaction, type Database} from '../../../edge/store/open.ts';
import type {DownBody} from '../../../shared/wire/kinds.ts';
import {readDownRow, takeRow} from '../../../shared/wire/reader.ts';
import type {Row} from '../../../shared/wire/row.ts';
import {HALL, openCloud, type Cloud} from '../books/ground.ts';
import {temporaryStore} from '../temporary-store.ts';

export const CLERK: Actor = {id: 'staff-clerk', role: 'clerk'};
export const ADMIN: Actor = {id: 'staff-admin', role: 'admin'};
export const VIEWER: Actor = {id: 'staff-viewer', role: 'viewer'};

/** `*81234#0207…` */
const CODE_RULE = {position: 'before', lead: '*8', length: 4, separator: '#'} as const;

export type People = Cloud & {
  readonly letters: LinkLetter[];
  readonly students: ReturnType<typeof createStudents>;
  readonly accountCodes: ReturnType<typeof createAccountCodes>;
  readonly lines: ReturnType<typeof createLines>;
  readonly tenancies: ReturnType<typeof createTenancies>;
  readonly overrides: ReturnType<typeof createOverrides>;
  readonly staff: ReturnType<typeof createStaff>;
  readonly links: ReturnType<typeof createLinks>;
  readonly given: PeopleGiven;
  /** One act in one transaction. */
  readonly act: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  readonly audited: () => Promise<
    readonly {readonly by: string; readonly act: string; readonly subject: string; readonly detail: string}[]
  >;
  readonly downRows: () => Promise<readonly Row[]>;
};

export async function openPeople(): Promise<People> {
  const cloud = await openCloud();
  const letters: LinkLetter[] = [];
  const links = createLinks(cloud.store, randomBytes);
  const given: PeopleGiven = {
    now: () => cloud.now,
    randomBytes,
    audit: createAudit(() => cloud.now),
    downLog: cloud.downLog,
    books: cloud.books,
    links,
    notice: {enqueue: (_tx, letter) => Promise.resolve(void letters.push(letter))},
  };
  return Object.assign(cloud, {
    letters,
    links,
    given,
    students: createStudents(given),
    accountCodes: createAccountCodes({...given, ruleOf: () => Promise.resolve(CODE_RULE)}),
    lines: createLines(given),
    tenancies: createTenancies(given),
    overrides: createOverrides(given),
    staff: createStaff(given),
    act: <T>(work: (tx: Tx) => Promise<T>) => cloud.store.transact(work),
    audited: () => cloud.store.reading.selectFrom('audit').select(['by', 'act', 'subject', 'detail']).orderBy('seq').execute(),
    downRows: async () => {
      const rows = await cloud.store.reading.selectFrom('down_log').selectAll().where('site', '=', HALL).orderBy('seq').execute();
      return rows.map(({content_hash: contentHash, ...row}) => ({...row, contentHash, personal: []}));
    },
  });
}

export type ReadingBox = {
  readonly database: Database;
  readonly book: SiteBook;
  readonly overrides: readonly DownBody<'override'>[];
  readonly remove: () => void;
};

/** A box that has taken all that the cloud said. */
export async function boxThatRead(people: People): Promise<ReadingBox> {
  const {database, remove} = temporaryStore();
  const overrides: DownBody<'override'>[] = [];
  const refuse = (): never => {
    throw new Error('no money and no result goes down here');
  };
  const readers = {
    ...createSiteReaders(database),
    credit: refuse,
    adjustment: refuse,
    'top-up-result': refuse,
    override: (body: DownBody<'override'>) => void overrides.push(body),
    resolution: refuse,
  };
  for (const row of await people.downRows()) {
    const reading = readDownRow(row);
    if (reading.kind === 'unreadable') throw new Error(reading.why);
    inTransaction(database, () => takeRow(readers, reading.row, row));
  }
  return {database, book: createSiteBook(database, () => undefined), overrides, remove};
}
