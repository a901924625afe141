// Is a record without an id of its own new, sent again, or can nobody tell? Two equal lines may be two calls.
// In: records of one feed in the order of its spool, as hashes. Out: new with its occurrence number, a replay, or suspected.
// Never true: a line of an unbroken session taken for a replay of that session; an answer that the spool alone could not repeat.

export type Verdict =
  /** The how manieth call that looks like this. */
  {readonly kind: 'new' | 'suspected'; readonly occurrence: number} | {readonly kind: 'replay'};

export type Arrival = {
  readonly hash: string;
  readonly session: number;
  /** The records that come behind it in its session, as far as they are here already. */
  readonly ahead: () => readonly string[];
  /** Has the ledger this occurrence of it? */
  readonly isKnown: (occurrence: number) => boolean;
};

export type Repeats = {
  readonly judge: (arrival: Arrival) => Verdict;
  /** The past was told anew, and the session goes on: nobody knows whether it is still repeating. Doubt rather than debit. */
  readonly resume: () => void;
};

/** So many records back, equal ones are compared in their order; equal ones that are further apart cannot be two calls. */
export const RECORDS_COMPARED = 1_000;
/** So many known records one after the other are no chance. */
const SURE_RUN = 3;

type Entry = {readonly hash: string; readonly session: number; readonly occurrence: number};
/** Known records one after the other. */
type Run = {
  readonly length: number;
  readonly sure: boolean;
  /** Where in the past the coming one should stand; undefined if anywhere. */
  readonly next: readonly number[] | undefined;
  /** Has it come to the end of the past? What follows it on a connection is new. */
  readonly ended: boolean;
};

const NO_RUN: Run = {length: 0, sure: false, next: undefined, ended: false};

/**
 * `live`: a connection. When it comes back, the switchboard may send again what it sent before, and after that only new records;
 * so its first records are laid over the end of the past. A file may repeat any piece of another, so pieces are looked for at
 * all places; but one or two records that end the one and begin the other may as well be two calls.
 */
export function createRepeats(live: boolean): Repeats {
  const past = createPast();
  let session: number | undefined;
  let mayRepeat = true;
  let run = NO_RUN;

  /** Places in the past where the record could come from: behind the one before it, else anywhere in another session. */
  const follow = (hash: string, current: number): {readonly places: readonly number[]; readonly run: Run} => {
    const behind = (run.next ?? []).filter((place) => past.is(place, hash, current));
    if (behind.length > 0 || (live && run.ended)) return {places: behind, run};
    const places = past.places(hash).filter((place) => past.is(place, hash, current));
    // Behind records that only the ledger remembers, any place continues the run.
    return {places, run: run.next === undefined ? run : NO_RUN};
  };

  const isSure = (places: readonly number[], length: number, arrival: Arrival): boolean => {
    let standing = places;
    let reached = length;
    const ahead = arrival.ahead();
    for (let step = 0; ; step++) {
      if (reached >= SURE_RUN || (live && standing.some((place) => past.isLast(place, arrival.session)))) return true;
      const next = ahead[step];
      if (next === undefined) return false;
      standing = standing.map((place) => place + 1).filter((place) => past.is(place, next, arrival.session));
      if (standing.length === 0) return false;
      reached++;
    }
  };

  return {
    judge: (arrival) => {
      const {hash, isKnown} = arrival;
      if (arrival.session !== session) {
        session = arrival.session;
        mayRepeat = true;
        run = NO_RUN;
      }
      const occurrence = past.occurrences(hash) + 1;
      const found = mayRepeat ? follow(hash, session) : undefined;
      if (found !== undefined && found.places.length > 0) {
        const length = found.run.length + 1;
        const sure = found.run.sure || isSure(found.places, length, arrival);
        const ended = found.places.some((place) => past.isLast(place, arrival.session));
        run = {length, sure, next: found.places.map((place) => place + 1), ended};
        if (sure) return {kind: 'replay'};
        past.add({hash, session, occurrence});
        return isKnown(occurrence) ? {kind: 'replay'} : {kind: 'suspected', occurrence};
      }
      past.add({hash, session, occurrence});
      if (isKnown(occurrence)) {
        run = {length: run.length + 1, sure: run.length + 1 >= SURE_RUN, next: undefined, ended: false};
        return {kind: 'replay'};
      }
      // One new record in the middle of repeated ones could not be read when it came first.
      if (live && (run.length === 0 || run.ended)) mayRepeat = false;
      run = NO_RUN;
      return {kind: 'new', occurrence};
    },
    resume: () => {
      mayRepeat = true;
    },
  };
}

type Past = {
  readonly add: (entry: Entry) => void;
  readonly occurrences: (hash: string) => number;
  readonly places: (hash: string) => readonly number[];
  /** Does this record of another session stand there? */
  readonly is: (place: number, hash: string, session: number) => boolean;
  /** Does nothing of another session stand behind it? */
  readonly isLast: (place: number, session: number) => boolean;
};

/** The last records; their places stay as they are when older ones are forgotten. */
function createPast(): Past {
  let entries: Entry[] = [];
  let forgotten = 0;
  let places = new Map<string, number[]>();

  const index = (entry: Entry, place: number): void => {
    const known = places.get(entry.hash);
    if (known === undefined) places.set(entry.hash, [place]);
    else known.push(place);
  };
  const at = (place: number): Entry | undefined => entries[place - forgotten];

  return {
    add: (entry) => {
      // Half at once, so that it costs little for each.
      if (entries.length >= 2 * RECORDS_COMPARED) {
        entries = entries.slice(-RECORDS_COMPARED);
        forgotten += RECORDS_COMPARED;
        places = new Map();
        for (const [place, kept] of entries.entries()) index(kept, place + forgotten);
      }
      entries.push(entry);
      index(entry, entries.length - 1 + forgotten);
    },
    occurrences: (hash) => at(places.get(hash)?.at(-1) ?? -1)?.occurrence ?? 0,
    places: (hash) => places.get(hash) ?? [],
    is: (place, hash, session) => {
      const entry = at(place);
      return entry !== undefined && entry.hash === hash && entry.session !== session;
    },
    isLast: (place, session) => {
      const behind = at(place + 1);
      return behind === undefined || behind.session === session;
    },
  };
}
