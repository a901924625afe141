// Calls of a student, each with its price in one sentence behind it.
import type {VNode} from 'preact';
import {explainPrice} from '../../../shared/tariff/explain.ts';
import {micros, ZERO, type Micros} from '../../../shared/money/micros.ts';
import {Duration, Money, Time} from '../../../shared/ui/figures.tsx';
import type {Call} from '../../books/calls.ts';
import type {PortalWords} from '../messages.ts';
import {useFigures, useGround, usePerson, useWords} from './ground.ts';

/** What corrections added to the price of a call, by its up row. */
type Corrections = ReadonlyMap<number, Micros>;

export function CallList({calls, corrections}: {readonly calls: readonly Call[]; readonly corrections: Corrections}): VNode {
  return (
    <ul class="calls">
      {calls.map((call) => (
        <li key={call.id}>
          <details>
            <summary class="call">
              <CallLine call={call} correction={corrections.get(call.upSeq)} />
            </summary>
            <p class="call-why">
              <PriceSaid call={call} /> <Corrected call={call} correction={corrections.get(call.upSeq)} />
            </p>
          </details>
        </li>
      ))}
    </ul>
  );
}

type Priced = {readonly call: Call; readonly correction: Micros | undefined};

function CallLine({call, correction}: Priced): VNode {
  const {main: words} = useWords();
  const {number, startedAt, state, seconds} = call;
  const name = nameOf(call, words);
  return (
    <>
      <span class="call-to">{name ?? number ?? words.withheld}</span>
      <span class="call-price">
        <CallPrice call={call} correction={correction} />
      </span>
      <span class="call-with">
        {number === undefined || name === undefined ? null : (
          <>
            <span class="figure">{number}</span> ·{' '}
          </>
        )}
        <Time at={startedAt} brief />
      </span>
      <span class="call-length">
        {state === 'watched' ? `${words.watched} · ` : null}
        <Duration seconds={seconds} />
      </span>
      <span class="said">{words.why}</span>
    </>
  );
}

/** What it costs now. */
function CallPrice({call: {amount: first, state}, correction = ZERO}: Priced): VNode {
  const {main: words} = useWords();
  const {site} = usePerson();
  if (state === 'written-off') return <>{words.free}</>;
  if (first === undefined) return <span class="soft">{words.notPriced}</span>;
  const amount = micros(first + correction);
  return amount === 0 ? <>{words.free}</> : <Money amount={amount} currency={site.currency} />;
}

/** The destination of the tariff, or the class that decided without one; undefined if there is only the number. */
function nameOf({direction, destination, working}: Call, words: PortalWords['main']): string | undefined {
  if (direction === 'incoming') return words.incomingFrom;
  if (direction === 'internal') return words.internal;
  const name = destination ?? working?.destination;
  return name === '' ? undefined : name;
}

function PriceSaid({call}: {readonly call: Call}): VNode {
  const {language} = useGround();
  const {main: words} = language.words;
  const {site} = usePerson();
  if (call.state === 'unbillable') return <>{words.unbillable}</>;
  if (call.state === 'written-off') return <>{words.writtenOff}</>;
  const why = call.working === undefined ? words.noWorking : explainPrice(call.working, site.currency, language.price);
  return <>{call.state === 'watched' ? `${why} ${words.watchedSays}` : why}</>;
}

/** Behind how the first price was made. */
function Corrected({call: {amount}, correction}: Priced): VNode | null {
  const {main: words} = useWords();
  const {money} = useFigures();
  return amount === undefined || correction === undefined ? null : <>{words.corrected(money(micros(amount + correction)))}</>;
}
