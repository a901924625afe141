// Topping up, and what becomes of it.
import type {Errors} from '../../../shared/ui/form.tsx';
import {sha256} from '../../../shared/journal/chain.ts';
import {go, type Answer} from '../../../shared/web/answer.ts';
import {instant, type Instant} from '../../../shared/time/instant.ts';
import type {SignedStudentVisit, StudentRoute} from '../../web/route.ts';
import type {AmountFault, Limits} from '../../payment/amount.ts';
import type {Wish, WishFault} from '../../payment/create.ts';
import type {Method} from '../../payment/methods.ts';
import type {PaymentView} from '../../payment/view.ts';
import type {Person} from '../given.ts';
import type {PortalWords} from '../messages.ts';
import {microsOfUnits, type Figures} from '../pages/ground.ts';
import {PaymentPage} from '../pages/payment.tsx';
import {PaymentsPage} from '../pages/payments.tsx';
import {PICKS, TopUpPage, type TopUpFields} from '../pages/top-up.tsx';
import {fieldOf, ofPerson, type Asking, type RouteGround} from './ground.ts';

const PAYMENTS_SHOWN = 25;
/** Hexadecimal: 128 bits, as a UUID has. */
const NUMBER_DIGITS = 32;
/** More than can have begun in the same millisecond, which have no order. */
const NEWEST = 5;
/** What most people pay in. */
const USUAL_PICK = '10';
const MINUTE_MS = 60_000;
/** A page is not kept longer than a person calls at once. */
const GLANCE_MS = 1_000;
/** Of what was typed, said again in an error. */
const LONGEST_SHOWN = 40;

export function topUpRoutes(ground: RouteGround): readonly StudentRoute[] {
  const {payments} = ground;
  return [
    {
      path: '/top-up',
      signed: true,
      get: ofPerson(ground, async (asking) => form(ground, asking, {payment: await numberOf(ground, asking), fields: undefined})),
      post: ofPerson(ground, (asking) => pay(ground, asking)),
    },
    {
      path: '/payments',
      signed: true,
      get: ofPerson(ground, async ({visit, person, page}) => {
        const before = beforeOf(visit.query.get('before'));
        const {account, site} = person;
        const found = await payments.list({site: site.id, account, most: PAYMENTS_SHOWN + 1, ...(before === undefined ? {} : {before})});
        const shown = found.slice(0, PAYMENTS_SHOWN);
        const next = found.length > PAYMENTS_SHOWN ? shown.at(-1)?.createdAt : undefined;
        return page(<PaymentsPage payments={shown} first={before === undefined} next={next} />);
      }),
    },
    {
      path: '/payments/:part',
      signed: true,
      get: ofPerson(ground, async ({visit, person, page}) => {
        const known = await own(ground, person, visit.part);
        if (known === undefined) return {kind: 'missing'};
        const payment = await glance(ground, known);
        return page(<PaymentPage payment={payment} said={visit.query.get('why') === 'used' ? 'used' : undefined} />);
      }),
    },
  ];
}

/**
 * The page says what is known now, and looks again by itself: nobody waits for a provider. But whoever is said to be on the page of
 * one may have paid there and lost the way back: to say so at once is worth a moment.
 */
async function glance({payments, log}: RouteGround, payment: PaymentView): Promise<PaymentView> {
  if (payment.isOver) return payment;
  const looked = payments
    .lookNow(payment.id, 'student', GLANCE_MS)
    .catch((error: unknown) => log.error('a payment could not be looked at', {error: String(error)}));
  if (payment.state !== 'action_required') return payment;
  await looked;
  return (await payments.timeline(payment.id)) ?? payment;
}

/** Of this account only: another's is as if it were not there. */
async function own({payments}: RouteGround, {site, account}: Person, id: string): Promise<PaymentView | undefined> {
  if (!isPaymentId(id)) return undefined;
  const payment = await payments.timeline(id);
  return payment?.site === site.id && payment.account === account ? payment : undefined;
}

/**
 * The number that the next payment of this browser will have: the same on every form that was drawn since the last payment, so
 * that a double click, a form sent anew and a second tab are one payment. Nobody else can know it beforehand.
 */
async function numberOf({payments}: RouteGround, {visit, person: {account, site}}: Asking): Promise<string> {
  const newest = await payments.list({site: site.id, account, most: NEWEST});
  return sha256(`top-up ${visit.session.key} ${newest.map(({id}) => id).join(' ')}`)
    .toString('hex')
    .slice(0, NUMBER_DIGITS);
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
  readonly status?: number;
};

