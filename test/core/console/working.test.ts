import {expect, test} from 'vitest';
import {CONSOLE_WORDS} from '../../../edge/console/messages.ts';
import {workingText} from '../../../edge/console/pages/call-table.tsx';
import {figuresIn} from '../../../shared/ui/written.ts';
import {micros} from '../../../shared/money/micros.ts';
import {instant} from '../../../shared/time/instant.ts';
import {freeWorking, type Working} from '../../../shared/tariff/working.ts';

const ground = {words: CONSOLE_WORDS.working, figures: figuresIn('en-GB')};
const say = (working: Working): string => workingText(working, 'GBP', ground);

const call: Working = {
  tariff: 'f'.repeat(64),
  prefix: '+447',
  destination: 'United Kingdom mobile',
  durationSeconds: 31,
  billedSeconds: 90,
  initialSeconds: 30,
  nextSeconds: 60,
  connectionFee: micros(0),
  segments: [{band: '', seconds: 90, perMinute: '0.12'}],
  bound: undefined,
  rounding: {mode: 'up', decimals: 2},
  taxPercent: '20',
  pricesIncludeTax: true,
  net: micros(150_000),
  tax: micros(30_000),
  gross: micros(180_000),
  answerAllowanceSeconds: 0,
};

test('a price is told in one sentence that can be reckoned again', () => {
  // 31 s on 30+60 bills 90 s; 1.5 min at 0.12 is 0.18, of which 0.18 × 20/120 is tax.
  expect(say(call)).toBe(
    '90 s billed (first 30 s, then by 60 s), 90 s at 0.12 a minute, rounded up to 2 decimals, with 20 % VAT in it (£0.03) = £0.18',
  );
});

test('bands, fee, bounds, tax on top and the answer allowance are told where there are any', () => {
  expect(
    say({
      ...call,
      initialSeconds: 0,
      nextSeconds: 1,
      billedSeconds: 1_800,
      connectionFee: micros(50_000),
      segments: [
        {band: 'evening', seconds: 600, perMinute: '0.02'},
        {band: 'standard', seconds: 1_200, perMinute: '0.04'},
      ],
      bound: 'maximum',
      rounding: {mode: 'half-even', decimals: 3},
      pricesIncludeTax: false,
      tax: micros(100_000),
      gross: micros(600_000),
      answerAllowanceSeconds: 20,
    }),
  ).toBe(
    '1,800 s billed (by 1 s), 600 s at 0.02 a minute (evening), 1,200 s at 0.04 a minute (standard), connection fee £0.05, ' +
      'the maximum of the rate, rounded half to even to 3 decimals, plus 20 % VAT (£0.10), ' +
      '20 s taken off because answering is not reported = £0.60',
  );
});

test('what was free is told, with what is left of it', () => {
  const time = {allowance: 'a', name: 'Landlines', periodStart: instant(0), unit: 'seconds', amount: 3_600, period: 'month'} as const;
  const money = {...time, name: 'Welcome', unit: 'micros', amount: 5_000_000} as const;
  // 60 of 90 s at 12p a minute are free, and 2p of the 6p that are left.
  const working: Working = {
    ...call,
    segments: [{band: '', seconds: 30, perMinute: '0.12'}],
    allowances: [
      {...time, used: 60, left: 1_200},
      {...money, used: 20_000, left: 0},
    ],
    gross: micros(40_000),
    tax: micros(6_667),
  };
  expect(say(working)).toBe(
    '90 s billed (first 30 s, then by 60 s), 60 s free by Landlines (1,200 s left), 30 s at 0.12 a minute, rounded up to 2 decimals, ' +
      '£0.02 free by Welcome (£0.00 left), with 20 % VAT in it (£0.006667) = £0.04',
  );
  expect(say({...call, segments: [], allowances: [{...time, used: 90, left: 0}], gross: micros(0), tax: micros(0)})).toBe(
    '90 s billed (first 30 s, then by 60 s), 90 s free by Landlines (0 s left), rounded up to 2 decimals = £0.00',
  );
});

test('a call that costs nothing says so', () => {
  expect(say(freeWorking('emergency', {durationSeconds: 60, answerAllowanceSeconds: 0}))).toBe('Free: emergency');
  expect(say({...call, destination: '', segments: []})).toBe('Free of charge');
});
