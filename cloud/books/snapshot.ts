// A site as a new box needs it, at one moment: rules, people, money, the calls that were recorded already and those that wait.
// In: a site. Out: the cut and items in an order in which a box can take them. Never true: items of two moments.
import {must} from '../../shared/assert/assert.ts';
import type {Instant} from '../../shared/time/instant.ts';
import {DOWN_BODIES, type DownBody} from '../../shared/wire/kinds.ts';
import {bodyOf} from '../../shared/wire/row.ts';
import type {SnapshotItem} from '../../shared/wire/snapshot.ts';
import {UP_BODIES} from '../../shared/wire/up.ts';
import type {Reader, Store} from '../store/open.ts';
import {cutOf, rowsOfKind, type Cut} from './log-rows.ts';
import {overridesOf} from './overrides.ts';
import {padded} from './padded.ts';
import {waits} from './resolutions.ts';

export type SiteSnapshot = {readonly cut: Cut; readonly items: readonly SnapshotItem[]};

const DAY_MS = 86_400_000;
/** Rows, source keys and what late calls may ask for are kept so long. */
const RETENTION_DAYS = 400;
/** A month with an hour that the clocks repeat, and a little. */
const LONGEST_PERIOD_MS = 32 * DAY_MS;
/** As many as one item of a part may name. */
const IDS_AT_ONCE = 10_000;

/** `now` bounds the retention only. */
export function snapshotOf(reading: Store['reading'], site: string, now: Instant): Promise<SiteSnapshot> {
  return reading.transaction().execute(async (db) => {
    const cut = await cutOf(db, site);
    const since = now - RETENTION_DAYS * DAY_MS;
    const items: SnapshotItem[] = [];
    for (const part of [rules, people, allowances, openings]) items.push(...(await part(db, site, since)));
    for await (const ids of callIds(db, site, since)) items.push({kind: 'calls', ids: [...ids]});
    for (const part of [waitingCalls, unanswered, overrides, requests]) items.push(...(await part(db, site)));
    return {cut, items};
  });
}

async function rules(db: Reader, site: string): Promise<readonly SnapshotItem[]> {
  const policy = (await newest(db, site, 'policy', () => '')).at(0);
  const schedule = (await newest(db, site, 'schedule', () => '')).at(0);
  const entries = [...(schedule?.entries ?? []), ...(schedule?.carrier ?? [])];
  const hashes = new Set(entries.map(({tariff}) => tariff));
  const texts = await db
    .selectFrom('tariff')
    .select(['hash', 'text'])
    .where('hash', 'in', [...hashes])
    .execute();
  const items: SnapshotItem[] = policy === undefined ? [] : [{kind: 'policy', body: policy}];
  for (const hash of hashes) {
    const {text} = must(
      texts.find((each) => each.hash === hash),
      `tariff ${hash}`,
    );
    items.push({kind: 'tariff', body: {hash, text}});
  }
  if (schedule !== undefined) items.push({kind: 'schedule', body: schedule});
  return items;
}

async function people(db: Reader, site: string, since: number): Promise<readonly SnapshotItem[]> {
  const lines = await newest(db, site, 'extension', ({extension}) => extension);
  const accounts = await newest(db, site, 'account', ({account}) => account);
  const tenancies = await newest(db, site, 'tenancy', ({tenancy}) => tenancy);
  return [
    ...lines.map((body) => ({kind: 'extension', body}) as const),
    ...accounts.map((body) => ({kind: 'account', body}) as const),
    // A call of longer ago is never recorded any more, so nobody asks who paid then.
    ...tenancies.filter(({to}) => to === undefined || to >= since).map((body) => ({kind: 'tenancy', body}) as const),
  ];
}

/** Those that a call may still use that begins within the retention, with what is used of their periods. */
async function allowances(db: Reader, site: string, since: number): Promise<readonly SnapshotItem[]> {
  const kept = (await newest(db, site, 'allowance', ({allowance}) => allowance)).filter(({to}) => to === undefined || to >= since);
  const periods = new Map(kept.map(({allowance, period}) => [allowance, period]));
  // Chosen here and not there: of a large site there may be more allowances than a statement takes.
  const used = await db
    .selectFrom('allowance_use')
    .select((eb) => ['allowance', 'account', 'period_start', eb.fn.sum<number>('used').as('used')])
    .where('site', '=', site)
    .groupBy(['allowance', 'account', 'period_start'])
    .orderBy('allowance')
    .orderBy('account')
    .orderBy('period_start')
    .execute();
  const isAsked = ({allowance, period_start: start}: (typeof used)[number]): boolean =>
    periods.get(allowance) === 'once' || (periods.has(allowance) && start >= since - LONGEST_PERIOD_MS);
  return [
    ...kept.map((body) => ({kind: 'allowance', body}) as const),
    ...used.filter(isAsked).map(({period_start: periodStart, ...use}) => ({kind: 'allowance-used', periodStart, ...use}) as const),
  ];
}

async function openings(db: Reader, site: string): Promise<readonly SnapshotItem[]> {
  const rows = await db
    .selectFrom('balance')
    .innerJoin('account', (join) => join.onRef('account.site', '=', 'balance.site').onRef('account.id', '=', 'balance.account'))
    .select(['account.id', 'account.kind', 'account.currency', 'balance.credit', 'balance.debit'])
    .where('balance.site', '=', site)
    .whereRef('balance.credit', '<>', 'balance.debit')
    .orderBy('account.id')
    .execute();
  return rows.map(({id, kind, currency, credit, debit}) => ({
    kind: 'opening',
    account: id,
    house: kind === 'house',
    currency,
    balance: credit - debit,
  }));
}

