// Paying in the portal over real HTTP: bad amounts, double clicks, what each state says, saved cards, automatic top-up.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {Verified} from '../../../cloud/payment/port.ts';
import {pounds, type StudentName} from '../../rig/portal/house.ts';
import {get, openPortal, PAYEE, post, type PortalRig} from '../../rig/portal/rig.ts';
import {live} from '../../rig/portal/seen.ts';
import {PIN} from '../payment/provider.ts';

let rig: PortalRig;
let cookie: string;
beforeEach(async () => {
  rig = await openPortal();
  cookie = await rig.cookie('amara');
});
afterEach(() => rig.close());

const plain = (html: string): string =>
  html
    .replace(/^.*<body/s, '<body')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&amp;', '&')
    .replaceAll('&quot;', '"')
    .replaceAll(/\s+/g, ' ');
const seen = async (path: string, as = cookie): Promise<string> => plain(await (await get(rig, path, as)).text());

/** The number that a page's form gives its payment. */
async function numberOf(path = '/top-up'): Promise<string> {
  const html = await (await get(rig, path, cookie)).text();
  return /name="payment" value="([0-9a-f]{32})"/.exec(html)?.[1] ?? '';
}

async function payments(): Promise<readonly {readonly amount: number; readonly state: string}[]> {
  const rows = await rig.store.reading.selectFrom('payment').select(['amount_minor as amount', 'state']).orderBy('created_at').execute();
  return rows;
}

const balance = async (account: StudentName = 'amara'): Promise<number> => {
  const row = await rig.store.reading.selectFrom('balance').select(['credit', 'debit']).where('account', '=', account).executeTakeFirst();
  return row === undefined ? 0 : row.credit - row.debit;
};

describe('an amount', () => {
  test.for([
    ['0', 'Enter an amount above zero'],
    ['0.00', 'Enter an amount above zero'],
    ['-5', 'Enter an amount above zero'],
    ['−5', 'Enter an amount above zero'],
    ['1000000000000', 'Enter £200.00 or less.'],
    ['200.01', 'Enter £200.00 or less.'],
    ['0.99', 'Enter £1.00 or more'],
    ['ten', '“ten” is no amount. Enter digits, such as 12.50'],
    ['1e3', '“1e3” is no amount.'],
    ['10 USD', '“10 USD” is no amount.'],
    ['12.505', 'Enter an amount with at most two digits after the point'],
    ['<b>', '“&lt;b>” is no amount.'],
    ['', 'Enter an amount, such as 12.50'],
  ] as const)('of “%s” is refused beside its field, and nothing is made', async ([typed, said]) => {
    const payment = await numberOf();
    const answer = await post(rig, '/top-up', {payment, amount: 'other', other: typed, how: 'card'}, cookie);
    const html = await answer.text();
    expect(answer.status).toBe(422);
    expect(plain(html)).toContain(said);
    expect(html).toContain('href="#other"');
    expect(html).toMatch(/id="other"[^>]*aria-invalid="true"|aria-invalid="true"[^>]*id="other"/);
    // What was typed, the way to pay and the number of the payment are kept.
    expect(html).toContain(`value="${payment}"`);
    expect(html).toMatch(/value="other" checked|checked[^>]*value="other"/);
    expect(await payments()).toEqual([]);
  });

  test.for([
    ['12.50', 1_250],
    ['£7', 700],
    [' 200 ', 20_000],
    ['1', 100],
  ] as const)('of “%s” is taken as %d pence', async ([typed, minor]) => {
    const answer = await post(rig, '/top-up', {payment: await numberOf(), amount: 'other', other: typed, how: 'card'}, cookie);
    expect(answer.status).toBe(303);
    expect((await payments()).map(({amount}) => amount)).toEqual([minor]);
  });

  test('that no page offers, or no way to pay, is asked for again', async () => {
    for (const fields of [{amount: '7', how: 'card'}, {amount: '10'}, {amount: '10', how: 'cash'}, {how: 'card'}, {}]) {
      const answer = await post(rig, '/top-up', {payment: await numberOf(), ...(fields as Record<string, string>)}, cookie);
      expect([fields, answer.status]).toEqual([fields, 422]);
    }
    expect(await payments()).toEqual([]);
  });
});

