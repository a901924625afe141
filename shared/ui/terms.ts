// What the box and the desk call the same things: one word for one fact. English is the source.
import type {TransferCode} from '../journal/transfer.ts';

export const LOCK_REASON_TERMS = {
  floor: 'Balance at or below the floor',
  refused: 'Automatic top-up was refused',
  staff: 'Locked by staff',
  unbillable: 'Too many calls wait to be billed',
  vacant: 'Nobody pays for this line',
};

export const TRANSFER_TERMS: Readonly<Record<string, string>> = {
  CALL: 'Call',
  CALL_ADJ: 'Correction of a call',
  TOPUP: 'Top-up',
  REFUND: 'Refund',
  CHARGEBACK: 'Payment taken back by the bank',
  CHARGEBACK_WON: 'Payment won back',
  FEE: 'Fee',
  TRANSFER: 'Transfer',
  OPENING: 'Opening balance',
  WRITE_OFF: 'Written off',
  REVERSAL: 'Reversal',
  ALLOWANCE: 'Free allowance',
} satisfies Readonly<Record<TransferCode, string>>;

export const DIRECTION_TERMS = {outgoing: 'outgoing', incoming: 'incoming', internal: 'internal', unknown: 'direction not known'};

export const CALL_STATE_TERMS = {
  billed: 'billed',
  watched: 'watched, not debited',
  unbillable: 'cannot be billed yet',
  'written-off': 'written off',
};

/** How the waiting of an unbillable call ended, before the time; and by another tariff than the one that had no price for it. */
export const RESOLUTION_TERMS = {
  schedule: 'Waited as unbillable; priced',
  desk: 'Waited as unbillable; billed by hand',
  'written-off': 'Waited as unbillable; written off',
  tariffs: (first: string | undefined, priced: string) =>
    `${first === undefined ? 'no tariff in force at first' : `no price in tariff ${first} at first`}, then by tariff ${priced}`,
};

/** The columns of a statement's file, and what stands in its first and last line. */
export const STATEMENT_FILE_TERMS = {
  date: 'Date',
  time: 'Time',
  what: 'What',
  destination: 'Destination',
  number: 'Number',
  seconds: 'Seconds',
  freeSeconds: 'Free seconds',
  freeAmount: 'Free amount',
  allowance: 'Free by',
  in: 'Paid in',
  out: 'Paid out',
  tax: 'VAT contained',
  balance: 'Balance',
  currency: 'Currency',
  opening: 'Balance at the start',
  closing: 'Balance at the end',
};

export const UNBILLABLE_TERMS = {
  'no-destination': 'No rate for this number',
  'range-unconfirmed': 'Number range not confirmed',
  'no-tariff': 'No tariff in force',
  'no-tenant': 'Nobody pays for the line',
  'number-unreadable': 'No number to price',
  'time-implausible': 'Time cannot be right',
  'duration-implausible': 'Length cannot be right',
  'price-implausible': 'Too dear to bill without a look',
  'direction-unknown': 'Neither outgoing nor incoming',
  'duplicate-suspected': 'Perhaps the same call twice',
};

/** What a person does about each. */
export const UNBILLABLE_CURES = {
  'no-destination': 'Add the number range to the tariff at the desk.',
  'range-unconfirmed': 'Confirm the range at the desk, or bill by the whole country.',
  'no-tariff': 'Publish a tariff that is in force at the time of the call.',
  'no-tenant': 'Give the line a payer at the desk, from before the call.',
  'number-unreadable': 'Look at the raw lines: the profile may read another column.',
  'time-implausible': 'Check the switchboard’s clock and the zone of the feed.',
  'duration-implausible': 'Ask the payer and the carrier, then bill by hand or write it off.',
  'price-implausible': 'Look at the call, then bill by hand or write it off.',
  'direction-unknown': 'The record names no trunk and no direction: mend the profile.',
  'duplicate-suspected': 'Compare the two, then bill by hand or write one off.',
};
