// How a call that waited as unbillable got its price, or none: what ended it, when, and by which tariff.
import type {VNode} from 'preact';
import type {Instant} from '../time/instant.ts';
import {Time} from './figures.tsx';
import type {RESOLUTION_TERMS} from './terms.ts';

type Ended = {
  readonly state: string;
  readonly resolution:
    | {
        readonly by: 'desk' | 'schedule';
        readonly at: Instant;
        /** SHA-256 of the tariff that had no price for it at first; undefined if none was asked. */
        readonly firstTariff: string | undefined;
      }
    | undefined;
  readonly working: {readonly tariff: string | undefined} | undefined;
};

/** Enough of a SHA-256 to tell the tariffs of a site apart; the page of tariffs has the whole. */
const HASH_SHOWN = 8;

/** Nothing for a call that never waited, or still does. */
export function Resolved({
  call: {state, resolution, working},
  words,
}: {
  readonly call: Ended;
  readonly words: typeof RESOLUTION_TERMS;
}): VNode | null {
  if (resolution === undefined) return null;
  const {by, at, firstTariff: first} = resolution;
  const priced = working?.tariff;
  return (
    <span class="under soft">
      {words[state === 'written-off' ? state : by]} <Time at={at} />
      {/* A tenancy or a rule may have cured it: then it is the same tariff, and says nothing. */}
      {priced === undefined || priced === first ? null : (
        <span class="under">{words.tariffs(first?.slice(0, HASH_SHOWN), priced.slice(0, HASH_SHOWN))}</span>
      )}
    </span>
  );
}
