// What a page loads beside itself: one sheet of styles, one script, one icon. From us, named by their content, so that a
// browser keeps them until they change.
import type fs from 'node:fs';
import {gzipSync} from 'node:zlib';
import {Failure} from '../failure/failure.ts';
import {sha256} from '../journal/chain.ts';
import type {Assets} from '../ui/document.tsx';

export type Asset = {readonly type: string; readonly bytes: Buffer; readonly packed: Buffer};

export type AssetShelf = {
  readonly addresses: Assets;
  /** By address. */
  readonly at: (address: string) => Asset | undefined;
};

/** The floor does no I/O: it is lent these to read what the build left. */
export type Disk = Pick<typeof fs, 'existsSync' | 'readdirSync' | 'readFileSync'>;

/** A handset's mark in the accent's colour, in both themes. */
const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#2456c7"/>
<path d="M9 8h5v5h-2.5a9 9 0 0 0 7.5 7.5V18h5v5c0 .6-.4 1-1 1C15.300 24 8 16.700 8 9c0-.6.4-1 1-1z" fill="#fff"/></svg>`;

/** Throws Failure `file.unreadable` where the build is not whole. */
export function openShelf(disk: Disk): AssetShelf {
  const shelf = new Map<string, Asset>();
  const place = (name: string, type: string, bytes: Buffer): string => {
    const [stem, ending] = name.split('.');
    const address = `/assets/${stem}-${sha256(bytes).toString('hex').slice(0, 16)}.${ending}`;
    shelf.set(address, {type, bytes, packed: gzipSync(bytes)});
    return address;
  };
  const addresses = {
    style: place('style.css', 'text/css; charset=utf-8', styles(disk)),
    script: place('live.js', 'text/javascript; charset=utf-8', disk.readFileSync(placeOf('live.js', disk))),
    icon: place('icon.svg', 'image/svg+xml; charset=utf-8', Buffer.from(ICON)),
  };
  return {addresses, at: (address) => shelf.get(address)};
}

/** One sheet out of several files, in the order of their names. */
export function styles(disk: Disk): Buffer {
  const folder = placeOf('style/', disk);
  const files = disk.readdirSync(folder).toSorted();
  return Buffer.concat(files.map((name) => disk.readFileSync(new URL(name, folder))));
}

/** Beside the compiled components; where these are run from their sources, what the last build left. */
function placeOf(name: string, disk: Disk): URL {
  const places = [`../ui/${name}`, `../../dist/shared/ui/${name}`].map((path) => new URL(path, import.meta.url));
  const found = places.find((path) => disk.existsSync(path));
  if (found !== undefined) return found;
  throw new Failure('file.unreadable', `shared/ui/${name} is missing, which every page loads`, 'build again: npm test or npm run demo');
}
