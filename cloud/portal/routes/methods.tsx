// Saved cards: removing one after the question, adding a cashless card by its number and its PIN.
import {Secret} from '../../../shared/log/log.ts';
import {go, type Answer} from '../../../shared/web/answer.ts';
import type {CashlessFault} from '../../payment/holder.ts';
import type {Method} from '../../payment/methods.ts';
import type {StudentRoute} from '../../web/route.ts';
import type {Person} from '../given.ts';
import {MethodsPage, RemoveMethodPage} from '../pages/methods.tsx';
import {fieldOf, ofPerson, type Asking, type RouteGround} from './ground.ts';

/** More cards than anybody has; and no place to keep a list of guessed ones. */
const MOST_METHODS = 10;
const MINUTE_MS = 60_000;
/** Of what was typed, said again in the field. */
const LONGEST_SHOWN = 40;

export function methodRoutes(ground: RouteGround): readonly StudentRoute[] {
  const {payments, transact} = ground;
  return [
    {
      path: '/methods',
      signed: true,
      get: ofPerson(ground, (asking) => list(ground, asking, undefined)),
      post: ofPerson(ground, (asking) => add(ground, asking)),
    },
    {
      path: '/methods/:part/remove',
      signed: true,
      get: ofPerson(ground, async ({visit, person, page}) => {
        const method = await own(ground, person, visit.part);
        return method === undefined ? {kind: 'missing'} : page(<RemoveMethodPage method={method} />);
      }),
      post: ofPerson(ground, async ({visit, person, words, tell}) => {
        const method = await own(ground, person, visit.part);
        if (method === undefined) return {kind: 'missing'};
        const {account, site} = person;
        const removed = await transact((tx) => payments.methods.remove(tx, {site: site.id, account, method: method.id}));
        if (removed.kind === 'refused') return {kind: 'missing'};
        tell(words.methods.removed(method.label));
        return go('/methods');
      }),
    },
  ];
}

/** Of this account only: another's is as if it were not there. */
async function own({payments}: RouteGround, {site, account}: Person, id: string): Promise<Method | undefined> {
  return (await payments.methods.list(site.id, account)).find((method) => method.id === id);
}

/** The PIN is never among what is shown again. */
type Typed = {readonly number: string; readonly field: 'number' | 'pin'; readonly error: string};

async function list({payments}: RouteGround, {person, page}: Asking, typed: Typed | undefined): Promise<Answer> {
  const methods = await payments.methods.list(person.site.id, person.account);
  const wrong = typed === undefined ? {} : {number: typed.number, errors: {[typed.field]: typed.error}};
  return page(<MethodsPage methods={methods} takesCashless={payments.offers.cashless} {...wrong} />, typed === undefined ? 200 : 422);
}

async function add(ground: RouteGround, asking: Asking): Promise<Answer> {
  const {visit, person, words, figures, tell} = asking;
  const {payments} = ground;
  const {site, account} = person;
  const {errors, added} = words.methods;
  const typed = fieldOf(visit, 'number');
  const card = typed.replaceAll(/\s/g, '');
  const wrong = (error: string, {field = 'number', number = typed.slice(0, LONGEST_SHOWN)}: Partial<Typed> = {}): Promise<Answer> =>
    list(ground, asking, {number, field, error});
  // Neither kept nor shown again: it may be a real one.
  if (isBankCard(card.replaceAll('-', ''))) return wrong(errors.bankCard, {number: ''});
  const waitMs = ground.wishes.take(account);
  if (waitMs > 0) return wrong(words.topUp.tooMany(figures.count(Math.ceil(waitMs / MINUTE_MS))));
  const known = await payments.methods.list(site.id, account);
  if (known.length >= MOST_METHODS) return wrong(errors.full);
  const pin = new Secret(fieldOf(visit, 'pin'));
  const outcome = await payments.methods.addCashless({site: site.id, account, card, pin});
  if (outcome.kind === 'refused') return wrong(errors[outcome.code], {field: fieldAt(outcome.code)});
  const method = await own(ground, person, outcome.method);
  tell(added(method?.label ?? ''));
  return go('/methods');
}

/** Where what is wrong is mended. */
function fieldAt(code: CashlessFault): Typed['field'] {
  return code === 'pin-invalid' || code === 'pin-wrong' ? 'pin' : 'number';
}

/** Bank cards begin with 2 to 6, have 13 digits or more, and end with the check digit of Luhn (ISO/IEC 7812-1, annex B). */
function isBankCard(digits: string): boolean {
  if (!/^[2-6]\d{12,18}$/.test(digits)) return false;
  const sum = Array.from(digits, Number)
    .toReversed()
    .map((digit, place) => (place % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)))
    .reduce((total, digit) => total + digit, 0);
  return sum % 10 === 0;
}
