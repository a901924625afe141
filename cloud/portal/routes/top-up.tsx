// Topping up, and what becomes of it.
import type {Currency} from '../../../shared/money/micros.ts';
import type {Errors} from '../../../shared/ui/form.tsx';
import {go, type Answer} from '../../../shared/web/answer.ts';
import {instant, type Instant} from '../../../shared/time/instant.ts';
import type {SignedStudentVisit, StudentRoute} from '../../web/route.ts';
import {microsOfMinor, minorOf, readAmount, type AmountReading} from '../amount.ts';
import type {NewPayment, PortalPayments, SavedMethod} from '../given.ts';
import type {PortalWords} from '../messages.ts';
import type {Figures} from '../pages/ground.ts';
import {PaymentPage} from '../pages/payment.tsx';
import {PaymentsPage} from '../pages/payments.tsx';
import {PICKS, TopUpPage, type TopUpFields} from '../pages/top-up.tsx';
import {fieldOf, ofPerson, type Asking, type RouteGround} from './ground.ts';

const PAYMENT_ID_BYTES = 16;
const PAYMENTS_SHOWN = 25;
/** What most people pay in. */
const USUAL_PICK = '10';

export function topUpRoutes(ground: RouteGround): readonly StudentRoute[] {
  const {payments} = ground;
  return [
    {
      path: '/top-up',
      signed: true,
      get: ofPerson(ground, (asking) => form(ground, asking, {payment: newId(ground), fields: undefined})),
      post: ofPerson(ground, (asking) => pay(ground, asking)),
    },
    {
      path: '/payments',
      signed: true,
      get: ofPerson(ground, async ({visit, person, page}) => {
        const before = beforeOf(visit.query.get('before'));
        const found = await payments.list(person.account, before, PAYMENTS_SHOWN + 1);
        const shown = found.slice(0, PAYMENTS_SHOWN);
        const next = found.length > PAYMENTS_SHOWN ? shown.at(-1)?.createdAt : undefined;
        return page(<PaymentsPage payments={shown} first={before === undefined} next={next} />);
      }),
    },
    {
      path: '/payments/:part',
      signed: true,
      // Of this account only: another's is as if it were not there.
      get: ofPerson(ground, async ({visit, person, page}) => {
        const payment = isPaymentId(visit.part) ? await payments.one(person.account, visit.part) : undefined;
        if (payment === undefined) return {kind: 'missing'};
        return page(<PaymentPage payment={payment} said={visit.query.get('why') === 'used' ? 'used' : undefined} />);
      }),
    },
  ];
}

function newId({randomBytes}: RouteGround): string {
  return randomBytes(PAYMENT_ID_BYTES).toString('hex');
}

/** One of a form of ours, of the box's requests, or of the desk: letters, digits, and what ids are joined by. */
function isPaymentId(text: string): boolean {
  return /^[\w:.-]{1,200}$/.test(text);
}

function beforeOf(text: string | undefined): Instant | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? instant(Number(text)) : undefined;
}

type Draft = {
  readonly payment: string;
  readonly fields: TopUpFields | undefined;
  readonly errors?: Errors;
  readonly trouble?: string;
};

async function form(ground: RouteGround, {visit, person, page}: Asking, draft: Draft): Promise<Answer> {
  const {account, site} = person;
  const [overview, methods] = [await ground.overview(account), await ground.methods.list(account)];
  const {leastMinor, mostMinor} = ground.payments.limits;
  const forAutomatic = visit.query.get('remember') === '1';
  const usual = {amount: USUAL_PICK, other: '', how: forAutomatic ? 'card' : (methods[0]?.id ?? 'card'), remember: forAutomatic};
  const isWrong = draft.errors !== undefined || draft.trouble !== undefined;
  return page(
    <TopUpPage
      payment={draft.payment}
      balance={overview.balance}
      box={overview.box}
      methods={methods}
      least={microsOfMinor(leastMinor, site.currency)}
      most={microsOfMinor(mostMinor, site.currency)}
      fields={draft.fields ?? usual}
      forAutomatic={forAutomatic}
      errors={draft.errors ?? {}}
      trouble={draft.trouble}
    />,
    isWrong ? 422 : 200,
  );
}

