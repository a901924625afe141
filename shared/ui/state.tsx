// A state is a word, a shape and a colour: never a colour alone.
import type {VNode} from 'preact';
import type {State} from './messages.ts';
import {useSetting} from './setting.ts';

/** Circle, triangle, octagon, ring: told apart in grey, in print and at arm's length. */
const SHAPES: Readonly<Record<State, VNode>> = {
  ok: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path d="m5 8.2 2.1 2.1L11 6" class="mark" />
    </>
  ),
  warning: (
    <>
      <path d="M8 1.2 15.2 14.4H.8z" fill="currentColor" />
      <path d="M8 6v4M8 12.2v.01" class="mark" />
    </>
  ),
  fault: (
    <>
      <path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" fill="currentColor" />
      <path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" class="mark" />
    </>
  ),
  off: <circle cx="8" cy="8" r="5.9" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 2.2" />,
};

export function StateMark({state}: {readonly state: State}): VNode {
  return (
    <svg class="state-mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      {SHAPES[state]}
    </svg>
  );
}

/** `word` where the four words say too little, such as Locked or Waiting. */
export function StateBadge({state, word}: {readonly state: State; readonly word?: string | undefined}): VNode {
  const {words} = useSetting();
  return (
    <span class={`badge is-${state}`}>
      <StateMark state={state} />
      {word ?? words.states[state]}
    </span>
  );
}
