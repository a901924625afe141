// A hall with a real Asterisk at the end of its lines, and students who pay in a real browser.
import type {Browser} from 'playwright-core';
import {expect, vi, type TestContext} from 'vitest';
import {launch} from '../../browser/chromium.ts';
import {needs} from '../../needs.ts';
import {databasePath} from '../box.ts';
import {endsOf, type Ends} from '../ends.ts';
import type {HallStudent} from '../hall-seed.ts';
import {startHall, type Hall} from '../hall.ts';
import {openTelephone, type Telephone} from '../telephone.ts';
import {openManager} from './manager.ts';
import {startAsteriskGround} from './site.ts';

export type AsteriskHall = {
  readonly hall: Hall;
  readonly browser: Browser;
  readonly telephone: (extension: string) => Promise<Telephone>;
  /** As Asterisk's own database has it. */
  readonly isLocked: (extension: string) => Promise<boolean>;
  readonly locked: (extension: string) => Promise<void>;
  /** Resolves with the machine's time as soon as Asterisk has no lock any more. */
  readonly opened: (extension: string) => Promise<number>;
  /** A line calls outside; resolves with what Asterisk answered. */
  readonly call: (extension: string) => Promise<number>;
  /** Waits until all ends tell this. */
  readonly endsAre: (extension: string, ends: Ends) => Promise<void>;
  readonly end: () => Promise<void>;
};

export const SOON = {timeout: 15_000, interval: 20};
/** A landline. */
const LONDON = '902079460123';
/** Short, and surely more than one second to Asterisk, which rounds down. */
const TALK_SECONDS = 1.2;
/** Closer looks at Asterisk's database would be what it is busy with. */
const LOOK_MS = 2;

/** With card provider and mail. Skips the test where there is no Asterisk, no SIPp or no Chromium. */
export async function openAsteriskHall(context: TestContext, students: readonly HallStudent[]): Promise<AsteriskHall> {
  const chromium = needs(context, 'chromium');
  const lines = students.map(({extension}) => extension);
  const {ground, asterisk, sipp, installDialplan} = await startAsteriskGround(context, lines);
  // So many lines are locked on purpose.
  const policy = {brake: {lines: 1_000, percent: 100, minutes: 10}};
  const hall = await startHall(students, {ground, card: true, mail: true, policy});
  const browser = await launch(chromium);
  await installDialplan(databasePath(hall.folder));
  const manager = await openManager(asterisk.settings);
  return {
    hall,
    browser,
    telephone: (extension) => openTelephone(browser, hall.cloud.address, hall.resident(extension)),
    isLocked: manager.isLocked,
    locked: (extension) => vi.waitFor(async () => expect(await manager.isLocked(extension)).toBe(true), SOON),
    opened: async (extension) => {
      await vi.waitFor(async () => expect(await manager.isLocked(extension)).toBe(false), {...SOON, interval: LOOK_MS});
      return Date.now();
    },
    call: async (extension) => (await sipp.call(extension, LONDON, TALK_SECONDS)).status,
    endsAre: (extension, ends) => vi.waitFor(async () => expect(await endsOf(hall, extension)).toEqual(ends), SOON),
    end: async () => {
      manager.close();
      await browser.close();
      await hall.end();
    },
  };
}
