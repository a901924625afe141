// Automatic top-up: asked, shown in figures, turned on; turned off at once.
import {decimalFromMicros, micros, minus, type Micros} from '../../../shared/money/micros.ts';
import type {Errors} from '../../../shared/ui/form.tsx';
import {go, type Answer} from '../../../shared/web/answer.ts';
import type {StudentRoute} from '../../web/route.ts';
import type {Automatic, SavedMethod} from '../given.ts';
import type {PortalWords} from '../messages.ts';
import {AutomaticPage, ConsentPage, type AutomaticFields} from '../pages/automatic.tsx';
import {microsOfUnits, type Figures} from '../pages/ground.ts';
import type {Limits} from '../../payment/amount.ts';
import {fieldOf, ofPerson, type Asking, type RouteGround} from './ground.ts';

/** What most people choose: £5, £20, and three times in a month. */
const USUAL = {threshold: micros(5_000_000), target: micros(20_000_000), monthlyCap: micros(60_000_000)};

export function automaticRoutes(ground: RouteGround): readonly StudentRoute[] {
  return [
    {
      path: '/automatic',
      signed: true,
      get: ofPerson(ground, (asking) => form(ground, asking, undefined)),
      post: ofPerson(ground, (asking) => turnOn(ground, asking)),
    },
    {
      path: '/automatic/off',
      signed: true,
      get: () => go('/automatic'),
      post: ofPerson(ground, async ({person, words, tell}) => {
        await ground.automatic.turnOff(person);
        tell(words.automatic.turnedOff);
        return go('/automatic');
      }),
    },
  ];
}

type Typed = {readonly fields: AutomaticFields; readonly errors: Errors};

async function form(ground: RouteGround, {person, page}: Asking, typed: Typed | undefined): Promise<Answer> {
  const {account} = person;
  const [automatic, methods] = [await ground.automatic.of(account), await ground.methods.list(account)];
  const fields = typed?.fields ?? fieldsFrom(automatic, methods);
  const content = <AutomaticPage automatic={automatic} methods={methods} fields={fields} errors={typed?.errors ?? {}} />;
  return page(content, typed === undefined ? 200 : 422);
}

function fieldsFrom(automatic: Automatic | undefined, methods: readonly SavedMethod[]): AutomaticFields {
  const {threshold, target, monthlyCap} = automatic ?? USUAL;
  const present = methods.find(({id}) => id === automatic?.method?.id) ?? methods[0];
  return {
    threshold: decimalFromMicros(threshold),
    target: decimalFromMicros(target),
    cap: decimalFromMicros(monthlyCap),
    method: present?.id ?? '',
  };
}

async function turnOn(ground: RouteGround, asking: Asking): Promise<Answer> {
  const {visit, person, words, figures, page, tell} = asking;
  const {account, site} = person;
  const methods = await ground.methods.list(account);
  // Nothing to charge: the page says how to come by something.
  if (methods.length === 0) return form(ground, asking, undefined);
  const [threshold, target, cap, method] = ['threshold', 'target', 'cap', 'method'].map((name) => fieldOf(visit, name));
  const fields: AutomaticFields = {threshold: threshold ?? '', target: target ?? '', cap: cap ?? '', method: method ?? ''};
  const amountOf = (text: string): Micros | undefined => {
    const amount = ground.payments.readAmount(text, site.currency, ground.automatic.limits);
    return amount.kind === 'amount' ? ground.payments.microsOfMinor(amount.minor, site.currency) : undefined;
  };
  const read = readWish(fields, {words, figures, amountOf, methods, limits: ground.automatic.limits});
  if (read.kind === 'wrong') return form(ground, asking, {fields, errors: read.errors});
  if (visit.form.get('sure') !== 'yes') {
    const isOn = (await ground.automatic.of(account))?.isOn === true;
    return page(<ConsentPage fields={fields} {...read} isOn={isOn} />);
  }
  const wish = {threshold: read.threshold, target: read.target, monthlyCap: read.cap, method: read.method.id};
  if (!(await ground.automatic.turnOn(person, wish))) return form(ground, asking, {fields, errors: {method: words.topUp.errors.howGone}});
  tell(words.automatic.turnedOn);
  return go('/automatic');
}

type Reading =
  | {
      readonly kind: 'read';
      readonly threshold: Micros;
      readonly target: Micros;
      readonly cap: Micros;
      readonly method: SavedMethod;
    }
  | {readonly kind: 'wrong'; readonly errors: Errors};

type ReadingGround = {
  readonly words: PortalWords;
  readonly figures: Figures;
  readonly amountOf: (text: string) => Micros | undefined;
  readonly methods: readonly SavedMethod[];
  readonly limits: Limits;
};

function readWish(fields: AutomaticFields, ground: ReadingGround): Reading {
  const {amountOf, methods, words} = ground;
  const [threshold, target, cap] = [amountOf(fields.threshold), amountOf(fields.target), amountOf(fields.cap)];
  const method = methods.find(({id}) => id === fields.method);
  const errors: Errors = {
    ...rangeErrors({threshold, target, cap}, ground),
    ...(method === undefined ? {method: words.automatic.errors.method} : {}),
  };
  if (threshold === undefined || target === undefined || cap === undefined || method === undefined) return {kind: 'wrong', errors};
  const together = {...errors, ...relationErrors({threshold, target, cap}, ground)};
  return Object.keys(together).length > 0 ? {kind: 'wrong', errors: together} : {kind: 'read', threshold, target, cap, method};
}

function rangeErrors(amounts: Readonly<Record<string, Micros | undefined>>, {words, figures, limits}: ReadingGround): Errors {
  const range = words.automatic.errors.range(figures.money(microsOfUnits(limits.least)), figures.money(microsOfUnits(limits.most)));
  return Object.fromEntries(Object.entries(amounts).flatMap(([name, amount]) => (amount === undefined ? [[name, range]] : [])));
}

type Amounts = {readonly threshold: Micros; readonly target: Micros; readonly cap: Micros};

/** A limit that not even one top-up fits into would be on and do nothing. */
function relationErrors({threshold, target, cap}: Amounts, {words, figures}: ReadingGround): Errors {
  const {errors} = words.automatic;
  if (target <= threshold) return {target: errors.targetLow};
  const least = minus(target, threshold);
  return cap < least ? {cap: errors.capLow(figures.money(least))} : {};
}
