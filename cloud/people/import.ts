// Many students at once, from a list. In: rows that were read. Out: all of them with accounts, lines and tenancies, or what is
// wrong with which row and nothing written. Never true: half a list; money without its own rows of the ledger
// and of the audit log.
import {forbidden, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import {decimalFromMicros, type Currency, type Micros} from '../../shared/money/micros.ts';
import {DOWN_BODIES} from '../../shared/wire/kinds.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Reader, Tx} from '../store/open.ts';
import type {PeopleGiven} from './act.ts';
import {emailKey} from './email.ts';
import type {Lines} from './lines.ts';
import type {RosterProblem, RosterRow} from './roster.ts';
import {studentFault, type Students} from './students.ts';
import {overlapWith, type Tenancies} from './tenancies.ts';

export type ImportGiven = Pick<PeopleGiven, 'audit'> & {
  readonly students: Pick<Students, 'create'>;
  readonly lines: Pick<Lines, 'create'>;
  readonly tenancies: Pick<Tenancies, 'start'>;
  /** Why so much cannot be brought along, as for cash at the desk. */
  readonly openingFault: (amount: Micros, currency: Currency) => string | undefined;
  /** Money that a student has brought along, as a transfer of its own. */
  readonly open: (tx: Tx, opening: {readonly site: string; readonly account: string; readonly amount: Micros}) => Promise<void>;
};

export type ImportWish = {
  readonly site: string;
  readonly rows: readonly RosterRow[];
  /** From when on they pay for their lines. */
  readonly from: Instant;
};

export type Imported = Done<{readonly accounts: readonly string[]; readonly newLines: readonly string[]}>;
export type ImportRefusal = Refusal<never> | {readonly kind: 'invalid'; readonly problems: readonly RosterProblem[]};

export type Import = (tx: Tx, actor: Actor, wish: ImportWish) => Promise<Imported | ImportRefusal>;

/** Lines that are not there yet are made, as students' lines. */
export function createImport(given: ImportGiven): Import {
  return async (tx, actor, wish) => {
    const no = forbidden(actor, 'clerk');
    if (no !== undefined) return no;
    const problems = await problemsOf(given, tx.db, wish);
    if (problems.length > 0) return {kind: 'invalid', problems};
    const accounts: string[] = [];
    const newLines: string[] = [];
    for (const row of wish.rows) {
      const {account, madeLine} = await add(given, tx, actor, {row, wish});
      accounts.push(account);
      if (madeLine) newLines.push(row.line);
    }
    const detail = {students: accounts.length, newLines: newLines.length};
    await given.audit(tx, {by: actor.id, act: 'student-import', site: wish.site, subject: wish.site, detail});
    return {kind: 'done', accounts, newLines};
  };
}

/** Everything that could be refused, before anything is written. */
async function problemsOf({openingFault}: ImportGiven, db: Reader, {site, rows, from}: ImportWish): Promise<readonly RosterProblem[]> {
  const {currency} = await db.selectFrom('site').select('currency').where('id', '=', site).executeTakeFirstOrThrow();
  const problems: RosterProblem[] = [];
  const seen = new Map<string, number>();
  for (const row of rows) {
    const {at, name, email, line, opening} = row;
    const faults = [
      (await studentFault(db, {name, email}))?.what,
      twice(seen, at, email === '' ? undefined : `e-mail address ${emailKey(email)}`),
      twice(seen, at, line === '' ? undefined : `line ${line}`),
      await lineProblem(db, {site, line, from}),
      opening === 0 ? undefined : openingFault(opening, currency as Currency),
    ];
    for (const what of faults) if (what !== undefined) problems.push({at, what});
  }
  return problems;
}

function twice(seen: Map<string, number>, at: number, key: string | undefined): string | undefined {
  if (key === undefined) return undefined;
  const first = seen.get(key);
  if (first === undefined) seen.set(key, at);
  return first === undefined ? undefined : `${key} stands in line ${first} already`;
}

async function lineProblem(db: Reader, {site, line, from}: {site: string; line: string; from: Instant}): Promise<string | undefined> {
  if (line === '') return undefined;
  if (!DOWN_BODIES.extension.shape.extension.safeParse(line).success) return `“${line.slice(0, 40)}” is not an extension`;
  return (await overlapWith(db, {site, extension: line, from, to: undefined}))?.what;
}

async function add(
  given: ImportGiven,
  tx: Tx,
  actor: Actor,
  {row, wish}: {readonly row: RosterRow; readonly wish: ImportWish},
): Promise<{readonly account: string; readonly madeLine: boolean}> {
  const {name, email, line, opening} = row;
  const {site, from} = wish;
  const {account} = expected(await given.students.create(tx, actor, {site, name, email}), row);
  if (opening > 0) {
    await given.open(tx, {site, account, amount: opening});
    await given.audit(tx, {by: actor.id, act: 'student-opening', site, subject: account, detail: {amount: decimalFromMicros(opening)}});
  }
  if (line === '') return {account, madeLine: false};
  const made = await given.lines.create(tx, actor, {site, extension: line, class: 'student'});
  if (made.kind === 'refused' && made.code !== 'line-taken') expected(made, row);
  expected(await given.tenancies.start(tx, actor, {site, extension: line, account, from}), row);
  return {account, madeLine: made.kind === 'done'};
}

/** What was looked at in this transaction cannot be refused: if it is, all of it is undone. */
function expected<T extends {readonly kind: 'done'}>(outcome: T | Refusal, {at}: RosterRow): T {
  if (outcome.kind === 'refused') throw new Error(`line ${at} of a list that was checked: ${outcome.what}`);
  return outcome;
}
