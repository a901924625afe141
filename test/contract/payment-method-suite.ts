// What every way of paying must do, whoever takes the money. The same sentences hold the card and the cashless card.
// `charged` reads the provider's own books: what was really taken is never believed from an observation alone.
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Attempt, Inquiry, MinorAmount, Observation, PaymentMethod, SavedMethod} from '../../cloud/payment/port.ts';
import {instant} from '../../shared/time/instant.ts';

/** What the provider answers in place of a proper answer, after it did its work. */
export type BrokenAnswer = 'error' | 'empty' | 'page' | 'truncated';

/** A provider on the test bench, with the adapter that speaks to it. Orders for "the next" hold for one request of `submit`. */
export type PaymentBench = {
  readonly method: PaymentMethod;
  /** The adapter was told to answer within so long. */
  readonly timeoutMs: number;
  /** A new method that the student has saved: it can pay at least 100.00 of `currency`, or is always declined. */
  readonly savedMethod: (kind: 'good' | 'declined') => Promise<SavedMethod>;
  readonly currency: string;
  /** The next request is declined, whatever the method. */
  readonly declineNext: () => Promise<void>;
  /** The next request is taken, and neither worked on nor answered. */
  readonly hangNext: () => Promise<void>;
  /** The next request is worked on; then the connection is cut in place of an answer. */
  readonly loseAnswerOfNext: () => Promise<void>;
  /** The next request is worked on at once; its answer comes so late. */
  readonly slowAnswerOfNext: (ms: number) => Promise<void>;
  /** The next request is worked on; the answer is of no use. */
  readonly breakAnswerOfNext: (how: BrokenAnswer) => Promise<void>;
  /** The next request is worked on; the answer names another amount or currency than was asked. */
  readonly otherMoneyInNext: (other: MinorAmount) => Promise<void>;
  /** Nobody listens any more, until it comes back with all that it knew. */
  readonly die: () => Promise<void>;
  readonly comeBack: () => Promise<void>;
  /** What it has taken for a payment and not given back, by its own books. */
  readonly charged: (payment: string) => Promise<readonly MinorAmount[]>;
  readonly stop: () => Promise<void>;
};

let made = 0;

/** An attempt of a new payment of 10.00. */
function savedAttempt(bench: PaymentBench, method: SavedMethod): Attempt {
  made += 1;
  const payment = `payment-${process.pid}-${made}`;
  return {
    payment,
    account: 'account-1',
    key: `spbs:test:${payment}:1`,
    amount: {minor: 1000, currency: bench.currency},
    how: {kind: 'saved', method},
  };
}

export function inquiryOf(attempt: Attempt, reference?: string): Inquiry {
  return {
    payment: attempt.payment,
    account: attempt.account,
    key: attempt.key,
    amount: attempt.amount,
    reference,
    customer: attempt.how.kind === 'saved' ? attempt.how.method.customer : attempt.how.customer,
    createdAt: instant(Date.now()),
  };
}

function referenceOf(seen: Observation): string | undefined {
  return 'reference' in seen ? seen.reference : undefined;
}

