// What a person is told once, on the next page, about what they have just done. In memory: a restart loses a courtesy only.
import type {State} from '../ui/messages.ts';

export type Note = {readonly state: State; readonly text: string};

export type Notes = {
  readonly leave: (session: {readonly key: string}, note: Note) => void;
  /** The note, which is gone after that. */
  readonly take: (session: {readonly key: string}) => Note | undefined;
};

/** More than look at one moment; an oldest one that nobody fetched is forgotten first. */
const MOST_NOTES = 1_000;

export function createNotes(): Notes {
  const notes = new Map<string, Note>();
  return {
    leave: ({key}, note) => {
      notes.delete(key);
      notes.set(key, note);
      const [oldest] = notes.keys();
      if (notes.size > MOST_NOTES && oldest !== undefined) notes.delete(oldest);
    },
    take: ({key}) => {
      const note = notes.get(key);
      notes.delete(key);
      return note;
    },
  };
}
