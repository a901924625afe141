// Batches that arrive as files: written by whoever has no link to the box but its disk. MQTT will carry the same bytes.
// In: `<number>.batch` in a folder, in the order of their names. Out: the apply path's verdicts, and `ack.json` after each.
// Never true: a batch that was refused is lost; a file is read before it was renamed into place.
import {mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, watch, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Failure} from '../../shared/failure/failure.ts';
import type {Log} from '../../shared/log/log.ts';
import type {Timers} from '../../shared/time/instant.ts';
import type {ApplyVerdict, Cursor} from './apply.ts';

export type InboxGiven = {
  readonly folder: string;
  readonly apply: (bytes: Uint8Array) => ApplyVerdict;
  readonly timers: Timers;
  readonly log: Log;
  /** The direction has stopped, or goes again. */
  readonly stopped: (why: string) => void;
  readonly goes: () => void;
};

/** `fs.watch` tells at once where it works; some file systems tell nothing. */
const LOOK_MS = 200;
/** The largest row is a tariff: one of 300,000 prefixes is under 2 MB compressed, a third more as base64. */
const LONGEST_FILE = 8 * 1024 * 1024;
const BATCH_NAME = /^\d{1,16}\.batch$/;

/** Reads until the returned function is called. */
export function openInbox(given: InboxGiven): () => void {
  const {folder, timers, log} = given;
  mkdirSync(folder, {recursive: true, mode: 0o700});
  mkdirSync(join(folder, 'refused'), {recursive: true, mode: 0o700});
  let closed = false;
  let cancel = (): void => undefined;
  let waitsFor: string | undefined;

  const look = (): void => {
    if (closed) return;
    cancel();
    try {
      while (takeNext(given));
      waitsFor = undefined;
    } catch (error) {
      if (!isOfTheWorld(error)) throw error;
      if (error.message !== waitsFor) log.warn(`rows from the cloud wait: ${error.message}`);
      waitsFor = error.message;
    }
    cancel = timers.after(LOOK_MS, look);
  };

  const watcher = watch(folder, {persistent: false}, look);
  watcher.on('error', () => watcher.close());
  look();
  return () => {
    closed = true;
    cancel();
    watcher.close();
  };
}

/** Takes the first batch there is; false if there is none, or the first must wait for one that is missing. */
function takeNext({folder, apply, log, stopped, goes}: InboxGiven): boolean {
  const name = readdirSync(folder)
    .filter((each) => BATCH_NAME.test(each))
    .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))[0];
  if (name === undefined) return false;
  const path = join(folder, name);
  const verdict: ApplyVerdict =
    statSync(path).size > LONGEST_FILE ? {kind: 'refused', why: `more than ${LONGEST_FILE} bytes`} : apply(readFileSync(path));
  switch (verdict.kind) {
    case 'applied':
      acknowledge(folder, verdict.cursor);
      rmSync(path);
      goes();
      return true;
    case 'gap':
      stopped(`${name} came before row ${verdict.from}, which is missing`);
      return false;
    case 'stray':
    case 'refused': {
      const why = verdict.kind === 'stray' ? 'it belongs to a connection' : verdict.why;
      log.warn(`rows from the cloud were refused: ${why}`, {file: name});
      renameSync(path, join(folder, 'refused', name));
      stopped(`${name}: ${why}`);
      return true;
    }
  }
}

/** A disk that is full, a right that is missing: over when somebody mended it. What was applied is not applied again. */
function isOfTheWorld(error: unknown): error is Error {
  if (error instanceof Failure) return true;
  return error instanceof Error && 'code' in error && /^E(?!RR_)[A-Z]+$/.test(String(error.code));
}

function acknowledge(folder: string, {seq, epoch, chain}: Cursor): void {
  const path = join(folder, 'ack.json');
  writeFileSync(`${path}.new`, JSON.stringify({epoch, upTo: seq, hash: chain.toString('hex')}));
  renameSync(`${path}.new`, path);
}
