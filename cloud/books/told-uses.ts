// What a call took from free allowances, and what the carrier charges for it: as the box says beside the price.
// In: rows that were read. Out: their uses and costs. Never true: a use of a call that was only watched; a row that stops the
// direction for what no money depends on.
import type {Insertable} from 'kysely';
import type {Row} from '../../shared/wire/row.ts';
import type {CarrierCost, UpRow} from '../../shared/wire/up.ts';
import type {InsertMany} from '../store/bulk.ts';
import type {Tx} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import type {Told} from './told.ts';

export type UseRow = Insertable<Tables['allowance_use']>;
export type CostRow = Insertable<Tables['call_cost']>;

/** What a working says of allowances; most say nothing. `unread`: entries that no column holds, or a second one of an allowance. */
export type Uses = {readonly rows: readonly UseRow[]; readonly unread: number};

const NONE: Uses = {rows: [], unread: 0};
/** As long as an id on the way down. */
const LONGEST_ID = 100;

export function usesOf(site: string, {seq}: Pick<Row, 'seq'>, says: UpRow): Uses {
  const said = billed(says);
  const told: unknown = said?.working?.allowances;
  if (said === undefined || told === undefined) return NONE;
  const entries: readonly unknown[] = Array.isArray(told) ? told : [told];
  const rows = new Map<string, UseRow>();
  for (const entry of entries) {
    const use = useIn(entry);
    if (use === undefined || rows.has(use.allowance)) continue;
    rows.set(use.allowance, {site, up_seq: seq, account: said.payer, started_at: said.startedAt, ...use});
  }
  return {rows: [...rows.values()], unread: entries.length - rows.size};
}

/** What moved money, as the box says: a call that was only watched used nothing up. */
function billed(says: UpRow) {
  if (says.kind === 'call') return says.body.state === 'billed' ? says.body : undefined;
  if (says.kind !== 'call-resolved' || !('amount' in says.body)) return undefined;
  return says.body.outcome === 'billed' ? says.body : undefined;
}

function useIn(entry: unknown): Pick<UseRow, 'allowance' | 'period_start' | 'unit' | 'used'> | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const {allowance, periodStart, unit, used} = entry as Readonly<Record<string, unknown>>;
  if (typeof allowance !== 'string' || allowance === '' || allowance.length > LONGEST_ID) return undefined;
  if (unit !== 'seconds' && unit !== 'micros') return undefined;
  if (!isWhole(periodStart) || !isWhole(used) || used <= 0) return undefined;
  return {allowance, period_start: periodStart, unit, used};
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** Undefined where nobody wants to know it. */
export function costOf(site: string, {seq}: Pick<Row, 'seq'>, says: UpRow): CostRow | undefined {
  const body = says.kind === 'call' ? says.body : says.kind === 'call-resolved' && 'amount' in says.body ? says.body : undefined;
  if (body?.cost === undefined) return undefined;
  return {site, up_seq: seq, started_at: body.startedAt, ...amountOf(body.cost)};
}

/** A reason of our own, beside the codes of the box: its working holds no amount. */
const UNREADABLE = 'unreadable';

function amountOf(cost: CarrierCost): Pick<CostRow, 'net' | 'tax' | 'unknown'> {
  if ('unknown' in cost) return {net: null, tax: null, unknown: cost.unknown};
  const {net, tax}: {readonly net: unknown; readonly tax: unknown} = cost.working;
  if (isWhole(net) && isWhole(tax) && net >= 0 && tax >= 0) return {net, tax, unknown: null};
  return {net: null, tax: null, unknown: UNREADABLE};
}

export async function writeUses(tx: Tx, site: string, told: readonly Told[], insertMany: InsertMany): Promise<void> {
  const uses: UseRow[] = [];
  const costs: CostRow[] = [];
  for (const {row, says} of told) {
    if (says?.kind !== 'call' && says?.kind !== 'call-resolved') continue;
    const used = usesOf(site, row, says);
    if (used !== NONE) uses.push(...used.rows);
    const cost = costOf(site, row, says);
    if (cost !== undefined) costs.push(cost);
  }
  await insertMany(tx, 'allowance_use', uses);
  await insertMany(tx, 'call_cost', costs);
}
