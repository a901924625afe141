// The mark beside the name, on every page of all three faces.
import type {VNode} from 'preact';

/** A handset, as on the icon. */
export function BrandMark(): VNode {
  return (
    <svg class="brand-mark" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="7" />
      <path d="M9 8h5v5h-2.500a9 9 0 0 0 7.500 7.500V18h5v5c0 .6-.4 1-1 1C15.300 24 8 16.700 8 9c0-.6.4-1 1-1z" />
    </svg>
  );
}
