// Saved cards: removing one after the question, adding a cashless card by its number.
import {go, type Answer} from '../../../shared/web/answer.ts';
import type {StudentRoute} from '../../web/route.ts';
import type {SavedMethod} from '../given.ts';
import {MethodsPage, RemoveMethodPage} from '../pages/methods.tsx';
import {fieldOf, ofPerson, type Asking, type RouteGround} from './ground.ts';

export function methodRoutes(ground: RouteGround): readonly StudentRoute[] {
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
        const method = await own(ground, person.account, visit.part);
        if (method === undefined) return {kind: 'missing'};
        const automatic = await automaticMethod(ground, person.account);
        return page(<RemoveMethodPage method={method} isAutomatic={automatic === method.id} />);
      }),
      post: ofPerson(ground, async ({visit, person, words, tell}) => {
        const removed = await ground.methods.remove(person, visit.part);
        if (removed === undefined) return {kind: 'missing'};
        tell(words.methods.removed(removed.label));
        return go('/methods');
      }),
    },
  ];
}

async function own({methods}: RouteGround, account: string, id: string): Promise<SavedMethod | undefined> {
  return (await methods.list(account)).find((method) => method.id === id);
}

async function automaticMethod({automatic}: RouteGround, account: string): Promise<string | undefined> {
  const present = await automatic.of(account);
  return present?.isOn === true ? present.method?.id : undefined;
}

type Typed = {readonly number: string; readonly error: string};

async function list(ground: RouteGround, {person, page}: Asking, typed: Typed | undefined): Promise<Answer> {
  const {account} = person;
  const [methods, automatic] = [await ground.methods.list(account), await automaticMethod(ground, account)];
  const wrong = typed === undefined ? {} : {number: typed.number, errors: {number: typed.error}};
  return page(<MethodsPage methods={methods} automatic={automatic} {...wrong} />, typed === undefined ? 200 : 422);
}

async function add(ground: RouteGround, asking: Asking): Promise<Answer> {
  const {visit, person, words, tell} = asking;
  const {errors, added} = words.methods;
  const typed = fieldOf(visit, 'number');
  const digits = typed.replaceAll(/[\s-]/g, '');
  // Neither kept nor shown again: it may be a real one.
  if (isBankCard(digits)) return list(ground, asking, {number: '', error: errors.bankCard});
  if (!/^\d{8,16}$/.test(digits)) return list(ground, asking, {number: typed.slice(0, 40), error: errors.number});
  const outcome = await ground.methods.addCashless(person, digits);
  if (outcome.kind !== 'added') return list(ground, asking, {number: typed, error: errors[outcome.kind]});
  tell(added(outcome.label));
  return go('/methods');
}

/** Bank cards begin with 2 to 6, have 13 digits or more, and end with the check digit of Luhn (ISO/IEC 7812-1, annex B). */
export function isBankCard(digits: string): boolean {
  if (!/^[2-6]\d{12,18}$/.test(digits)) return false;
  const sum = Array.from(digits, Number)
    .toReversed()
    .map((digit, place) => (place % 2 === 0 ? digit : digit * 2 - (digit > 4 ? 9 : 0)))
    .reduce((total, digit) => total + digit, 0);
  return sum % 10 === 0;
}