export function paymentMethodSuite(name: string, start: () => Promise<PaymentBench>): void {
  describe(`${name}`, () => {
    let opened: PaymentBench | undefined;
    beforeAll(async () => {
      opened = await start();
    });
    afterAll(() => opened?.stop());
    const ready = async (kind: 'good' | 'declined' = 'good'): Promise<{bench: PaymentBench; method: PaymentMethod; attempt: Attempt}> => {
      if (opened === undefined) throw new Error('the bench is set before each test');
      return {bench: opened, method: opened.method, attempt: savedAttempt(opened, await opened.savedMethod(kind))};
    };
    /** It may or may not have happened; then it is asked, and it has. */
    const found = async (attempt: Attempt, seen: Observation): Promise<readonly unknown[]> => {
      if (opened === undefined) throw new Error('the bench is set before each test');
      const asked = await opened.method.ask(inquiryOf(attempt));
      return [seen.kind, asked.kind, asked.kind === 'succeeded' && asked.amount, await opened.charged(attempt.payment)];
    };
    const unknownThenFound = ({amount}: Attempt): readonly unknown[] => ['unknown', 'succeeded', amount, [amount]];

    test('a saved method is charged what was asked, and asking later says the same', async () => {
      const {bench, method, attempt} = await ready();
      const seen = await method.submit(attempt);
      expect(seen).toMatchObject({kind: 'succeeded', amount: attempt.amount});
      expect(await bench.charged(attempt.payment)).toEqual([attempt.amount]);
      for (const reference of [referenceOf(seen), undefined]) {
        expect(await method.ask(inquiryOf(attempt, reference))).toMatchObject({kind: 'succeeded', amount: attempt.amount});
      }
    });

    test('the same key again is answered with the first result, and nothing is taken twice', async () => {
      const {bench, method, attempt} = await ready();
      const first = await method.submit(attempt);
      expect(await method.submit(attempt)).toEqual(first);
      expect(await bench.charged(attempt.payment)).toEqual([attempt.amount]);
    });

    test('the same key many times at once takes the money once', async () => {
      const {bench, method, attempt} = await ready();
      const seen = await Promise.all(Array.from({length: 8}, () => method.submit(attempt)));
      expect(seen.map(({kind}) => kind)).toContain('succeeded');
      expect(seen.filter(({kind}) => kind !== 'succeeded' && kind !== 'in-flight' && kind !== 'unknown')).toEqual([]);
      expect(await bench.charged(attempt.payment)).toEqual([attempt.amount]);
    });

    test('the same key for another amount takes nothing more and is called wrong', async () => {
      const {bench, method, attempt} = await ready();
      await method.submit(attempt);
      const seen = await method.submit({...attempt, amount: {...attempt.amount, minor: 2000}});
      expect(seen.kind).toBe('wrong');
      expect(await bench.charged(attempt.payment)).toEqual([attempt.amount]);
    });

    test('two payments with one method are two charges', async () => {
      const {bench, method, attempt} = await ready();
      const other = {...savedAttempt(bench, {customer: undefined, token: ''}), how: attempt.how};
      for (const each of [attempt, other]) expect((await method.submit(each)).kind).toBe('succeeded');
      for (const each of [attempt, other]) expect(await bench.charged(each.payment)).toEqual([each.amount]);
    });

    test('a declined request has failed with a code, also when it is asked later', async () => {
      const {bench, method, attempt} = await ready();
      await bench.declineNext();
      const seen = await method.submit(attempt);
      expect(seen.kind === 'failed' && seen.code).toMatch(/\S/);
      expect((await method.ask(inquiryOf(attempt, referenceOf(seen)))).kind).toBe('failed');
      expect(await bench.charged(attempt.payment)).toEqual([]);
    });

    test('a method that is always declined has failed', async () => {
      const {bench, method, attempt} = await ready('declined');
      expect((await method.submit(attempt)).kind).toBe('failed');
      expect(await bench.charged(attempt.payment)).toEqual([]);
    });

    test('a lost answer is unknown; asked, it succeeded; the same key again takes nothing more', async () => {
      const {bench, method, attempt} = await ready();
      await bench.loseAnswerOfNext();
      expect(await found(attempt, await method.submit(attempt))).toEqual(unknownThenFound(attempt));
      expect(await method.submit(attempt)).toMatchObject({kind: 'succeeded', amount: attempt.amount});
      expect(await bench.charged(attempt.payment)).toEqual([attempt.amount]);
    });

    test('an answer later than the deadline is unknown, and the deadline holds', async () => {
      const {bench, method, attempt} = await ready();
      await bench.slowAnswerOfNext(bench.timeoutMs * 3);
      const from = performance.now();
      const seen = await method.submit(attempt);
      expect(performance.now() - from).toBeLessThan(bench.timeoutMs * 2);
      expect(await found(attempt, seen)).toEqual(unknownThenFound(attempt));
    });

    test.for<BrokenAnswer>(['error', 'empty', 'page', 'truncated'])('an answer of no use is unknown, and then found: %s', async (how) => {
      const {bench, method, attempt} = await ready();
      await bench.breakAnswerOfNext(how);
      expect(await found(attempt, await method.submit(attempt))).toEqual(unknownThenFound(attempt));
    });

    test('a provider that hangs is unknown within the deadline, and the same key may be sent again', async () => {
      const {bench, method, attempt} = await ready();
      await bench.hangNext();
      const from = performance.now();
      expect((await method.submit(attempt)).kind).toBe('unknown');
      expect(performance.now() - from).toBeLessThan(bench.timeoutMs * 2);
      expect((await method.ask(inquiryOf(attempt))).kind).toBe('not-found');
      expect(await bench.charged(attempt.payment)).toEqual([]);
      expect((await method.submit(attempt)).kind).toBe('succeeded');
      expect(await bench.charged(attempt.payment)).toEqual([attempt.amount]);
    });

    test('to a dead provider nothing was sent, and asking it proves nothing', async () => {
      const {bench, method, attempt} = await ready();
      await bench.die();
      const seen = await method.submit(attempt);
      const asked = await method.ask(inquiryOf(attempt));
      await bench.comeBack();
      expect([seen.kind, asked.kind]).toEqual(['not-sent', 'unknown']);
      expect((await method.submit(attempt)).kind).toBe('succeeded');
      expect(await bench.charged(attempt.payment)).toEqual([attempt.amount]);
    });

    test('a provider that was dead and is back still knows what it took', async () => {
      const {bench, method, attempt} = await ready();
      await bench.loseAnswerOfNext();
      const seen = await method.submit(attempt);
      await bench.die();
      await bench.comeBack();
      expect(await found(attempt, seen)).toEqual(unknownThenFound(attempt));
    });

    test('what never came is not found', async () => {
      const {method, attempt} = await ready();
      expect((await method.ask(inquiryOf(attempt))).kind).toBe('not-found');
    });

    test('another amount than was asked is wrong, when it is told and when it is asked', async () => {
      const {bench, method, attempt} = await ready();
      await bench.otherMoneyInNext({minor: 999, currency: bench.currency});
      expect((await method.submit(attempt)).kind).toBe('wrong');
      const other = savedAttempt(bench, await bench.savedMethod('good'));
      await method.submit(other);
      expect((await method.ask({...inquiryOf(other), amount: {...other.amount, minor: 1001}})).kind).toBe('wrong');
    });

    test('another currency than was asked is wrong', async () => {
      const {bench, method, attempt} = await ready();
      await bench.otherMoneyInNext({minor: attempt.amount.minor, currency: 'USD'});
      expect((await method.submit(attempt)).kind).toBe('wrong');
    });

    test('a reversal gives back once what may have been taken, where there are reversals', async () => {
      const {bench, method, attempt} = await ready();
      await bench.loseAnswerOfNext();
      expect((await method.submit(attempt)).kind).toBe('unknown');
      const reversal = {...inquiryOf(attempt), reversalKey: `${attempt.key}:reversal`};
      const seen = [await method.reverse(reversal), await method.reverse(reversal)].map(({kind}) => kind);
      const {reversible} = method.capabilities;
      expect(seen).toEqual(reversible ? ['reversed', 'reversed'] : ['wrong', 'wrong']);
      expect(await bench.charged(attempt.payment)).toEqual(reversible ? [] : [attempt.amount]);
      expect((await method.ask(inquiryOf(attempt))).kind === 'succeeded').toBe(!reversible);
    });
  });
}
