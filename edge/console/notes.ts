// What a person is told once, on the next page, about what they have just done. In memory: a restart loses a courtesy only.
import type {State} from '../../shared/ui/messages.ts';
import type {Session} from './entry/sessions.ts';

export type Note = {readonly state: State; readonly text: string};

export type Notes = {
  readonly leave: (session: Session, note: Note) => void;
  /** The note, which is gone after that. */
  readonly take: (session: Session) => Note | undefined;
};

/** More than there are sessions; an oldest one that nobody fetched is forgotten first. */
const MOST_NOTES = 100;

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
