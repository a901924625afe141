// The faults that a payment by cashless card must survive, through the real adapter, against the simulated service over SOAP.
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import type {PaymentMethod} from '../../cloud/payment/port.ts';
import {pounds} from '../core/payment/rig.ts';
import {SimulatedCashless} from '../simulator/cashless/cashless.ts';
import {cashlessAt} from './cashless-bench.ts';
import {NOTHING, openFaults, type FaultBench} from './payment-faults-bench.ts';

const CARD = {customer: undefined, token: '600001'};
const service = new SimulatedCashless();
let cashless: PaymentMethod;
let bench: FaultBench;

beforeAll(async () => {
  await service.start();
  cashless = await cashlessAt(service.url);
});
afterEach(async () => {
  service.orders.clear();
  await bench.rig.close();
});
afterAll(() => service.stop());

async function open(): Promise<FaultBench> {
  bench = await openFaults({cashless});
  return bench;
}
const payCashless = () => bench.paySaved('cashless', CARD);
const debited = (): readonly string[] => service.books.transactions.filter(({txnRef}) => txnRef === bench.payment).map(({state}) => state);

describe('a cashless card', () => {
  test('F22: debited, and the answer is lost: asked, one debit, one credit', async () => {
    await open();
    service.orders.give({operation: 'Debit', fault: 'lose'});
    await payCashless();
    await bench.reach('unknown');
    await bench.later('succeeded');
    expect(await bench.money()).toEqual(bench.creditedOnce());
    expect(debited()).toEqual(['APPROVED']);
  });

  test.for(['error', 'empty', 'page', 'truncated', 'doctype', 'redirect', 'huge'] as const)(
    'F10, F27: an answer of no use (%s) after the work: one debit, one credit',
    async (what) => {
      await open();
      service.orders.give({operation: 'Debit', fault: what, worked: true, ...(what === 'redirect' ? {to: service.url} : {})});
      await payCashless();
      await bench.reach('unknown');
      await bench.later('succeeded');
      expect(await bench.money()).toEqual(bench.creditedOnce());
      expect(debited()).toEqual(['APPROVED']);
    },
  );

  test('F26: a fault that nobody knows is no "no": asked, credited', async () => {
    await open();
    service.orders.give({operation: 'Debit', fault: 'soap-fault', code: 'SOMETHING_NEW', worked: true});
    await payCashless();
    await bench.reach('unknown');
    await bench.later('succeeded');
    expect(await bench.money()).toEqual(bench.creditedOnce());
  });

  test('F28: an answer that drips is not waited for', async () => {
    await open();
    service.orders.give({operation: 'Debit', fault: 'drip', ms: 100});
    await payCashless();
    await bench.reach('unknown');
    await bench.later('succeeded');
    expect(await bench.money()).toEqual(bench.creditedOnce());
  });

  test('F23: not debited, and every question is lost for an hour: the reversal bars it, a late debit is refused', async () => {
    await open();
    service.orders.give({operation: 'Debit', fault: 'hang', times: 20});
    service.orders.give({operation: 'QueryTransaction', fault: 'error', times: 20});
    await payCashless();
    await bench.reach('unknown');
    await bench.within(40, 'reversed');
    service.orders.clear();
    const order = {cardId: '600001', amountMinor: '1000', currency: 'GBP', txnRef: bench.payment};
    expect(() => service.books.debit(order)).toThrow('reversed before it came');
    expect(await bench.money()).toEqual(NOTHING);
  });

  test('F24: debited, nobody can say so, and the first reversals are lost: given back once, never credited', async () => {
    await open();
    service.orders.give({operation: 'Debit', fault: 'lose'});
    service.orders.give({operation: 'QueryTransaction', fault: 'error', times: 20});
    service.orders.give({operation: 'Reverse', fault: 'lose', times: 2});
    await payCashless();
    await bench.reach('unknown');
    await bench.within(60, 'reversed');
    expect(debited()).toEqual(['REVERSED']);
    expect(await bench.money()).toEqual(NOTHING);
  });

  test('a card without money has failed, in the words of the service', async () => {
    const {rig} = await open();
    service.orders.give({operation: 'Debit', fault: 'decline', code: 'INSUFFICIENT_FUNDS'});
    await payCashless();
    await bench.reach('failed');
    expect((await rig.payments.timeline(bench.payment))?.failure).toBe('INSUFFICIENT_FUNDS');
    expect(await bench.money()).toEqual(NOTHING);
  });

  test('what a box asks for is debited under a name that the service takes', async () => {
    const {rig} = await open();
    service.orders.give({operation: 'Debit', fault: 'lose'});
    await bench.askFor('cashless', CARD);
    await bench.reach('unknown');
    await bench.later('succeeded');
    expect(await rig.topUps()).toEqual([{ref: bench.payment, amount: pounds(20)}]);
    expect((await rig.results()).map(({result}) => result)).toEqual(['paid']);
  });
});
