import {describe, expect, test} from 'vitest';
import {identityOf} from '../../../shared/journal/chain.ts';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import {instant} from '../../../shared/time/instant.ts';
import type {Policy} from '../../../shared/wire/kinds.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {ANN, BEN, GO_LIVE, rated, source, START} from './by-hand.ts';

describe('an outgoing call', () => {
  test('is priced for the tenant of the line, and known by site, family and source key', () => {
    // 31 s on 30+60 bill 90 s: 0.05 + 1.5 × 0.10 = 0.20; of it a sixth is tax.
    expect(rated({})).toMatchObject({
      kind: 'priced',
      id: identityOf('hall', 'mitel', 'key'),
      payer: ANN,
      class: 'outgoing',
      number: '+442079460123',
      amount: 200_000,
      tax: 33_333,
      currency: 'GBP',
      working: {prefix: '+4420', destination: 'London', billedSeconds: 90},
    });
  });

  test('costs nothing while nobody answered, wherever it went', () => {
    for (const record of [{durationSeconds: 0}, {answered: 'no' as const}, {durationSeconds: 0, dialled: '900999000000'}]) {
      expect(rated(record)).toMatchObject({kind: 'priced', amount: 0, flags: ['unanswered']});
    }
  });

  test('loses the answer allowance where answering is not reported, and the working says so', () => {
    // 50 s from seizure less 20 s: 30 s bill 30 s: 0.05 + 0.05 = 0.10.
    expect(rated({durationSeconds: 50, answered: 'not-reported'})).toMatchObject({
      amount: 100_000,
      flags: ['answer-allowance'],
      working: {answerAllowanceSeconds: 20, durationSeconds: 30},
    });
    expect(rated({durationSeconds: 12, answered: 'not-reported'})).toMatchObject({amount: 0, working: {answerAllowanceSeconds: 12}});
  });

  test('to a short code is priced by the whole code only', () => {
    expect(rated({dialled: '91571'})).toMatchObject({kind: 'priced', number: '1571', amount: 0, working: {destination: 'Voicemail'}});
  });

  test('that nobody can price waits with its reason', () => {
    expect(rated({dialled: '9004915112345678'})).toMatchObject({kind: 'unbillable', reason: 'no-destination', payer: ANN});
    expect(rated({dialled: '90033140000000'})).toMatchObject({kind: 'unbillable', reason: 'range-unconfirmed'});
    expect(rated({dialled: '90033140000000'}, {policy: {catchAll: 'bill'}})).toMatchObject({
      kind: 'priced',
      working: {destination: 'France'},
    });
    expect(rated({dialled: 'garbage'})).toMatchObject({kind: 'unbillable', reason: 'number-unreadable'});
    expect(rated({dialled: undefined})).toMatchObject({kind: 'unbillable', reason: 'number-unreadable'});
    expect(rated({}, {source: 'none'})).toMatchObject({kind: 'unbillable', reason: 'no-tariff'});
    expect(rated({}, {source: {...source, currency: 'EUR'}})).toMatchObject({kind: 'unbillable', reason: 'no-tariff'});
    expect(rated({}, {policy: 'none'})).toMatchObject({kind: 'unbillable', reason: 'no-tariff'});
    expect(rated({}, {tenant: 'none'})).toMatchObject({kind: 'unbillable', reason: 'no-tenant', payer: undefined});
    expect(rated({extension: '999999'})).toMatchObject({kind: 'unbillable', reason: 'no-tenant'});
    expect(rated({direction: 'unknown', dialled: undefined, trunk: undefined})).toMatchObject({
      kind: 'unbillable',
      reason: 'direction-unknown',
    });
  });

  test('that cannot be true waits: too dear, too long, or doubted by its record', () => {
    // 60 s at 200 a minute are 200: above the site's limit of 100.
    expect(rated({dialled: '900881612345678', durationSeconds: 60})).toMatchObject({kind: 'unbillable', reason: 'price-implausible'});
    expect(rated({durationSeconds: 12 * 3_600})).toMatchObject({kind: 'priced'});
    expect(rated({durationSeconds: 12 * 3_600 + 1})).toMatchObject({kind: 'unbillable', reason: 'duration-implausible'});
    const doubt = {reason: 'duplicate-suspected', detail: 'like line 7'} as const;
    expect(rated({doubt})).toMatchObject({kind: 'unbillable', reason: 'duplicate-suspected', detail: 'like line 7'});
  });
});

