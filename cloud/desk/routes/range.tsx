// A range added to a site's tariffs: typed, shown with every waiting call that it would price, and done only if that still holds.
import type {Answer, FormLimits} from '../../../shared/web/answer.ts';
import {go} from '../../../shared/web/answer.ts';
import {callingCodeOf} from '../../../shared/telephone/country.ts';
import type {EffectChange, RangeEffect} from '../../books/range-effect.ts';
import type {NewRange} from '../../tariff/add-range.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {actorOf, commit, isRefusal} from '../acting.ts';
import {additionAddress} from '../pages/addresses.ts';
import {RangeConfirmPage, RangePage, type RangeFields} from '../pages/range.tsx';
import type {Site} from '../rows/sites.ts';
import {readTypedTime, typedTime} from '../typed-time.ts';
import {fieldOf, isSure, onlyFor, pageIn, tell, type RouteGround} from './ground.tsx';
import {ofSite} from './of-site.ts';
import {wrongOf} from './students.tsx';

/** What was shown comes back with the confirmation: up to 5,000 calls with their prices, percent-encoded. */
export const SHOWN_FORM: FormLimits = {bytes: 200_000, fields: 20};
const SECONDS = /^\d{1,5}$/;
/** Beside which field a no belongs. */
const FIELD_OF: Readonly<Record<string, string>> = {
  'prefix-invalid': 'prefix',
  'prefix-taken': 'prefix',
  'range-proposed': 'prefix',
  'destination-unknown': 'destination',
  'destination-taken': 'destination',
  'tariff-invalid': 'perMinute',
};

export function rangeRoute(ground: RouteGround): StaffRoute {
  return {
    path: '/desk/sites/:part/range',
    signed: true,
    form: SHOWN_FORM,
    get: onlyFor(
      'admin',
      ofSite(ground, async ({query, setting}, site) => {
        const prefix = query.get('prefix') ?? '';
        const calls = await ground.books.waitingCalls(ground.reading, {site: site.id, prefix: prefix === '' ? undefined : prefix});
        // From the beginning of the first call that waits.
        const from = typedTime(calls.at(-1)?.startedAt ?? setting.now, site.zone);
        return await form(ground, site, {prefix, destination: '', perMinute: '', initial: '60', next: '60', ...from});
      }),
    ),
    post: onlyFor(
      'admin',
      ofSite(ground, (visit, site) => add(ground, visit, site)),
    ),
  };
}

type Wrong = Pick<Parameters<typeof RangePage>[0], 'errors' | 'trouble'>;

async function form({stakes, clock}: RouteGround, site: Site, fields: RangeFields, wrong?: Wrong): Promise<Answer> {
  const digits = fields.prefix.replaceAll(/\D/g, '');
  const destinations = callingCodeOf(digits) === undefined ? undefined : await stakes.destinationsOf(site.id, digits, clock.now());
  return pageIn(
    site.zone,
    <RangePage site={site} fields={fields} destinations={destinations} {...wrong} />,
    wrong === undefined ? 200 : 422,
  );
}

async function add(ground: RouteGround, visit: SignedStaffVisit, site: Site): Promise<Answer> {
  const {transact, reading, ranges, books, words} = ground;
  const names = ['prefix', 'destination', 'perMinute', 'initial', 'next', 'date', 'time'] as const;
  const fields = Object.fromEntries(names.map((name) => [name, fieldOf(visit, name)])) as RangeFields;
  const read = readRange(ground, site, fields);
  if ('errors' in read) return await form(ground, site, fields, read);
  const {range} = read;
  const ask = (effect: RangeEffect, change: EffectChange | undefined): Answer => {
    const shown = books.shownText(effect);
    const question = {site, range, fields, effect, shown, secondAbove: ranges.secondPersonAbove, change};
    return pageIn(site.zone, <RangeConfirmPage {...question} />, change === undefined ? 200 : 409);
  };
  if (!isSure(visit)) {
    const effect = await ranges.effect(reading, range);
    return effect.kind === 'refused' ? await form(ground, site, fields, wrongOf(effect, FIELD_OF)) : ask(effect, undefined);
  }
  const wanted = {range, hash: fieldOf(visit, 'hash')};
  const done = await commit(transact, (tx) => ranges.add(tx, actorOf(visit.session), wanted));
  if (isRefusal(done)) return await form(ground, site, fields, wrongOf(done, FIELD_OF));
  if (done.kind === 'changed') return ask(done.effect, books.changeSince(fieldOf(visit, 'shown'), done.effect));
  tell(visit, done.waitsFor === 'box' ? words.range.done : words.range.proposed);
  return go(additionAddress(done.id));
}

type RangeReading = {readonly range: NewRange} | {readonly errors: Readonly<Record<string, string>>};

function readRange({words: {range: words, resolving}}: RouteGround, site: Site, fields: RangeFields): RangeReading {
  const {prefix, destination, perMinute, initial, next, date, time} = fields;
  const errors: Record<string, string> = {};
  if (destination === '') errors['destination'] = resolving.destinationMissing;
  for (const name of ['initial', 'next'] as const) if (!SECONDS.test(fields[name])) errors[name] = words.secondsWrong;
  const typed = readTypedTime(date, time, site.zone);
  if (typed.kind === 'wrong') {
    const said = {date: words.dateWrong, time: words.timeWrong, gap: words.timeGap};
    errors[typed.what === 'date' ? 'date' : 'time'] = said[typed.what];
  }
  if (typed.kind === 'wrong' || Object.keys(errors).length > 0) return {errors};
  const to =
    perMinute === ''
      ? ({kind: 'existing', destination} as const)
      : ({kind: 'new', destination, perMinute, initialSeconds: Number(initial), nextSeconds: Number(next)} as const);
  return {range: {site: site.id, prefix, to, from: typed.at}};
}
