// A new site as it is typed: what is usual in its country, and how the form becomes rules. Pure.
// In: fields. Out: what the room of tariffs makes a site from, or what is wrong beside which field.
import {must} from '../../shared/assert/assert.ts';
import {countryOf} from '../../shared/telephone/country.ts';
import type {Errors} from '../../shared/ui/form.tsx';
import type {Policy} from '../../shared/wire/kinds.ts';
import type {NewSite} from '../tariff/sites.ts';
import {NO_MORE_DIAL_FIELDS, readDialFields, type DialFields} from './dial-fields.ts';
import type {DeskWords} from './messages.ts';

/** As typed. */
export type SiteFields = DialFields & {
  readonly name: string;
  readonly id: string;
  readonly country: string;
  readonly currency: string;
  readonly zone: string;
  readonly mode: string;
  readonly tariff: string;
};

export const MODES = ['watch', 'bill', 'bill-and-lock'] as const satisfies readonly Policy['mode'][];

type Usual = {readonly currency: string; readonly zone: string; readonly outsideLine: string};
/** Switchboards of offices and halls take 9 in the English-speaking world, 0 elsewhere. */
const USUAL: Readonly<Record<string, Usual>> = {
  GB: {currency: 'GBP', zone: 'Europe/London', outsideLine: '9'},
  IE: {currency: 'EUR', zone: 'Europe/Dublin', outsideLine: '9'},
  DE: {currency: 'EUR', zone: 'Europe/Berlin', outsideLine: '0'},
  FR: {currency: 'EUR', zone: 'Europe/Paris', outsideLine: '0'},
  NL: {currency: 'EUR', zone: 'Europe/Amsterdam', outsideLine: '0'},
  US: {currency: 'USD', zone: 'America/New_York', outsideLine: '9'},
  AU: {currency: 'AUD', zone: 'Australia/Sydney', outsideLine: '0'},
};
export const USUAL_COUNTRIES: readonly string[] = Object.keys(USUAL);
const FIRST_COUNTRY = 'GB';

/** What a form begins with. Watching only: money moves when somebody has seen what would happen. */
export function usualFields(country: string | undefined): SiteFields {
  const code = country !== undefined && Object.hasOwn(USUAL, country) ? country : FIRST_COUNTRY;
  const {currency = '', zone = '', outsideLine = ''} = USUAL[code] ?? {};
  return {
    name: '',
    id: '',
    country: code,
    currency,
    zone,
    mode: 'watch',
    outsideLine,
    areaCode: '',
    extensionDigits: '4',
    alwaysOpen: '',
    ...NO_MORE_DIAL_FIELDS,
    tariff: '',
  };
}

/** What is not asked when a site is made; the reasons stand where a box reads the rules. */
const USUAL_RULES = {
  answerAllowanceSeconds: 20,
  floor: 0,
  warnBelow: 2_000_000,
  refusedLocks: 'at-once',
  catchAll: 'unbillable',
  dearestCall: 50_000_000,
  longestCallHours: 12,
  backBillingDays: 30,
  brake: {lines: 5, percent: 5, minutes: 10},
} as const satisfies Partial<Policy>;

export type SiteReading = {readonly kind: 'read'; readonly site: NewSite} | {readonly kind: 'wrong'; readonly errors: Errors};

export function readNewSite(fields: SiteFields, deskWords: DeskWords): SiteReading {
  const {name, id, currency, zone, tariff} = fields;
  const {form: words} = deskWords.sites;
  const country = countryOf(fields.country);
  const mode = MODES.find((each) => each === fields.mode);
  // What is wrong with the dialling is said even where the country is.
  const dialling = readDialFields(fields, country ?? must(countryOf(FIRST_COUNTRY), 'a country'), deskWords);
  const errors: Errors = {
    ...(country === undefined ? {country: words.countryWrong} : {}),
    ...(mode === undefined ? {mode: words.modeWrong} : {}),
    ...(dialling.kind === 'wrong' ? dialling.errors : {}),
    ...(tariff === '' ? {tariff: words.tariffMissing} : {}),
  };
  const isWrong = country === undefined || mode === undefined || dialling.kind === 'wrong' || Object.keys(errors).length > 0;
  if (isWrong) return {kind: 'wrong', errors};
  const {dialPlan, alwaysOpen} = dialling;
  const policy = {...USUAL_RULES, mode, country: country.code, dialPlan, alwaysOpen};
  return {kind: 'read', site: {id, name, currency, zone, policy, tariff}};
}