describe('a top-up by card', () => {
  test('leads to the provider’s own page, and shows what became of it', async () => {
    const payment = await numberOf();
    const sent = await post(rig, '/top-up', {payment, amount: '10', how: 'card'}, cookie);
    expect([sent.status, sent.headers.get('location')]).toEqual([303, `${PAYEE}/${payment}`]);
    expect(sent.headers.get('content-security-policy')).toContain(`form-action 'self' ${PAYEE};`);
    expect(await seen(`/payments/${payment}`)).toContain('You are not finished');
    // Typing a card takes longer than a provider is left in peace.
    rig.pass(30_000);
    rig.card.decide(payment, 'paid');
    // The provider sends the browser back; that it came proves nothing, so we ask.
    expect((await get(rig, `/paid/${payment}`)).status).toBe(200);
    const page = await seen(`/payments/${payment}`);
    expect(page).toContain('Paid The money is on your account.');
    expect(page).not.toContain('looks again by itself');
    expect(await balance()).toBe(pounds(10));
  });

  test('that was paid on the provider’s page by somebody who lost the way back is paid when its page is opened', async () => {
    const payment = await numberOf();
    await post(rig, '/top-up', {payment, amount: '10', how: 'card'}, cookie);
    rig.pass(30_000);
    expect(await seen('/')).toContain('Your top-up of £10.00 is not finished');
    rig.card.decide(payment, 'paid');
    expect(await seen(`/payments/${payment}`)).toContain('Paid The money is on your account.');
    expect(await balance()).toBe(pounds(10));
  });

  test('that was left says so, and offers another', async () => {
    const payment = await numberOf();
    await post(rig, '/top-up', {payment, amount: '20', how: 'card'}, cookie);
    rig.pass(30_000);
    rig.card.decide(payment, 'ended');
    await get(rig, `/paid/${payment}`);
    const page = await seen(`/payments/${payment}`);
    expect(page).toContain('Cancelled Nothing was charged.');
    expect(page).toContain('Top up again');
    expect(await balance()).toBe(0);
  });
});

describe('the same form', () => {
  test('sent twice, thrice and at once is one payment and one charge', async () => {
    const how = await rig.saveCard('amara');
    const fields = {payment: await numberOf(), amount: '10', how};
    const answers = await Promise.all(Array.from({length: 4}, () => post(rig, '/top-up', fields, cookie)));
    answers.push(await post(rig, '/top-up', fields, cookie));
    for (const answer of answers) expect(answer.headers.get('location')).toBe(`/payments/${fields.payment}`);
    expect(await payments()).toEqual([{amount: 1_000, state: 'succeeded'}]);
    expect(rig.card.paid().size).toBe(1);
    expect(await balance()).toBe(pounds(10));
  });

  test('changed after it was sent makes nothing new, and says so', async () => {
    const how = await rig.saveCard('amara');
    const payment = await numberOf();
    await post(rig, '/top-up', {payment, amount: '10', how}, cookie);
    const again = await post(rig, '/top-up', {payment, amount: '20', how}, cookie);
    expect(again.headers.get('location')).toBe(`/payments/${payment}?why=used`);
    expect(await seen(`/payments/${payment}?why=used`)).toContain(
      'This form had already made the payment of £10.00 below, so nothing more was paid.',
    );
    expect(await balance()).toBe(pounds(10));
  });

  test('with another’s number shows nothing of theirs', async () => {
    const {payments: made} = await live(rig);
    const ben = await rig.cookie('ben');
    const answer = await post(rig, '/top-up', {payment: made['succeeded'] ?? '', amount: '10', how: 'card'}, ben);
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/top-up']);
  });

  test('without a number gets one', async () => {
    const how = await rig.saveCard('amara');
    const answer = await post(rig, '/top-up', {amount: '5', how}, cookie);
    expect(answer.headers.get('location')).toMatch(/^\/payments\/[0-9a-f]{32}$/);
  });
});

