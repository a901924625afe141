// Every debit comes from exactly one call, every call has its debit, and every credit its row.
import {decimalFromMicros, micros} from '../../shared/money/micros.ts';
import type {Reader} from '../store/open.ts';
import {adjustmentFindings} from './verify-adjustments.ts';
import {resolutionFindings} from './verify-resolutions.ts';
import {useFindings} from './verify-uses.ts';

const MOST_FINDINGS = 100;

export async function callFindings(db: Reader): Promise<readonly string[]> {
  return [
    ...(await unpaid(db)),
    ...(await untaxed(db)),
    ...(await withoutCall(db)),
    ...(await withoutRow(db)),
    ...(await resolutionFindings(db)),
    ...(await adjustmentFindings(db)),
    ...(await useFindings(db)),
  ];
}

async function unpaid(db: Reader): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('call')
    .leftJoin('transfer', (join) =>
      join.onRef('transfer.site', '=', 'call.site').on('transfer.code', '=', 'CALL').onRef('transfer.ref', '=', 'call.id'),
    )
    .select(['call.site', 'call.id', 'call.amount', 'transfer.amount as debited'])
    .where('call.state', '=', 'billed')
    .where('call.amount', '>', 0)
    .where((eb) =>
      eb.or([
        eb('transfer.amount', 'is', null),
        eb('transfer.amount', '<>', eb.ref('call.amount')),
        eb('transfer.debit', '<>', eb.ref('call.payer')),
      ]),
    )
    .limit(MOST_FINDINGS)
    .execute();
  return rows.map(({site, id, amount, debited}) => `call ${id} of ${site}: priced at ${money(amount)}, debited ${money(debited)}`);
}

async function untaxed(db: Reader): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('call')
    .leftJoin('transfer', (join) =>
      join
        .onRef('transfer.site', '=', 'call.site')
        .on('transfer.code', '=', 'TRANSFER')
        .on((eb) => eb('transfer.ref', '=', eb(eb.val('vat:'), '||', eb.ref('call.id')))),
    )
    .select(['call.site', 'call.id', 'call.tax', 'transfer.amount'])
    .where('call.state', '=', 'billed')
    .where('call.amount', '>', 0)
    .where('call.tax', '>', 0)
    .where((eb) => eb.or([eb('transfer.amount', 'is', null), eb('transfer.amount', '<>', eb.ref('call.tax'))]))
    .limit(MOST_FINDINGS)
    .execute();
  return rows.map(({site, id, tax, amount}) => `call ${id} of ${site}: its tax is ${money(tax)}, put aside ${money(amount)}`);
}

async function withoutCall(db: Reader): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('transfer')
    .leftJoin('call', (join) =>
      join
        .onRef('call.site', '=', 'transfer.site')
        .onRef('call.up_seq', '=', 'transfer.log_seq')
        .onRef('call.id', '=', 'transfer.ref')
        .on('call.state', '=', 'billed'),
    )
    .leftJoin('call_resolution', (join) =>
      join
        .onRef('call_resolution.site', '=', 'transfer.site')
        .onRef('call_resolution.up_seq', '=', 'transfer.log_seq')
        .on('call_resolution.outcome', '=', 'billed'),
    )
    .select(['transfer.site', 'transfer.ref', 'transfer.amount'])
    .where('transfer.code', '=', 'CALL')
    .where('call.id', 'is', null)
    .where('call_resolution.up_seq', 'is', null)
    .limit(MOST_FINDINGS)
    .execute();
  return rows.map(({site, ref, amount}) => `transfer for call ${ref} of ${site}: ${money(amount)} debited for a call that is not billed`);
}

async function withoutRow(db: Reader): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('call')
    .leftJoin('up_log', (join) => join.onRef('up_log.site', '=', 'call.site').onRef('up_log.seq', '=', 'call.up_seq'))
    .select(['call.site', 'call.id', 'call.up_seq'])
    .where((eb) => eb.or([eb('up_log.id', 'is', null), eb('up_log.id', '<>', eb(eb.val('call:'), '||', eb.ref('call.id')))]))
    .limit(MOST_FINDINGS)
    .execute();
  return rows.map((row) => `call ${row.id} of ${row.site}: row ${row.up_seq} of the up log is not its own`);
}

/** Money that the cloud decided stands in its down log: the box was told of all of it, and of nothing else. */
export async function creditFindings(db: Reader, site: string): Promise<readonly string[]> {
  const posted = await db
    .selectFrom('transfer')
    .select(['code', 'ref', 'log_seq'])
    .where('site', '=', site)
    .where('log', '=', 'down')
    // Differences of calls have rows of another kind (verify-adjustments.ts).
    .where('code', '<>', 'CALL_ADJ')
    .where((eb) => eb.not(eb.and([eb('code', '=', 'TRANSFER'), eb('ref', 'like', 'vat:%')])))
    .execute();
  const rows = await db
    .selectFrom('down_log')
    .select(['seq', 'id'])
    .where('site', '=', site)
    .where('id', '>=', 'credit:')
    .where('id', '<', 'credit;')
    .execute();
  const said = new Map(rows.map(({id, seq}) => [id, seq]));
  const findings: string[] = [];
  for (const {code, ref, log_seq: seq} of posted) {
    const id = `credit:${code}:${ref}`;
    if (said.get(id) !== seq) findings.push(`transfer ${code} ${ref} of ${site}: no row of the down log says so`);
    said.delete(id);
  }
  return [...findings, ...[...said.values()].map((seq) => `row ${seq} of the down log of ${site}: its money is not in the ledger`)];
}

function money(amount: number | null): string {
  return amount === null ? 'nothing' : decimalFromMicros(micros(amount));
}
