// What a tariff would change before it is published: prefix by prefix against the one in force, and for the calls of a month.
// Runs apart (store/apart.ts): 300,000 prefixes and 100,000 calls take seconds. In: hashes of tariffs, a month's calls, a database to
// read. Out: a page of bounded length. Never true: a tariff as one typed it (what is kept is canonical and was checked).
import {must} from '../../shared/assert/assert.ts';
import {compileTariff} from '../../shared/tariff/compile.ts';
import {CHANGES, diffTariffs, type Change, type ChangeGroup, type TariffDiff} from '../../shared/tariff/diff.ts';
import type {Tariff} from '../../shared/tariff/tariff.ts';
import {countryOf} from '../../shared/telephone/country.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {Progress} from '../store/apart.ts';
import type {Reader} from '../store/open.ts';
import {Effects, type Effect, type Shown} from './effect.ts';
import {checkTariff, type CheckedTariff, type PublishRefusal, type Site} from './publish.ts';
import {policyOf, type ScheduleRole} from './published.ts';
import {repriceCall, type RepriceRules} from './reprice.ts';
import {storedCallPages, type PricedCall} from './stored-calls.ts';

export type PreviewWish = {
  readonly site: string;
  readonly role: ScheduleRole;
  /** By hash; kept already. */
  readonly tariff: string;
  /** The one that it would take the place of; undefined: there was none. */
  readonly against: string | undefined;
  /** When it would begin: whose tax and bands are compared. */
  readonly at: Instant;
  /** Calls that began within [from, to). */
  readonly calls: {readonly from: Instant; readonly to: Instant};
};

/** `ranges` are the first of them. */
export type GroupShown = ChangeGroup & {readonly moreRanges: number};

export type Preview = {
  readonly counts: TariffDiff['counts'];
  readonly settings: TariffDiff['settings'];
  readonly sameCurrency: boolean;
  /** What changes most first; groups that are one kind of change. */
  readonly groups: Readonly<Record<Change, Shown<GroupShown>>>;
  readonly effect: Effect;
};

export type TariffTask = {readonly kind: 'check'; readonly site: Site; readonly text: string} | ({readonly kind: 'preview'} & PreviewWish);
export type TariffResult = CheckedTariff | PublishRefusal | ({readonly kind: 'preview'} & Preview);

const MOST_GROUPS = 40;
const MOST_RANGES = 12;

/** What the thread calls. */
export async function work(reading: Reader, task: TariffTask, tell: (progress: Progress) => void): Promise<TariffResult> {
  if (task.kind === 'check') return checkTariff(task.site, task.text);
  const after = await tariffOf(reading, task.tariff);
  const before = task.against === undefined ? nothingLike(after) : await tariffOf(reading, task.against);
  const {counts, settings, sameCurrency, groups} = diffTariffs(before, after, {at: task.at, everyBand: true});
  const shown = Object.fromEntries(CHANGES.map((change) => [change, shownOf(groups, change)])) as Preview['groups'];
  const effect = await effectOf(reading, task, after, tell);
  return {kind: 'preview', counts, settings, sameCurrency, groups: shown, effect};
}

async function tariffOf(reading: Reader, hash: string): Promise<Tariff> {
  const row = await reading.selectFrom('tariff').select('text').where('hash', '=', hash).executeTakeFirst();
  return JSON.parse(must(row, `tariff ${hash}`).text) as Tariff;
}

/** Everything that it has is new. */
function nothingLike(tariff: Tariff): Tariff {
  return {...tariff, rates: [], destinations: [], classes: {}};
}

function shownOf(groups: readonly ChangeGroup[], change: Change): Shown<GroupShown> {
  const all = groups.filter((group) => group.change === change);
  const first = all.toSorted((a, b) => (weight(a) === weight(b) ? b.prefixes - a.prefixes : weight(b) - weight(a))).slice(0, MOST_GROUPS);
  return {
    first: first.map((group) => ({
      ...group,
      ranges: group.ranges.slice(0, MOST_RANGES),
      moreRanges: Math.max(0, group.ranges.length - MOST_RANGES),
    })),
    count: all.length,
  };
}

/** From nothing to something is more than any per cent. */
function weight({change, percentHundredths}: ChangeGroup): number {
  if (change !== 'dearer' && change !== 'cheaper' && change !== 'mixed') return 0;
  return percentHundredths === undefined ? Number.MAX_SAFE_INTEGER : Math.abs(percentHundredths);
}

async function effectOf(
  reading: Reader,
  {site, role, tariff: hash, calls}: PreviewWish,
  tariff: Tariff,
  tell: (progress: Progress) => void,
) {
  const effects = new Effects();
  const ofStudents = await rulesOf(reading, site, tariff.currency);
  const rules = role === 'student' ? ofStudents : {...ofStudents, dearest: Infinity};
  const compiled = compileTariff(tariff, hash);
  const {total} = await reading
    .selectFrom('call')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('site', '=', site)
    .where('started_at', '>=', calls.from)
    .where('started_at', '<', calls.to)
    .executeTakeFirstOrThrow();
  let done = 0;
  for await (const page of storedCallPages(reading, site, calls, () => Promise.resolve())) {
    for (const call of page)
      effects.add({...call, was: costOf(call, role)}, repriceCall(role === 'carrier' ? asCarried(call) : call, compiled, rules));
    done += page.length;
    tell({done, total});
  }
  return effects.all();
}

/** What the student paid, or what the carrier charged for it as far as anybody wanted to know. */
function costOf({amount, cost}: PricedCall, role: ScheduleRole): number | undefined {
  if (role === 'student') return amount;
  return cost !== undefined && 'working' in cost ? cost.working.gross : undefined;
}

/** What is free for students is not free for the house. */
function asCarried(call: PricedCall): PricedCall {
  const {working} = call;
  return working === undefined ? call : {...call, working: {...working, allowances: []}};
}

/** As the box prices: by the country, the catch-all rule and the limit of the site as they are now. */
async function rulesOf(reading: Reader, site: string, currency: string): Promise<RepriceRules> {
  const policy = await policyOf(reading, site);
  return {
    currency: policy?.currency ?? currency,
    acceptsCatchAll: policy?.catchAll === 'bill',
    home: policy === undefined ? undefined : countryOf(policy.country)?.callingCode,
    dearest: policy?.dearestCall ?? Infinity,
  };
}
