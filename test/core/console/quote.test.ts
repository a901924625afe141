// What would a call cost? Asked at the console, priced by what the box itself prices calls with.
import {afterEach, expect, test} from 'vitest';
import {get, openConsole, post, setUp, type ConsoleRig} from '../../rig/console/rig.ts';
import type {SiteName} from '../../rig/console/site.ts';

let rig: ConsoleRig | undefined;
afterEach(async () => {
  await rig?.close();
  rig = undefined;
});

async function asked(
  site: SiteName,
  questions: readonly (readonly [string, string])[],
): Promise<readonly {readonly status: number; readonly text: string}[]> {
  rig = await openConsole(site);
  const cookie = await setUp(rig);
  expect((await get(rig, '/tariff', cookie)).status).toBe(200);
  const answers = [];
  for (const [number, minutes] of questions) {
    const answer = await post(rig, '/tariff', {number, minutes}, cookie);
    const text = (await answer.text())
      .replace(/^.*<main/s, '<main')
      .replaceAll(/<[^>]*>/g, ' ')
      .replaceAll(/\s+/g, ' ');
    answers.push({status: answer.status, text});
  }
  return answers;
}

test('a call is priced by the schedule of the box', async () => {
  const [mobile, evening, extension] = await asked('busy', [
    ['9 07700 900123', '10'],
    ['01223 496018', '2.5'],
    ['2134', '60'],
  ]);
  // £0.05 for the connection and ten minutes at £0.12.
  expect(mobile?.text).toContain('10 min to United Kingdom mobile cost £1.25');
  // £0.05 and 150 s at £0.04 a minute, which is £0.10; by day, Tuesday 14:02.
  expect(evening?.text).toContain('2 min 30 s to United Kingdom cost £0.15');
  expect(evening?.text).toMatch(/One more minute costs .*standard £0\.04 evening £0\.02/);
  expect(extension?.text).toContain('Calls within the house are free.');
});

test('what has no price is said, and what is typed wrong is said beside its field', async () => {
  const [range, words, long] = await asked('busy', [
    ['00 55 11 2345 6789', '10'],
    ['reception', 'long'],
    // The site lets no call be longer than 6 hours.
    ['01223496018', '361'],
  ]);
  expect([range?.status, words?.status, long?.status]).toEqual([200, 422, 422]);
  expect(range?.text).toContain('The price list does not know these numbers well enough.');
  expect(words?.text).toContain('Enter a telephone number');
  expect(words?.text).toContain('Enter how many minutes');
  expect(long?.text).toContain('So long a call is charged only after staff have looked at it.');
});

test('a box that has just been unpacked has no prices', async () => {
  const [answer] = await asked('empty', [['01223496018', '10']]);
  expect(answer?.text).toContain('No prices are in force here yet.');
});
