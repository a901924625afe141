// `spbs record` and `spbs profile`, as a person or a script calls them.
import {mkdirSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {command as profile} from '../../../provisioning/profile-command.ts';
import {command as record} from '../../../provisioning/record-command.ts';
import {Failure} from '../../../shared/failure/failure.ts';
import {formats} from '../../simulator/switchboard/formats.ts';
import {temporaryFolder} from '../temporary-store.ts';
import {at} from './read-lines.ts';
import {runCommand} from '../../rig/terminal.ts';

const START = at('2025-11-26T10:00:00Z');
const RECEIVED = ['--received', '2025-11-26T15:00:00Z'];
const printed = (sequence: number, direction: 'outgoing' | 'incoming' | 'internal' = 'outgoing', seconds = 60): string =>
  formats['asterisk-csv'](
    {
      direction,
      extension: '101',
      other: '102',
      startMs: START + sequence * 1_000,
      ringSeconds: 5,
      talkSeconds: seconds,
      diverted: false,
      sequence,
    },
    'UTC',
  );
/** A leg, whose far half is told elsewhere. */
const leg = printed(50).replace('PJSIP/trunk-', 'Local/9@x-');

let folder: string;
let remove: () => void;
beforeEach(() => {
  ({folder, remove} = temporaryFolder());
});
afterEach(() => {
  remove();
});
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('spbs record', () => {
  test('prints a call a line, and what is none on standard error with its place and reason', async () => {
    const path = file('Master.csv', [printed(1), '', leg, 'rubbish', printed(1), printed(2, 'incoming')].join('\n'));
    const {code, out, err} = await runCommand(record, ['--profile', 'asterisk-csv', '--feed', 'hall', ...RECEIVED, path]);
    expect(code).toBe(1);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toEqual([
      {
        feed: 'hall',
        file: path,
        lines: [1],
        family: 'asterisk-cdr',
        sourceKey: '1764151201.1\u001F1764151201.1\u001F1',
        direction: 'outgoing',
        extension: '101',
        dialled: '102',
        caller: null,
        trunk: 'trunk',
        accountCode: null,
        start: '2025-11-26T10:00:01.000Z',
        durationSeconds: 60,
        ringSeconds: 5,
        answered: 'yes',
        doubt: null,
        flags: [],
      },
      expect.objectContaining({lines: [6], direction: 'incoming', extension: '101', caller: '102', dialled: null}),
    ]);
    expect(err).toBe(`${path}:3: no call: leg
${path}:4: rejected: no-variant: 1 fields; this profile knows lines of 16, 17, 18, 19, 20, 21
    rubbish
${path}:5: a duplicate
`);
  });

  test('reads standard input, and says in JSON what is no call', async () => {
    const {code, out, err} = await runCommand(record, ['--profile', 'asterisk-csv', '--json', ...RECEIVED], {
      input: [`${printed(1)}\r\n${leg}`],
    });
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({file: '-', lines: [1]});
    expect(JSON.parse(err)).toEqual({kind: 'not-a-call', what: 'leg', file: '-', line: 2});
  });

  test('sums up in one object', async () => {
    const first = file(
      'a.csv',
      [printed(1), printed(2, 'incoming', 30), printed(3, 'internal', 7), leg, printed(4, 'outgoing', 0)].join('\n'),
    );
    const second = file('b.csv', [printed(1), 'rubbish', '"open', printed(5, 'outgoing', 3)].join('\n'));
    const {code, out, err} = await runCommand(record, ['--profile', 'asterisk-csv', '--summary', '--json', ...RECEIVED, first, second]);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      lines: 9,
      legs: 6,
      calls: 5,
      notCalls: {leg: 1},
      rejects: {'no-variant': 1, 'cut-line': 1},
      duplicates: 1,
      seconds: {out: 63, in: 30, internal: 7},
    });
    expect(err).toBe('');
    const people = await runCommand(record, ['--profile', 'asterisk-csv', '--summary', ...RECEIVED, first]);
    expect(people.code).toBe(0);
    expect(people.out).toMatch(/^lines +5$/m);
    expect(people.out).toContain('seconds  out 60, in 30, internal 7');
  });

  test('takes the zone of the switchboard, and the year from the last change of a file', async () => {
    const line = formats['mitel-mivoice-207'](
      {
        direction: 'outgoing',
        extension: '101',
        other: '9020',
        startMs: at('2019-07-01T12:00:00Z'),
        ringSeconds: 0,
        talkSeconds: 60,
        diverted: false,
        sequence: 1,
      },
      'America/New_York',
    );
    const path = file('mitel.txt', `${line}\r\n`);
    const changed = new Date('2019-07-01T13:00:00Z');
    utimesSync(path, changed, changed);
    const {out} = await runCommand(record, ['--profile', 'mitel-mivoice', '--zone', 'America/New_York', path]);
    const {start} = JSON.parse(out) as {readonly start: string};
    expect(Date.parse(start)).toBe(Date.parse('2019-07-01T12:00:00Z'));
  });

  test('shows how far it is, where somebody looks', async () => {
    const path = file('long.csv', `${Array.from({length: 3_000}, (_, place) => printed(place)).join('\n')}\n`);
    const {err} = await runCommand(record, ['--profile', 'asterisk-csv', '--summary', path], {interactive: true});
    expect(err).toMatch(/\d+ lines, \d+ % of .*long\.csv/);
  });

  test('ends when it is told to', async () => {
    const stop = AbortSignal.abort();
    const {code, err} = await runCommand(record, ['--profile', 'asterisk-csv', '--summary', file('a.csv', printed(1))], {stop});
    expect(code).toBe(3);
    expect(err).toContain('stopped after 0 lines');
  });

  test.each([
    ['no profile', [], '--profile is missing'],
    ['a zone that there is not', ['--profile', 'asterisk-csv', '--zone', 'Europe/Lundun'], '--zone Europe/Lundun is no time zone'],
    ['a time without its offset', ['--profile', 'asterisk-csv', '--received', '2026-11-26'], '--received 2026-11-26 is no time'],
    ['a word that it does not know', ['--profile', 'asterisk-csv', '--sumary'], '--sumary'],
  ])('is called wrongly: %s', async (_, args, what) => {
    const {code, out, err} = await runCommand(record, args);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(what);
    expect(err).toContain('spbs record --help');
  });

  test('says what cannot be read', async () => {
    mkdirSync(join(folder, 'a-folder'));
    const codeOf = async (...args: readonly string[]): Promise<string | undefined> =>
      await runCommand(record, args).then(
        () => undefined,
        (error: unknown) => (error instanceof Failure ? error.code : String(error)),
      );
    expect(await codeOf('--profile', 'asterisk-csv', join(folder, 'none.csv'))).toBe('file.unreadable');
    expect(await codeOf('--profile', 'asterisk-csv', join(folder, 'a-folder'))).toBe('file.unreadable');
    expect(await codeOf('--profile', 'asterisk')).toBe('profile.unknown');
    expect(await codeOf('--profile', file('bad.yaml', 'format: x'))).toBe('profile.invalid');
  });
});