async function form(ground: RouteGround, {visit, person, page}: Asking, draft: Draft): Promise<Answer> {
  const {account, site} = person;
  const {payments, amounts} = ground;
  const overview = await ground.books.overview({site: site.id, account, now: visit.setting.now, calls: 0});
  const methods = await payments.methods.list(site.id, account);
  const {least, most} = amounts.limits;
  const forAutomatic = visit.query.get('remember') === '1';
  const usual = {amount: USUAL_PICK, other: '', how: forAutomatic ? 'card' : (methods[0]?.id ?? 'card'), remember: forAutomatic};
  const isWrong = draft.errors !== undefined || draft.trouble !== undefined;
  return page(
    <TopUpPage
      payment={draft.payment}
      balance={overview.balance}
      box={overview.box}
      methods={methods}
      offers={payments.offers}
      least={microsOfUnits(least)}
      most={microsOfUnits(most)}
      fields={draft.fields ?? usual}
      forAutomatic={forAutomatic}
      errors={draft.errors ?? {}}
      trouble={draft.trouble}
    />,
    draft.status ?? (isWrong ? 422 : 200),
  );
}

async function pay(ground: RouteGround, asking: Asking): Promise<Answer> {
  const {visit, person, words, figures} = asking;
  const {payments, transact} = ground;
  const {site, account} = person;
  const fields = fieldsOf(visit);
  const sent = fieldOf(visit, 'payment');
  // A form without its number is none of ours, or a broken one: the next has a number again.
  const id = /^[0-9a-f]{32}$/.test(sent) ? sent : await numberOf(ground, asking);
  const again = (draft: Omit<Draft, 'payment' | 'fields'>): Promise<Answer> => form(ground, asking, {payment: id, fields, ...draft});
  const amount = readPick(fields, ground, asking);
  const how = readHow(fields, await payments.methods.list(site.id, account));
  const errors = {
    ...('error' in amount ? {[amount.field]: amount.error} : {}),
    ...(how === undefined ? {how: words.topUp.errors.how} : {}),
  };
  if ('error' in amount || how === undefined) return again({errors});
  const waitMs = ground.wishes.take(account);
  if (waitMs > 0) return again({trouble: words.topUp.tooMany(figures.count(Math.ceil(waitMs / MINUTE_MS))), status: 429});
  const created = await transact((tx) => payments.create(tx, {id, site: site.id, account, amount: amount.amount, how}));
  if (created.kind === 'refused') return await refused(ground, asking, {id, code: created.code, again});
  await payments.lookNow(id, 'student');
  const payment = await own(ground, person, id);
  return go(payment?.todo.kind === 'open-page' ? payment.todo.url : `/payments/${id}`);
}

type Refusal = {
  readonly id: string;
  readonly code: WishFault;
  readonly again: (draft: Omit<Draft, 'payment' | 'fields'>) => Promise<Answer>;
};

async function refused(ground: RouteGround, {person, words}: Asking, {id, code, again}: Refusal): Promise<Answer> {
  const {errors, notMade, notMadeOther} = words.topUp;
  if (code === 'id-taken') {
    // The same form, changed after it was sent: what it made is there to be seen. Another's number is no number of ours.
    const made = await own(ground, person, id);
    return made === undefined ? go('/top-up') : go(`/payments/${id}?why=used`);
  }
  return code === 'method-unknown' ? again({errors: {how: errors.howGone}}) : again({trouble: notMade[code] ?? notMadeOther});
}

function fieldsOf(visit: SignedStudentVisit): TopUpFields {
  return {
    amount: fieldOf(visit, 'amount'),
    other: fieldOf(visit, 'other'),
    how: fieldOf(visit, 'how'),
    remember: fieldOf(visit, 'remember') === 'yes',
  };
}

type PickReading = {readonly amount: string} | {readonly field: 'amount' | 'other'; readonly error: string};

/** What was picked or typed, as text that the payment room can read; or what is wrong with it, beside which field. */
function readPick({amount, other}: TopUpFields, {amounts}: RouteGround, {words, figures, person}: Asking): PickReading {
  const isPick = PICKS.some((pick) => pick === amount);
  if (!isPick && amount !== 'other') return {field: 'amount', error: words.topUp.errors.amount};
  const [field, text] = isPick ? (['amount', amount] as const) : (['other', other] as const);
  if (text === '') return {field, error: words.topUp.errors.empty};
  const read = amounts.read(text, person.site.currency, amounts.limits);
  return read.kind === 'amount' ? {amount: text} : {field, error: amountError(read.code, text, {words, figures, limits: amounts.limits})};
}

type SayingGround = {readonly words: PortalWords; readonly figures: Figures; readonly limits: Limits};

function amountError(code: AmountFault, text: string, {words, figures, limits}: SayingGround): string {
  const {errors} = words.topUp;
  return {
    'amount-unreadable': errors.notMoney(text.slice(0, LONGEST_SHOWN)),
    'amount-too-precise': errors.decimals,
    'amount-not-positive': errors.notAboveZero,
    'amount-too-small': errors.tooLittle(figures.money(microsOfUnits(limits.least))),
    'amount-too-large': errors.tooMuch(figures.money(microsOfUnits(limits.most))),
  }[code];
}

function readHow({how, remember}: TopUpFields, methods: readonly Method[]): Wish['how'] | undefined {
  if (how === 'card') return {kind: 'hosted', provider: 'card', save: remember};
  return methods.some(({id}) => id === how) ? {kind: 'saved', method: how} : undefined;
}
