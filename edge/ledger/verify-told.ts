// What the box prices by, and what it posted for others, is what the cloud told: as far as its log goes back.
import {tariffHash} from '../../shared/tariff/canonical.ts';
import {readTariff} from '../../shared/tariff/read.ts';
import {DOWN_BODIES} from '../../shared/wire/kinds.ts';
import type {Database} from '../store/open.ts';

/** Sentences for a person. `isWhole`: also the texts of tariffs, which may be 10 MB each. */
export function toldFindings(database: Database, isWhole: boolean): readonly string[] {
  return [...(isWhole ? tariffFindings(database) : []), ...rulesFindings(database), ...allowanceFindings(database)];
}

/** One text in memory at a time: there are large ones. What is published is canonical; else it is read as it will be priced by. */
function tariffFindings(database: Database): readonly string[] {
  const hashes = database.prepare<[], string>('SELECT hash FROM tariff ORDER BY hash').pluck().all();
  const select = database.prepare<[string], string>('SELECT text FROM tariff WHERE hash = ?').pluck();
  const isOwn = (hash: string): boolean => {
    const text = select.get(hash) ?? '';
    if (tariffHash(text) === hash) return true;
    const read = readTariff(text);
    return read.kind === 'tariff' && read.hash === hash;
  };
  return hashes.filter((hash) => !isOwn(hash)).map((hash) => `tariff ${hash}: its text was changed`);
}

function rulesFindings(database: Database): readonly string[] {
  // A row's id begins with its kind, and ids have an index.
  const told = database
    .prepare<[string, string], Buffer>('SELECT body FROM down_log WHERE id >= ? AND id < ? ORDER BY seq DESC LIMIT 1')
    .pluck();
  return (['policy', 'schedule'] as const).flatMap((kind) => {
    const kept = database.prepare<[], string>(`SELECT body FROM ${kind}`).pluck().get();
    const said = told.get(`${kind}:`, `${kind};`);
    if (kept === undefined || said === undefined) return [];
    return holds(JSON.parse(kept), JSON.parse(said.toString('utf8'))) ? [] : [`${kind}: not as it was told last`];
  });
}

/** Is all that was kept as it was told? A build that did not know of a word did not keep it. */
function holds(kept: unknown, told: unknown): boolean {
  if (typeof kept !== 'object' || kept === null || typeof told !== 'object' || told === null) return kept === told;
  if (Array.isArray(kept) && Array.isArray(told) && kept.length !== told.length) return false;
  const said = told as Readonly<Record<string, unknown>>;
  return Object.entries(kept).every(([key, value]) => holds(value, said[key]));
}

type Kept = {
  readonly id: string;
  readonly account: string | null;
  readonly from_at: number;
  readonly to_at: number | null;
  readonly body: string;
};

function allowanceFindings(database: Database): readonly string[] {
  const kept = new Map(
    database
      .prepare<[], Kept>('SELECT id, account, from_at, to_at, body FROM allowance')
      .all()
      .map((row) => [row.id, row]),
  );
  const told = new Map<string, string>();
  const rows = database
    .prepare<[], Buffer>("SELECT body FROM down_log WHERE id >= 'allowance:' AND id < 'allowance;' ORDER BY seq")
    .pluck();
  for (const body of rows.iterate()) {
    const said = DOWN_BODIES.allowance.parse(JSON.parse(body.toString('utf8')));
    const {allowance: id, account = null, from: from_at, to: to_at = null} = said;
    told.set(id, textOf({id, account, from_at, to_at, body: JSON.stringify(said)}));
  }
  return [...told].filter(([id, text]) => textOf(kept.get(id)) !== text).map(([id]) => `allowance ${id}: not as it was told last`);
}

function textOf(row: Kept | undefined): string {
  return JSON.stringify(row === undefined ? [] : [row.id, row.account, row.from_at, row.to_at, row.body]);
}
