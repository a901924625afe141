// No honest clock is before anything that was ever written down here.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {clockFloor} from '../../../edge/health/clock-trust.ts';
import {createJournal} from '../../../edge/ledger/journal.ts';
import {createLedger} from '../../../edge/ledger/ledger.ts';
import {claimIdentity} from '../../../edge/store/identity.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {createLinkRows} from '../../../edge/sync/link-rows.ts';
import {later} from '../../../shared/time/instant.ts';
import {createSiteReaders} from '../../../edge/site/write.ts';
import {SOME_ROW} from '../../rig/flow.ts';
import {NOON, pricedCall} from '../rated-calls.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

let store: TemporaryStore;

beforeEach(() => {
  store = temporaryStore();
});
afterEach(() => store.remove());

function record(key: string, afterNoonMs: number): void {
  const {database} = store;
  const ledger = createLedger(database, createJournal(database, randomBytes));
  inTransaction(database, () => ledger.record([pricedCall(key, 'ann', 100)], 'bill', later(NOON, afterNoonMs)));
}

test('the floor is the latest of the first start, every call recorded, and what the cloud once said', () => {
  const {database} = store;
  createSiteReaders(database).account({account: 'ann', currency: 'GBP', language: 'en', closed: false}, SOME_ROW);
  claimIdentity(database, {site: 'hall', box: 'box-1'}, NOON);
  const floor = clockFloor(database);
  expect(floor()).toBe(NOON);
  record('a', 5_000);
  expect(floor()).toBe(NOON + 5_000);
  // The clock was set back meanwhile: the call before is still the latest.
  record('b', 2_000);
  expect(floor()).toBe(NOON + 5_000);
  record('c', 9_000);
  expect(floor()).toBe(NOON + 9_000);
  createLinkRows(database, (work) => inTransaction(database, work)).raiseFloor(later(NOON, 60_000));
  expect(floor()).toBe(NOON + 60_000);
  expect(clockFloor(database)()).toBe(NOON + 60_000);
});
