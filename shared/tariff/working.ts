// The working of a price: enough to explain it to a student in one sentence and to prove it years later.
import {ZERO, type Micros} from '../money/micros.ts';
import type {Instant} from '../time/instant.ts';
import type {Period} from '../time/period.ts';

/** Seconds billed at one price: a call is split exactly at band edges. */
export type WorkingSegment = {
  /** Empty if the price is the same at all times. */
  readonly band: string;
  readonly seconds: number;
  /** Price per minute as decimal text, as in the tariff. */
  readonly perMinute: string;
};

/** So much of a free allowance went into a call. */
export type AllowanceUse = {
  readonly allowance: string;
  readonly name: string;
  /** When its period began: that of the call's start. */
  readonly periodStart: Instant;
  readonly unit: 'seconds' | 'micros';
  /** What was granted for each period; `once`: for the whole of its time. */
  readonly amount: number;
  readonly period: Period | 'once';
  /** Billed seconds, or micros with tax. */
  readonly used: number;
  /** Of the period, after this call. */
  readonly left: number;
};

export type Working = {
  /** SHA-256 of the tariff's canonical text; undefined where no tariff was needed (internal, emergency). */
  readonly tariff: string | undefined;
  /** What decided: a prefix of the number, such as `+447`, or a whole short code, such as `1571`; empty if its class did. */
  readonly prefix: string;
  readonly destination: string;
  readonly durationSeconds: number;
  readonly billedSeconds: number;
  readonly initialSeconds: number;
  readonly nextSeconds: number;
  /** None for a call that begins inside an allowance of seconds. */
  readonly connectionFee: Micros;
  readonly segments: readonly WorkingSegment[];
  /** Did a minimum or a maximum decide? */
  readonly bound: 'minimum' | 'maximum' | undefined;
  readonly rounding: {readonly mode: 'up' | 'half-up' | 'half-even' | 'down'; readonly decimals: number};
  /** VAT as decimal text of per cent, and whether the tariff's prices contain it. */
  readonly taxPercent: string;
  readonly pricesIncludeTax: boolean;
  readonly net: Micros;
  readonly tax: Micros;
  readonly gross: Micros;
  /** What free allowances took over, in the order of their use; covered seconds are in no segment, covered money is not in `gross`. */
  readonly allowances?: readonly AllowanceUse[];
  /** Seconds taken off because answering is not reported by the trunk. */
  readonly answerAllowanceSeconds: number;
};

/** The working of a call that costs nothing whatever a tariff says: internal, incoming, emergency, unanswered. */
export function freeWorking(
  destination: string,
  seconds: {readonly durationSeconds: number; readonly answerAllowanceSeconds: number},
): Working {
  return {
    tariff: undefined,
    prefix: '',
    destination,
    durationSeconds: seconds.durationSeconds,
    billedSeconds: 0,
    initialSeconds: 0,
    nextSeconds: 1,
    connectionFee: ZERO,
    segments: [],
    bound: undefined,
    rounding: {mode: 'down', decimals: 6},
    taxPercent: '0',
    pricesIncludeTax: true,
    net: ZERO,
    tax: ZERO,
    gross: ZERO,
    answerAllowanceSeconds: seconds.answerAllowanceSeconds,
  };
}
