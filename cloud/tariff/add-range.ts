// A range that the tariff does not know gets a destination: every tariff from a date on is amended, and the calls that wait for it
// can have a price. In: a prefix, where it belongs, a date; calls that wait. Out: what each would cost; an amended schedule, told to
// the box. Never true: a call that has a price gets another one (the box prices what waits only); half of a schedule amended.
import {forbidden, refused, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import {sha256} from '../../shared/journal/chain.ts';
import {canonicalText} from '../../shared/tariff/canonical.ts';
import {compileTariff, type CompiledTariff} from '../../shared/tariff/compile.ts';
import {price} from '../../shared/tariff/price.ts';
import type {Tariff} from '../../shared/tariff/tariff.ts';
import type {Working} from '../../shared/tariff/working.ts';
import {countryOf, LONGEST_E164} from '../../shared/telephone/country.ts';
import type {Instant} from '../../shared/time/instant.ts';
import {MOST_ENTRIES} from '../../shared/wire/kinds.ts';
import type {Reader, Tx} from '../store/open.ts';
import {checkTariff, siteOf, writeSchedule, type CheckedTariff, type PublishRefusal, type TariffGiven} from './publish.ts';
import {policyOf, scheduleOf, type ScheduleEntry} from './published.ts';

export type NewRange = {
  readonly site: string;
  /** E.164 digits from the country code on, with or without +. */
  readonly prefix: string;
  /** Of every tariff from the date on, by its name; or a new one with a price a minute, as decimal text. */
  readonly to:
    | {readonly kind: 'existing'; readonly destination: string}
    | {
        readonly kind: 'new';
        readonly destination: string;
        readonly perMinute: string;
        readonly connectionFee?: string;
        readonly initialSeconds: number;
        readonly nextSeconds: number;
      };
  /** May be past: calls that wait are. */
  readonly from: Instant;
};

export type RangeRefusal = Refusal<
  'prefix-invalid' | 'prefix-taken' | 'destination-unknown' | 'destination-taken' | 'no-schedule' | 'schedule-full'
>;

/** Digits from the country code on; `allowanceSeconds` is what the box takes off for ringing. */
export type WaitingNumber = {
  readonly number: string;
  readonly startedAt: Instant;
  readonly seconds: number;
  readonly allowanceSeconds: number;
};

/** `prices` in the order of the calls; undefined for one that would still wait. */
export type RangePreview = {
  readonly kind: 'preview';
  readonly prices: readonly (Working | undefined)[];
  /** SHA-256 of the schedule as it stands, in hex. */
  readonly schedule: string;
};

export type AddRange = {
  readonly preview: (db: Reader, range: NewRange, calls: readonly WaitingNumber[]) => Promise<RangePreview | RangeRefusal | PublishRefusal>;
  readonly publish: (tx: Tx, actor: Actor, range: NewRange) => Promise<Done | RangeRefusal | PublishRefusal>;
};

type Amended = {
  readonly kind: 'amended';
  readonly entries: readonly ScheduleEntry[];
  /** Those that are new. */
  readonly tariffs: readonly CheckedTariff[];
};

/** Ready to be published, and to price with. */
type Ready = Amended & {readonly compiled: ReadonlyMap<string, CompiledTariff>; readonly schedule: string};

export function createAddRange(given: TariffGiven): AddRange {
  // Whoever has seen a preview confirms it next: to read and compile 300,000 prefixes again would take seconds.
  let last: {readonly key: string; readonly ready: Ready} | undefined;
  const ready = async (db: Reader, range: NewRange): Promise<Ready | RangeRefusal | PublishRefusal> => {
    const schedule = await scheduleOf(db, range.site);
    const key = JSON.stringify([range, schedule]);
    if (last?.key === key) return last.ready;
    const amended = await amend(db, range, schedule);
    if (amended.kind === 'refused') return amended;
    const compiled = new Map(
      amended.tariffs.map(({hash, text}): [string, CompiledTariff] => [hash, compileTariff(JSON.parse(text) as Tariff, hash)]),
    );
    last = {key, ready: {...amended, compiled, schedule: sha256(JSON.stringify(schedule)).toString('hex')}};
    return last.ready;
  };
  return {
    preview: async (db, range, calls) => {
      const amended = await ready(db, range);
      if (amended.kind === 'refused') return amended;
      const policy = await policyOf(db, range.site);
      const rules = {
        acceptsCatchAll: policy?.catchAll === 'bill',
        home: policy === undefined ? undefined : countryOf(policy.country)?.callingCode,
        dearest: policy?.dearestCall ?? Infinity,
      };
      const prices = calls.map((call) => {
        // A call before the date has the tariff that it had: it waits on.
        const tariff = amended.compiled.get(amended.entries.findLast(({from}) => from <= call.startedAt)?.tariff ?? '');
        return tariff === undefined ? undefined : priceOf(call, tariff, rules);
      });
      return {kind: 'preview', prices, schedule: amended.schedule};
    },
    publish: async (tx, actor, range) => {
      const no = forbidden(actor, 'admin');
      if (no !== undefined) return no;
      const amended = await ready(tx.db, range);
      if (amended.kind === 'refused') return amended;
      const by = {site: range.site, by: actor.id, act: 'add-range'} as const;
      await writeSchedule(given, tx, by, {student: amended.entries, tariffs: amended.tariffs});
      last = undefined;
      const {prefix, to, from, site} = range;
      await given.audit(tx, {by: actor.id, act: 'tariff-range', site, subject: digitsOf(prefix), detail: {...to, from}});
      return {kind: 'done'};
    },
  };
}

function priceOf(
  {number, startedAt, seconds, allowanceSeconds}: WaitingNumber,
  tariff: CompiledTariff,
  {dearest, ...rules}: {readonly acceptsCatchAll: boolean; readonly home: string | undefined; readonly dearest: number},
): Working | undefined {
  const taken = Math.min(allowanceSeconds, seconds);
  const call = {number, isShort: false, start: startedAt, durationSeconds: seconds - taken, answerAllowanceSeconds: taken, ...rules};
  const found = price(call, tariff);
  // A dearer one waits for a look at it.
  return found.kind === 'priced' && found.working.gross <= dearest ? found.working : undefined;
}

/** The tariff that is in force at the date is amended from then on; whatever comes later, from its own beginning on. */
async function amend(db: Reader, range: NewRange, schedule: readonly ScheduleEntry[]): Promise<Amended | RangeRefusal | PublishRefusal> {
  const site = await siteOf(db, range.site);
  if ('kind' in site) return site;
  const prefix = digitsOf(range.prefix);
  if (!/^[1-9]\d*$/.test(prefix) || prefix.length > LONGEST_E164)
    return refused(
      'prefix-invalid',
      `“${range.prefix.slice(0, 40)}” is no beginning of a number`,
      'write + and digits, from the country code on',
    );
  const inForce = schedule.findLast(({from}) => from <= range.from);
  const touched = [...(inForce === undefined ? [] : [{...inForce, from: range.from}]), ...schedule.filter(({from}) => from > range.from)];
  if (touched.length === 0) return refused('no-schedule', 'the site has no tariff yet', 'publish one first');
  const kept = schedule.filter(({from}) => from < range.from);
  if (kept.length + touched.length > MOST_ENTRIES)
    return refused('schedule-full', `a schedule has at most ${MOST_ENTRIES} entries`, 'let the range begin when one of its tariffs begins');
  const byHash = new Map<string, CheckedTariff>();
  for (const hash of new Set(touched.map(({tariff}) => tariff))) {
    const row = await db.selectFrom('tariff').select('text').where('hash', '=', hash).executeTakeFirstOrThrow();
    const source = withRange(JSON.parse(row.text) as Tariff, prefix, range.to);
    if ('kind' in source) return source;
    // Canonical text is read several times as fast, and what is already published is nearly all of it.
    const checked = checkTariff(site, canonicalText(source));
    if (checked.kind === 'refused') return checked;
    byHash.set(hash, checked);
  }
  const entries = [...kept, ...touched.map(({from, tariff}) => ({from, tariff: byHash.get(tariff)?.hash ?? tariff}))];
  return {kind: 'amended', entries, tariffs: [...byHash.values()]};
}

function withRange(tariff: Tariff, prefix: string, to: NewRange['to']): Tariff | RangeRefusal {
  const {name} = tariff;
  const owner = tariff.destinations.find(({exact, prefixes}) => !exact && prefixes.includes(prefix));
  if (owner !== undefined)
    return refused('prefix-taken', `${prefix} is of ${owner.name} in the tariff ${name}`, 'write more digits, or publish another tariff');
  const place = tariff.destinations.findIndex((each) => each.name === to.destination && !each.exact);
  if (to.kind === 'existing') {
    if (place < 0)
      return refused('destination-unknown', `the tariff ${name} has no destination ${to.destination}`, 'choose one that it has');
    const destinations = tariff.destinations.map((each, index) =>
      index === place ? {...each, prefixes: [...each.prefixes, prefix]} : each,
    );
    return {...tariff, destinations};
  }
  const {destination, perMinute, connectionFee = '0', initialSeconds, nextSeconds} = to;
  const rate = `${destination} ${prefix}`.slice(0, LONGEST_NAME);
  if (place >= 0 || tariff.rates.some((each) => each.name === rate))
    return refused('destination-taken', `the tariff ${name} has ${destination} already`, 'add the range to it, or choose another name');
  const prices = {connectionFee: shortest(connectionFee), perMinute: shortest(perMinute), perMinuteIn: {}};
  const terms = {...prices, initialSeconds, nextSeconds, graceSeconds: 0};
  return {
    ...tariff,
    rates: [...tariff.rates, {name: rate, ...terms}],
    destinations: [...tariff.destinations, {name: destination, rate, prefixes: [prefix], exact: false, catchAll: false}],
  };
}

/** A decimal as canonical text has it: `0.6` for `0.60`. */
function shortest(decimal: string): string {
  return /^\d+\.\d+$/.test(decimal) ? decimal.replace(/\.?0+$/, '') : decimal;
}

/** As long as any name of a tariff. */
const LONGEST_NAME = 100;

function digitsOf(prefix: string): string {
  return prefix.replaceAll(/[\s-]/g, '').replace(/^\+/, '');
}
