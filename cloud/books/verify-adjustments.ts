// Every adjustment has just the transfers that it says, by the row of the down log that says so, and no such transfer is alone.
import {decimalFromMicros, micros} from '../../shared/money/micros.ts';
import type {Reader} from '../store/open.ts';

const MOST_FINDINGS = 100;

export async function adjustmentFindings(db: Reader): Promise<readonly string[]> {
  return [...(await unposted(db)), ...(await untold(db)), ...(await alone(db))];
}

/** What the account paid more or got back, and what of it is tax: both with the sign of the adjustment. */
async function unposted(db: Reader): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('call_adjustment as a')
    .leftJoin('transfer as money', (join) =>
      join.onRef('money.site', '=', 'a.site').on('money.code', '=', 'CALL_ADJ').onRef('money.ref', '=', 'a.ref'),
    )
    .leftJoin('transfer as vat', (join) =>
      join
        .onRef('vat.site', '=', 'a.site')
        .on('vat.code', '=', 'TRANSFER')
        .on((eb) => eb('vat.ref', '=', eb(eb.val('vat:'), '||', eb.ref('a.ref')))),
    )
    .select(['a.site', 'a.ref', 'a.account', 'a.amount', 'a.tax', 'a.down_seq'])
    .select(['money.debit as payer', 'money.credit as payee', 'money.amount as moved', 'money.log_seq as said'])
    .select(['vat.debit as vatFrom', 'vat.amount as vatMoved'])
    .execute();
  const findings: string[] = [];
  for (const row of rows) {
    const moved = row.moved === null ? 0 : row.payer === row.account ? row.moved : row.payee === row.account ? -row.moved : Number.NaN;
    const tax = row.vatMoved === null ? 0 : row.vatFrom === 'revenue' ? row.vatMoved : -row.vatMoved;
    const isTold = row.said === null || row.said === row.down_seq;
    if (moved === row.amount && tax === row.tax && isTold) continue;
    findings.push(
      `adjustment ${row.ref} of ${row.site}: it says ${money(row.amount)} with tax ${money(row.tax)}, the ledger ${money(moved)} with tax ${money(tax)}`,
    );
    if (findings.length === MOST_FINDINGS) break;
  }
  return findings;
}

async function untold(db: Reader): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('call_adjustment as a')
    .leftJoin('down_log', (join) => join.onRef('down_log.site', '=', 'a.site').onRef('down_log.seq', '=', 'a.down_seq'))
    .select(['a.site', 'a.ref', 'a.down_seq'])
    .where((eb) => eb.or([eb('down_log.kind', 'is', null), eb('down_log.kind', '<>', 'adjustment')]))
    .limit(MOST_FINDINGS)
    .execute();
  return rows.map((row) => `adjustment ${row.ref} of ${row.site}: row ${row.down_seq} of the down log does not say it`);
}

async function alone(db: Reader): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('transfer')
    .leftJoin('call_adjustment as a', (join) =>
      join.onRef('a.site', '=', 'transfer.site').onRef('a.down_seq', '=', 'transfer.log_seq').onRef('a.ref', '=', 'transfer.ref'),
    )
    .select(['transfer.site', 'transfer.ref', 'transfer.amount'])
    .where('transfer.code', '=', 'CALL_ADJ')
    .where('a.n', 'is', null)
    .limit(MOST_FINDINGS)
    .execute();
  return rows.map(({site, ref, amount}) => `transfer CALL_ADJ ${ref} of ${site}: ${money(amount)} moved that no adjustment says`);
}

function money(amount: number): string {
  return Number.isNaN(amount) ? 'something of somebody else' : decimalFromMicros(micros(amount));
}
