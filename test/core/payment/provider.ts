// A provider with books of its own, behind the port of every way of paying. What happens to the next requests is ordered before them.
// It holds us to the protocol: one key has one body; a reversed or barred payment is never charged.
import type {
  Capabilities,
  Attempt,
  Inquiry,
  MinorAmount,
  Observation,
  PaymentMethod,
  ProviderName,
  Verified,
} from '../../../cloud/payment/port.ts';
import {instant} from '../../../shared/time/instant.ts';

export type Fate =
  | 'answer'
  /** The request is lost on its way, and we cannot tell. */
  | 'lose-request'
  /** It is worked on, and its answer is lost. */
  | 'lose-answer'
  /** Nobody listens: proved not to be sent. */
  | 'not-sent'
  /** It lies about in between, and is worked on when `deliver` is called. */
  | 'delay'
  | 'in-flight'
  /** Neither answered nor worked on; the caller is dead before it hears anything. */
  | 'never-before'
  /** Worked on; the caller is dead before it hears of it. */
  | 'never-after';

export type Will = 'pay' | 'decline' | 'authenticate' | 'process';

export type Charge = {
  state: 'paid' | 'declined' | 'waiting' | 'processing' | 'ended' | 'reversed';
  amount: MinorAmount;
  hosted: boolean;
  save: boolean;
};

export type FakeProvider = PaymentMethod & {
  /** In order, one for each request; `answer` when there are none. */
  readonly fates: Fate[];
  /** What becomes of the next new charges; `pay` when there is nothing. */
  readonly wills: Will[];
  readonly charges: Map<string, Charge>;
  /** Requests for a charge that reached it, as `payment key`. */
  readonly received: string[];
  /** Every call of ours, as `act payment`. */
  readonly calls: string[];
  /** Protocol breaches of ours. */
  readonly breaches: string[];
  /** The student pays on its page, the bank answers: a charge that waits or is processed is decided. */
  readonly decide: (payment: string, how: 'paid' | 'declined' | 'ended') => void;
  readonly deliver: () => void;
  /** It answers with this instead of the truth, once. */
  tells: Observation | undefined;
  readonly paid: () => ReadonlyMap<string, MinorAmount>;
  /** It answers with this to the next question for a holder; else by the PIN. */
  verifies: Promise<Verified> | undefined;
};

/** Of every card. */
export const PIN = '2468';

const WORKED_ON: ReadonlySet<Fate> = new Set(['answer', 'lose-answer', 'never-after']);
const TELLS_OF_A_CHARGE: Partial<Record<Fate, Observation>> = {
  'not-sent': {kind: 'not-sent', why: 'no connection'},
  'in-flight': {kind: 'in-flight'},
};
const NO_ANSWER: Observation = {kind: 'unknown', why: 'no answer in time'};

