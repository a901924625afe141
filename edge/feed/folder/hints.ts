// The system's own word that something happened in the folder. Only a hint: it is lost on network shares, and when too much
// happens at once; the looks at the folder go on without it.
import {watch, type FSWatcher} from 'node:fs';
import type {Log} from '../../../shared/log/log.ts';
import {errorCode} from '../door-state.ts';

/** What happened to a file: it may have grown, or it was made, renamed or deleted; to any file, if no name is said. */
export type Hint = {readonly kind: 'grown' | 'named'; readonly name: string | undefined};

export class Hints {
  readonly #folder: string;
  readonly #log: Log;
  readonly #heard: (hint: Hint) => void;
  #watcher: FSWatcher | undefined;
  /** The folder that is watched; another may stand in its place by now. */
  #watched: string | undefined;
  #hasComplained = false;

  constructor(folder: string, log: Log, heard: (hint: Hint) => void) {
    this.#folder = folder;
    this.#log = log;
    this.#heard = heard;
  }

  /** Watches the folder if it does not yet. */
  watch(folderKey: string): void {
    if (this.#watched === folderKey) return;
    this.close();
    try {
      const watcher = watch(this.#folder, {persistent: false}, (event, name) =>
        this.#heard({kind: event === 'rename' ? 'named' : 'grown', name: name ?? undefined}),
      );
      watcher.on('error', (error) => this.#complain(error));
      this.#watcher = watcher;
    } catch (error) {
      this.#complain(error);
    }
    // Not tried again for the same folder: what is missing is missing in the system, and looking goes on.
    this.#watched = folderKey;
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watched = undefined;
  }

  #complain(error: unknown): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    if (this.#hasComplained) return;
    this.#hasComplained = true;
    this.#log.info(`${this.#folder} cannot be watched (${errorCode(error)}): it is looked at instead`);
  }
}
