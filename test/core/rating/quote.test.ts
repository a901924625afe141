// What was quoted is what is charged: the quote of portal and console beside the box's own rating of the same call.
import {assert as holds, constantFrom, integer, property, stringMatching, tuple, oneof} from 'fast-check';
import {expect, test} from 'vitest';
import {createRater} from '../../../edge/rating/rate.ts';
import type {AccountId} from '../../../shared/journal/transfer.ts';
import {quote} from '../../../shared/tariff/quote.ts';
import {instant} from '../../../shared/time/instant.ts';
import type {Policy} from '../../../shared/wire/kinds.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {generateTariff} from '../../simulator/tariff.ts';
import {compiled} from '../tariff/tariffs.ts';

/** 0907 is in no destination: only its class has a price. */
const TARIFF = compiled({
  ...generateTariff({prefixes: 2_000, seed: 7, currency: 'GBP', zone: 'Europe/London'}),
  classes: {premium: 'premium'},
});
/** A Friday; an hour later the evening begins. */
const START = instant(Date.UTC(2026, 10, 20, 17, 0, 0));

/** How it is dialled, and whither. */
const dialled = tuple(
  constantFrom('', '9', '9141', '1470', '+', '00', '900', '0', '90', '141 0', '9+'),
  oneof(
    constantFrom(
      '2079460123',
      '7700900123',
      '8000280000',
      '9001234567',
      '9071234567',
      '33123456789',
      '2348031234567',
      '1571',
      '118500',
      '999',
      '112',
      '99912',
    ),
    stringMatching(/^[0-9*#]{0,18}$/),
  ),
).map((parts) => parts.join(''));
const policies = constantFrom<Partial<Policy>>({}, {catchAll: 'bill'}, {dearestCall: 1_000_000, longestCallHours: 1});

test('a call costs what was quoted for it, and waits with the reason that was quoted', () => {
  holds(
    property(dialled, integer({min: 1, max: 60_000}), policies, (number, seconds, special) => {
      const policy = {...HALL_POLICY, ...special};
      const book = {
        policy: () => policy,
        tariffAt: () => TARIFF,
        carrierAt: () => undefined,
        allowancesFor: () => [],
        payerAt: () => 'ann' as AccountId,
        payerOfCode: () => undefined,
        extensionClass: () => undefined,
      };
      const rated = createRater({site: 'hall', book})(
        {
          feed: 'smdr',
          lines: [1],
          family: 'mitel',
          sourceKey: 'key',
          direction: 'outgoing',
          extension: '101',
          dialled: number,
          caller: undefined,
          trunk: 'T001',
          accountCode: undefined,
          start: START,
          durationSeconds: seconds,
          ringSeconds: 4,
          answered: 'yes',
          doubt: undefined,
          flags: [],
        },
        {goLive: instant(0), receivedAt: instant(START + 60_000)},
      );
      const quoted = quote({dialled: number, isExtension: false, start: START, seconds}, policy, TARIFF);
      const charged = rated.kind === 'priced' ? rated.working : rated.kind === 'unbillable' && rated.reason;
      expect(quoted.kind === 'priced' ? quoted.working : quoted.reason).toEqual(charged);
    }),
  );
});
