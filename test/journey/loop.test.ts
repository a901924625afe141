// The product's circle on real processes: a call lowers the balance that its student sees, a low one is topped up by the card that
// was saved for it, and box, cloud and card provider tell the same story.
import {afterAll, beforeAll, describe, expect, test, vi} from 'vitest';
import {CARD_CLEARING} from '../rig/hall-seed.ts';
import {startHall, type Hall} from '../rig/hall.ts';
import {fieldIn, textIn} from '../rig/visitor.ts';

const POUND = 1_000_000;
const SOON = {timeout: 15_000, interval: 30};
const ANN = '101';
const BOB = '102';
/** 10p a minute, by the minute. */
const LONDON = '902079460123';

describe('the circle', () => {
  let hall: Hall;
  beforeAll(async () => {
    hall = await startHall(
      [
        {extension: ANN, name: 'Ann', opening: 5 * POUND},
        {
          extension: BOB,
          name: 'Bob',
          opening: 2.5 * POUND,
          automatic: {by: {card: '4242424242424242'}, threshold: 2 * POUND, target: 10 * POUND},
        },
      ],
      {card: true},
    );
  });
  afterAll(() => hall.end());

  const call = async (extension: string, seconds: number): Promise<void> =>
    expect(await hall.board.control.ask(`CALL ${extension} ${LONDON} ${seconds}`)).toBe('made');

  test('a call lowers the balance that its student sees', async () => {
    const ann = hall.resident(ANN);
    const visitor = await hall.visitor(ann);
    expect(textIn((await visitor.get('/')).text)).toContain('£5.00');
    // 61 s are two minutes.
    await call(ANN, 61);
    await vi.waitFor(async () => expect(textIn((await visitor.get('/')).text)).toContain('£4.80'), SOON);
    expect(hall.balance(ann.account)).toEqual({box: 4.8 * POUND, cloud: 4.8 * POUND});
    expect(textIn((await visitor.get('/')).text)).toContain('+442079460123');
  });

  test('a student pays on the provider’s page, and the money is on both sides once', async () => {
    const ann = hall.resident(ANN);
    const visitor = await hall.visitor(ann);
    const form = await visitor.get('/top-up');
    const payment = fieldIn(form.text, 'payment') ?? '';
    const {location = ''} = await visitor.post('/top-up', {payment, amount: '10', other: '', how: 'card'});
    expect(location).toMatch(new RegExp(`^${hall.card.address}/c/pay/`));
    const paid = await fetch(location, {
      method: 'POST',
      body: new URLSearchParams({number: '4242 4242 4242 4242', expiry: '12/34', cvc: '123'}),
      redirect: 'manual',
    });
    expect(paid.status).toBe(303);
    // Where the provider sends the browser back to is a page of ours.
    const back = new URL(paid.headers.get('location') ?? '');
    const shown = await visitor.visit(`${back.pathname}${back.search}`);
    expect(shown.status).toBe(200);
    await vi.waitFor(() => expect(hall.balance(ann.account)).toEqual({box: 14.8 * POUND, cloud: 14.8 * POUND}), SOON);
    expect(textIn((await visitor.get('/')).text)).toContain('£14.80');
    expect(await hall.card.taken()).toMatchObject([{amount: 1_000}]);
  });

  test('a low balance is topped up by the saved card, once', async () => {
    const bob = hall.resident(BOB);
    // 6 minutes: 2.50 − 0.60 is below the threshold of 2, and 8.10 bring it to the target of 10.
    await call(BOB, 360);
    await vi.waitFor(() => expect(hall.balance(bob.account)).toEqual({box: 10 * POUND, cloud: 10 * POUND}), SOON);
    expect(await hall.card.taken()).toMatchObject([{amount: 1_000}, {amount: 810}]);
    expect(hall.line(BOB)).toMatchObject({wanted: 'open', confirmed: 1});
  });

  test('and at rest box, cloud and provider hold the same', async () => {
    await hall.rest();
    expect(hall.agree()).toEqual([]);
    const taken = (await hall.card.taken()).reduce((sum, {amount}) => sum + amount, 0);
    expect(hall.balance(CARD_CLEARING)).toEqual({box: -taken * 10_000, cloud: -taken * 10_000});
    expect(await hall.verify('box')).toEqual({code: 0, findings: []});
    expect(await hall.verify('cloud')).toEqual({code: 0, findings: []});
    expect(hall.cloudRows("SELECT code, subject FROM incident WHERE ended_at IS NULL AND code LIKE 'link.%'")).toEqual([]);
  });
});