describe('too many wishes', () => {
  test('of one student are put off for a quarter of an hour, and nobody else’s', async () => {
    const how = await rig.saveCard('amara');
    for (let wish = 0; wish < 20; wish++) {
      expect((await post(rig, '/top-up', {payment: await numberOf(), amount: 'other', other: '1', how}, cookie)).status).toBe(303);
      rig.pass(1_000);
    }
    const answer = await post(rig, '/top-up', {payment: await numberOf(), amount: 'other', other: '1', how}, cookie);
    expect([answer.status, plain(await answer.text()).includes('Nothing was done now; wait 15 minutes, then try again.')]).toEqual([
      429,
      true,
    ]);
    expect((await post(rig, '/methods', {number: '60341122', pin: PIN}, cookie)).status).toBe(422);
    expect(await balance()).toBe(pounds(20));
    const ben = await rig.cookie('ben');
    expect((await post(rig, '/methods', {number: '60341122', pin: PIN}, ben)).status).toBe(303);
    rig.pass(15 * 60_000);
    expect((await post(rig, '/methods', {number: '60341122', pin: PIN}, cookie)).status).toBe(303);
  });
});

describe('a form’s number', () => {
  test('is the same in every tab of a browser until it was used, and no other browser’s', async () => {
    const how = await rig.saveCard('amara');
    const first = await numberOf();
    expect(await numberOf('/top-up?remember=1')).toBe(first);
    await post(rig, '/top-up', {payment: first, amount: '10', how}, cookie);
    const second = await numberOf();
    expect(second).not.toBe(first);
    await post(rig, '/top-up', {payment: second, amount: '10', how}, cookie);
    expect(await balance()).toBe(pounds(20));
    const third = await numberOf();
    cookie = await rig.cookie('amara');
    expect(await numberOf()).not.toBe(third);
  });
});

describe('a payment’s page', () => {
  test.for([
    ['created', 'We have your order', 'now', true],
    ['pending', 'Your card company has it and has not decided yet', 'Do not pay again.', true],
    ['unknown', 'We do not know yet whether your card was charged', 'Do not pay again: we find out by ourselves.', true],
    ['action_required', 'You are not finished', 'Continue on the payment page', true],
    ['succeeded', 'Paid', 'The money is on your account.', false],
    ['failed', 'Not paid', 'The card has not enough money on it.', false],
    ['canceled', 'Cancelled', 'Nothing was charged.', false],
  ] as const)('says of one that is %s what is known', async ([state, title, what, isOpen]) => {
    const {payments: made} = await live(rig);
    // Nobody answers: the page says what is known without it.
    rig.card.fates.push(...Array.from({length: 20}, () => 'lose-answer' as const));
    const answer = await get(rig, `/payments/${made[state] ?? ''}`, cookie);
    const html = await answer.text();
    expect(plain(html)).toContain(title);
    expect(plain(html)).toContain(what);
    // It looks again by itself, without script too, while something may still come.
    expect(/<noscript><meta http-equiv="refresh" content="\d+"/.test(html)).toBe(isOpen);
    expect(html.includes('data-again=')).toBe(isOpen);
  });
});

