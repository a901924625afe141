// The British part of a made-up tariff: real number ranges (Ofcom's national telephone numbering plan), plausible prices.
// Prices are pounds a minute, VAT included; the three are daytime, evening and weekend.
import type {TariffSource} from '../../shared/tariff/tariff.ts';

type Rate = TariffSource['rates'][number];
type Destination = TariffSource['destinations'][number];

export const BANDS: NonNullable<TariffSource['bands']> = [
  {name: 'daytime', times: [{days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00'}]},
  {name: 'weekend', times: [{days: ['sat', 'sun']}]},
];
export const BASE_BAND = 'evening';

/** Bank holidays of England and Wales, which are billed as weekends. */
const BANK_HOLIDAYS =
  '2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 2026-12-28 ' +
  '2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28';
export const HOLIDAYS: NonNullable<TariffSource['holidays']> = BANK_HOLIDAYS.split(' ').map((date) => ({date, band: 'weekend'}));

function rate(name: string, [daytime, evening, weekend]: readonly [string, string, string], rest: Partial<Rate> = {}): Rate {
  return {name, initialSeconds: 1, nextSeconds: 1, perMinute: evening, perMinuteIn: {daytime, weekend}, ...rest};
}

function flat(name: string, perMinute: string, rest: Partial<Rate> = {}): Rate {
  return {name, initialSeconds: 60, nextSeconds: 60, perMinute, ...rest};
}

export const BRITISH_RATES: readonly Rate[] = [
  rate('UK landline', ['0.08', '0.04', '0.02'], {connectionFee: '0.05', graceSeconds: 2}),
  rate('UK mobile', ['0.16', '0.12', '0.08'], {connectionFee: '0.08', initialSeconds: 30, nextSeconds: 6, graceSeconds: 2}),
  rate('Channel Islands and Man', ['0.24', '0.2', '0.18'], {connectionFee: '0.08', initialSeconds: 30, nextSeconds: 6}),
  flat('free', '0'),
  // Access charge and service charge in one.
  flat('service 084', '0.19'),
  flat('service 087', '0.25', {minimum: '0.1'}),
  flat('premium', '1.6', {connectionFee: '0.5', maximum: '25'}),
  flat('directory', '2.98', {connectionFee: '3.1'}),
  flat('personal number', '0.5', {minimum: '0.2'}),
  // One price a call, however long.
  flat('speaking clock', '0', {connectionFee: '0.5'}),
];

/** In the order of what is dialled most. */
export const BRITISH_DESTINATIONS: readonly Destination[] = [
  {
    name: 'UK landline',
    rate: 'UK landline',
    prefixes: ['4420', ...'123456789'.split('').map((digit) => `441${digit}`), '4423', '4424', '4428', '4429'],
  },
  {name: 'UK mobile', rate: 'UK mobile', prefixes: ['4471', '4472', '4473', '4474', '4475', '4477', '4478', '4479']},
  {name: 'UK freephone', rate: 'free', prefixes: ['44800', '44808', '44500']},
  {name: 'UK-wide (03)', rate: 'UK landline', prefixes: ['4430', '4433', '4434', '4437']},
  {name: 'UK business (084)', rate: 'service 084', prefixes: ['44842', '44843', '44844', '44845']},
  {name: 'UK service (087)', rate: 'service 087', prefixes: ['44870', '44871', '44872', '44873']},
  {name: 'UK premium (09)', rate: 'premium', prefixes: ['44900', '44901', '44904', '44905', '44906', '44908', '44909', '4491', '4498']},
  {name: 'UK personal number (070)', rate: 'personal number', prefixes: ['4470']},
  {name: 'UK pager (076)', rate: 'personal number', prefixes: ['4476']},
  {name: 'UK internet and network services (055, 056)', rate: 'UK landline', prefixes: ['4455', '4456']},
  {name: 'Isle of Man', rate: 'Channel Islands and Man', prefixes: ['441624', '447624']},
  {name: 'Jersey', rate: 'Channel Islands and Man', prefixes: ['441534', '447509', '447797', '447937']},
  {name: 'Guernsey', rate: 'Channel Islands and Man', prefixes: ['441481', '447781', '447839', '447911']},
];

export const BRITISH_SHORT_CODES: readonly Destination[] = [
  {name: 'Voicemail', rate: 'free', exact: true, prefixes: ['1571']},
  {name: 'Speaking clock', rate: 'speaking clock', exact: true, prefixes: ['123']},
  {name: 'Directory enquiries', rate: 'directory', exact: true, prefixes: ['118118', '118500', '118888']},
  {name: 'Public services', rate: 'free', exact: true, prefixes: ['101', '105', '111', '119', '159']},
  {name: 'Helplines', rate: 'free', exact: true, prefixes: ['116000', '116006', '116111', '116117', '116123']},
];