export function fakeProvider(provider: ProviderName, capabilities: Capabilities): FakeProvider {
  const bodies = new Map<string, string>();
  const barred = new Set<string>();
  const delayed: Attempt[] = [];
  const charges = new Map<string, Charge>();
  const fates: Fate[] = [];
  const wills: Will[] = [];
  const received: string[] = [];
  const calls: string[] = [];
  const breaches: string[] = [];

  const charge = (attempt: Attempt): Observation => {
    const {payment, key, amount, how} = attempt;
    received.push(`${payment} ${key}`);
    const body = JSON.stringify({payment, amount, how});
    if ((bodies.get(key) ?? body) !== body) {
      breaches.push(`${key} has two bodies`);
      return {kind: 'wrong', why: 'one key was used for two requests'};
    }
    bodies.set(key, body);
    if (barred.has(payment)) return {kind: 'failed', code: 'TRANSACTION_BARRED'};
    if (!charges.has(payment)) {
      const will = wills.shift() ?? 'pay';
      const state =
        how.kind === 'hosted' || will === 'authenticate' ? 'waiting' : {pay: 'paid', decline: 'declined', process: 'processing'}[will];
      charges.set(payment, {
        state: state as Charge['state'],
        amount,
        hosted: how.kind === 'hosted',
        save: how.kind === 'hosted' && how.save,
      });
    }
    return truth(payment);
  };
  const truth = (payment: string): Observation => {
    const found = charges.get(payment);
    const reference = `ref-${payment}`;
    switch (found?.state) {
      case undefined:
        return {kind: 'not-found'};
      case 'paid': {
        const saved = {customer: 'cus_1', token: 'pm_1', label: 'Visa ending 4242'};
        return {kind: 'succeeded', amount: found.amount, reference, ...(found.save ? {saved} : {})};
      }
      case 'declined':
        return {kind: 'failed', code: 'insufficient_funds', reference};
      case 'waiting':
        return {kind: 'action-required', reference, url: found.hosted ? `https://pay.test/${payment}` : undefined, expires: instant(0)};
      case 'processing':
        return {kind: 'pending', reference};
      case 'ended':
        return {kind: 'canceled', reference};
      case 'reversed':
        return {kind: 'reversed', reference};
    }
  };
  const meet = async (act: () => Observation, attempt?: Attempt): Promise<Observation> => {
    const fate = fates.shift() ?? 'answer';
    if (fate === 'delay' && attempt !== undefined) delayed.push(attempt);
    const seen = WORKED_ON.has(fate) ? act() : undefined;
    if (fate.startsWith('never')) return new Promise(() => undefined);
    // Of a question it proves nothing that it was not sent, or meets another.
    if (fate !== 'answer' || seen === undefined) return (attempt === undefined ? undefined : TELLS_OF_A_CHARGE[fate]) ?? NO_ANSWER;
    const told = self.tells ?? seen;
    self.tells = undefined;
    return told;
  };
  const asked =
    ({payment}: Inquiry): (() => Observation) =>
    () =>
      truth(payment);

  const self: FakeProvider = {
    provider,
    capabilities,
    fates,
    wills,
    charges,
    received,
    calls,
    breaches,
    tells: undefined,
    verifies: undefined,
    verify: (token, secret) => {
      calls.push(`verify ${token}`);
      const label = `Cashless card ending ${token.slice(-4)}`;
      const answer = self.verifies ?? Promise.resolve<Verified>(secret.reveal() === PIN ? {kind: 'ok', label} : {kind: 'wrong'});
      self.verifies = undefined;
      return answer;
    },
    submit: (attempt) => {
      calls.push(`submit ${attempt.payment}`);
      return meet(() => charge(attempt), attempt);
    },
    ask: (inquiry) => {
      calls.push(`ask ${inquiry.payment}`);
      return meet(asked(inquiry));
    },
    cancel: (inquiry) => {
      calls.push(`cancel ${inquiry.payment}`);
      const end = (): Observation => {
        const found = charges.get(inquiry.payment);
        if (found?.state === 'waiting') found.state = 'ended';
        return truth(inquiry.payment);
      };
      return meet(end);
    },
    reverse: (inquiry) => {
      calls.push(`reverse ${inquiry.payment}`);
      if (!capabilities.reversible) breaches.push(`${inquiry.payment} is reversed where that cannot be`);
      const giveBack = (): Observation => {
        const found = charges.get(inquiry.payment);
        barred.add(inquiry.payment);
        if (found === undefined) return {kind: 'not-found'};
        if (found.state === 'declined') return {kind: 'failed', code: 'DECLINED'};
        found.state = 'reversed';
        return {kind: 'reversed', reference: `back-${inquiry.payment}`};
      };
      return meet(giveBack);
    },
    decide: (payment, how) => {
      const found = charges.get(payment);
      if (found?.state === 'waiting' || found?.state === 'processing') found.state = how;
    },
    deliver: () => {
      for (const attempt of delayed.splice(0)) charge(attempt);
    },
    paid: () => new Map([...charges].filter(([, {state}]) => state === 'paid').map(([payment, {amount}]) => [payment, amount])),
  };
  return self;
}
