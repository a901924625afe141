// Automatic top-up: asked, shown in figures, turned on; turned off at once.
import {decimalFromMicros, micros, minus, type Currency, type Micros} from '../../../shared/money/micros.ts';
import type {Errors} from '../../../shared/ui/form.tsx';
import {go, type Answer} from '../../../shared/web/answer.ts';
import type {StudentRoute} from '../../web/route.ts';
import type {AutomaticFault, Method} from '../../payment/methods.ts';
import type {Amounts} from '../given.ts';
import {readAutomatic, type AutomaticView} from '../rows/automatic.ts';
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
        const {account, site} = person;
        await ground.transact((tx) => ground.payments.automatic.off(tx, {site: site.id, account}));
        tell(words.automatic.turnedOff);
        return go('/automatic');
      }),
    },
  ];
}

type Typed = {readonly fields: AutomaticFields; readonly errors: Errors};

async function form(ground: RouteGround, {visit, person, page}: Asking, typed: Typed | undefined): Promise<Answer> {
  const {reading, amounts, payments} = ground;
  const automatic = await readAutomatic(reading, amounts, person, visit.setting.now);
  const methods = await payments.methods.list(person.site.id, person.account);
  const fields = typed?.fields ?? fieldsFrom(automatic, methods);
  const content = <AutomaticPage automatic={automatic} methods={methods} fields={fields} errors={typed?.errors ?? {}} />;
  return page(content, typed === undefined ? 200 : 422);
}

function fieldsFrom(automatic: AutomaticView | undefined, methods: readonly Method[]): AutomaticFields {
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
  const {payments, amounts, transact} = ground;
  const {account, site} = person;
  const methods = await payments.methods.list(site.id, account);
  // Nothing to charge: the page says how to come by something.
  if (methods.length === 0) return form(ground, asking, undefined);
  const fields = fieldsOf(visit);
  const again = (errors: Errors): Promise<Answer> => form(ground, asking, {fields, errors});
  const read = readWish(fields, {
    words,
    figures,
    amountOf: (text) => amountIn(text, site.currency, amounts),
    methods,
    limits: amounts.limits,
  });
  if (read.kind === 'wrong') return again(read.errors);
  const {threshold, target, cap, method} = read;
  if (visit.form.get('sure') !== 'yes') {
    const isOn = (await payments.automatic.read(account))?.isOn === true;
    return page(<ConsentPage fields={fields} {...read} isOn={isOn} />);
  }
  const wish = {site: site.id, account, threshold, target, monthlyCap: cap, method: method.id};
  const set = await transact((tx) => payments.automatic.set(tx, wish));
  if (set.kind === 'refused') return again(faultErrors(set.code, {words, figures, limits: amounts.limits}));
  tell(words.automatic.turnedOn);
  return go('/automatic');
}

function fieldsOf(visit: Parameters<typeof fieldOf>[0]): AutomaticFields {
  const text = (name: string): string => fieldOf(visit, name);
  return {threshold: text('threshold'), target: text('target'), cap: text('cap'), method: text('method')};
}

/** A month may take more than one payment; beyond this somebody has mistyped. */
const MOST_A_MONTH = 1_000;

function amountIn(text: string, currency: Currency, {read, microsOfMinor}: Amounts): Micros | undefined {
  const amount = read(text, currency, {least: 1, most: MOST_A_MONTH});
  return amount.kind === 'amount' ? microsOfMinor(amount.minor, currency) : undefined;
}

/** What only the payment room knows. */
function faultErrors(code: AutomaticFault, {words, figures, limits}: Pick<ReadingGround, 'words' | 'figures' | 'limits'>): Errors {
  const {errors} = words.automatic;
  if (code === 'target-too-far') return {target: errors.targetHigh(figures.money(microsOfUnits(limits.most)))};
  if (code === 'target-not-above-threshold') return {target: errors.targetLow};
  if (code === 'cap-below-one-payment') return {cap: errors.capLow(figures.money(microsOfUnits(limits.least)))};
  return {method: words.topUp.errors.howGone};
}

type Reading =
  | {
      readonly kind: 'read';
      readonly threshold: Micros;
      readonly target: Micros;
      readonly cap: Micros;
      readonly method: Method;
    }
  | {readonly kind: 'wrong'; readonly errors: Errors};

type ReadingGround = {
  readonly words: PortalWords;
  readonly figures: Figures;
  readonly amountOf: (text: string) => Micros | undefined;
  readonly methods: readonly Method[];
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
  const range = words.automatic.errors.range(figures.money(microsOfUnits(limits.least)), figures.money(microsOfUnits(MOST_A_MONTH)));
  return Object.fromEntries(Object.entries(amounts).flatMap(([name, amount]) => (amount === undefined ? [[name, range]] : [])));
}

type Wished = {readonly threshold: Micros; readonly target: Micros; readonly cap: Micros};

/** A limit that not even one top-up fits into would be on and do nothing. */
function relationErrors({threshold, target, cap}: Wished, {words, figures, limits}: ReadingGround): Errors {
  const {errors} = words.automatic;
  if (target <= threshold) return {target: errors.targetLow};
  const most = microsOfUnits(limits.most);
  if (target > most) return {target: errors.targetHigh(figures.money(most))};
  const least = minus(target, threshold);
  return cap < least ? {cap: errors.capLow(figures.money(least))} : {};
}
