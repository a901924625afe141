// Rules and prices of a site: what is published goes down whole, in the transaction that writes it.
// In: a policy, the text of a tariff, an instant. Out: rows, told to the box. Never true: a tariff that does not compile or is in
// another currency; a schedule that names a tariff which the box was not given; a price changed behind a date that is past.
import {z} from 'zod';
import {forbidden, refused, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import {compileTariff} from '../../shared/tariff/compile.ts';
import {readTariff} from '../../shared/tariff/read.ts';
import type {TariffProblem} from '../../shared/tariff/document.ts';
import {isoFromInstant, type Instant} from '../../shared/time/instant.ts';
import {DOWN_BODIES, type DownFact, type Policy} from '../../shared/wire/kinds.ts';
import type {Reader, Tx} from '../store/open.ts';
import type {Tables} from '../store/tables.ts';
import {policyOf, wholeScheduleOf, type Schedule, type ScheduleEntry, type ScheduleRole} from './published.ts';

export type TariffGiven = {
  readonly now: () => Instant;
  readonly randomBytes: (bytes: number) => Buffer;
  readonly audit: (tx: Tx, act: Act) => Promise<void>;
  readonly downLog: {readonly write: (tx: Tx, site: string, facts: readonly DownFact[]) => Promise<number>};
};

type Act = {
  readonly by: string;
  readonly act: string;
  readonly site: string;
  readonly subject: string;
  readonly detail?: Readonly<Record<string, unknown>>;
};

export type PublishRefusal = Refusal<
  'site-unknown' | 'policy-invalid' | 'tariff-invalid' | 'currency-differs' | 'zone-differs' | 'time-past'
> & {
  /** Of a tariff: each with its line and column. */
  readonly problems?: readonly TariffProblem[];
};

export type NewTariff = {
  readonly site: string;
  /** YAML or JSON, as `spbs tariff check` takes it. */
  readonly text: string;
  /** In force from then on; now, if nothing is said. */
  readonly from?: Instant;
};

export type Publish = {
  readonly policy: (tx: Tx, actor: Actor, wanted: {readonly site: string; readonly policy: Policy}) => Promise<Done | PublishRefusal>;
  /** Adds the tariff to the schedule; one that began at the same instant is replaced, later ones stay. */
  readonly tariff: (tx: Tx, actor: Actor, wanted: NewTariff) => Promise<Done<{readonly hash: string}> | PublishRefusal>;
};

export type Site = {readonly id: string; readonly currency: string; readonly zone: string};

export function createPublish(given: TariffGiven): Publish {
  return {
    policy: async (tx, actor, {site: id, policy}) => {
      const no = forbidden(actor, 'admin');
      if (no !== undefined) return no;
      const site = await siteOf(tx.db, id);
      if ('kind' in site) return site;
      const checked = checkPolicy(site, policy);
      if (checked.kind === 'refused') return checked;
      await writePolicy(given, tx, actor, {site: id, policy: checked.policy});
      return {kind: 'done'};
    },
    tariff: async (tx, actor, wanted) => {
      const no = forbidden(actor, 'admin');
      if (no !== undefined) return no;
      const now = given.now();
      const {from = now} = wanted;
      if (from < now) return refused('time-past', `${isoFromInstant(from)} is past: its calls have their price`, 'choose now or later');
      const site = await siteOf(tx.db, wanted.site);
      if ('kind' in site) return site;
      const checked = checkTariff(site, wanted.text);
      if (checked.kind === 'refused') return checked;
      await writeTariff(given, tx, actor, {...checked, site: site.id, from, role: 'student', act: 'publish'});
      return {kind: 'done', hash: checked.hash};
    },
  };
}

/** Reads the rules as a box will. */
export function checkPolicy(site: Site, policy: Policy): {readonly kind: 'fine'; readonly policy: Policy} | PublishRefusal {
  const parsed = DOWN_BODIES.policy.safeParse(policy);
  if (!parsed.success) return refused('policy-invalid', `the rules cannot be used: ${z.prettifyError(parsed.error)}`, 'correct them');
  const {currency, zone} = parsed.data;
  if (currency !== site.currency) return currencyDiffers('the rules are', currency, site);
  if (zone !== site.zone) return refused('zone-differs', `the rules are in ${zone}, the site in ${site.zone}`, `write ${site.zone}`);
  return {kind: 'fine', policy: parsed.data};
}

export type CheckedTariff = {readonly kind: 'fine'; readonly hash: string; readonly name: string; readonly text: string};

/** Reads and compiles a tariff as a box will. */
export function checkTariff(site: Site, text: string): CheckedTariff | PublishRefusal {
  const reading = readTariff(text);
  if (reading.kind === 'invalid') {
    const [first] = reading.problems;
    const what = first === undefined ? 'the tariff cannot be used' : `line ${first.line}, column ${first.column}: ${first.what}`;
    return {...refused('tariff-invalid', what, first?.cure ?? 'check it'), problems: reading.problems};
  }
  const {tariff, hash, canonical} = reading;
  if (tariff.currency !== site.currency) return currencyDiffers('the tariff is', tariff.currency, site);
  compileTariff(tariff, hash);
  return {kind: 'fine', hash, name: tariff.name, text: canonical};
}

/** Whole: it replaces the one before. */
export async function writePolicy(
  given: TariffGiven,
  tx: Tx,
  actor: Actor,
  {site, policy}: {readonly site: string; readonly policy: Policy},
): Promise<void> {
  const row = {body: JSON.stringify(policy), changed_at: given.now()};
  const before = await policyOf(tx.db, site);
  await tx.db
    .insertInto('site_policy')
    .values({site, ...row})
    .onConflict((conflict) => conflict.column('site').doUpdateSet(row))
    .execute();
  await given.downLog.write(tx, site, [{kind: 'policy', id: newId(given), body: policy}]);
  await given.audit(tx, {by: actor.id, act: 'policy', site, subject: site, detail: changesOf(before, policy)});
}

export type PlannedTariff = CheckedTariff & {
  readonly site: string;
  readonly from: Instant;
  readonly role: ScheduleRole;
  readonly act: 'publish' | 'create';
};

/** Into the schedule of its role: what began at the same instant is replaced, what is later stays. */
export async function writeTariff(given: TariffGiven, tx: Tx, actor: Actor, planned: PlannedTariff): Promise<void> {
  const {site, from, role, act, ...tariff} = planned;
  const {hash, name} = tariff;
  const schedule = await wholeScheduleOf(tx.db, site);
  const entries = [...schedule[role].filter((entry) => entry.from !== from), {from, tariff: hash}];
  await writeSchedule(given, tx, {site, by: actor.id, act}, {...schedule, [role]: entries, tariffs: [tariff]});
  await given.audit(tx, {by: actor.id, act: 'tariff-publish', site, subject: hash, detail: {name, from, role}});
}

export type ScheduleAct = {readonly site: string; readonly by: string; readonly act: Tables['schedule_version']['act']};

export type NewSchedule = {
  readonly student: readonly ScheduleEntry[];
  /** Undefined: as it was. */
  readonly carrier?: readonly ScheduleEntry[];
  /** Those that the box may not have. */
  readonly tariffs: readonly CheckedTariff[];
};

/** Whole: it replaces the one before, and stays for ever as a version. The number of the down row that carries it. */
export async function writeSchedule(
  given: TariffGiven,
  tx: Tx,
  {site, by, act}: ScheduleAct,
  {student, carrier, tariffs}: NewSchedule,
): Promise<number> {
  const now = given.now();
  for (const tariff of tariffs) await keepTariff(tx, tariff, now);
  const before = await wholeScheduleOf(tx.db, site);
  const costs = carrier ?? before.carrier;
  const facts = await newTariffs(given, tx, site, {before, after: {student, carrier: costs}});
  const body = DOWN_BODIES.schedule.parse({entries: inOrder(student), ...(costs.length > 0 && {carrier: inOrder(costs)})});
  const row = {body: JSON.stringify(body), changed_at: now};
  await tx.db
    .insertInto('site_schedule')
    .values({site, ...row})
    .onConflict((conflict) => conflict.column('site').doUpdateSet(row))
    .execute();
  const first = await given.downLog.write(tx, site, [...facts, {kind: 'schedule', id: newId(given), body}]);
  const seq = first + facts.length;
  await tx.db.insertInto('schedule_version').values({site, down_seq: seq, by, act, body: row.body, at: now}).execute();
  return seq;
}

/**
 * Those that the schedule before did not name, whether or not they were ever sent: a box that has replaced another began with what
 * the schedule named then.
 */
async function newTariffs(
  given: TariffGiven,
  {db}: Tx,
  site: string,
  {before, after}: {readonly before: Schedule; readonly after: Schedule},
): Promise<readonly DownFact[]> {
  const named = ({student, carrier}: Schedule) => [...student, ...carrier].map(({tariff}) => tariff);
  const there = new Set(named(before));
  const facts: DownFact[] = [];
  for (const hash of new Set(named(after))) {
    if (there.has(hash)) continue;
    const {text} = await db.selectFrom('tariff').select('text').where('hash', '=', hash).executeTakeFirstOrThrow();
    const sent = db.selectFrom('down_log').select('seq').where('site', '=', site).where('id', '=', `tariff:${hash}`);
    const wasSent = (await sent.executeTakeFirst()) !== undefined;
    facts.push({kind: 'tariff', id: wasSent ? `${hash}:${newId(given)}` : hash, body: {hash, text}});
  }
  return facts;
}

function inOrder(entries: readonly ScheduleEntry[]): readonly ScheduleEntry[] {
  return entries.toSorted((a, b) => a.from - b.from);
}

/** Immutable: the same hash is the same tariff. */
export async function keepTariff({db}: Tx, {hash, name, text}: Omit<CheckedTariff, 'kind'>, at: Instant): Promise<void> {
  await db
    .insertInto('tariff')
    .values({hash, name, text, created_at: at})
    .onConflict((conflict) => conflict.column('hash').doNothing())
    .execute();
}

export async function siteOf(db: Reader, id: string) {
  const site = await db.selectFrom('site').select(['id', 'currency', 'zone']).where('id', '=', id).executeTakeFirst();
  return site ?? refused('site-unknown', `there is no site ${id}`, 'choose one of the list');
}

function currencyDiffers(which: string, currency: string, site: Site) {
  return refused('currency-differs', `${which} in ${currency}, the site in ${site.currency}`, `write ${site.currency}`);
}

/** Names of what is other than before. */
function changesOf(before: Policy | undefined, after: Policy): Readonly<Record<string, unknown>> {
  const keys = Object.keys(after) as (keyof Policy)[];
  const changed = keys.filter((key) => JSON.stringify(before?.[key]) !== JSON.stringify(after[key]));
  return before === undefined ? {mode: after.mode} : Object.fromEntries(changed.map((key) => [key, {from: before[key], to: after[key]}]));
}

function newId({randomBytes}: TariffGiven): string {
  return randomBytes(FACT_BYTES).toString('hex');
}
const FACT_BYTES = 8;