describe('an emergency call', () => {
  test('is free and never in doubt, in every form, also from a line that nobody rents and with no tariff', () => {
    for (const dialled of ['999', '9999', '112', '9112']) {
      expect(rated({dialled, durationSeconds: 600})).toMatchObject({kind: 'priced', class: 'emergency', amount: 0, flags: ['emergency']});
    }
    expect(rated({dialled: '9999'}, {tenant: 'none', source: 'none'})).toMatchObject({kind: 'priced', payer: 'house', amount: 0});
  });

  test('with more digits behind it is priced and flagged: else 999 and any digits would be a free call', () => {
    expect(rated({dialled: '99995551234'})).toMatchObject({kind: 'unbillable', flags: ['emergency-prefix']});
  });

  test('to an extension that is called like an emergency number is a call inside', () => {
    expect(rated({dialled: '112', direction: 'internal', trunk: undefined})).toMatchObject({kind: 'priced', class: 'internal'});
  });

  test('to the site’s own open numbers is free too', () => {
    expect(rated({dialled: '90800111'})).toMatchObject({kind: 'priced', class: 'always-open', amount: 0});
  });
});

describe('a number whose kind has a price of its own', () => {
  const classes = {freephone: 'nothing', premium: 'dear', sharedCost: 'mobile', reverseCharge: 'mobile'};
  /** Britain as a whole, beside its parts. */
  const wide: TariffSource = {...source, destinations: [...source.destinations, {name: 'Britain', rate: 'landline', prefixes: ['44']}]};
  const classed = {...wide, classes};

  test('is of that class, and priced by its rate', () => {
    expect(rated({dialled: '908001234567'}, {source: classed})).toMatchObject({kind: 'priced', class: 'freephone', amount: 0, payer: ANN});
    // 60 s whole at 200 a minute are 200; the site looks at what is dearer than 100.
    expect(rated({dialled: '909098790123'}, {source: classed})).toMatchObject({
      kind: 'unbillable',
      class: 'premium',
      reason: 'price-implausible',
    });
    expect(rated({dialled: '909098790123'}, {source: classed, policy: {dearestCall: 300_000_000}})).toMatchObject({
      class: 'premium',
      amount: 200_000_000,
      working: {prefix: '', destination: 'premium', billedSeconds: 60},
    });
  });

  test('waits where no word of the tariff is about it: a whole country is not', () => {
    for (const dialled of ['908001234567', '909098790123', '90044909879012', '90049900123456']) {
      const abroad = {...wide, destinations: [...wide.destinations, {name: 'Germany', rate: 'landline', prefixes: ['49']}]};
      expect(rated({dialled}, {source: abroad})).toMatchObject({kind: 'unbillable', reason: 'range-unconfirmed', payer: ANN});
    }
    const {detail} = rated({dialled: '908001234567'}, {source: wide}) as {readonly detail: string};
    expect(detail).toBe('+44 (Britain) matches, but by its number plan this is a freephone number');
    expect(rated({dialled: '908001234567'}, {source: wide, policy: {catchAll: 'bill'}})).toMatchObject({
      kind: 'priced',
      class: 'freephone',
      working: {destination: 'Britain'},
    });
  });

  test('a declared type that the number has not waits too', () => {
    const [london, ...rest] = source.destinations;
    const declared = {
      ...source,
      destinations: [{...london, name: 'Mobile', rate: 'mobile', prefixes: ['4420'], type: 'mobile' as const}, ...rest],
    };
    expect(rated({}, {source: declared})).toMatchObject({kind: 'unbillable', reason: 'range-unconfirmed', class: 'outgoing'});
    expect(rated({}, {source: declared, policy: {catchAll: 'bill'}})).toMatchObject({kind: 'priced', working: {destination: 'Mobile'}});
  });

  test('an incoming call that carries a charge is reverse-charge, and never free', () => {
    const incoming = {direction: 'incoming' as const, dialled: undefined, caller: '02079460000', charge: '1.25'};
    // 31 s at 30p a minute are 15.5p: 16p.
    expect(rated(incoming, {source: classed})).toMatchObject({
      kind: 'priced',
      class: 'reverse-charge',
      number: '02079460000',
      amount: 160_000,
      payer: ANN,
      working: {destination: 'reverse-charge'},
    });
    expect(rated(incoming)).toMatchObject({kind: 'unbillable', class: 'reverse-charge', reason: 'no-destination'});
    expect(rated({...incoming, durationSeconds: 0}, {source: classed})).toMatchObject({kind: 'unbillable', reason: 'duration-implausible'});
    expect(rated({...incoming, answered: 'no'}, {source: classed})).toMatchObject({kind: 'priced', amount: 160_000});
    expect(rated(incoming, {source: 'none'})).toMatchObject({kind: 'unbillable', reason: 'no-tariff'});
    // No charge is none.
    for (const charge of ['', '0', '0.00']) expect(rated({...incoming, charge})).toMatchObject({class: 'incoming', amount: 0});
  });
});

