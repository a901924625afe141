// Files that grow in a folder. In: a folder and a pattern. Out: their lines, each once, in the order in which they were written.
// The place in each file is kept in the transaction that keeps its lines, so a box that is killed goes on where it was.
// Never true: half a line handed on while its other half may come; a place kept that is ahead of its lines; a file read twice
// because it has another name. Opens: when the folder is there. Closes: at the signal, between two deliveries.
import {must} from '../../../shared/assert/assert.ts';
import {pause} from '../../../shared/time/back-off.ts';
import {createStateReport, down, errorCode, isOfTheSystem} from '../door-state.ts';
import type {Door, DoorGiven, DoorState} from '../door.ts';
import type {Framed} from '../framing.ts';
import {createHandover, type Handover} from '../handover.ts';
import type {Delivery, Line} from '../line.ts';
import type {FeedSettings} from '../settings.ts';
import {Census} from './census.ts';
import type {FollowedFile} from './followed-file.ts';
import {Hints, type Hint} from './hints.ts';
import {listFolder, nameMatcher} from './listing.ts';

export type FolderDoorGiven = DoorGiven & {readonly settings: Extract<FeedSettings, {door: 'folder'}>};

/** A caller should see the balance fall while the receiver is still in the hand; without a hint this is the delay. */
const POLL_MS = 150;
/** New names are rare, and hints tell most of them. */
const LOOK_MS = 1_000;
/** A look at a very full folder may take long: so many times as long nobody looks again. */
const LOOK_REST = 50;
/** A writer that appends byte by byte must not make us read byte by byte. */
const HINT_GAP_MS = 5;
/** A program told to open its new file has done so by then: half a line in the old one stays half. */
const GRACE_MS = 30_000;

export function createFolderDoor(given: FolderDoorGiven): Door {
  return {
    run: async (signal) => {
      const following = new Following(given, signal);
      try {
        while (!signal.aborted) {
          await following.pass();
          await following.rest();
        }
      } finally {
        following.close();
      }
    },
  };
}

class Following {
  readonly #given: FolderDoorGiven;
  readonly #signal: AbortSignal;
  readonly #census: Census;
  readonly #hints: Hints;
  readonly #handover: Handover;
  readonly #report: (state: DoorState) => void;
  readonly #wanted: (name: string) => boolean;
  readonly #refused = new Map<string, DoorState>();
  #folder: DoorState = {kind: 'up'};
  #lookAtMs = 0;
  #isHinted = false;
  #wake = new AbortController();

