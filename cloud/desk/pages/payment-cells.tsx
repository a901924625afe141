// A payment in a cell: its state, who paid, how.
import type {VNode} from 'preact';
import {StateBadge} from '../../../shared/ui/state.tsx';
import type {State} from '../../../shared/ui/messages.ts';
import type {PaymentStateName} from '../../store/tables.ts';
import {useWords} from './ground.ts';

const LIGHTS: Readonly<Record<PaymentStateName, State>> = {
  created: 'off',
  submitting: 'off',
  pending: 'warning',
  unknown: 'warning',
  action_required: 'off',
  succeeded: 'ok',
  failed: 'fault',
  canceled: 'off',
  reversing: 'warning',
  reversed: 'off',
};

export function PaymentStateBadge({state, needsPerson = false}: {readonly state: PaymentStateName; readonly needsPerson?: boolean}): VNode {
  const {payments: words} = useWords();
  return (
    <>
      <StateBadge state={needsPerson ? 'fault' : LIGHTS[state]} word={words.states[state]} />
      {needsPerson ? <span class="under">{words.needsPerson}</span> : null}
    </>
  );
}

export function HowPaid({
  provider,
  origin,
}: {
  readonly provider: 'card' | 'cashless' | 'cash';
  readonly origin: 'manual' | 'auto' | 'desk';
}): VNode {
  const {payments: words} = useWords();
  return (
    <>
      {words.providers[provider]}
      <span class="under soft">{words.origins[origin]}</span>
    </>
  );
}