describe('saved cards', () => {
  test('are charged at once, and a refusal says why', async () => {
    const how = await rig.saveCard('amara');
    rig.card.wills.push('decline');
    const payment = await numberOf();
    await post(rig, '/top-up', {payment, amount: '10', how}, cookie);
    expect(await seen(`/payments/${payment}`)).toContain('Not paid Nothing was charged. The card has not enough money on it.');
    expect(await balance()).toBe(0);
  });

  test('are removed after the question, and automatic top-up with them', async () => {
    const how = await rig.saveCard('amara');
    await post(rig, '/automatic', {threshold: '5', target: '20', cap: '60', method: how, sure: 'yes'}, cookie);
    expect(await seen(`/methods/${how}/remove`)).toContain('Automatic top-up uses it, and is turned off.');
    expect(await seen('/methods')).toContain('Visa ending 4242');
    expect((await post(rig, `/methods/${how}/remove`, {}, cookie)).headers.get('location')).toBe('/methods');
    const page = await seen('/methods');
    expect(page).toContain('Visa ending 4242 is removed.');
    expect(page).toContain('No saved cards');
    expect(await seen('/automatic')).toContain('Automatic top-up is off');
    expect((await post(rig, '/top-up', {payment: await numberOf(), amount: '10', how}, cookie)).status).toBe(422);
  });

  test('that are cashless are added by their number and their PIN, and pay', async () => {
    expect((await post(rig, '/methods', {number: '6034 1122', pin: PIN}, cookie)).status).toBe(303);
    expect(await seen('/methods')).toContain('Cashless card ending 1122');
    const method = (await rig.payments.methods.list('north', 'amara'))[0]?.id ?? '';
    const payment = await numberOf();
    await post(rig, '/top-up', {payment, amount: '5', how: method}, cookie);
    expect(await seen(`/payments/${payment}`)).toContain('Cashless card ending 1122 by you');
    expect(await balance()).toBe(pounds(5));
  });

  test('are never bank cards typed here: the number is neither kept nor shown again', async () => {
    for (const number of ['4242 4242 4242 4242', '5555-5555-5555-4444', '378282246310005']) {
      const answer = await post(rig, '/methods', {number}, cookie);
      const html = await answer.text();
      expect([answer.status, plain(html).includes('This looks like a bank card.')]).toEqual([422, true]);
      expect(html).not.toContain(number);
    }
    for (const number of ['', '12', 'ab cd;--', '<script>'])
      expect((await post(rig, '/methods', {number, pin: PIN}, cookie)).status).toBe(422);
    expect(await rig.payments.methods.list('north', 'amara')).toEqual([]);
    expect(rig.cashless.calls).toEqual([]);
  });

  const number = '60341122';
  const tryPin = async (pin: string): Promise<{readonly status: number; readonly html: string}> => {
    const answer = await post(rig, '/methods', {number, pin}, cookie);
    return {status: answer.status, html: await answer.text()};
  };

  test('that are cashless need their PIN, in a field that nobody fills in and that shows nothing', async () => {
    const html = await (await get(rig, '/methods', cookie)).text();
    const field = /<input[^>]*name="pin"[^>]*>/.exec(html)?.[0] ?? '';
    for (const part of ['type="password"', 'inputmode="numeric"', 'autocomplete="off"']) expect(field).toContain(part);
    expect(field).not.toMatch(/value="[^"]/);
  });

  test.for<[string, Verified | undefined, string]>([
    ['', undefined, 'Enter the PIN of the card: 4 to 12 digits'],
    ['12a4', undefined, 'Enter the PIN of the card: 4 to 12 digits'],
    ['1'.repeat(13), undefined, 'Enter the PIN of the card: 4 to 12 digits'],
    ['97531864', undefined, 'This PIN is not right. Nothing was saved.'],
    [PIN, {kind: 'blocked'}, 'This card cannot be added just now.'],
    [PIN, {kind: 'unknown-card'}, 'The card service does not know this card.'],
    [PIN, {kind: 'unavailable', why: 'no answer in time'}, 'The card service did not answer, so nothing was saved.'],
  ])('that are cashless are refused with the PIN “%s” when the service says %o: the number stays typed, the PIN does not', async (row) => {
    const [pin, says, said] = row;
    rig.cashless.verifies = says === undefined ? undefined : Promise.resolve(says);
    const {status, html} = await tryPin(pin);
    expect([status, plain(html).includes(said)]).toEqual([422, true]);
    expect(html).toContain(`value="${number}"`);
    expect(pin !== '' && html.includes(pin)).toBe(false);
    expect(await rig.payments.methods.list('north', 'amara')).toEqual([]);
  });

  test('that are cashless are not guessed: after five wrong PINs nobody is asked any more', async () => {
    for (let time = 0; time < 5; time++) expect((await tryPin('0000')).status).toBe(422);
    expect(plain((await tryPin(PIN)).html)).toContain('That was wrong too often');
    expect(rig.cashless.calls).toHaveLength(5);
    expect(await rig.payments.methods.list('north', 'amara')).toEqual([]);
  });
});

