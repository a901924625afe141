// What the carrier charges for a call, beside what the student pays without VAT. For admins only: nobody else's page is given it.
import type {VNode} from 'preact';
import {minus, plus, type Currency} from '../../../shared/money/micros.ts';
import {useSetting} from '../../../shared/ui/setting.ts';
import type {Call} from '../../books/calls.ts';
import type {Cost} from '../../books/costs.ts';
import {useFigures, useWords} from './ground.ts';

/** By the calls' own up rows. */
export type Costs = ReadonlyMap<number, Cost>;

export function CallCost({
  call: {amount, tax},
  cost,
  currency,
}: {
  readonly call: Call;
  readonly cost: Cost | undefined;
  readonly currency: Currency;
}): VNode | null {
  const {allowances, unbillable} = useWords();
  const {cost: words} = allowances;
  const {money} = useFigures();
  const {locale} = useSetting();
  const shareText = (part: number, whole: number): string | undefined =>
    whole === 0 ? undefined : new Intl.NumberFormat(locale, {style: 'percent'}).format(part / whole).replace('-', '−');
  // Nobody asked for it: a call within the house, or of before there was a tariff of the carrier.
  if (cost === undefined) return null;
  if ('unknown' in cost) {
    const {unknown} = cost;
    const why = unknown === 'unreadable' ? words.unreadable : (unbillable.reasons[unknown] ?? unknown);
    return <span class="soft">{words.unknown(why)}</span>;
  }
  // A call that waits has no price yet; one that was written off is paid by nobody.
  const net = amount === undefined || tax === undefined ? undefined : plus(minus(amount, tax), cost.corrected);
  return (
    <>
      {words.carrier(money(cost.net, currency))}
      {net === undefined ? null : (
        <>
          <span class="under soft">{(cost.corrected === 0 ? words.student : words.corrected)(money(net, currency))}</span>
          <span class="under">{words.margin(money(net - cost.net, currency), shareText(net - cost.net, net))}</span>
        </>
      )}
    </>
  );
}
