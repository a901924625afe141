// What the lists of unbillable calls say: why calls wait, which ranges they went to, what may be at stake.
import {counted, type Figure} from '../../../shared/ui/counted.ts';
import {UNBILLABLE_CURES, UNBILLABLE_TERMS} from '../../../shared/ui/terms.ts';
import type {NumberKind} from '../../../shared/telephone/number-kind.ts';

export const UNBILLABLE_WORDS = {
  title: 'Unbillable calls',
  lead: 'Calls that wait: kept whole, not priced yet, never lost. Each has its reason.',
  groups: 'Why they wait',
  groupsList: 'Calls that wait, by site and reason',
  columns: {reason: 'Reason', site: 'Site', calls: 'Calls', minutes: 'Minutes', oldest: 'Oldest', newest: 'Newest', cure: 'What to do'},
  empty: 'No call waits',
  emptyHow: 'A call that has no price or no payer appears here with its reason.',
  choose: 'Choose a reason to see its calls.',
  reasons: UNBILLABLE_TERMS as Readonly<Record<string, string>>,
  cures: UNBILLABLE_CURES as Readonly<Record<string, string>>,

  ranges: 'Ranges that have no rate',
  rangesList: 'What the numbers of these calls have in common, the most money first',
  rangeColumns: {
    prefix: 'Begins with',
    site: 'Site',
    calls: 'Calls',
    minutes: 'Begun minutes',
    newest: 'Newest',
    stake: 'At stake (estimate)',
  },
  /** Of all ranges together. */
  atStake: (calls: Figure, amounts: string) => `${counted(calls, 'call waits', 'calls wait')} for a range: about ${amounts} at stake`,
  stakeIs:
    'At stake is an estimate, never billed: begun minutes at the price of the catch-all that holds the number, else at the dearest price of its country, in the tariff in force at the call, tax included.',
  stakeNewest: (most: Figure) => `Only the newest ${counted(most, 'call', 'calls')} of a site are in it.`,
  stakeCatchAll: (price: string, destination: string) => `at ${price} a minute, the price of ${destination}`,
  stakeDearest: (price: string, destination: string) => `at ${price} a minute, the dearest of the country (${destination})`,
  stakeOthers: (ways: Figure) => `and ${counted(ways, 'other price', 'other prices')}`,
  stakeUnknown: 'not known: no price for that country',
  stakeWithout: (calls: Figure) => `${counted(calls, 'call', 'calls')} not in it: no price for that country`,
  and: ' and ',

  kinds: {
    landline: 'landline',
    mobile: 'mobile',
    freephone: 'freephone',
    premium: 'premium',
    'shared-cost': 'shared-cost',
    personal: 'personal',
    voip: 'internet telephone',
    pager: 'pager',
    corporate: 'company-wide',
  } satisfies Readonly<Record<NumberKind, string>>,
  noCountry: 'an international service',
  /** What libphonenumber knows of a range. `kinds` as `landline or mobile`. */
  factsKnown: (kinds: string, countries: string, example: string | undefined) =>
    `By libphonenumber: ${kinds} numbers of ${countries}${example === undefined ? '' : `, such as ${example}`}.`,
  factsUnknown: (countries: string) => `libphonenumber knows no numbers of ${countries} that begin so; new ranges are often unknown to it.`,
  factsLengths: (least: number, most: number, example: string | undefined) =>
    `Whole numbers there have ${least === most ? least : `${least} to ${most}`} digits${example === undefined ? '' : `, such as ${example}`}.`,
  factsTooLong: 'Whole numbers there are shorter than that.',
  factsNone: 'libphonenumber knows no country with this calling code.',
  standings: {
    known: (count: Figure) => `${counted(count, 'number', 'numbers')} called: valid by libphonenumber`,
    possible: (count: Figure) => `${counted(count, 'number', 'numbers')} called: possible by length, not in a range that it knows`,
    impossible: (count: Figure) => `${counted(count, 'number', 'numbers')} called: of a length that no number there has`,
  },

  callsTitle: (reason: string, site: string) => `${reason}: ${site}`,
  prefixTitle: (prefix: string, site: string) => `Calls that wait, to ${prefix}…: ${site}`,
  callsList: 'Calls that wait, newest first',
  callColumns: {when: 'When', line: 'Line', number: 'Number', duration: 'Length', detail: 'Detail'},
  all: 'All unbillable calls',
  noLine: 'no line named',
  noNumber: 'not known',
  noCalls: 'No call waits for this reason',
  noCallsTo: 'No call to this range waits',
  actsColumn: 'What can be done',
  addRange: 'Add the range',
  added: 'Added: what became of it',
  addedWaits: 'Waits for a second person',
  bill: 'Bill by hand',
  writeOff: 'Write off',
  askedBill: (amount: string, by: string) => `${by} billed it with ${amount}: the box has not answered yet`,
  askedOff: (by: string) => `${by} wrote it off: the box has not answered yet`,
  answers: {
    'still-unbillable': 'The box did not do it',
    'already-resolved': 'The box had done it already',
  } as Readonly<Record<string, string>>,
  proposed: (amount: string) => `A bill of ${amount} waits for a second person`,
  look: 'Look at it',
  follow: 'What became of it',

  waiting: 'Waits for a second person',
  waitingList: 'Bills and ranges that a second person must approve',
  waitingColumns: {what: 'What', site: 'Site', amount: 'Amount', by: 'Asked by', when: 'When'},
  waitingBill: (number: string) => `Bill the call to ${number}`,
  waitingRange: (prefix: string, destination: string) => `Add ${prefix} to ${destination}`,

  lately: 'Asked lately',
  latelyList: 'Ranges that were added, and bills that were overtaken, newest first',
  latelyColumns: {what: 'What', site: 'Site', state: 'State', by: 'By', when: 'When'},
  latelyRange: (prefix: string, destination: string) => `${prefix} to ${destination}`,
  latelyBill: (amount: string, number: string) => `A bill of ${amount} for the call to ${number}`,
  latelyDone: (ended: Figure, all: Figure) => `${ended.text} of ${counted(all, 'call', 'calls')} done`,
  latelyNoCalls: 'Published; no call waited',
  latelyRefused: 'Dropped',
  latelyOvertaken: 'Overtaken: the box ended the waiting first',
};
