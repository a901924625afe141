// What is said of free calls: how much is left, where to, until when.
import type {Period} from '../../../shared/time/period.ts';

/** `left` and `of` as the reader writes them. */
type Left = {readonly left: string; readonly of: string};

export const FREE_WORDS = {
  title: 'Free calls',
  minutes: ({left, of}: Left) => `${left} of ${of} free minutes`,
  money: ({left, of}: Left) => `${left} of ${of} for free calls`,
  lessThanOne: 'less than 1',
  to: (destination: string) => ` to ${destination}`,
  toBoth: (one: string, other: string) => ` to ${one} and ${other}`,
  toMany: (count: number) => ` to ${count} destinations`,
  left: ' left',
  until: (date: string) => ` left until ${date}`,
  today: ' left today',
  name: (name: string, period: Period | 'once') => (period === 'once' ? name : `${name}, each ${period}`),
  again: (amount: string, date: string) => `${amount} again on ${date}.`,
  minutesOf: (amount: string) => `${amount} minutes`,
  listed: (names: string) => `To: ${names}.`,
  anywhere: 'For every call that you dial and that has a price.',
  covered: (what: string, name: string) => `${what} free: ${name}`,
};
