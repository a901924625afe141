// The dialplan on a real Asterisk, with no box beside it: what a lock bars, and what it never bars.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeEach, describe, expect, test, vi} from 'vitest';
import {asteriskDialplan, openNumbersOf} from '../../edge/switchboard/asterisk-dialplan.ts';
import {must} from '../../shared/assert/assert.ts';
import {prepareDialPlan} from '../../shared/telephone/dial-plan.ts';
import {needs} from '../needs.ts';
import {startAsterisk, type AsteriskRig} from '../rig/asterisk/asterisk.ts';
import {openManager, type Manager} from '../rig/asterisk/manager.ts';
import {rigDialplan} from '../rig/asterisk/settings.ts';
import {startSipp, type Sipp} from '../rig/asterisk/sipp.ts';

const LINES = ['101', '102'];
const BARRED = 403;
const TALK_SECONDS = 0.3;
const LONDON = '902079460123';
const UK = {outsideLine: '9', areaCode: '20', nationalPrefix: '0', internationalPrefixes: ['00'], extensionDigits: 4};
const NUMBERS = openNumbersOf(must(prepareDialPlan(UK, 'GB', ['0800111', '*55']), 'the dial plan of Britain'));

type Site = {readonly asterisk: AsteriskRig; readonly sipp: Sipp; readonly manager: Manager};
let started: Site | undefined;
const site = (): Site => started ?? expect.unreachable('the site is started before each test');

beforeEach(async (context) => {
  const program = needs(context, 'sipp');
  const tree = needs(context, 'asterisk');
  if (started === undefined) {
    const asterisk = await startAsterisk(tree, LINES, {numbers: NUMBERS});
    started = {asterisk, sipp: await startSipp(program, asterisk.settings), manager: await openManager(asterisk.settings)};
  }
  started.asterisk.console('database deltree spbs');
});
afterAll(async () => {
  started?.manager.close();
  await started?.sipp.dispose();
  await started?.asterisk.dispose();
});

const put = (key: string, value: string): unknown => site().asterisk.console(`database put spbs ${key} ${value}`);
const kept = (key: string): string | undefined => /^Value: (.*)$/m.exec(site().asterisk.console(`database get spbs ${key}`))?.[1];
/** Calls, and says what the carrier was asked for; nothing if the call never left the house. */
async function dials(endpoint: string, number: string): Promise<{status: number; carried: readonly string[]}> {
  const before = site().sipp.carried().length;
  const {status} = await site().sipp.call(endpoint, number, TALK_SECONDS);
  return {status, carried: site().sipp.carried().slice(before)};
}

/** The newest call record has this user field. */
const recorded = (field: string): Promise<void> =>
  vi.waitFor(() => expect(site().asterisk.records().at(-1)).toContain(`"${field}"`), {timeout: 5_000, interval: 50});

describe('a locked line', () => {
  beforeEach(() => {
    put('lock-101', '1');
  });

  test('is barred, and says so in the call record; another line is not', async () => {
    expect(await dials('101', LONDON)).toEqual({status: BARRED, carried: []});
    await recorded('spbs-barred');
    expect(await dials('102', LONDON)).toEqual({status: 200, carried: ['02079460123']});
  });

  test.for([
    ['999', '999'],
    ['9999', '999'],
    ['9112', '112'],
    ['9141999', '141999'],
    ['914701123', '14701123'],
    ['90800111', '0800111'],
  ])('reaches %s', async ([dialled, carried]) => {
    expect(await dials('101', dialled ?? '')).toEqual({status: 200, carried: [carried]});
  });

  test('is rung for an hour after an emergency call, and no longer', async () => {
    const {sipp} = site();
    await dials('101', '9999');
    const called = Number(kept('emergency-101'));
    expect(Math.abs(called - Date.now() / 1_000)).toBeLessThan(5);
    const ring = async (): Promise<number> => {
      const before = sipp.rung().length;
      await sipp.incomingCall('101', TALK_SECONDS);
      return sipp.rung().length - before;
    };
    expect(await ring()).toBe(1);
    put('emergency-101', String(Math.round(Date.now() / 1_000) - 3_601));
    expect(await ring()).toBe(0);
    await recorded('spbs-diverted');
  });

  test('is open for any other value of the flag, as the box reads it', async () => {
    put('lock-101', '0');
    expect((await dials('101', LONDON)).status).toBe(200);
  });
});

describe('a telephone', () => {
  test('is known by its endpoint, also where that has another name than the extension', async () => {
    put('lock-190', '1');
    expect(await dials('attic-phone', LONDON)).toEqual({status: BARRED, carried: []});
    site().asterisk.console('database del spbs lock-190');
    expect((await dials('attic-phone', LONDON)).status).toBe(200);
  });

  test('that nobody can tell the line of is barred and counted, and reaches help', async () => {
    put('unidentified', '8');
    expect(await dials('nameless', LONDON)).toEqual({status: BARRED, carried: []});
    expect(kept('unidentified')).toBe('9');
    await recorded('spbs-unidentified');
    expect(await dials('nameless', '9999')).toEqual({status: 200, carried: ['999']});
    expect(kept('emergency-')).toBeUndefined();
  });
});

describe('every form of every emergency number', () => {
  const forms = (numbers: readonly string[]): readonly string[] =>
    ['', '9'].flatMap((outside) =>
      ['', ...NUMBERS.supplementaryPrefixes].flatMap((supplementary) =>
        ['', ...NUMBERS.numberPrefixes].flatMap((prefix) => numbers.map((number) => `${outside}${supplementary}${prefix}${number}`)),
      ),
    );

  test('is one for Asterisk’s own regular expressions, and an ordinary number is none', async () => {
    const {manager, asterisk} = site();
    const patterns = [
      ...asteriskDialplan({...rigDialplan(LINES), numbers: NUMBERS}).matchAll(/REGEX\("([^"]+)"[^\n]*\?(emergency|open)\)/g),
    ];
    expect(patterns.map(([, , label]) => label)).toEqual(['emergency', 'emergency', 'open']);
    // What is asked here is what Asterisk has loaded.
    const loaded = readFileSync(join(asterisk.cdrFolder, '../../etc/extensions_spbs.conf'), 'utf8');
    for (const [, pattern = ''] of patterns) expect(loaded).toContain(pattern);
    const decides = async (dialled: string): Promise<string | undefined> => {
      for (const [, pattern, label] of patterns) if ((await manager.valueOf(`REGEX("${pattern}" ${dialled})`)) === '1') return label;
      return undefined;
    };
    const ask = async (numbers: readonly string[]): Promise<readonly (string | undefined)[]> => {
      const labels: (string | undefined)[] = [];
      for (const dialled of numbers) labels.push(await decides(dialled));
      return labels;
    };
    expect(NUMBERS.emergency).toEqual(['112', '999']);
    expect(new Set(await ask(forms(NUMBERS.emergency)))).toEqual(new Set(['emergency']));
    expect(new Set(await ask(forms(NUMBERS.alwaysOpen)))).toEqual(new Set(['open']));
    const more = ['9991', '99991', '9141999123', '1129'];
    expect(new Set(await ask(more))).toEqual(new Set(['emergency']));
    const others = [LONDON, '02079460123', '911', '9911', '99112', '0112233', '08001112', '101', '*551'];
    expect(new Set(await ask(others))).toEqual(new Set([undefined]));
  });
});
