// What prices and corrects calls is what was told and what a person approved: tariffs, schedules, rules, allowances, differences.
import {tariffHash} from '../../shared/tariff/canonical.ts';
import {DOWN_BODIES, type DownBody} from '../../shared/wire/kinds.ts';
import {bodyOf} from '../../shared/wire/row.ts';
import type {Reader} from '../store/open.ts';
import {rowsOfKind} from './log-rows.ts';
import {hashOfLines} from './rerating-plan.ts';
import {linesOf} from './reratings.ts';

export async function pricingFindings(db: Reader): Promise<readonly string[]> {
  const findings = [...(await tariffFindings(db)), ...(await reratingFindings(db))];
  for (const {id} of await db.selectFrom('site').select('id').orderBy('id').execute()) {
    findings.push(...(await rulesFindings(db, id)), ...(await versionFindings(db, id)), ...(await allowanceFindings(db, id)));
    findings.push(...(await differenceFindings(db, id)), ...(await askingFindings(db, id)));
  }
  return findings;
}

/** One text in memory at a time: there are large ones. */
async function tariffFindings(db: Reader): Promise<readonly string[]> {
  const findings: string[] = [];
  for (const {hash} of await db.selectFrom('tariff').select('hash').orderBy('hash').execute()) {
    const {text} = await db.selectFrom('tariff').select('text').where('hash', '=', hash).executeTakeFirstOrThrow();
    if (tariffHash(text) !== hash) findings.push(`tariff ${hash}: its text was changed`);
  }
  return findings;
}

/** What a person approves is what he was shown. */
async function reratingFindings(db: Reader): Promise<readonly string[]> {
  const findings: string[] = [];
  for (const {id, site, hash} of await db.selectFrom('rerating').select(['id', 'site', 'hash']).orderBy('id').execute()) {
    if (hashOfLines(site, await linesOf(db, id)) !== hash)
      findings.push(`correction ${id} of ${site}: its lines are not those of its hash`);
  }
  const wrong = new Set([...(await unposted(db)), ...(await unapproved(db))]);
  return [...findings, ...[...wrong].map((id) => `correction ${id}: what was posted is not what it says`)];
}

/** Lines that were approved, without just the difference that they say. */
async function unposted(db: Reader): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('rerating_line as line')
    .innerJoin('rerating', 'rerating.id', 'line.rerating')
    .leftJoin('call_adjustment as a', (join) =>
      join
        .onRef('a.site', '=', 'rerating.site')
        .onRef('a.call_seq', '=', 'line.call_seq')
        .onRef('a.rerating', '=', 'line.rerating')
        .onRef('a.account', '=', 'line.account')
        .on((eb) => eb('a.amount', '=', eb('line.due', '-', eb.ref('line.was'))))
        .on((eb) => eb('a.tax', '=', eb('line.due_tax', '-', eb.ref('line.was_tax')))),
    )
    .select('rerating.id')
    .distinct()
    .where('rerating.decision', '=', 'approved')
    .where('a.n', 'is', null)
    .execute();
  return rows.map(({id}) => id);
}

/** Differences without a line that was approved. */
async function unapproved(db: Reader): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('call_adjustment as a')
    .leftJoin('rerating', (join) => join.onRef('rerating.id', '=', 'a.rerating').on('rerating.decision', '=', 'approved'))
    .leftJoin('rerating_line as line', (join) =>
      join.onRef('line.rerating', '=', 'rerating.id').onRef('line.call_seq', '=', 'a.call_seq').onRef('line.account', '=', 'a.account'),
    )
    .select('a.rerating')
    .distinct()
    .where('line.call_seq', 'is', null)
    .execute();
  return rows.map(({rerating}) => rerating);
}

async function rulesFindings(db: Reader, site: string): Promise<readonly string[]> {
  const schedule = await db.selectFrom('site_schedule').select('body').where('site', '=', site).executeTakeFirst();
  const policy = await db.selectFrom('site_policy').select('body').where('site', '=', site).executeTakeFirst();
  const newest = async (kind: 'schedule' | 'policy') => (await rowsOfKind(db, {site, log: 'down', kind})).at(-1);
  const findings: string[] = [];
  if (schedule !== undefined && !isTold('schedule', schedule.body, await newest('schedule')))
    findings.push(`the schedule of ${site} is not the one that was told last`);
  if (policy !== undefined && !isTold('policy', policy.body, await newest('policy')))
    findings.push(`the rules of ${site} are not those that were told last`);
  return findings;
}

