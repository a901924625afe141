// A range added to a site's tariffs: typed, shown with every waiting call that it would price, published.
import {go, type Answer, type Handle} from '../../../shared/web/answer.ts';
import type {Call} from '../../books/calls.ts';
import type {NewRange} from '../../tariff/add-range.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {actorOf, commit, isRefusal} from '../acting.ts';
import {RangeConfirmPage, RangePage, type RangeEffect, type RangeFields} from '../pages/range.tsx';
import {readSite, type Site} from '../rows/sites.ts';
import {readTypedTime, typedTime} from '../typed-time.ts';
import {fieldOf, isSure, onlyFor, pageIn, tell, type RouteGround} from './ground.tsx';
import {wrongOf} from './students.tsx';

/** What a range may cure. */
const REASONS = ['no-destination', 'range-unconfirmed'];
/** Newest of each reason; a page of more is read by nobody. */
const LOOKED_AT = 500;
const SECONDS = /^\d{1,5}$/;
/** Beside which field a no belongs. */
const FIELD_OF: Readonly<Record<string, string>> = {
  'prefix-invalid': 'prefix',
  'prefix-taken': 'prefix',
  'destination-unknown': 'destination',
  'destination-taken': 'destination',
  'tariff-invalid': 'perMinute',
};

export function rangeRoute(ground: RouteGround): StaffRoute {
  const ofSite = (act: (visit: SignedStaffVisit, site: Site) => Answer | Promise<Answer>): Handle<SignedStaffVisit> =>
    onlyFor('admin', async (visit) => {
      const site = await readSite(ground.reading, visit.part);
      return site === undefined ? {kind: 'missing'} : await act(visit, site);
    });
  return {
    path: '/desk/sites/:part/range',
    signed: true,
    get: ofSite(async ({query, setting}, site) => {
      const oldest = Math.min(setting.now, ...(await waitingCalls(ground, site.id)).map(({startedAt}) => startedAt));
      // From the beginning of the first call that waits.
      const from = typedTime(oldest as typeof setting.now, site.zone);
      return form(site, {prefix: query.get('prefix') ?? '', destination: '', perMinute: '', initial: '60', next: '60', ...from});
    }),
    post: ofSite((visit, site) => add(ground, visit, site)),
  };
}

function form(site: Site, fields: RangeFields, wrong?: Omit<Parameters<typeof RangePage>[0], 'site' | 'fields'>): Answer {
  return pageIn(site.zone, <RangePage site={site} fields={fields} {...wrong} />, wrong === undefined ? 200 : 422);
}

async function add(ground: RouteGround, visit: SignedStaffVisit, site: Site): Promise<Answer> {
  const {transact, ranges, words} = ground;
  const names = ['prefix', 'destination', 'perMinute', 'initial', 'next', 'date', 'time'] as const;
  const fields = Object.fromEntries(names.map((name) => [name, fieldOf(visit, name)])) as RangeFields;
  const read = readRange(ground, site, fields);
  if ('errors' in read) return form(site, fields, read);
  const effect = await effectOf(ground, read.range);
  if (isRefusal(effect)) return form(site, fields, wrongOf(effect, FIELD_OF));
  if (!isSure(visit)) return pageIn(site.zone, <RangeConfirmPage site={site} fields={fields} effect={effect} />);
  const done = await commit(transact, (tx) => ranges.publish(tx, actorOf(visit.session), read.range));
  if (isRefusal(done)) return form(site, fields, wrongOf(done, FIELD_OF));
  tell(visit, words.unbillable.rangeDone);
  return go('/desk/unbillable');
}

type RangeReading = {readonly range: NewRange} | {readonly errors: Readonly<Record<string, string>>};

function readRange({words: {unbillable: words}}: RouteGround, site: Site, fields: RangeFields): RangeReading {
  const {prefix, destination, perMinute, initial, next, date, time} = fields;
  const errors: Record<string, string> = {};
  if (destination === '') errors['destination'] = words.destinationMissing;
  for (const name of ['initial', 'next'] as const) if (!SECONDS.test(fields[name])) errors[name] = words.rangeSecondsWrong;
  const typed = readTypedTime(date, time, site.zone);
  if (typed.kind === 'wrong') {
    const said = {date: words.rangeDateWrong, time: words.rangeTimeWrong, gap: words.rangeTimeGap};
    errors[typed.what === 'date' ? 'date' : 'time'] = said[typed.what];
  }
  if (typed.kind === 'wrong' || Object.keys(errors).length > 0) return {errors};
  const to =
    perMinute === ''
      ? ({kind: 'existing', destination} as const)
      : ({kind: 'new', destination, perMinute, initialSeconds: Number(initial), nextSeconds: Number(next)} as const);
  return {range: {site: site.id, prefix, to, from: typed.at}};
}

async function waitingCalls({reading, books}: RouteGround, site: string): Promise<readonly Call[]> {
  const lists = await Promise.all(REASONS.map((reason) => books.unbillableCalls(reading, {site, reason}, {most: LOOKED_AT})));
  return lists.flat().filter(({number}) => number?.startsWith('+') === true);
}

/** A call without anybody to pay for it waits on, whatever it costs. */
async function effectOf(
  ground: RouteGround,
  range: NewRange,
): Promise<RangeEffect | Extract<Awaited<ReturnType<RouteGround['ranges']['preview']>>, {kind: 'refused'}>> {
  const {reading, ranges, published} = ground;
  const calls = await waitingCalls(ground, range.site);
  const allowance = (await published.policyOf(reading, range.site))?.answerAllowanceSeconds ?? 0;
  const asked = calls.map(({number = '', startedAt, seconds, flags}) => ({
    number: number.slice(1),
    startedAt,
    seconds,
    allowanceSeconds: flags.includes('answer-allowance') ? allowance : 0,
  }));
  const found = await ranges.preview(reading, range, asked);
  if (found.kind === 'refused') return found;
  const priced = calls.flatMap((call, index) => {
    const working = found.prices[index];
    const isPaid = call.payer !== undefined || working?.gross === 0;
    return working === undefined || !isPaid ? [] : [{call, amount: working.gross}];
  });
  return {priced, waiting: calls.length - priced.length, looked: calls.length};
}
