// A cloud in a process of its own, on a folder that was filled before it started: what it serves afterwards is all its own.
import {randomBytes} from 'node:crypto';
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openAuthority, type Authority} from '../../cloud/fleet/authority.ts';
import {openStore, type Store} from '../../cloud/store/open.ts';
import {instant} from '../../shared/time/instant.ts';
import {cloudDatabase, cloudFolder} from '../rig/cloud.ts';

/** On the disk, as in service: in memory an fsync costs nothing. */
export function benchFolder(): {readonly folder: string; readonly remove: () => void} {
  const folder = mkdtempSync(join(tmpdir(), 'spbs-bench-'));
  return {folder, remove: () => rmSync(folder, {recursive: true, force: true})};
}

export const now = () => instant(Date.now());

/** Before the start: with the cloud's own store and authority. */
export async function fillCloud<T>(folder: string, fill: (store: Store, authority: Authority) => Promise<T>): Promise<T> {
  mkdirSync(cloudFolder(folder), {recursive: true, mode: 0o700});
  const authority = await openAuthority({folder: cloudFolder(folder), names: ['localhost'], now, randomBytes});
  const store = openStore(cloudDatabase(folder));
  try {
    return await fill(store, authority);
  } finally {
    await store.close();
  }
}
