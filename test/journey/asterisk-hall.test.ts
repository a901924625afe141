// The circle with a real Asterisk at the end of the line, and SIPp as telephones and carrier: a card is refused and the telephone is
// locked, its student pays on the provider's page and it is open again a moment later; box and cloud agree on all of it.
import {afterAll, beforeEach, describe, expect, test, vi} from 'vitest';
import {must} from '../../shared/assert/assert.ts';
import {startAsteriskGround, type AsteriskGround} from '../rig/asterisk/site.ts';
import {databasePath} from '../rig/box.ts';
import type {HallStudent} from '../rig/hall-seed.ts';
import {startHall, type Hall} from '../rig/hall.ts';
import {fieldIn, textIn} from '../rig/visitor.ts';

const POUND = 1_000_000;
const SOON = {timeout: 15_000, interval: 20};
/** Short, and surely more than one second to Asterisk, which rounds down. */
const TALK_SECONDS = 1.2;
const LONDON = '902079460123';
const ANN = '101';
const STUDENTS: readonly HallStudent[] = [
  // Declined whenever it is charged; one call brings the balance below the threshold.
  {
    extension: ANN,
    name: 'Ann',
    opening: 2 * POUND,
    automatic: {by: {card: '4000000000000341'}, threshold: 2 * POUND, target: 10 * POUND},
  },
];

describe('a hall on a real Asterisk', () => {
  let ground: AsteriskGround | undefined;
  let started: Hall | undefined;
  beforeEach(async (context) => {
    ground ??= await startAsteriskGround(context, [ANN]);
    started ??= await startHall(STUDENTS, {card: true, ground: ground.ground});
    await ground.installDialplan(databasePath(started.folder));
  }, 300_000);
  afterAll(() => started?.end());

  test('is locked by a refused card, and opened by what its student pays', async () => {
    const hall = must(started, 'hall');
    const {sipp, asterisk} = must(ground, 'Asterisk');
    expect(await sipp.call(ANN, LONDON, TALK_SECONDS)).toMatchObject({status: 200});
    await vi.waitFor(() => expect(hall.line(ANN)).toMatchObject({wanted: 'locked', reasons: '["refused"]', confirmed: 1}), SOON);
    expect(asterisk.console('database get spbs lock-101')).toMatch(/^Value: 1$/m);
    expect(await sipp.call(ANN, LONDON, TALK_SECONDS)).toMatchObject({status: 403});

    const ann = hall.resident(ANN);
    const visitor = await hall.visitor(ann);
    expect(textIn((await visitor.get('/')).text)).toContain('£1.90');
    const payment = fieldIn((await visitor.get('/top-up')).text, 'payment') ?? '';
    const {location = ''} = await visitor.post('/top-up', {payment, amount: '5', other: '', how: 'card'});
    const body = new URLSearchParams({number: '4242 4242 4242 4242', expiry: '12/34', cvc: '123'});
    expect((await fetch(location, {method: 'POST', body, redirect: 'manual'})).status).toBe(303);
    await vi.waitFor(() => expect(asterisk.console('database get spbs lock-101')).toMatch(/not found/), SOON);
    expect(await sipp.call(ANN, LONDON, TALK_SECONDS)).toMatchObject({status: 200});
    await vi.waitFor(() => expect(hall.balance(ann.account)).toEqual({box: 6.8 * POUND, cloud: 6.8 * POUND}), SOON);
    expect(await hall.agree()).toEqual([]);
    expect(await hall.card.taken()).toMatchObject([{amount: 500}]);
  }, 90_000);
});
