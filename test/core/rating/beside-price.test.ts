// What stands beside a price: what the carrier charges for the call, and what was free of it.
import {describe, expect, test} from 'vitest';
import type {SiteBook} from '../../../edge/site/book.ts';
import type {CallRecord} from '../../../edge/record/call-record.ts';
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {tariffSchema} from '../../../shared/tariff/tariff.ts';
import {ANN, BEN, rated, source, START, type Site} from './by-hand.ts';

describe('what the carrier charges', () => {
  /** Net, by the second: 1.2p a minute to anywhere in Britain, which stands for the whole country. */
  const deck = compileTariff(
    tariffSchema.parse({
      ...source,
      name: 'Carrier',
      rounding: {mode: 'half-even', decimals: 6},
      prices: 'net',
      rates: [{name: 'all', initialSeconds: 0, nextSeconds: 1, perMinute: '0.012'}],
      destinations: [
        {name: 'Britain', rate: 'all', prefixes: ['44'], catchAll: true},
        {name: 'Calcutta', rate: 'all', prefixes: ['9133']},
      ],
    }),
  );
  const carrier: Site = {carrier: deck};

  test('stands beside the price: the same seconds by its own increments, and its catch-alls are good enough', () => {
    // 31 s at 0.02p a second are 6.2 tenths of a penny net, 7.44 with VAT.
    expect(rated({}, carrier)).toMatchObject({
      amount: 200_000,
      cost: {working: {destination: 'Britain', prefix: '+44', billedSeconds: 31, net: 6_200, gross: 7_440, tariff: deck.hash}},
    });
  });

  test('is for the seconds after the answer allowance, as the student’s price is', () => {
    expect(rated({answered: 'not-reported'}, carrier)).toMatchObject({
      working: {durationSeconds: 11},
      cost: {working: {durationSeconds: 11, billedSeconds: 11, answerAllowanceSeconds: 20}},
    });
  });

  test('is whole where the call is free for the student', () => {
    const left = {
      allowance: 'a',
      name: 'A',
      unit: 'seconds',
      amount: 600,
      period: 'month',
      periodStart: START,
      left: 600,
      endsAt: 1,
    } as const;
    const found = rated({}, {...carrier, allowancesFor: () => [left]});
    expect(found).toMatchObject({amount: 0, cost: {working: {gross: 7_440}}});
  });

  const bills = {catchAll: 'bill'} as const;
  test.for<[Site, Partial<CallRecord>, string]>([
    [{carrier: 'no-tariff'}, {}, 'no-tariff'],
    [{...carrier, policy: {currency: 'EUR'}, source: {...source, currency: 'EUR'}}, {}, 'currency-differs'],
    [{...carrier, policy: bills}, {dialled: '90033123456789'}, 'no-destination'],
  ])('is not known, and the call does not wait for it', ([site, record, unknown]) => {
    expect(rated(record, site)).toMatchObject({kind: 'priced', cost: {unknown}});
  });

  test('of a call that waits is known all the same, for whoever bills it by hand', () => {
    expect(rated({dialled: '900913312345678'}, carrier)).toMatchObject({
      kind: 'unbillable',
      reason: 'no-destination',
      cost: {working: {destination: 'Calcutta', gross: 7_440}},
    });
    expect(rated({dialled: 'garbage'}, carrier)).toMatchObject({reason: 'number-unreadable', cost: {unknown: 'number-unreadable'}});
  });

  test('is no matter of calls that do not go out, that nobody answered, or of a site that does not ask', () => {
    const quiet: readonly (readonly [Partial<CallRecord>, Site])[] = [
      [{}, {}],
      [{answered: 'no'}, carrier],
      [{dialled: '999'}, carrier],
      [{direction: 'internal', dialled: '102', trunk: undefined}, carrier],
      [{direction: 'incoming', dialled: undefined, caller: '02079460000'}, carrier],
    ];
    for (const [record, site] of quiet) expect(rated(record, site)).toMatchObject({kind: 'priced', cost: undefined});
  });
});

describe('a free allowance', () => {
  const left = {allowance: 'a', name: 'A', unit: 'seconds', amount: 600, period: 'month', periodStart: START, left: 60, endsAt: 1} as const;

  test('is asked for by payer, destination and start; what it leaves is paid', () => {
    const asked: unknown[] = [];
    const allowancesFor: SiteBook['allowancesFor'] = (...question) => {
      asked.push(question);
      return [left];
    };
    // 30 of 90 s at 10p a minute, without the fee.
    expect(rated({}, {allowancesFor})).toMatchObject({amount: 50_000, working: {allowances: [{allowance: 'a', used: 60, left: 0}]}});
    expect(rated({accountCode: '4711'}, {allowancesFor})).toMatchObject({payer: BEN, amount: 50_000});
    expect(asked).toEqual([
      [ANN, 'London', START],
      [BEN, 'London', START],
    ]);
  });

  test.for([
    [{policy: {mode: 'watch'}}, {}],
    [{isWatched: true}, {}],
    [{tenant: 'none', source: {...source, rates: source.rates.map((rate) => ({...rate, perMinute: '0', connectionFee: '0'}))}}, {}],
    [{}, {direction: 'internal', dialled: '102', trunk: undefined}],
    [{}, {direction: 'incoming', dialled: undefined, caller: '02079460000'}],
    [{}, {direction: 'incoming', dialled: undefined, caller: '02079460000', charge: '1'}],
    [{}, {dialled: '999'}],
    [{}, {answered: 'no'}],
    [{}, {dialled: '91571'}],
  ] as const)('is not touched by a call that is watched, costs nothing or is not dialled out: %o %o', ([site, record]) => {
    const classes = {internal: 'inside', incoming: 'inside', reverseCharge: 'inside'};
    const allowancesFor = (): never => expect.unreachable('asked for an allowance');
    expect(rated(record, {source: {...source, classes}, ...site, allowancesFor})).toMatchObject({kind: 'priced'});
  });
});
