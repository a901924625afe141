// One set of icons, drawn on a grid of 16 with one stroke. Always beside a word, so always hidden from screen readers.
import type {VNode} from 'preact';

const STROKES = {
  feed: 'M2 3.5h7M2 8h5M2 12.5h7M10 5l3.5 3L10 11M13 8H8.5',
  record: 'M4 2h5.5L13 5.5V14H4zM9.5 2v3.5H13M6.5 8.5h4M6.5 11h4',
  rating: 'M8.5 2H14v5.5L7.5 14 2 8.5zM11 5h.01',
  ledger: 'M3 2.5h10v11H3zM6 2.5v11M8.5 6H11M8.5 9H11',
  credit: 'M8 2.5v11M5 13.5h6M3 4.5h10M3 4.5 1.5 9h3zM13 4.5 11.5 9h3z',
  switchboard: 'M2.5 2.5h11v11h-11zM5.5 5.5h.01M8 5.5h.01M10.5 5.5h.01M5.5 8h.01M8 8h.01M10.5 8h.01M5.5 10.5h.01M8 10.5h.01M10.5 10.5h.01',
  sync: 'M4.5 12.5h7a3 3 0 0 0 .4-6A4 4 0 0 0 4.2 6a3.3 3.3 0 0 0 .3 6.5',
  lock: 'M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5',
  unlock: 'M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 0 1 4.6-1.4',
  empty: 'M2 9.5 4 3h8l2 6.5V13H2zM2 9.5h3.5L6.5 11h3l1-1.5H14',
} as const;

export type IconName = keyof typeof STROKES;

export function Icon({name}: {readonly name: IconName}): VNode {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={STROKES[name]} fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}
