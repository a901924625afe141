// What free allowances take off a price: each figure worked out by hand from the rule at the head of allowance.ts.
import {array, assert, constantFrom, nat, property, record, type Arbitrary} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {must} from '../../../shared/assert/assert.ts';
import {bucketOf, isGranted, type AllowanceLeft, type Granted} from '../../../shared/tariff/allowance.ts';
import {compileTariff} from '../../../shared/tariff/compile.ts';
import {price, priceClass} from '../../../shared/tariff/price.ts';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import type {Working} from '../../../shared/tariff/working.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {starts, tariffs} from './arbitrary-tariff.ts';
import {priceByIncrements} from './increment-pricer.ts';
import {at, callOf, compiled, money, read, tariffOf, WEDNESDAY_NOON, workingOf, type RateSource} from './tariffs.ts';

const FEBRUARY = at('2026-02-01T00:00:00Z');

function left(allowance: string, unit: AllowanceLeft['unit'], amount: number, endsAt = Infinity): AllowanceLeft {
  return {allowance, name: `name of ${allowance}`, unit, amount: 3_600, period: 'month', periodStart: FEBRUARY, left: amount, endsAt};
}

const seconds = (amount: number): AllowanceLeft => left('time', 'seconds', amount);
const pounds = (text: string): AllowanceLeft => left('money', 'micros', money(text));

type Shape = {readonly rate?: Partial<RateSource>; readonly rest?: Partial<TariffSource>; readonly start?: Instant};

function withFree(duration: number, free: readonly AllowanceLeft[], {rate = {}, rest = {}, start = WEDNESDAY_NOON}: Shape = {}): Working {
  return workingOf(compiled(tariffOf(rate, rest)), callOf(duration, {start, allowances: () => free}));
}

describe('an allowance of seconds', () => {
  test('that ends in mid-call leaves the rest to be paid', () => {
    // 600 s at a penny, 360 of them free.
    expect(withFree(600, [seconds(360)])).toMatchObject({
      billedSeconds: 600,
      segments: [{band: '', seconds: 240, perMinute: '0.6'}],
      gross: money('2.40'),
      allowances: [
        {
          allowance: 'time',
          name: 'name of time',
          periodStart: FEBRUARY,
          unit: 'seconds',
          amount: 3_600,
          period: 'month',
          used: 360,
          left: 0,
        },
      ],
    });
  });

  test.for([
    // 150 s by the minute are 180 billed. 90 free: the second minute is split, so 30 + 60 s at 6p a minute are left.
    [60, 60, 150, 90, '0.09'],
    // 31 s on 30 + 60 are 90 billed: 45 free end within the second increment.
    [30, 60, 31, 45, '0.045'],
    // Within the first one.
    [30, 60, 31, 10, '0.08'],
    // One second is left, one second is free, all is free, more than all.
    [30, 60, 31, 89, '0.001'],
    [30, 60, 31, 1, '0.089'],
    [30, 60, 31, 90, '0'],
    [30, 60, 31, 91, '0'],
  ] as const)('splits increments of %d + %d: %d s with %d free cost %s', ([initialSeconds, nextSeconds, duration, free, cost]) => {
    const working = withFree(duration, [seconds(free)], {rate: {initialSeconds, nextSeconds, perMinute: '0.06'}});
    expect(working.gross).toBe(money(cost));
    const charged = working.segments.reduce((sum, segment) => sum + segment.seconds, 0);
    expect(charged).toBe(Math.max(0, working.billedSeconds - free));
  });

  test('keeps the rest at its place in time: an increment that is split has the band of its own start', () => {
    const rest: Partial<TariffSource> = {bands: [{name: 'peak', times: [{days: ['wed'], from: '08:00', to: '18:00'}]}]};
    const rate = {nextSeconds: 60, perMinute: '0.06', perMinuteIn: {peak: '0.12'}};
    const start = at('2026-02-04T17:59:30Z');
    // The minute from 17:59:30 is peak, the one from 18:00:30 is not. 30 s free: 30 s of the peak one are left, 6p, and 6p.
    expect(withFree(120, [seconds(30)], {rate, rest, start})).toMatchObject({
      gross: money('0.12'),
      segments: [
        {band: 'peak', seconds: 30, perMinute: '0.12'},
        {band: 'standard', seconds: 60, perMinute: '0.06'},
      ],
    });
    // 90 free: half of the cheap minute.
    expect(withFree(120, [seconds(90)], {rate, rest, start})).toMatchObject({gross: money('0.03'), segments: [{seconds: 30}]});
  });

  test('takes the connection fee with the first second; an allowance of money does not', () => {
    const rate = {connectionFee: '0.05'};
    expect(withFree(100, [seconds(1)], {rate})).toMatchObject({gross: money('0.99'), connectionFee: 0});
    // £1.05 − 30p.
    expect(withFree(100, [pounds('0.3')], {rate})).toMatchObject({gross: money('0.75'), connectionFee: money('0.05')});
  });

  test('knows no minimum if nothing is left; else bounds hold for what is left', () => {
    const rate = {minimum: '0.25', maximum: '1'};
    expect(withFree(100, [seconds(100)], {rate})).toMatchObject({gross: 0, tax: 0, net: 0, bound: undefined, segments: []});
    // 10p are raised to 25p, 50p are as they are, 200p are lowered to £1.
    expect([90, 50].map((free) => withFree(100, [seconds(free)], {rate}).gross)).toEqual(['0.25', '0.5'].map(money));
    expect(withFree(300, [seconds(100)], {rate})).toMatchObject({gross: money('1'), bound: 'maximum'});
    expect(withFree(100, [seconds(90)], {rate}).bound).toBe('minimum');
  });

  test('of net prices: VAT on what is left', () => {
    // 40 s at a penny are 40p, with a fifth of VAT 48p.
    const working = withFree(100, [seconds(60)], {rest: {prices: 'net', tax: [{percent: '20'}]}});
    expect(working).toMatchObject({gross: money('0.48'), tax: money('0.08'), net: money('0.4')});
  });

  test('rounds what is left, once', () => {
    const rest = {rounding: {mode: 'up', decimals: 2}} as const;
    // 7 s at 6p a minute are 0.7p: a penny.
    expect(withFree(10, [seconds(3)], {rate: {perMinute: '0.06'}, rest}).gross).toBe(money('0.01'));
  });

  test('covers the first day of a call of 25 hours', () => {
    // An hour at 60p a minute.
    expect(withFree(90_000, [seconds(86_400)]).gross).toBe(money('36'));
  });
});

