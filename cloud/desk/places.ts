// Where a long list goes on: after the row of this time, and of several of one time after this one.
import {instant, type Instant} from '../../shared/time/instant.ts';

export type Place = {readonly at: Instant; readonly key: string};

/** As it stands in an address; undefined for the beginning of the list, and for anything that is no place. */
export function placeIn(text: string | undefined): Place | undefined {
  const match = /^(\d{1,15})\.([\w:-]{1,200})$/.exec(text ?? '');
  return match?.[1] === undefined || match[2] === undefined ? undefined : {at: instant(Number(match[1])), key: match[2]};
}

export function placeText(at: number, key: string | number): string {
  return `${at}.${key}`;
}

/** A place whose key is a number. */
export function numberedPlaceIn(text: string | undefined): {readonly at: Instant; readonly seq: number} | undefined {
  const place = placeIn(text);
  return place !== undefined && /^\d{1,15}$/.test(place.key) ? {at: place.at, seq: Number(place.key)} : undefined;
}

/** One page, of rows read with one more than is shown, which says whether there is a next page. */
export function cutOf<R>(found: readonly R[], most: number, placeOf: (row: R) => string): {rows: readonly R[]; next: string | undefined} {
  const rows = found.slice(0, most);
  const last = rows.at(-1);
  return {rows, next: found.length > most && last !== undefined ? placeOf(last) : undefined};
}