async function pay(ground: RouteGround, asking: Asking): Promise<Answer> {
  const {visit, person, words} = asking;
  const fields = fieldsOf(visit);
  const sent = fieldOf(visit, 'payment');
  // A form without its number is none of ours, or a broken one: the next has a number again.
  const payment = /^[0-9a-f]{32}$/.test(sent) ? sent : newId(ground);
  const methods = await ground.methods.list(person.account);
  const read = readTopUp(fields, {...asking, currency: person.site.currency, limits: ground.payments.limits, methods});
  if (read.kind === 'wrong') return form(ground, asking, {payment, fields, errors: read.errors});
  const made = await ground.payments.create(person, {id: payment, amountMinor: read.amountMinor, how: read.how});
  switch (made.kind) {
    case 'send':
      return go(made.url);
    case 'made':
      return go(`/payments/${payment}`);
    case 'used':
      return go(`/payments/${payment}?why=used`);
    case 'method-gone':
      return form(ground, asking, {payment, fields: {...fields, how: ''}, errors: {how: words.topUp.errors.howGone}});
    case 'refused':
      return form(ground, asking, {payment, fields, trouble: words.topUp.notMade[made.why] ?? words.topUp.notMadeOther});
  }
}

function fieldsOf(visit: SignedStudentVisit): TopUpFields {
  return {
    amount: fieldOf(visit, 'amount'),
    other: fieldOf(visit, 'other'),
    how: fieldOf(visit, 'how'),
    remember: fieldOf(visit, 'remember') === 'yes',
  };
}

type Reading =
  | {readonly kind: 'read'; readonly amountMinor: number; readonly how: NewPayment['how']}
  | {readonly kind: 'wrong'; readonly errors: Errors};

type ReadingGround = {
  readonly words: PortalWords;
  readonly figures: Figures;
  readonly currency: Currency;
  readonly limits: PortalPayments['limits'];
  readonly methods: readonly SavedMethod[];
};

function readTopUp(fields: TopUpFields, ground: ReadingGround): Reading {
  const amount = readPick(fields, ground);
  const how = readHow(fields, ground.methods);
  const errors = {
    ...('error' in amount ? {[amount.field]: amount.error} : {}),
    ...(how === undefined ? {how: ground.words.topUp.errors.how} : {}),
  };
  if ('error' in amount || how === undefined) return {kind: 'wrong', errors};
  return {kind: 'read', amountMinor: amount.minor, how};
}

type PickReading = {readonly minor: number} | {readonly field: 'amount' | 'other'; readonly error: string};

function readPick({amount, other}: TopUpFields, ground: ReadingGround): PickReading {
  const {words, currency} = ground;
  const isPick = PICKS.some((pick) => pick === amount);
  if (!isPick && amount !== 'other') return {field: 'amount', error: words.topUp.errors.amount};
  const field = isPick ? 'amount' : 'other';
  const read = readAmount(isPick ? amount : other, currency);
  if (read.kind !== 'read') return {field, error: amountError(read.kind, other, ground)};
  const minor = minorOf(read.amount, currency);
  const error = rangeError(minor, ground);
  return error === undefined ? {minor} : {field, error};
}

function amountError(
  kind: Exclude<AmountReading['kind'], 'read'>,
  text: string,
  {words, figures, currency, limits}: ReadingGround,
): string {
  const {errors} = words.topUp;
  return {
    empty: errors.empty,
    'not-money': errors.notMoney(text),
    decimals: errors.decimals,
    'not-above-zero': errors.notAboveZero,
    'too-much': errors.tooMuch(figures.money(microsOfMinor(limits.mostMinor, currency))),
  }[kind];
}

function rangeError(minor: number, {words, figures, currency, limits}: ReadingGround): string | undefined {
  const {errors} = words.topUp;
  const {leastMinor, mostMinor} = limits;
  if (minor < leastMinor) return errors.tooLittle(figures.money(microsOfMinor(leastMinor, currency)));
  return minor > mostMinor ? errors.tooMuch(figures.money(microsOfMinor(mostMinor, currency))) : undefined;
}

function readHow({how, remember}: TopUpFields, methods: readonly SavedMethod[]): NewPayment['how'] | undefined {
  if (how === 'card') return {kind: 'hosted', save: remember};
  return methods.some(({id}) => id === how) ? {kind: 'saved', method: how} : undefined;
}