describe('an allowance of money', () => {
  test('covers of the rounded gross, to the micro; tax is of what is left', () => {
    // £1 − 30p = 70p, of which a sixth is VAT: 11.6667p.
    const rest = {tax: [{percent: '20'}]};
    expect(withFree(100, [pounds('0.3')], {rest})).toMatchObject({gross: 700_000, tax: 116_667, net: 583_333});
    // 31 s at 18p a minute, 90 billed: 27p, rounded up to whole ten-pences 30p; less 12.3456p.
    const tens = {rounding: {mode: 'up', decimals: 1}} as const;
    const rate = {initialSeconds: 30, nextSeconds: 60, perMinute: '0.18'};
    expect(withFree(31, [pounds('0.123456')], {rate, rest: tens}).gross).toBe(176_544);
  });

  test('may cover all of it, and only that', () => {
    expect(withFree(100, [pounds('5')])).toMatchObject({
      gross: 0,
      tax: 0,
      net: 0,
      segments: [{seconds: 100}],
      allowances: [{unit: 'micros', used: money('1'), left: money('4')}],
    });
  });

  test('covers a minimum too', () => {
    expect(withFree(10, [pounds('0.2')], {rate: {minimum: '0.25'}})).toMatchObject({gross: money('0.05'), bound: 'minimum'});
  });
});

describe('several allowances', () => {
  test('seconds before money, then the one that ends first, then by id', () => {
    const free = [
      left('m', 'micros', money('0.1'), 1),
      left('c', 'seconds', 50, 30),
      left('d', 'seconds', 20, 20),
      left('b', 'seconds', 5, 30),
    ];
    // 20 of d, 5 of b, 50 of c: 25 of 100 s are left, 25p, less 10p.
    const working = withFree(100, free);
    expect(working.allowances?.map(({allowance, used, left: rest}) => [allowance, used, rest])).toEqual([
      ['d', 20, 0],
      ['b', 5, 0],
      ['c', 50, 0],
      ['m', money('0.1'), 0],
    ]);
    expect(working.gross).toBe(money('0.15'));
  });

  test('those that are not needed, or have nothing left, are not named', () => {
    const free = [left('a', 'seconds', 0, 1), left('b', 'seconds', 60, 2), left('c', 'seconds', 60, 3), pounds('1')];
    expect(withFree(40, free).allowances).toMatchObject([{allowance: 'b', used: 40, left: 20}]);
  });
});

