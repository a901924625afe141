// What calls used of free allowances, and what the carrier charges for them, is what the rows of the boxes say.
import {readUpRow} from '../../shared/wire/up.ts';
import type {Reader} from '../store/open.ts';
import {costOf, usesOf, type CostRow, type UseRow} from './told-uses.ts';

const MOST_FINDINGS = 100;
/** Rows that are read at once: memory stays flat over a log of millions. */
const ROWS_AT_ONCE = 1_000;
/** Of rows without these words nothing is read: most calls have neither. */
const WORDS = ['"allowances"', '"cost"'].map((word) => Buffer.from(word));

export async function useFindings(db: Reader): Promise<readonly string[]> {
  const findings: string[] = [];
  for (const {id} of await db.selectFrom('site').select('id').orderBy('id').execute()) {
    for (let after = 0; findings.length < MOST_FINDINGS;) {
      const found = await someFindings(db, id, after);
      findings.push(...found.findings);
      if (found.until === undefined) break;
      after = found.until;
    }
  }
  return findings;
}

/** Of the rows after one; `until` is the last that was looked at, undefined at the end of the log. */
async function someFindings(db: Reader, site: string, after: number) {
  const rows = await db
    .selectFrom('up_log')
    .select(['seq', 'kind', 'version', 'body'])
    .where('site', '=', site)
    .where('seq', '>', after)
    .where('kind', 'in', ['call', 'call-resolved'])
    .where((eb) => eb.or(WORDS.map((word) => eb(eb.fn<number>('instr', ['body', eb.val(word)]), '>', 0))))
    .orderBy('seq')
    .limit(ROWS_AT_ONCE)
    .execute();
  const until = rows.length < ROWS_AT_ONCE ? undefined : rows.at(-1)?.seq;
  const due: Due = {uses: new Set(), costs: new Set()};
  const findings: string[] = [];
  for (const row of rows) {
    const reading = readUpRow(row);
    if (reading.kind !== 'read') continue;
    const {rows: uses, unread} = usesOf(site, row, reading.row);
    if (unread > 0) findings.push(`row ${row.seq} of the up log of ${site}: its working names a use of an allowance that cannot be read`);
    for (const use of uses) due.uses.add(useText(use));
    const cost = costOf(site, row, reading.row);
    if (cost !== undefined) due.costs.add(costText(cost));
  }
  const span = {site, after, until: until ?? Number.MAX_SAFE_INTEGER};
  return {until, findings: [...findings, ...(await differences(db, span, due))]};
}

type Due = {readonly uses: Set<string>; readonly costs: Set<string>};
type Span = {readonly site: string; readonly after: number; readonly until: number};

async function differences(db: Reader, {site, after, until}: Span, due: Due): Promise<readonly string[]> {
  const uses = await db
    .selectFrom('allowance_use')
    .selectAll()
    .where('site', '=', site)
    .where('up_seq', '>', after)
    .where('up_seq', '<=', until)
    .execute();
  const costs = await db
    .selectFrom('call_cost')
    .selectAll()
    .where('site', '=', site)
    .where('up_seq', '>', after)
    .where('up_seq', '<=', until)
    .execute();
  return [
    ...differ(uses.map(useText), due.uses, `the uses of allowances of ${site}`),
    ...differ(costs.map(costText), due.costs, `the carrier’s charges of ${site}`),
  ];
}

function differ(kept: readonly string[], due: ReadonlySet<string>, where: string): readonly string[] {
  const there = new Set(kept);
  return [
    ...kept.filter((text) => !due.has(text)).map((text) => `${where}: ${text}: no row of the box says so`),
    ...[...due].filter((text) => !there.has(text)).map((text) => `${where}: ${text}: the row says so, and it is not there`),
  ];
}

function useText({up_seq: seq, allowance, account, period_start: period, started_at: at, unit, used}: UseRow): string {
  return `row ${seq}, ${used} ${unit} of ${allowance} by ${account} in the period from ${period}, call of ${at}`;
}

function costText({up_seq: seq, started_at: at, net, tax, unknown}: CostRow): string {
  return `row ${seq}, call of ${at}, ${unknown ?? `${net} and ${tax} tax`}`;
}