  constructor(given: FolderDoorGiven, signal: AbortSignal) {
    const {settings, log, spool, clock} = given;
    this.#given = given;
    this.#signal = signal;
    this.#wanted = nameMatcher(settings.pattern);
    this.#report = createStateReport(given.onState, log);
    this.#hints = new Hints(settings.folder, log, (hint) => this.#hear(hint));
    this.#handover = createHandover({...given, signal, firstBatch: 1, whenTold: 'stop'});
    this.#census = new Census(
      {
        feed: settings.name,
        folder: settings.folder,
        spool,
        log,
        everywhere: () => {
          const listing = listFolder(settings.folder, () => true);
          return listing.kind === 'listed' ? listing.entries : [];
        },
        refused: (name, error) => this.#refuse(name, error),
        lost: (what) => given.trouble('feed.truncated', what, WHERE_LOST_LINES_ARE),
      },
      clock.monotonicMs(),
    );
  }

  /** Reads all that there is to read. */
  async pass(): Promise<void> {
    const nowMs = this.#given.clock.monotonicMs();
    for (const file of this.#census.files) {
      if (!file.isOver) this.#try(file, () => file.look(nowMs));
      if (file.isOver) this.#lookAtMs = 0;
    }
    if (nowMs >= this.#lookAtMs) await this.#look();
    for (const file of this.#census.unread()) {
      await this.#read(file);
      // What is older than the next may have turned up.
      if (this.#isHinted && this.#lookAtMs === 0) break;
    }
    for (const file of this.#census.replaced()) await this.#close(file);
    this.#tell();
  }

  /** Until there may be more. */
  async rest(): Promise<void> {
    const {timers} = this.#given;
    await pause(HINT_GAP_MS, timers, this.#signal);
    if (!this.#isHinted) {
      const stop = (): void => this.#wake.abort();
      this.#signal.addEventListener('abort', stop, {once: true});
      if (!this.#signal.aborted) await pause(POLL_MS - HINT_GAP_MS, timers, this.#wake.signal);
      this.#signal.removeEventListener('abort', stop);
    }
    this.#wake = new AbortController();
    this.#isHinted = false;
  }

  close(): void {
    this.#hints.close();
    this.#census.close();
  }

  #hear({kind, name}: Hint): void {
    if (name !== undefined && !this.#wanted(name)) return;
    // An open file is asked in every pass; another is met by looking at the folder.
    if (kind === 'named' || !this.#census.files.some((file) => file.isOpen && file.name === name)) this.#lookAtMs = 0;
    this.#isHinted = true;
    this.#wake.abort();
  }

  async #look(): Promise<void> {
    const {clock, settings} = this.#given;
    const beganMs = clock.monotonicMs();
    const listing = listFolder(settings.folder, this.#wanted);
    const hadRefusals = this.#refused.size > 0;
    this.#refused.clear();
    if (listing.kind === 'down') {
      this.#folder = listing;
      this.#hints.close();
      this.#lookAtMs = beganMs + LOOK_MS;
      return;
    }
    this.#folder = {kind: 'up'};
    this.#hints.watch(listing.folder);
    const ended = this.#census.take(listing.entries, beganMs);
    const endedMs = clock.monotonicMs();
    this.#lookAtMs = endedMs + Math.max(LOOK_MS, LOOK_REST * (endedMs - beganMs));
    // A file that could not be read has yet to be tried again; until then it is not up.
    if (!hadRefusals) this.#tell();
    for (const file of ended) await this.#cut(file, false);
  }

  #tell(): void {
    this.#report(this.#folder.kind === 'up' ? (this.#refused.values().next().value ?? this.#folder) : this.#folder);
  }

  async #read(file: FollowedFile): Promise<void> {
    if (!this.#census.open(file)) {
      // Either it may not be read, or its name leads elsewhere since the last look.
      if (!this.#refused.has(file.name)) this.#lookAtMs = 0;
      return;
    }
    while (!this.#signal.aborted) {
      const reading = this.#try(file, () => file.read());
      if (reading?.kind !== 'lines') {
        if (reading?.kind === 'over') this.#lookAtMs = 0;
        return;
      }
      if (!(await this.#handOn(file, reading.lines, true))) return;
      await this.#handover.breathe();
    }
  }

  /** False if told to stop before all of it was taken. */
  async #handOn(file: FollowedFile, lines: readonly Framed[], keepPlace: boolean): Promise<boolean> {
    const {settings, spool, clock, trouble} = this.#given;
    const feed = settings.name;
    const receivedAt = clock.now();
    const deliveryOf = (batch: readonly Framed[]): Delivery => {
      const session = (file.session ??= spool.beginSession(feed));
      const end = must(batch.at(-1), 'the last line').end;
      return {
        feed,
        lines: batch.map((line): Line => {
          const {bytes, broken} = line;
          return {feed, session, position: `${file.key}:${line.end}`, receivedAt, bytes, broken};
        }),
        file: keepPlace ? file.position(feed, session, end) : undefined,
      };
    };
    const taken = await this.#handover.take(lines, deliveryOf);
    const last = lines[taken - 1];
    if (last !== undefined) file.took(last.end);
    const tooLong = lines.find((line) => line.discarded > 0);
    if (tooLong !== undefined) trouble('feed.truncated', `a line in ${file.name} ${tooLongBy(tooLong)}`, WHAT_MAKES_LONG_LINES);
    return taken === lines.length;
  }

  /** The end of a file that nobody writes to any more. */
  async #close(file: FollowedFile): Promise<void> {
    if (file.hasUnread || file.isOver || this.#given.clock.monotonicMs() - file.quietSinceMs < GRACE_MS) return;
    if (file.waiting > 0) await this.#cut(file, true);
    else if (file.missingSinceMs !== undefined) file.close();
  }

  async #cut(file: FollowedFile, keepPlace: boolean): Promise<void> {
    const line = file.cut();
    if (line !== undefined) await this.#handOn(file, [line], keepPlace);
  }

  #try<T>(file: FollowedFile, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#refuse(file.name, error);
      file.close();
      return undefined;
    }
  }

  #refuse(name: string, error: unknown): void {
    if (!isOfTheSystem(error)) throw error;
    const {folder} = this.#given.settings;
    const code = errorCode(error);
    const isRight = code === 'EACCES' || code === 'EPERM';
    const state = isRight
      ? down('refused', `the box may not read ${name} in ${folder}`, `give the box's user the right to read it: chmod g+r ${name}`)
      : down('unreachable', `${name} in ${folder} cannot be read (${code})`, 'check the disk or the network share that it lies on');
    this.#refused.set(name, state);
  }
}

const WHERE_LOST_LINES_ARE = 'lines that were added since are missing if no copy of the file is in the folder: put one there, unpacked';
const WHAT_MAKES_LONG_LINES = 'check that this is the call record output of the switchboard, and that its lines have ends';

function tooLongBy({bytes, discarded}: Framed): string {
  return `was ${bytes.length + discarded} bytes long: its first ${bytes.length} are kept`;
}