describe('nothing is used', () => {
  test.for([
    ['a free destination', 100, {perMinute: '0'}],
    ['a call within the grace', 3, {graceSeconds: 3}],
    ['a call that lasts no time', 0, {}],
    ['a price that is rounded to nothing', 1, {perMinute: '0.00000001'}],
  ] as const)('by %s', ([, duration, rate]) => {
    const tariff = compiled(tariffOf(rate));
    const without = workingOf(tariff, callOf(duration));
    expect(withFree(duration, [seconds(1_000), pounds('1')], {rate})).toEqual(without);
    expect(without.gross).toBe(0);
  });

  test('where nothing is left', () => {
    expect(withFree(100, [seconds(0)])).toEqual(withFree(100, []));
    expect(withFree(100, [])).not.toHaveProperty('allowances');
  });

  test.for(['internal', 'incoming', 'reverse-charge'] as const)('by a call that is %s', (of) => {
    const classes = {internal: 'one', incoming: 'one', reverseCharge: 'one'};
    // It cannot say so by its type; a whole call may yet be handed over.
    const found = priceClass(callOf(100, {allowances: () => [seconds(1_000)]}), of, compiled(tariffOf({}, {classes})));
    expect(found).toMatchObject({kind: 'priced', working: {gross: money('1')}});
  });
});

test.for([
  ['442079460000', {}, 'Britain'],
  ['1571', {isShort: true}, 'Voicemail'],
  ['449098790123', {home: '44'}, 'premium'],
] as const)('what was called is asked by its name in the tariff: %s', ([number, rest, name]) => {
  const destinations = [
    {name: 'Britain', rate: 'one', prefixes: ['44']},
    {name: 'Voicemail', rate: 'one', prefixes: ['1571'], exact: true},
  ];
  const tariff = compiled(tariffOf({}, {destinations, classes: {premium: 'one'}}));
  const asked: string[] = [];
  const allowances = (destination: string): readonly AllowanceLeft[] => {
    asked.push(destination);
    return [seconds(60)];
  };
  expect(workingOf(tariff, callOf(100, {number, ...rest, allowances})).gross).toBe(money('0.4'));
  expect(asked).toEqual([name]);
});

describe('a grant', () => {
  const LONDON = 'Europe/London';
  const grant = (rest: Partial<Granted> = {}): Granted => ({
    allowance: 'g',
    name: 'G',
    unit: 'seconds',
    amount: 60,
    period: 'month',
    destinations: [],
    from: at('2026-03-10T12:00:00Z'),
    ...rest,
  });

  test('holds from its beginning to before its end, for the destinations that it names', () => {
    const one = grant({to: at('2026-03-20T12:00:00Z'), destinations: ['UK', 'France']});
    const holds = (destination: string, iso: string): boolean => isGranted(one, destination, at(iso));
    expect(holds('UK', '2026-03-10T12:00:00Z')).toBe(true);
    expect(holds('France', '2026-03-20T11:59:59Z')).toBe(true);
    expect(holds('UK', '2026-03-10T11:59:59Z')).toBe(false);
    expect(holds('UK', '2026-03-20T12:00:00Z')).toBe(false);
    expect(holds('UK mobile', '2026-03-15T12:00:00Z')).toBe(false);
    expect(isGranted(grant(), 'anywhere', at('2099-01-01T00:00:00Z'))).toBe(true);
  });

  test.for([
    // The month of the grant began before the grant; the period is the calendar's.
    [{}, LONDON, '2026-03-11T00:00:00Z', '2026-03-01T00:00:00Z', '2026-03-31T23:00:00Z'],
    // A call in the first hour of April by the clock of London: April's.
    [{}, LONDON, '2026-03-31T23:30:00Z', '2026-03-31T23:00:00Z', '2026-04-30T23:00:00Z'],
    [{}, 'Australia/Sydney', '2026-03-31T13:30:00Z', '2026-03-31T13:00:00Z', '2026-04-30T14:00:00Z'],
    [{period: 'day'}, LONDON, '2026-03-29T23:30:00Z', '2026-03-29T23:00:00Z', '2026-03-30T23:00:00Z'],
    [{period: 'week'}, LONDON, '2026-03-29T22:30:00Z', '2026-03-23T00:00:00Z', '2026-03-29T23:00:00Z'],
    // Its own end comes before the month's.
    [{to: at('2026-03-20T12:00:00Z')}, LONDON, '2026-03-11T00:00:00Z', '2026-03-01T00:00:00Z', '2026-03-20T12:00:00Z'],
    [{period: 'once', to: at('2026-09-01T00:00:00Z')}, LONDON, '2026-05-11T00:00:00Z', '2026-03-10T12:00:00Z', '2026-09-01T00:00:00Z'],
  ] as const)('%o: in %s a call at %s uses what begins at %s', ([rest, zone, start, from, endsAt]) => {
    expect(bucketOf(grant(rest), zone, at(start))).toEqual({from: at(from), endsAt: at(endsAt)});
  });

  test('without an end never ends', () => {
    expect(bucketOf(grant({period: 'once'}), LONDON, at('2026-05-11T00:00:00Z')).endsAt).toBe(Infinity);
  });
});