describe('automatic top-up', () => {
  test('without a card leads to one', async () => {
    const page = await seen('/automatic');
    expect(page).toContain('First we need a card that we may charge');
    expect(await (await get(rig, '/top-up?remember=1', cookie)).text()).toMatch(/name="remember"[^>]*checked|checked[^>]*name="remember"/);
    // A card that is remembered while paying is there afterwards.
    const payment = await numberOf('/top-up?remember=1');
    await post(rig, '/top-up', {payment, amount: '10', how: 'card', remember: 'yes'}, cookie);
    // Typing a card takes longer than a provider is left in peace.
    rig.pass(30_000);
    rig.card.decide(payment, 'paid');
    await get(rig, `/paid/${payment}`);
    expect(await seen('/automatic')).toContain('Visa ending 4242');
  });

  test('says in figures what one allows before it is on, and is turned off at once', async () => {
    const method = await rig.saveCard('amara');
    const fields = {threshold: '5', target: '20', cap: '60', method};
    const asked = await post(rig, '/automatic', fields, cookie);
    const consent = plain(await asked.text());
    expect(asked.status).toBe(200);
    for (const said of [
      'When you have less than £5.00 left',
      'We then charge Visa ending 4242 once, with as much as brings you to at least £20.00.',
      'at most £60.00',
      'You can turn it off on this page at any time',
      'you allow us to charge this card without asking you each time',
    ])
      expect(consent).toContain(said);
    expect(await rig.payments.automatic.read('amara')).toBeUndefined();
    expect((await post(rig, '/automatic', {...fields, sure: 'yes'}, cookie)).headers.get('location')).toBe('/automatic');
    expect(await rig.payments.automatic.read('amara')).toEqual({
      isOn: true,
      threshold: pounds(5),
      target: pounds(20),
      monthlyCap: pounds(60),
      method,
    });
    expect(await seen('/automatic')).toContain('Automatic top-up is on.');
    expect((await post(rig, '/automatic/off', {}, cookie)).status).toBe(303);
    expect((await rig.payments.automatic.read('amara'))?.isOn).toBe(false);
    expect(await seen('/automatic')).toContain('Nothing is charged by itself any more.');
  });

  test.for([
    [{threshold: '0'}, 'threshold'],
    [{threshold: 'ten'}, 'threshold'],
    [{target: '5'}, 'target'],
    [{target: '4'}, 'target'],
    [{target: '201', cap: '900'}, 'target'],
    [{cap: '14.99'}, 'cap'],
    [{cap: '1000000000000'}, 'cap'],
    [{cap: '-60'}, 'cap'],
    [{method: 'another'}, 'method'],
  ] as const)('with %o is refused beside the field', async ([wrong, field]) => {
    const method = await rig.saveCard('amara');
    const answer = await post(rig, '/automatic', {threshold: '5', target: '20', cap: '60', method, sure: 'yes', ...wrong}, cookie);
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain(`href="#${field}"`);
    expect(await rig.payments.automatic.read('amara')).toBeUndefined();
  });
});