async function versionFindings(db: Reader, site: string): Promise<readonly string[]> {
  const told = new Map((await rowsOfKind(db, {site, log: 'down', kind: 'schedule'})).map((row) => [row.seq, row]));
  const versions = await db
    .selectFrom('schedule_version')
    .select(['down_seq', 'body'])
    .where('site', '=', site)
    .orderBy('down_seq')
    .execute();
  return versions
    .filter(({down_seq: seq, body}) => !isTold('schedule', body, told.get(seq)))
    .map(({down_seq: seq}) => `version ${seq} of the schedule of ${site} is not what row ${seq} of the down log says`);
}

async function allowanceFindings(db: Reader, site: string): Promise<readonly string[]> {
  const told = new Map<string, string>();
  for (const row of await rowsOfKind(db, {site, log: 'down', kind: 'allowance'})) {
    const {data} = DOWN_BODIES.allowance.safeParse(bodyOf(row));
    if (data !== undefined) told.set(data.allowance, termsText(data));
  }
  const kept = await db.selectFrom('allowance').selectAll().where('site', '=', site).orderBy('id').execute();
  return kept
    .filter(({id, account, from_at: from, to_at: to, destinations, ...rest}) => {
      const terms = {...rest, allowance: id, from, destinations: JSON.parse(destinations) as string[]};
      return told.get(id) !== termsText({...terms, account: account ?? undefined, to: to ?? undefined});
    })
    .map(({id}) => `allowance ${id} of ${site} is not what was told of it last`);
}

function termsText({allowance, account, name, unit, amount, period, destinations, from, to}: DownBody<'allowance'>): string {
  return JSON.stringify([allowance, account ?? null, name, unit, amount, period, destinations, from, to ?? null]);
}

/** Each difference that a box was told stands in the books, and no other. */
async function differenceFindings(db: Reader, site: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('call_adjustment')
    .innerJoin('call', (join) => join.onRef('call.site', '=', 'call_adjustment.site').onRef('call.up_seq', '=', 'call_adjustment.call_seq'))
    .select(['call.id', 'down_seq', 'n', 'account', 'call_adjustment.amount', 'call_adjustment.tax'])
    .where('call_adjustment.site', '=', site)
    .execute();
  const kept = new Map<number, string[]>();
  for (const {id: call, down_seq: seq, ...rest} of rows) {
    const there = kept.get(seq) ?? [];
    there.push(entryText({call, ...rest}));
    kept.set(seq, there);
  }
  const findings: string[] = [];
  for (const row of await rowsOfKind(db, {site, log: 'down', kind: 'adjustment'})) {
    const {data} = DOWN_BODIES.adjustment.safeParse(bodyOf(row));
    if (!areSame((data?.entries ?? []).map(entryText), kept.get(row.seq) ?? []))
      findings.push(`row ${row.seq} of the down log of ${site}: the differences in the books are not those it says`);
  }
  return findings;
}

function entryText({call, n, account, amount, tax}: DownBody<'adjustment'>['entries'][number]): string {
  return [call, n, account, amount, tax].join(' ');
}

/** What staff asked of a box is what it was told. */
async function askingFindings(db: Reader, site: string): Promise<readonly string[]> {
  const told = new Map((await rowsOfKind(db, {site, log: 'down', kind: 'resolution'})).map((row) => [row.seq, row]));
  const asked = await db
    .selectFrom('resolution_request')
    .innerJoin('call', (join) =>
      join.onRef('call.site', '=', 'resolution_request.site').onRef('call.up_seq', '=', 'resolution_request.call_seq'),
    )
    .select(['call.id', 'down_seq', 'act', 'resolution_request.amount'])
    .where('resolution_request.site', '=', site)
    .orderBy('down_seq')
    .execute();
  return asked.flatMap(({id, down_seq: seq, act, amount}) => {
    const row = told.get(seq);
    const said = row === undefined ? undefined : DOWN_BODIES.resolution.safeParse(bodyOf(row)).data;
    const isSame = said?.call === id && said.act === act && (said.amount ?? null) === amount;
    return isSame ? [] : [`what was asked for call ${id} of ${site} is not what row ${seq} of the down log says`];
  });
}

function isTold(kind: 'schedule' | 'policy', text: string, row: {readonly body: Buffer} | undefined): boolean {
  const [kept, told] = [bodyOf({body: Buffer.from(text)}), row && bodyOf(row)].map((body) => DOWN_BODIES[kind].safeParse(body).data);
  return kept !== undefined && JSON.stringify(kept) === JSON.stringify(told);
}

function areSame(some: readonly string[], others: readonly string[]): boolean {
  return some.toSorted().join('\n') === others.toSorted().join('\n');
}
