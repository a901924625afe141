// What a box tells besides calls: how its lines stand, and what went wrong there.
// In: rows in their order. Out: the newest state of each line, incidents opened and ended. Never true: an older row wins.
import type {Row} from '../../shared/wire/row.ts';
import type {UpBody, UpRow} from '../../shared/wire/up.ts';
import type {InsertMany} from '../store/bulk.ts';
import type {Tx} from '../store/open.ts';
import {padded} from './padded.ts';

/** A row and what it says; nothing for one of a newer release that may be kept unread. */
export type Told = {readonly row: Row; readonly says: UpRow | undefined};

export async function writeLineStates(tx: Tx, site: string, told: readonly Told[], insertMany: InsertMany): Promise<void> {
  const newest = new Map<string, {readonly body: UpBody<'line-state'>; readonly seq: number}>();
  for (const {row, says} of told) if (says?.kind === 'line-state') newest.set(says.body.extension, {body: says.body, seq: row.seq});
  for (const extensions of padded([...newest.keys()]))
    await tx.db.deleteFrom('line_state').where('site', '=', site).where('extension', 'in', extensions).execute();
  const rows = [...newest.values()].map(({body, seq}) => {
    const {extension, wanted, reasons, at} = body;
    return {site, extension, wanted, reasons: JSON.stringify(reasons.toSorted()), at, up_seq: seq};
  });
  await insertMany(tx, 'line_state', rows);
}

/** One is open at a time, by code and subject: a second opening of it says nothing new. */
export async function writeIncidents({db}: Tx, site: string, told: readonly Told[]): Promise<void> {
  for (const {says} of told) {
    if (says?.kind !== 'incident') continue;
    const {change, code, subject, detail, cure, at} = says.body;
    if (change === 'opened') {
      await db
        .insertInto('incident')
        .values({site, code, subject, began_at: at, detail, cure, ended_at: null})
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    } else {
      await db
        .updateTable('incident')
        .set({ended_at: at})
        .where('site', '=', site)
        .where('code', '=', code)
        .where('subject', '=', subject)
        .where('ended_at', 'is', null)
        .execute();
    }
  }
}
