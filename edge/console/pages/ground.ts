// What every page of the console stands on, beside the reader's setting: its words, who looks, and what waits.
import {createContext} from 'preact';
import {useContext} from 'preact/hooks';
import {must} from '../../../shared/assert/assert.ts';
import {micros, type Currency} from '../../../shared/money/micros.ts';
import type {Assets} from '../../../shared/ui/document.tsx';
import {moneyText} from '../../../shared/ui/figures.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import type {ConsoleWords} from '../messages.ts';
import {figure, type Figure} from '../messages/figure.ts';
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

/** Writes figures and money as this reader reads them. */
export type Figures = {
  readonly count: (value: number) => Figure;
  readonly text: (value: number) => string;
  readonly money: (amount: number, currency: string) => string;
};

export function useFigures(): Figures {
  return figuresIn(useSetting().locale);
}

export function figuresIn(locale: string): Figures {
  return {
    count: (value) => figure(value, locale),
    text: (value) => figure(value, locale).text,
    money: (amount, currency) => moneyText(micros(amount), currency as Currency, locale),
  };
}