/** Newest first: when one came here is in the order of the rows, when it started may be anything. */
async function* callIds(db: Reader, site: string, since: number): AsyncGenerator<readonly string[]> {
  for (let before = Number.MAX_SAFE_INTEGER; ;) {
    const rows = await db
      .selectFrom('call')
      .innerJoin('up_log', (join) => join.onRef('up_log.site', '=', 'call.site').onRef('up_log.seq', '=', 'call.up_seq'))
      .select(['call.id', 'call.up_seq', 'up_log.at'])
      .where('call.site', '=', site)
      .where('call.up_seq', '<', before)
      .where((eb) => eb.or([eb('call.state', '<>', 'unbillable'), eb.not(waits(eb))]))
      .orderBy('call.up_seq', 'desc')
      .limit(IDS_AT_ONCE)
      .execute();
    const kept = rows.filter(({at}) => at >= since);
    if (kept.length > 0) yield kept.map(({id}) => id);
    const last = rows.at(-1);
    if (last === undefined || kept.length < IDS_AT_ONCE) return;
    before = last.up_seq;
  }
}

/** However old: staff may still ask for each. Oldest first, as the box before looked at them. */
async function waitingCalls(db: Reader, site: string): Promise<readonly SnapshotItem[]> {
  const rows = await db
    .selectFrom('call')
    .innerJoin('up_log', (join) => join.onRef('up_log.site', '=', 'call.site').onRef('up_log.seq', '=', 'call.up_seq'))
    .select(['call.id', 'call.up_seq', 'up_log.body'])
    .where('call.site', '=', site)
    .where('call.state', '=', 'unbillable')
    .where((eb) => waits(eb))
    .orderBy('call.up_seq')
    .execute();
  const personal = await personalOf(
    db,
    site,
    rows.map((row) => row.up_seq),
  );
  return rows.map(({id, up_seq: seq, body}) => ({
    kind: 'waiting',
    id,
    body: UP_BODIES.unbillable.parse(bodyOf({body})),
    personal: Object.fromEntries(personal.get(seq) ?? []),
  }));
}

async function personalOf(db: Reader, site: string, seqs: readonly number[]): Promise<ReadonlyMap<number, ReadonlyMap<string, string>>> {
  const of = new Map<number, Map<string, string>>();
  for (const some of padded(seqs)) {
    const fields = await db
      .selectFrom('up_personal')
      .select(['seq', 'name', 'value'])
      .where('site', '=', site)
      .where('seq', 'in', some)
      .execute();
    for (const {seq, name, value} of fields) of.set(seq, (of.get(seq) ?? new Map<string, string>()).set(name, value));
  }
  return of;
}

/** The box before may have got them, and done them: then nobody will ever hear of it, and this one does them. */
async function unanswered(db: Reader, site: string): Promise<readonly SnapshotItem[]> {
  const rows = await db
    .selectFrom('resolution_request')
    .innerJoin('down_log', (join) =>
      join.onRef('down_log.site', '=', 'resolution_request.site').onRef('down_log.seq', '=', 'resolution_request.down_seq'),
    )
    .select(['down_log.seq', 'down_log.body'])
    .where('resolution_request.site', '=', site)
    .where('outcome', 'is', null)
    .orderBy('down_log.seq')
    .execute();
  return rows.map(({seq, body}) => ({kind: 'resolution', seq, body: DOWN_BODIES.resolution.parse(bodyOf({body}))}));
}

async function overrides(db: Reader, site: string): Promise<readonly SnapshotItem[]> {
  const all = await overridesOf(db, site);
  return all.flatMap((override) => {
    // A console may name a line as the cloud does not: no other box would take it.
    const {data} = DOWN_BODIES.override.safeParse(override);
    return data === undefined ? [] : [{kind: 'override', body: data} as const];
  });
}

/** The one of an account that may still end in money. */
async function requests(db: Reader, site: string): Promise<readonly SnapshotItem[]> {
  const rows = await db
    .selectFrom('top_up_request')
    .select(['request', 'account', 'at', 'result'])
    .where('site', '=', site)
    .orderBy('at')
    .orderBy('up_seq')
    .execute();
  const last = new Map(rows.map((row) => [row.account, row]));
  return [...last.values()]
    .filter(({result}) => result === null || result === 'unknown')
    .map(({request, account, at}) => ({kind: 'request', request, account, at}));
}

/** The newest body of each subject, in the order in which the subjects were first told. */
async function newest<K extends 'policy' | 'schedule' | 'extension' | 'account' | 'tenancy' | 'allowance'>(
  db: Reader,
  site: string,
  kind: K,
  subjectOf: (body: DownBody<K>) => string,
): Promise<readonly DownBody<K>[]> {
  const bodies = new Map<string, DownBody<K>>();
  for (const row of await rowsOfKind(db, {site, log: 'down', kind})) {
    const body = DOWN_BODIES[kind].parse(bodyOf(row)) as DownBody<K>;
    bodies.set(subjectOf(body), body);
  }
  return [...bodies.values()];
}
