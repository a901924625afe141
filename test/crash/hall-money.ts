// The money of a hall at all three parties: what the card provider took, what became of each payment, what stands in both ledgers.
// In: a hall at rest. Out: what is wrong, in sentences; nothing if each charge is one credit on both sides, and nothing is open.
import {CARD_CLEARING} from '../rig/hall-seed.ts';
import type {Hall} from '../rig/hall.ts';
import type {Taken} from '../simulator/card/control.ts';
import {fieldIn, type Shown, type Visitor} from '../rig/visitor.ts';

export const POUND = 1_000_000;
const MICROS_OF_PENNY = 10_000;
const OVER = new Set(['succeeded', 'failed', 'canceled', 'reversed']);
const CARD_DATA = {number: '4242 4242 4242 4242', expiry: '12/34', cvc: '123'};

type PaymentRow = {readonly id: string; readonly account: string; readonly state: string};
type TopUp = {readonly ref: string; readonly credit: string; readonly amount: number};

export type HallMoney = {
  readonly taken: readonly Taken[];
  readonly payments: readonly PaymentRow[];
  readonly onBox: readonly TopUp[];
  readonly inCloud: readonly TopUp[];
};

export async function moneyOf(hall: Hall): Promise<HallMoney> {
  const sql = "SELECT ref, credit, amount FROM transfer WHERE code = 'TOPUP' AND debit = ?";
  return {
    taken: await hall.card.taken(),
    payments: hall.cloudRows<PaymentRow>("SELECT id, account, state FROM payment WHERE method = 'card'"),
    onBox: hall.boxRows<TopUp>(sql, CARD_CLEARING),
    inCloud: hall.cloudRows<TopUp>(sql, CARD_CLEARING),
  };
}

export async function moneyFindings(hall: Hall): Promise<readonly string[]> {
  return findingsIn(await moneyOf(hall));
}

export function findingsIn({taken, payments, onBox, inCloud}: HallMoney): readonly string[] {
  const charged = new Map<string, number[]>();
  for (const {metadata, amount} of taken) {
    const {payment = 'that nobody named'} = metadata;
    charged.set(payment, [...(charged.get(payment) ?? []), amount * MICROS_OF_PENNY]);
  }
  return [...paymentFindings(payments, charged), ...creditFindings('box', onBox, charged), ...creditFindings('cloud', inCloud, charged)];
}

type Charged = ReadonlyMap<string, readonly number[]>;

function paymentFindings(payments: readonly PaymentRow[], charged: Charged): readonly string[] {
  const known = new Set(payments.map(({id}) => id));
  return [
    ...payments.filter(({state}) => !OVER.has(state)).map(({id, account, state}) => `payment ${id} of ${account} is still ${state}`),
    ...payments
      .filter(({id, state}) => (state === 'succeeded') !== charged.has(id))
      .map(({id, state}) => `payment ${id} is ${state}, and was charged ${charged.get(id)?.length ?? 0} times`),
    ...[...charged].filter(([, each]) => each.length > 1).map(([id, each]) => `payment ${id} was charged ${each.length} times`),
    ...[...charged.keys()].filter((id) => !known.has(id)).map((id) => `payment ${id} was charged and is none of ours`),
  ];
}

function creditFindings(side: string, credits: readonly TopUp[], charged: Charged): readonly string[] {
  const times = new Map<string, number>();
  for (const {ref} of credits) times.set(ref, (times.get(ref) ?? 0) + 1);
  return [
    ...[...charged.keys()].filter((id) => times.get(id) !== 1).map((id) => `payment ${id} is ${times.get(id) ?? 0} credits on the ${side}`),
    ...credits
      .filter(({ref, amount}) => charged.get(ref)?.[0] !== amount)
      .map(
        ({ref, credit, amount}) =>
          `${credit} has ${amount} of payment ${ref} on the ${side}, and the provider took ${String(charged.get(ref)?.[0])}`,
      ),
  ];
}

// ---- a student at the page

/** The form of a page that was not sent yet. Sent again, it is the same payment. */
export async function newTopUp(visitor: Visitor, amount: '5' | '10' | '20'): Promise<Readonly<Record<string, string>>> {
  const payment = fieldIn((await visitor.get('/top-up')).text, 'payment');
  if (payment === undefined) throw new Error('the page for topping up has no payment in it');
  return {payment, amount, other: '', how: 'card'};
}

/** On the provider's own page. Returns where it sends the browser back to. */
export async function payAt(page: string): Promise<string> {
  const paid = await fetch(page, {method: 'POST', body: new URLSearchParams(CARD_DATA), redirect: 'manual'});
  const back = paid.headers.get('location');
  if (paid.status !== 303 || back === null) throw new Error(`the provider's page answered ${paid.status}: ${await paid.text()}`);
  const {pathname, search} = new URL(back);
  return `${pathname}${search}`;
}

/** Undefined where the cloud is not there any more. */
export function orGone(shown: Promise<Shown>): Promise<Shown | undefined> {
  return shown.catch(() => undefined);
}