const lefts: Arbitrary<readonly AllowanceLeft[]> = array(
  record({unit: constantFrom('seconds' as const, 'micros' as const), amount: nat(3_000), scale: constantFrom(0, 1, 37, 1_000)}),
  {maxLength: 4},
).map((list) => list.map(({unit, amount, scale}, place) => left(`allowance ${place}`, unit, amount * scale, (place * 7) % 3)));

/** The working of a call that is billed by the first rate. */
function first(source: TariffSource, start: number, durationSeconds: number, free?: readonly AllowanceLeft[]): Working {
  const reading = read(source);
  if (reading.kind === 'invalid') throw new Error(JSON.stringify(reading.problems));
  const number = must(source.destinations.find(({rate}) => rate === 'rate 0')?.prefixes[0], 'a prefix');
  const call = {number, isShort: false, start: start as Instant, durationSeconds, answerAllowanceSeconds: 0, acceptsCatchAll: true};
  const found = price({...call, allowances: free && (() => free)}, compileTariff(reading.tariff, reading.hash));
  if (found.kind !== 'priced') throw new Error(found.kind);
  return found.working;
}

function sumOf(free: readonly {readonly unit: AllowanceLeft['unit']; readonly value: number}[], unit: AllowanceLeft['unit']): number {
  return free.reduce((sum, one) => sum + (one.unit === unit ? one.value : 0), 0);
}

describe('whatever the tariff, the call and the allowances', () => {
  test('one second after the other gives the same', () => {
    assert(
      property(tariffs, starts, record({increments: nat(300), surplus: nat(5)}), lefts, (source, start, {increments, surplus}, free) => {
        const reading = read(source);
        if (reading.kind === 'invalid') throw new Error('a sound tariff');
        const rate = must(
          reading.tariff.rates.find(({name}) => name === 'rate 0'),
          'the first rate',
        );
        const call = {start, durationSeconds: Math.min(172_800, increments * rate.nextSeconds + surplus)};
        const without = priceByIncrements(reading.tariff, rate, call);
        const told = free.map((one) => ({unit: one.unit, value: one.left}));
        const isFree = {seconds: sumOf(told, 'seconds'), micros: sumOf(told, 'micros')};
        const expected = without.gross === 0 ? without : priceByIncrements(reading.tariff, rate, call, isFree);
        const {billedSeconds, gross, tax, net, segments} = first(source, start, call.durationSeconds, free);
        expect({billedSeconds, gross, tax, net}).toEqual({
          billedSeconds: expected.billedSeconds,
          gross: expected.gross,
          tax: expected.tax,
          net: expected.net,
        });
        const isFlat = segments.every(({band}) => band === '');
        expect(isFlat ? [] : segments.map(({band, seconds: of}) => ({band, seconds: of}))).toEqual(isFlat ? [] : expected.runs);
      }),
    );
  });

  test('a call is never dearer for them nor below nothing, never uses more than there is, and adds up', () => {
    assert(
      property(tariffs, starts, nat(20_000), lefts, (source, start, duration, free) => {
        const without = first(source, start, duration);
        const working = first(source, start, duration, free);
        expect(working.gross).toBeLessThanOrEqual(without.gross);
        expect(Math.min(working.gross, working.tax, working.net)).toBeGreaterThanOrEqual(0);
        expect(working.net + working.tax).toBe(working.gross);
        const uses = working.allowances ?? [];
        for (const use of uses) {
          const of = must(
            free.find(({allowance}) => allowance === use.allowance),
            'an allowance that there is',
          );
          expect(use.used).toBeGreaterThan(0);
          expect(use.used + use.left).toBe(of.left);
        }
        expect(new Set(uses.map(({allowance}) => allowance)).size).toBe(uses.length);
        const covered = sumOf(
          uses.map(({unit, used}) => ({unit, value: used})),
          'seconds',
        );
        expect(covered + working.segments.reduce((sum, segment) => sum + segment.seconds, 0)).toBe(working.billedSeconds);
      }),
    );
  });

  test('a longer call is never cheaper', () => {
    assert(
      property(tariffs, starts, record({duration: nat(20_000), more: nat(20_000)}), lefts, (source, start, {duration, more}, free) => {
        expect(first(source, start, duration, free).gross).toBeLessThanOrEqual(first(source, start, duration + more, free).gross);
      }),
    );
  });
});
