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

/** What a person approved is what he was shown, and what was posted. */
async function reratingFindings(db: Reader): Promise<readonly string[]> {
  const findings: string[] = [];
  for (const {id, site, hash, decision} of await db.selectFrom('rerating').select(['id', 'site', 'hash', 'decision']).execute()) {
    const lines = await linesOf(db, id);
    if (hashOfLines(site, lines) !== hash) findings.push(`correction ${id} of ${site}: its lines are not those of its hash`);
    const posted = await db
      .selectFrom('call_adjustment')
      .select(['call_seq', 'account', 'amount', 'tax'])
      .where('rerating', '=', id)
      .execute();
    const there = posted.map(({call_seq: seq, account, amount, tax}) => [seq, account, amount, tax].join(' '));
    const due = lines.map(({callSeq, account, was, due: now}) => [callSeq, account, now.amount - was.amount, now.tax - was.tax].join(' '));
    if (!areSame(there, decision === 'approved' ? due : []))
      findings.push(`correction ${id} of ${site}: what was posted is not what it says`);
  }
  return findings;
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
  const findings: string[] = [];
  for (const row of await rowsOfKind(db, {site, log: 'down', kind: 'adjustment'})) {
    const {data} = DOWN_BODIES.adjustment.safeParse(bodyOf(row));
    const told = (data?.entries ?? []).map(({call, n, account, amount, tax}) => [call, n, account, amount, tax].join(' '));
    const kept = await db
      .selectFrom('call_adjustment')
      .innerJoin('call', (join) =>
        join.onRef('call.site', '=', 'call_adjustment.site').onRef('call.up_seq', '=', 'call_adjustment.call_seq'),
      )
      .select(['call.id', 'n', 'account', 'call_adjustment.amount', 'call_adjustment.tax'])
      .where('call_adjustment.site', '=', site)
      .where('down_seq', '=', row.seq)
      .execute();
    const there = kept.map(({id, n, account, amount, tax}) => [id, n, account, amount, tax].join(' '));
    if (!areSame(told, there))
      findings.push(`row ${row.seq} of the down log of ${site}: the differences in the books are not those it says`);
  }
  return findings;
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
