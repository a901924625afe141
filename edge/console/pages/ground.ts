// What every page of the console stands on, beside the reader's setting: its words, who looks, and what waits.
import {createContext} from 'preact';
import {useContext} from 'preact/hooks';
import {must} from '../../../shared/assert/assert.ts';
import type {Assets} from '../../../shared/ui/document.tsx';
import type {ConsoleWords} from '../messages.ts';
import type {Note} from '../../../shared/web/notes.ts';

export type Waiting = {readonly rejects: number; readonly unbillable: number};

export type Ground = {
  readonly words: ConsoleWords;
  readonly assets: Assets;
  readonly site: string | undefined;
  /** Undefined for whoever has not signed in: then there is no navigation. */
  readonly person: string | undefined;
  readonly waiting: Waiting;
  readonly note: Note | undefined;
};

export const GroundContext = createContext<Ground | undefined>(undefined);

export function useGround(): Ground {
  return must(useContext(GroundContext), 'ground of the page');
}

export function useWords(): ConsoleWords {
  return useGround().words;
}

export {useFigures, type Figures} from '../../../shared/ui/written.ts';
