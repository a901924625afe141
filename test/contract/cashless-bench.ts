// The cashless card on the bench of the common suite: the adapter of the product against the simulated service.
import {createCashless, type CashlessCard} from '../../cloud/payment/cashless/cashless.ts';
import type {PaymentMethod} from '../../cloud/payment/port.ts';
import type {Clock, Instant, Timers} from '../../shared/time/instant.ts';
import {silentLog} from '../core/silent-log.ts';
import {SimulatedCashless} from '../simulator/cashless/cashless.ts';
import type {PaymentBench} from './payment-method-suite.ts';

const realClock: Clock = {now: () => Date.now() as Instant, monotonicMs: () => performance.now()};
export const realTimers: Timers = {
  after: (delayMs, act) => {
    const timer = setTimeout(act, delayMs);
    return () => clearTimeout(timer);
  },
};

const TIMEOUT_MS = 700;

export function cashlessAt(endpoint: string, given: Partial<CashlessCard> = {}): Promise<PaymentMethod> {
  return createCashless({endpoint, timeoutMs: TIMEOUT_MS, clock: realClock, timers: realTimers, log: silentLog, ...given});
}

export async function startCashlessBench(): Promise<PaymentBench> {
  const service = new SimulatedCashless();
  await service.start();
  const next = async (fault: Parameters<typeof service.orders.give>[0]): Promise<void> => {
    service.orders.give({operation: 'Debit', ...fault});
  };
  return {
    method: await cashlessAt(service.url),
    timeoutMs: TIMEOUT_MS,
    currency: 'GBP',
    savedMethod: async (kind) => ({customer: undefined, token: kind === 'good' ? '600001' : '600009'}),
    declineNext: () => next({fault: 'decline'}),
    hangNext: () => next({fault: 'hang'}),
    loseAnswerOfNext: () => next({fault: 'lose'}),
    slowAnswerOfNext: (ms) => next({fault: 'late', ms}),
    breakAnswerOfNext: (how) => next({fault: how, worked: true}),
    otherMoneyInNext: ({minor, currency}) => next({fault: 'other-money', amountMinor: String(minor), currency}),
    die: () => service.stop(),
    comeBack: () => service.start(),
    charged: async (payment) =>
      service.books.transactions
        .filter(({txnRef, state}) => txnRef === payment && state === 'APPROVED')
        .map(({amountMinor, currency}) => ({minor: Number(amountMinor), currency})),
    stop: () => service.stop(),
  };
}
