// What every page of the portal stands on, beside the reader's setting: its words, who looks, what was just done.
import {createContext} from 'preact';
import {useContext} from 'preact/hooks';
import {must} from '../../../shared/assert/assert.ts';
import {micros, type Currency, type Micros} from '../../../shared/money/micros.ts';
import type {Assets} from '../../../shared/ui/document.tsx';
import {figure, type Figure} from '../../../shared/ui/counted.ts';
import {moneyText} from '../../../shared/ui/figures.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import type {Note} from '../../../shared/web/notes.ts';
import type {Person} from '../given.ts';
import type {Language, PortalWords} from '../messages.ts';

export type Ground = {
  readonly language: Language;
  readonly assets: Assets;
  /** Whoever has not signed in gets no navigation. */
  readonly isSigned: boolean;
  readonly note: Note | undefined;
};

export const GroundContext = createContext<Ground | undefined>(undefined);
/** Whose page it is; nobody's for the door and for pages that are not there. */
export const PersonContext = createContext<Person | undefined>(undefined);

export function useGround(): Ground {
  return must(useContext(GroundContext), 'ground of the page');
}

export function useWords(): PortalWords {
  return useGround().language.words;
}

/** Stops on a page that is nobody's. */
export function usePerson(): Person {
  return must(useContext(PersonContext), 'person of the page');
}

/** Writes figures and money as this reader reads them. */
export type Figures = {
  readonly count: (value: number) => Figure;
  readonly money: (amount: number) => string;
  /** `£10`, of whole pounds. */
  readonly whole: (units: number) => string;
  /** To the penny, for what nothing is reckoned with. */
  readonly rounded: (amount: number) => string;
};

export function useFigures(): Figures {
  return figuresIn(useSetting().locale, usePerson().site.currency);
}

export function figuresIn(locale: string, currency: Currency): Figures {
  return {
    count: (value) => figure(value, locale),
    money: (amount) => moneyText(micros(amount), currency, locale),
    whole: (units) => new Intl.NumberFormat(locale, {style: 'currency', currency, maximumFractionDigits: 0}).format(units),
    rounded: (amount) => new Intl.NumberFormat(locale, {style: 'currency', currency}).format(amount / 1_000_000),
  };
}

/** Of whole pounds, such as a limit. */
export function microsOfUnits(units: number): Micros {
  return micros(units * 1_000_000);
}
