// No answer of a card service is believed that is not about exactly what was asked.
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {debited, queried, refused, reversed, type Asked} from '../../../cloud/payment/cashless/answer.ts';

const asked: Asked = {payment: 'payment-1', card: '600001', amount: {minor: 1234, currency: 'GBP'}};
const sound = {
  txnRef: 'payment-1',
  state: 'APPROVED',
  cardId: '600001',
  amountMinor: '1234',
  currency: 'GBP',
  providerRef: 'CC1',
  at: '2026-11-26T06:00:00Z',
};

/** Usually what was asked, else something like it. */
const near = (value: string, ...others: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    {arbitrary: fc.constant(value), weight: 8},
    {arbitrary: fc.constantFrom<unknown>(undefined, null, '', 0, {}, [value], `${value} `, ...others), weight: 1},
    {arbitrary: fc.string(), weight: 1},
  );

const answers = fc.record({
  status: near('APPROVED', 'DUPLICATE', 'DECLINED', 'PENDING'),
  transaction: fc.record({
    txnRef: near('payment-1', 'payment-2'),
    state: near('APPROVED', 'DECLINED', 'PENDING', 'REVERSED'),
    cardId: near('600001', '600002'),
    amountMinor: near('1234', '1235', '01234', '1234.0', '+1234', '1e3', 1234),
    currency: near('GBP', 'EUR', 'gbp'),
    providerRef: near('CC1'),
    at: near('2026-11-26T06:00:00Z'),
  }),
});

describe('The answer of a card service', () => {
  test('whatever it is, it does not throw, and junk proves nothing', () => {
    fc.assert(
      fc.property(fc.anything(), (junk) => {
        for (const read of [debited, queried, reversed]) expect(read(junk, asked).kind).toBe('unknown');
      }),
    );
  });

  test('a debit succeeded only if payment, card, amount and currency are those that were asked', () => {
    fc.assert(
      fc.property(answers, (answer) => {
        const seen = debited(answer, asked);
        const {txnRef, state, cardId, amountMinor, currency} = answer.transaction;
        const agrees =
          (answer.status === 'APPROVED' || answer.status === 'DUPLICATE') &&
          txnRef === 'payment-1' &&
          state === 'APPROVED' &&
          cardId === '600001' &&
          currency === 'GBP' &&
          typeof amountMinor === 'string' &&
          /^0*1234$/.test(amountMinor);
        expect(seen.kind !== 'succeeded' || (agrees && seen.amount.minor === 1234 && seen.amount.currency === 'GBP')).toBe(true);
      }),
    );
    expect(debited({status: 'APPROVED', transaction: sound}, asked)).toEqual({kind: 'succeeded', amount: asked.amount, reference: 'CC1'});
  });

  test('what is asked about later is held to the same money', () => {
    const found = (changed: object) => queried({status: 'FOUND', txnRef: 'payment-1', transaction: {...sound, ...changed}}, asked).kind;
    expect([found({}), found({state: 'DECLINED'}), found({state: 'PENDING'}), found({state: 'REVERSED'})]).toEqual([
      'succeeded',
      'failed',
      'pending',
      'reversed',
    ]);
    expect([found({amountMinor: '1235'}), found({currency: 'EUR'}), found({txnRef: 'payment-2'})]).toEqual(['wrong', 'wrong', 'wrong']);
    expect(queried({status: 'FOUND', txnRef: 'payment-1', transaction: {...sound, amountMinor: '1235'}}, asked)).toMatchObject({
      kind: 'wrong',
      taken: {minor: 1235, currency: 'GBP'},
    });
    expect(queried({status: 'NOT_FOUND', txnRef: 'payment-1'}, asked)).toEqual({kind: 'not-found'});
    expect(queried({status: 'NOT_FOUND', txnRef: 'payment-2'}, asked).kind).toBe('wrong');
  });

  test('a reversal is acknowledged for this payment only', () => {
    const said = (status: string, txnRef = 'payment-1') => reversed({status, txnRef}, asked).kind;
    expect(['REVERSED', 'ALREADY_REVERSED', 'NOT_FOUND', 'DECLINED', 'REFUSED', 'DONE'].map((status) => said(status))).toEqual([
      'reversed',
      'reversed',
      'not-found',
      'failed',
      'unknown',
      'unknown',
    ]);
    expect(said('REVERSED', 'payment-2')).toBe('wrong');
  });

  test('only the codes that were agreed are a no', () => {
    const agreed = [
      'INSUFFICIENT_FUNDS',
      'CARD_BLOCKED',
      'CARD_EXPIRED',
      'CARD_UNKNOWN',
      'LIMIT_EXCEEDED',
      'CURRENCY_REFUSED',
      'TRANSACTION_BARRED',
    ];
    for (const code of agreed) expect(refused(code)).toEqual({kind: 'failed', code});
    fc.assert(
      fc.property(fc.option(fc.string(), {nil: undefined}), (code) => {
        fc.pre(code === undefined || !agreed.includes(code));
        expect(refused(code).kind).toBe(code === 'TXN_REF_CONFLICT' ? 'wrong' : 'unknown');
      }),
    );
  });
});
