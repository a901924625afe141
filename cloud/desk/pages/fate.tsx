// How a call stands after something was asked for it, as a state and a sentence: asked, box offline, billed, resolved otherwise.
import type {VNode} from 'preact';
import type {Currency} from '../../../shared/money/micros.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import type {State} from '../../../shared/ui/messages.ts';
import {Age} from '../../../shared/ui/figures.tsx';
import {StateBadge} from '../../../shared/ui/state.tsx';
import type {Fate} from '../../books/fates.ts';
import type {Proposal} from '../../books/resolving.ts';
import type {BoxState} from '../box-facts.ts';
import {proposalAddress} from './addresses.ts';
import {useFigures, useMay, useWords} from './ground.ts';

/** What was asked last: an act of the desk for this one call, or an amended tariff. */
export type Sent = {
  readonly kind: 'desk' | 'schedule';
  /** The row of the down log that asks. */
  readonly downSeq: number;
  readonly answer: {readonly outcome: string; readonly detail: string | undefined} | undefined;
};

type FateView = {
  readonly fate: Fate;
  readonly sent: Sent | undefined;
  readonly box: BoxState | undefined;
  readonly currency: Currency;
};

export function FateSays({fate, sent, box, currency}: FateView): VNode {
  const {states, says} = useWords().resolving;
  const {money} = useFigures();
  if (fate.kind === 'waits') return <WaitSays fate={fate} sent={sent} box={box} />;
  if (fate.kind === 'written-off') return <Says state="off" word={states.writtenOff} text={says.nobodyPays} at={fate.at} />;
  const text = (fate.by === 'desk' ? says.byDesk : says.bySchedule)(money(fate.amount, currency));
  // Another act came first, and the box does each call once.
  const isOther = sent !== undefined && (sent.kind !== fate.by || sent.answer?.outcome === 'already-resolved');
  const word = isOther ? states.already : states[fate.kind];
  return <Says state={isOther ? 'warning' : 'ok'} word={word} text={text} at={fate.at} />;
}

/** Nothing has gone to the box: a second person must say yes. */
export function SecondSays({
  proposal,
  currency,
}: {
  readonly proposal: Proposal & {readonly byName: string};
  readonly currency: Currency;
}): VNode {
  const {resolving, unbillable} = useWords();
  const {money} = useFigures();
  const text = resolving.says.second(money(proposal.amount, currency), proposal.byName);
  return (
    <>
      <Says state="warning" word={resolving.states.second} text={text} />{' '}
      {useMay('clerk') ? <a href={proposalAddress(proposal.id)}>{unbillable.look}</a> : null}
    </>
  );
}

function WaitSays({fate, sent, box}: Pick<FateView, 'sent' | 'box'> & {readonly fate: Fate & {readonly kind: 'waits'}}): VNode {
  const {resolving, unbillable} = useWords();
  const {states, says} = resolving;
  const why = unbillable.reasons[fate.reason] ?? fate.reason;
  const reason = fate.detail === undefined ? why : `${why}: ${fate.detail}`;
  if (sent === undefined) return <Says state="off" word={states.open} text={says.notAsked(reason)} />;
  if (sent.answer !== undefined) return <Says state="warning" word={states.waits} text={sent.answer.detail ?? reason} />;
  if (box === undefined || box.verdict === 'never') return <Says state="warning" word={states.asked} text={says.noBox} />;
  const hasIt = box.down.acked >= sent.downSeq;
  if (!hasIt && !box.session.isOpen) return <Says state="warning" word={states.offline} text={says.offline} at={box.session.since} />;
  if (!hasIt) return <Says state="off" word={states.asked} text={says.onItsWay} />;
  if (sent.kind === 'schedule') return <Says state="warning" word={states.waits} text={says.tariffAtBox(reason)} />;
  return <Says state="off" word={states.asked} text={says.atBox} />;
}

type SaysView = {readonly state: State; readonly word: string; readonly text: string; readonly at?: Instant | undefined};

function Says({state, word, text, at}: SaysView): VNode {
  return (
    <>
      <StateBadge state={state} word={word} />{' '}
      <span class="fate-text">
        {text}
        {at === undefined ? null : (
          <>
            {' '}
            <Age at={at} />
          </>
        )}
      </span>
    </>
  );
}