describe('spbs profile', () => {
  test('lists what is shipped', async () => {
    const {code, out} = await runCommand(profile, ['list']);
    expect(code).toBe(0);
    expect(out).toMatch(/^mitel-mivoice {2}Mitel/m);
    const {out: json} = await runCommand(profile, ['list', '--json']);
    expect(JSON.parse(json)).toContainEqual(expect.objectContaining({name: 'asterisk-csv', family: 'asterisk-cdr', answers: 'always'}));
  });

  test('checks a file, and says where it is wrong', async () => {
    const bad = file('bad.yaml', 'format: spbs-profile/1\nname: Bad\n');
    const {code, out} = await runCommand(profile, ['check', bad]);
    expect(code).toBe(1);
    expect(out).toContain(`${bad}:2:1: name must be a name: a small letter`);
    const {code: sound, out: said} = await runCommand(profile, [
      'check',
      join(import.meta.dirname, '../../../edge/record/profiles/mitel-mivoice.yaml'),
    ]);
    expect(sound).toBe(0);
    expect(said).toContain('is a sound profile: mitel-mivoice');
    await expect(runCommand(profile, ['check', join(folder, 'none.yaml')])).rejects.toThrow('cannot be read');
  });

  test('guesses which fits, the best first', async () => {
    const path = file('lines', `${[printed(1), leg, printed(2), 'rubbish'].join('\n')}\n`);
    const {code, out} = await runCommand(profile, ['guess', path]);
    expect(code).toBe(0);
    expect(out).toBe(
      '  75 %  asterisk-csv: 2 calls, 1 lines that are none, 1 rejected\n   0 %  mitel-mivoice: 0 calls, 0 lines that are none, 4 rejected\n',
    );
    const {code: none, out: json} = await runCommand(profile, ['guess', '-', '--json'], {input: ['rubbish\n']});
    expect(none).toBe(1);
    expect(JSON.parse(json)).toContainEqual({profile: 'asterisk-csv', score: 0, calls: 0, notCalls: 0, rejected: 1});
  });

  test.each([[[]], [['check']], [['guess', 'a', 'b']], [['delete', 'a']], [['list', '--yaml']]])('is called wrongly: %j', async (args) => {
    const {code, err} = await runCommand(profile, args);
    expect(code).toBe(2);
    expect(err).toContain('spbs profile --help');
  });
});
