// Calls of a student, each with its price in one sentence behind it.
import type {VNode} from 'preact';
import {explainPrice} from '../../../shared/tariff/explain.ts';
import {Duration, Money, Time} from '../../../shared/ui/figures.tsx';
import type {Call} from '../../books/calls.ts';
import {useGround, usePerson, useWords} from './ground.ts';

export function CallList({calls}: {readonly calls: readonly Call[]}): VNode {
  return (
    <ul class="calls">
      {calls.map((call) => (
        <li key={call.id}>
          <details>
            <summary class="call">
              <CallLine call={call} />
            </summary>
            <p class="call-why">
              <PriceSaid call={call} />
            </p>
          </details>
        </li>
      ))}
    </ul>
  );
}

function CallLine({call}: {readonly call: Call}): VNode {
  const {main: words} = useWords();
  const {site} = usePerson();
  const number = call.number ?? (call.direction === 'outgoing' ? words.withheld : undefined);
  return (
    <>
      <span class="call-to">{useWhatWasCalled(call)}</span>
      <span class="call-price">
        {call.amount === undefined ? (
          <span class="soft">{words.notPriced}</span>
        ) : call.amount === 0 ? (
          words.free
        ) : (
          <Money amount={call.amount} currency={site.currency} />
        )}
      </span>
      <span class="call-with">
        {number === undefined ? null : (
          <>
            <span class="figure">{number}</span> ·{' '}
          </>
        )}
        <Time at={call.startedAt} brief />
      </span>
      <span class="call-length">
        {call.state === 'watched' ? `${words.watched} · ` : null}
        <Duration seconds={call.seconds} />
      </span>
      <span class="said">{words.why}</span>
    </>
  );
}

/** The destination of the tariff; what a class decided without one has words of its own. */
function useWhatWasCalled({direction, destination, working}: Call): string {
  const {main: words} = useWords();
  if (direction === 'incoming') return words.incomingFrom;
  if (direction === 'internal') return words.internal;
  return destination ?? (working === undefined || working.destination === '' ? words.unnamed : working.destination);
}

function PriceSaid({call}: {readonly call: Call}): VNode {
  const {language} = useGround();
  const {main: words} = language.words;
  const {site} = usePerson();
  if (call.state === 'unbillable') return <>{words.unbillable}</>;
  const why = call.working === undefined ? words.noWorking : explainPrice(call.working, site.currency, language.price);
  return <>{call.state === 'watched' ? `${why} ${words.watchedSays}` : why}</>;
}
