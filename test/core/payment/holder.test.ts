// Who adds a cashless card has proved to the card service that it is his.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {AddCashless} from '../../../cloud/payment/holder.ts';
import type {Verified} from '../../../cloud/payment/port.ts';
import {Secret} from '../../../shared/log/log.ts';
import {PIN} from './provider.ts';
import {openRig, SITE, STUDENT, type Rig} from './rig.ts';

const CARD = 'CARD12345678';
const DAY = 24 * 3_600_000;

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig.close());

const add = (pin: string, {card = CARD, account = STUDENT} = {}): ReturnType<AddCashless> =>
  rig.payments.methods.addCashless({site: SITE, account, card, pin: new Secret(pin)});
const saved = async (account = STUDENT): Promise<readonly string[]> =>
  (await rig.payments.methods.list(SITE, account)).map(({provider, label}) => `${provider}: ${label}`);
const refused = (code: string) => ({kind: 'refused', code});

describe('a cashless card', () => {
  test('is saved once, by its number and its PIN', async () => {
    const first = await add(PIN, {card: 'CARD 1234 5678'});
    expect(first.kind).toBe('added');
    expect(await add(PIN)).toEqual(first);
    expect(await saved()).toEqual(['cashless: Cashless card ending 5678']);
    expect(rig.cashless.calls).toEqual([`verify ${CARD}`, `verify ${CARD}`]);
  });

  test.for<[Verified, string]>([
    [{kind: 'wrong'}, 'pin-wrong'],
    [{kind: 'blocked'}, 'card-blocked'],
    [{kind: 'unknown-card'}, 'card-unknown'],
    [{kind: 'unavailable', why: 'no answer in time'}, 'not-verified'],
  ])('is not saved when the card service says %o', async ([answer, code]) => {
    rig.cashless.verifies = Promise.resolve(answer);
    expect(await add(PIN)).toEqual(refused(code));
    expect(await saved()).toEqual([]);
  });

  test.for([
    [PIN, '<script>', 'card-invalid'],
    [PIN, '123', 'card-invalid'],
    [PIN, 'x'.repeat(41), 'card-invalid'],
    ['', CARD, 'pin-invalid'],
    ['123', CARD, 'pin-invalid'],
    ['1234567890123', CARD, 'pin-invalid'],
    ['12a4', CARD, 'pin-invalid'],
    ['12 34', CARD, 'pin-invalid'],
    ['</pin>', CARD, 'pin-invalid'],
    // Arabic-Indic digits.
    ['٠١٢٣', CARD, 'pin-invalid'],
  ] as const)('whose PIN is “%s” and number “%s” is refused as %s, and nobody is asked', async ([pin, card, code]) => {
    expect(await add(pin, {card})).toEqual(refused(code));
    expect(rig.cashless.calls).toEqual([]);
  });

  test('of nobody, or of a student who has left, is refused, and nobody is asked', async () => {
    expect(await add(PIN, {account: 'nobody'})).toEqual(refused('account-unknown'));
    await rig.act(({db}) => db.updateTable('student').set({closed_at: 1}).where('account', '=', STUDENT).execute());
    expect(await add(PIN)).toEqual(refused('account-unknown'));
    expect(rig.cashless.calls).toEqual([]);
  });

  test('is refused where the way of paying cannot tell its holder', async () => {
    const {provider, capabilities, submit, ask, cancel, reverse} = rig.cashless;
    const numberAlone = await openRig({real: {cashless: {provider, capabilities, submit, ask, cancel, reverse}}});
    const wish = {site: SITE, account: STUDENT, card: CARD, pin: new Secret(PIN)};
    expect(await numberAlone.payments.methods.addCashless(wish)).toEqual(refused('provider-unavailable'));
    expect(await numberAlone.payments.methods.list(SITE, STUDENT)).toEqual([]);
    await numberAlone.close();
  });
});

describe('while the card service is asked', () => {
  /** It answers when it is told. */
  function slowly(): (answer: Verified) => void {
    let answer: (verified: Verified) => void = () => undefined;
    rig.cashless.verifies = new Promise((resolve) => {
      answer = resolve;
    });
    return (verified) => answer(verified);
  }
  const ok: Verified = {kind: 'ok', label: 'Cashless card ending 5678'};

  test('others write: no transaction waits for it', async () => {
    const answer = slowly();
    const adding = add(PIN);
    await expect.poll(() => rig.cashless.calls).toHaveLength(1);
    await rig.act(({db}) => db.updateTable('student').set({language: 'de'}).where('account', '=', STUDENT).execute());
    expect(await saved()).toEqual([]);
    answer(ok);
    expect((await adding).kind).toBe('added');
  });

  test('an account that is closed meanwhile gets no card', async () => {
    const answer = slowly();
    const adding = add(PIN);
    await expect.poll(() => rig.cashless.calls).toHaveLength(1);
    await rig.act(({db}) => db.updateTable('student').set({closed_at: 1}).where('account', '=', STUDENT).execute());
    answer(ok);
    expect(await adding).toEqual(refused('account-unknown'));
    expect(await saved()).toEqual([]);
  });
});

describe('whoever guesses', () => {
  const guess = async (times: number, account = STUDENT): Promise<readonly string[]> => {
    const codes: string[] = [];
    for (let time = 0; time < times; time++) {
      const outcome = await add('0000', {card: `CARD-${time}`, account});
      codes.push(outcome.kind === 'refused' ? outcome.code : outcome.kind);
    }
    return codes;
  };

  test('has five wrong ones a day, over all cards; then nobody is asked, not even with the right one', async () => {
    expect(await guess(6)).toEqual([...Array.from({length: 5}, () => 'pin-wrong'), 'too-many-wrong']);
    expect(await add(PIN)).toEqual(refused('too-many-wrong'));
    expect(rig.cashless.calls).toHaveLength(5);
    await rig.time.pass(DAY - 1);
    expect(await add(PIN)).toEqual(refused('too-many-wrong'));
    await rig.time.pass(1);
    expect((await add(PIN)).kind).toBe('added');
  });

  test('has no more of them at once', async () => {
    const outcomes = await Promise.all(Array.from({length: 8}, () => add('0000')));
    expect(outcomes.filter((outcome) => outcome.kind === 'refused' && outcome.code === 'too-many-wrong')).toHaveLength(3);
    expect(rig.cashless.calls).toHaveLength(5);
  });

  test('holds up nobody else', async () => {
    await guess(6);
    expect((await add(PIN, {account: 'bob'})).kind).toBe('added');
  });

  test('gains nothing by a card of his own in between, and loses nothing when the service does not answer', async () => {
    expect(await guess(4)).not.toContain('too-many-wrong');
    expect((await add(PIN)).kind).toBe('added');
    rig.cashless.verifies = Promise.resolve({kind: 'unavailable', why: 'no answer in time'});
    expect(await add(PIN)).toEqual(refused('not-verified'));
    expect(await guess(2)).toEqual(['pin-wrong', 'too-many-wrong']);
  });
});
