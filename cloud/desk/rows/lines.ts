// Lines as staff look for them, and one of them.
import {micros, type Currency, type Micros} from '../../../shared/money/micros.ts';
import {instant, type Instant} from '../../../shared/time/instant.ts';
import type {Reader} from '../../store/open.ts';
import type {Tables} from '../../store/tables.ts';

export type LineFilter = 'all' | 'locked' | 'vacant' | 'staff';
export const LINE_FILTERS: readonly LineFilter[] = ['all', 'locked', 'vacant', 'staff'];
export type LineClass = Tables['line']['class'];

export type Line = {
  readonly site: string;
  readonly extension: string;
  readonly class: LineClass;
  readonly label: string | undefined;
  readonly currency: Currency;
  readonly payer: {readonly account: string; readonly name: string; readonly balance: Micros} | undefined;
  /** What its box last said; undefined if it said nothing yet. */
  readonly told: {readonly wanted: 'open' | 'locked'; readonly reasons: readonly string[]; readonly at: Instant} | undefined;
};

export type LinePage = {readonly rows: readonly Line[]; readonly hasMore: boolean; readonly counts: Readonly<Record<LineFilter, number>>};
export type LineWish = {readonly filter: LineFilter; readonly search: string; readonly page: number};

const SHOWN = 50;

/** Each line with who pays now and what its box last said. */
function lines(db: Reader, now: Instant) {
  return db
    .selectFrom('line')
    .innerJoin('site', 'site.id', 'line.site')
    .leftJoin('line_state', (join) => join.onRef('line_state.site', '=', 'line.site').onRef('line_state.extension', '=', 'line.extension'))
    .leftJoin('tenancy', (join) =>
      join
        .onRef('tenancy.site', '=', 'line.site')
        .onRef('tenancy.extension', '=', 'line.extension')
        .on('tenancy.from_at', '<=', now)
        .on((eb) => eb.or([eb('tenancy.to_at', 'is', null), eb('tenancy.to_at', '>', now)])),
    )
    .leftJoin('student', 'student.account', 'tenancy.account')
    .leftJoin('balance', (join) => join.onRef('balance.site', '=', 'tenancy.site').onRef('balance.account', '=', 'tenancy.account'));
}

function filtered(db: Reader, filter: LineFilter, now: Instant) {
  return lines(db, now)
    .$if(filter === 'locked', (query) => query.where('line_state.wanted', '=', 'locked'))
    .$if(filter === 'vacant', (query) => query.where('tenancy.id', 'is', null).where('line.class', '=', 'student'))
    .$if(filter === 'staff', (query) => query.where('line.class', '<>', 'student'));
}

const COLUMNS = [
  'line.site',
  'line.extension',
  'line.class',
  'line.label',
  'site.currency',
  'line_state.wanted',
  'line_state.reasons',
  'line_state.at',
  'tenancy.account',
  'student.name',
  'balance.credit',
  'balance.debit',
] as const;

export async function readLines(db: Reader, {filter, search, page}: LineWish, now: Instant): Promise<LinePage> {
  const wanted = search.toLowerCase();
  const rows = await filtered(db, filter, now)
    .select(COLUMNS)
    .$if(wanted !== '', (query) =>
      query.where((eb) => {
        const holds = (column: 'line.extension' | 'line.label') =>
          eb(eb.fn<number>('instr', [eb.fn('lower', [column]), eb.val(wanted)]), '>', 0);
        return eb.or([holds('line.extension'), holds('line.label')]);
      }),
    )
    .orderBy('line.site')
    .orderBy((eb) => eb.fn('length', ['line.extension']))
    .orderBy('line.extension')
    .limit(SHOWN + 1)
    .offset((page - 1) * SHOWN)
    .execute();
  const counts = {all: 0, locked: 0, vacant: 0, staff: 0};
  for (const each of LINE_FILTERS) counts[each] = await countOf(db, each, now);
  return {rows: rows.slice(0, SHOWN).map(lineOf), hasMore: rows.length > SHOWN, counts};
}

async function countOf(db: Reader, filter: LineFilter, now: Instant): Promise<number> {
  const row = await filtered(db, filter, now)
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirst();
  return row?.count ?? 0;
}

export async function readLine(db: Reader, site: string, extension: string, now: Instant): Promise<Line | undefined> {
  const row = await lines(db, now).select(COLUMNS).where('line.site', '=', site).where('line.extension', '=', extension).executeTakeFirst();
  return row === undefined ? undefined : lineOf(row);
}

/** Where the last calls of a line stand in the up log, newest first. */
export async function lastCallsOf(
  db: Reader,
  {site, extension}: Pick<Line, 'site' | 'extension'>,
  most: number,
): Promise<readonly number[]> {
  const rows = await db
    .selectFrom('call')
    .select('up_seq')
    .where('site', '=', site)
    .where('extension', '=', extension)
    .orderBy('started_at', 'desc')
    .orderBy('up_seq', 'desc')
    .limit(most)
    .execute();
  return rows.map((row) => row.up_seq);
}

type Row = {
  site: string;
  extension: string;
  class: LineClass;
  label: string | null;
  currency: string;
  wanted: 'open' | 'locked' | null;
  reasons: string | null;
  at: number | null;
  account: string | null;
  name: string | null;
  credit: number | null;
  debit: number | null;
};

function lineOf(row: Row): Line {
  const {site, extension, label, currency, wanted, reasons, at, account, name, credit, debit} = row;
  return {
    site,
    extension,
    class: row.class,
    label: label ?? undefined,
    currency: currency as Currency,
    payer: account === null ? undefined : {account, name: name ?? account, balance: micros((credit ?? 0) - (debit ?? 0))},
    told:
      wanted === null || reasons === null || at === null ? undefined : {wanted, reasons: JSON.parse(reasons) as string[], at: instant(at)},
  };
}
