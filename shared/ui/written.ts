// Figures and money in sentences, as this reader reads them; beside the components that show one by itself.
import {micros, type Currency} from '../money/micros.ts';
import {figure, type Figure} from './counted.ts';
import {moneyText} from './figures.tsx';
import {useSetting} from './setting.ts';

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
