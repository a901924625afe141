// What every component needs to show a figure to this reader: language, zone, the instant that "ago" is counted from.
import {createContext} from 'preact';
import {useContext} from 'preact/hooks';
import {must} from '../assert/assert.ts';
import type {Instant} from '../time/instant.ts';
import type {UiWords} from './messages.ts';

export type Setting = {
  /** BCP 47, such as `en-GB`. */
  readonly locale: string;
  /** IANA zone of the site: every time is shown as the clock on its wall shows it. */
  readonly zone: string;
  readonly now: Instant;
  readonly words: UiWords;
};

export const SettingContext = createContext<Setting | undefined>(undefined);

/** Stops outside a {@link SettingContext}: a figure without a language is a bug. */
export function useSetting(): Setting {
  return must(useContext(SettingContext), 'setting of the page');
}
