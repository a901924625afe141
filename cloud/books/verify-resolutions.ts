// Every resolution is of one unbillable call, by a row of its own, with just the debit that it says.
import {decimalFromMicros, micros} from '../../shared/money/micros.ts';
import type {Reader} from '../store/open.ts';

const MOST_FINDINGS = 100;

export async function resolutionFindings(db: Reader): Promise<readonly string[]> {
  return [...(await unpaid(db)), ...(await untaxed(db)), ...(await withoutRow(db))];
}

function resolved(db: Reader) {
  return db
    .selectFrom('call_resolution')
    .innerJoin('call', (join) =>
      join.onRef('call.site', '=', 'call_resolution.site').onRef('call.up_seq', '=', 'call_resolution.call_seq'),
    );
}

async function unpaid(db: Reader): Promise<readonly string[]> {
  const rows = await resolved(db)
    .leftJoin('transfer', (join) =>
      join.onRef('transfer.site', '=', 'call.site').on('transfer.code', '=', 'CALL').onRef('transfer.ref', '=', 'call.id'),
    )
    .select(['call.site', 'call.id', 'call_resolution.amount', 'transfer.amount as debited'])
    .where('call_resolution.outcome', '=', 'billed')
    .where('call_resolution.amount', '>', 0)
    .where((eb) =>
      eb.or([
        eb('transfer.amount', 'is', null),
        eb('transfer.amount', '<>', eb.ref('call_resolution.amount')),
        eb('transfer.debit', '<>', eb.ref('call_resolution.payer')),
        eb('transfer.log_seq', '<>', eb.ref('call_resolution.up_seq')),
      ]),
    )
    .limit(MOST_FINDINGS)
    .execute();
  return rows.map(({site, id, amount, debited}) => `call ${id} of ${site}: resolved at ${money(amount)}, debited ${money(debited)}`);
}

async function untaxed(db: Reader): Promise<readonly string[]> {
  const rows = await resolved(db)
    .leftJoin('transfer', (join) =>
      join
        .onRef('transfer.site', '=', 'call.site')
        .on('transfer.code', '=', 'TRANSFER')
        .on((eb) => eb('transfer.ref', '=', eb(eb.val('vat:'), '||', eb.ref('call.id')))),
    )
    .select(['call.site', 'call.id', 'call_resolution.tax', 'transfer.amount'])
    .where('call_resolution.outcome', '=', 'billed')
    .where('call_resolution.tax', '>', 0)
    .where((eb) => eb.or([eb('transfer.amount', 'is', null), eb('transfer.amount', '<>', eb.ref('call_resolution.tax'))]))
    .limit(MOST_FINDINGS)
    .execute();
  return rows.map(
    ({site, id, tax, amount}) => `call ${id} of ${site}: the tax it was resolved with is ${money(tax)}, put aside ${money(amount)}`,
  );
}

async function withoutRow(db: Reader): Promise<readonly string[]> {
  const rows = await resolved(db)
    .leftJoin('up_log', (join) => join.onRef('up_log.site', '=', 'call_resolution.site').onRef('up_log.seq', '=', 'call_resolution.up_seq'))
    .select(['call.site', 'call.id', 'call_resolution.up_seq'])
    .where((eb) =>
      eb.or([
        eb('up_log.id', 'is', null),
        eb('up_log.id', '<>', eb(eb.val('call-resolved:'), '||', eb.ref('call.id'))),
        eb('call.state', '<>', 'unbillable'),
      ]),
    )
    .limit(MOST_FINDINGS)
    .execute();
  return rows.map((row) => `resolution of call ${row.id} of ${row.site}: row ${row.up_seq} of the up log is not its own`);
}

function money(amount: number | null): string {
  return amount === null ? 'nothing' : decimalFromMicros(micros(amount));
}