describe('an account code', () => {
  const dialPlan: Policy['dialPlan'] = {
    ...HALL_POLICY.dialPlan,
    accountCodes: {position: 'before', lead: '*8', length: 4, separator: '#'},
  };
  const coded = {policy: {dialPlan}};

  test('names the payer, whoever rents the line, whether the record or the digits say it', () => {
    expect(rated({accountCode: '4711'})).toMatchObject({payer: BEN, amount: 200_000, flags: []});
    expect(rated({dialled: '*84711#902079460123'}, coded)).toMatchObject({payer: BEN, number: '+442079460123', amount: 200_000, flags: []});
    expect(rated({dialled: '*84711#902079460123'}, {...coded, tenant: 'none'})).toMatchObject({kind: 'priced', payer: BEN});
    expect(rated({dialled: '*80000#902079460123', accountCode: '4711'}, coded)).toMatchObject({payer: BEN, flags: []});
  });

  test('of nobody leaves it to the tenant, and is flagged where the site has such codes', () => {
    expect(rated({accountCode: 'hall-a'})).toMatchObject({payer: ANN, flags: []});
    expect(rated({dialled: '*80000#902079460123'}, coded)).toMatchObject({payer: ANN, flags: ['account-code-unknown']});
    expect(rated({dialled: '*80000#902079460123'}, {...coded, tenant: 'none'})).toMatchObject({kind: 'unbillable', reason: 'no-tenant'});
  });

  test('does not move a call that came too late, nor an emergency call', () => {
    const day = 86_400_000;
    const late = {...coded, receivedAt: instant(START + 31 * day)};
    expect(rated({dialled: '*84711#902079460123'}, late)).toMatchObject({payer: 'house', flags: ['late']});
    expect(rated({dialled: '*84711#9999'}, coded)).toMatchObject({class: 'emergency', amount: 0});
  });
});

describe('a call inside or from outside', () => {
  test('is free where the tariff has no rate for it', () => {
    expect(rated({direction: 'internal', dialled: '102', trunk: undefined})).toMatchObject({
      kind: 'priced',
      class: 'internal',
      amount: 0,
      number: '102',
    });
    expect(rated({direction: 'incoming', dialled: undefined, caller: '02079460000'})).toMatchObject({
      kind: 'priced',
      class: 'incoming',
      amount: 0,
    });
  });

  test('has a price where the tariff has one', () => {
    const priced = {...source, classes: {internal: 'inside', incoming: 'inside'}};
    expect(rated({direction: 'internal', dialled: '102', trunk: undefined}, {source: priced})).toMatchObject({amount: 10_000, payer: ANN});
    expect(rated({direction: 'incoming', dialled: undefined, caller: '02079460000', durationSeconds: 61}, {source: priced})).toMatchObject({
      amount: 20_000,
    });
  });

  test('is outside all the same if it took a trunk', () => {
    expect(rated({direction: 'unknown', dialled: '902079460123', trunk: 'T001'})).toMatchObject({kind: 'priced', class: 'outgoing'});
    expect(rated({direction: 'unknown', dialled: '102', trunk: undefined})).toMatchObject({class: 'internal'});
  });
});

describe('time', () => {
  test('before the feed went live is kept and not billed, also for a call that runs across that instant', () => {
    expect(rated({start: instant(GO_LIVE - 1_000), durationSeconds: 7_200})).toMatchObject({kind: 'before-go-live'});
    expect(rated({start: GO_LIVE})).toMatchObject({kind: 'priced'});
  });

  test('long after the call makes the house pay, never the next tenant', () => {
    const day = 86_400_000;
    expect(rated({}, {receivedAt: instant(START + 30 * day)})).toMatchObject({payer: ANN});
    expect(rated({}, {receivedAt: instant(START + 30 * day + 1)})).toMatchObject({payer: 'house', flags: ['late'], amount: 200_000});
  });
});
