// How a call that waited as unbillable got its price, or none: what ended it, when, and by which tariff.
import type {VNode} from 'preact';
import {Time} from '../../../shared/ui/figures.tsx';
import type {Call, Resolution} from '../rows/calls.ts';
import {useWords} from './ground.ts';

/** Enough of a SHA-256 to tell the tariffs of a site apart; the page of tariffs has the whole. */
const HASH_SHOWN = 8;

/** Nothing for a call that never waited, or still does. */
export function Resolved({call}: {readonly call: Call}): VNode | null {
  const {money} = useWords();
  const {resolution, state} = call;
  if (resolution === undefined) return null;
  const how = state === 'written-off' ? state : resolution.by;
  return (
    <span class="under soft">
      {money.resolved[how]} <Time at={resolution.at} />
      <OtherTariff resolution={resolution} priced={call.working?.tariff} />
    </span>
  );
}

/** A tenancy or a rule may have cured it: then it is the same tariff, and says nothing. */
function OtherTariff({resolution, priced}: {readonly resolution: Resolution; readonly priced: string | undefined}): VNode | null {
  const {money} = useWords();
  const {firstTariff: first} = resolution;
  if (priced === undefined || priced === first) return null;
  const [before, after] = [first, priced].map((hash) => hash?.slice(0, HASH_SHOWN));
  return <span class="under">{money.resolved.tariffs(before, after ?? '')}</span>;
}
