// What an address says of a list: which page of it, or before which row it goes on.

const LAST_PAGE = 10_000;

/** A page number from an address: anything else is the first. */
export function pageOf(text: string | undefined): number {
  const page = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 1;
  return Math.min(Math.max(page, 1), LAST_PAGE);
}

/** The number before which a list goes on; undefined for its beginning. */
export function beforeOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
