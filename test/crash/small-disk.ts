// Disks that can be filled and emptied, for the data folder of a box or of a cloud.
import {spawnSync} from 'node:child_process';
import {closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, statSync, writeFileSync, writeSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openForReading} from '../../edge/store/open.ts';
import {databasePath, dataFolder} from '../rig/box.ts';
import {limitedBy} from './page-limit.ts';

export type SmallDisk = {
  readonly environment: Readonly<Record<string, string>>;
  /** Others can still leave files for the box. */
  readonly takesFiles: boolean;
  /** Not a byte more. */
  readonly fill: () => void;
  readonly free: () => void;
  /** When the box has gone. */
  readonly end: () => void;
};

/** Enough that the box does not call it full from the start; it takes memory only as far as it is filled. */
const MEGABYTES = 160;
const AT_ONCE = 1024 * 1024;

/** Undefined where this process may mount a file system; else why it may not. */
export function whyNoMount(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'spbs-mount-'));
  const refusal = mount(folder, 1);
  if (refusal === undefined) spawnSync('umount', [folder]);
  rmdirSync(folder);
  return refusal;
}

/** A file system of its own under the data folder, in memory. */
export function mountedDisk(folder: string, data = dataFolder(folder)): SmallDisk {
  mkdirSync(data, {recursive: true});
  const refusal = mount(data, MEGABYTES);
  if (refusal !== undefined) throw new Error(refusal);
  const filler = join(data, 'filler');
  return {
    environment: {},
    takesFiles: false,
    fill: () => {
      const descriptor = openSync(filler, 'w');
      for (let bytes = AT_ONCE; bytes >= 1; bytes = Math.floor(bytes / 2)) while (wrote(descriptor, bytes));
      closeSync(descriptor);
    },
    free: () => rmSync(filler, {force: true}),
    end: () => {
      // Whoever looked into the databases may have them open still.
      const {status, stderr} = spawnSync('umount', ['--lazy', data], {encoding: 'utf8'});
      if (status !== 0) throw new Error(`umount: ${stderr}`);
    },
  };
}

/** A limit on the pages of the database alone. */
export function limitedPages(folder: string): SmallDisk {
  const file = join(folder, 'page-limit');
  return {
    environment: limitedBy(file),
    takesFiles: true,
    fill: () => {
      const database = openForReading(databasePath(folder));
      writeFileSync(file, String(database.pragma('page_count', {simple: true})));
      database.close();
    },
    free: () => rmSync(file, {force: true}),
    end: () => undefined,
  };
}

/** No file of a process may grow beyond the one that is named: that needs no rights, and to the process is a fault of its disk. */
export function fixedFiles(pid: () => number, path: string): SmallDisk {
  const limit = (bytes: string): void => {
    const {status, stderr} = spawnSync('prlimit', ['--pid', String(pid()), `--fsize=${bytes}:`], {encoding: 'utf8'});
    if (status !== 0) throw new Error(`prlimit: ${stderr}`);
  };
  return {
    environment: {},
    takesFiles: true,
    fill: () => limit(String(statSync(path).size)),
    free: () => limit('unlimited'),
    end: () => undefined,
  };
}

function mount(folder: string, megabytes: number): string | undefined {
  const {status, stderr, error} = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder], {encoding: 'utf8'});
  return status === 0 ? undefined : (error?.message ?? stderr.trim());
}

/** False when the disk takes no more of it. */
function wrote(descriptor: number, bytes: number): boolean {
  try {
    return writeSync(descriptor, Buffer.alloc(bytes)) === bytes;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
