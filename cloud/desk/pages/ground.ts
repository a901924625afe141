// What every page of the desk stands on, beside the reader's setting: its words, who looks, what was just done.
import {createContext} from 'preact';
import {useContext} from 'preact/hooks';
import {must} from '../../../shared/assert/assert.ts';
import type {Assets} from '../../../shared/ui/document.tsx';
import type {Note} from '../../../shared/web/notes.ts';
import type {StaffRole, StaffSession} from '../../web/route.ts';
import type {DeskWords, Language} from '../messages.ts';

export type Ground = {
  readonly language: Language;
  readonly assets: Assets;
  /** A number for a form, so that sending it twice is once. */
  readonly newForm: () => string;
  /** Whoever has not signed in gets no navigation. */
  readonly session: Pick<StaffSession, 'name' | 'role' | 'subject'> | undefined;
  readonly note: Note | undefined;
};

export const GroundContext = createContext<Ground | undefined>(undefined);

export function useGround(): Ground {
  return must(useContext(GroundContext), 'ground of the page');
}

export function useWords(): DeskWords {
  return useGround().language.words;
}

const RANKS: Readonly<Record<StaffRole, number>> = {viewer: 0, clerk: 1, admin: 2};

/** viewer looks; clerk moves money and lines; admin also makes sites, boxes, tariffs and staff. */
export function isAtLeast(role: StaffRole, least: StaffRole): boolean {
  return RANKS[role] >= RANKS[least];
}

/** May whoever looks do what this role may? */
export function useMay(least: StaffRole): boolean {
  const role = useGround().session?.role;
  return role !== undefined && isAtLeast(role, least);
}

export {figuresIn, useFigures} from '../../../shared/ui/written.ts';
