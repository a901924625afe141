// `spbs dialplan`, as an engineer calls it. What the text does in Asterisk, the contract suite and the journeys show.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {command} from '../../../provisioning/dialplan-command.ts';
import {Failure} from '../../../shared/failure/failure.ts';
import type {Policy} from '../../../shared/wire/kinds.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';
import {runCommand, type Ran} from '../../rig/terminal.ts';

const dialplan = (...args: readonly string[]): Promise<Ran> => runCommand(command, args);

async function failure(...args: readonly string[]): Promise<Failure> {
  const thrown: unknown = await dialplan(...args).catch((error: unknown) => error);
  if (thrown instanceof Failure) return thrown;
  throw new Error('nothing was thrown', {cause: thrown});
}

/** The lines of one context. */
function contextOf(text: string, name: string): readonly string[] {
  const lines = text.split('\n');
  const first = lines.indexOf(`[${name}]`) + 1;
  const next = lines.findIndex((line, at) => at >= first && line.startsWith('['));
  return lines.slice(first, next === -1 ? undefined : next).filter((line) => line !== '' && !line.startsWith(';'));
}

describe('spbs dialplan, by words', () => {
  test('prints the two subroutines, for lines and for endpoints that are named otherwise', async () => {
    const {code, out, err} = await dialplan(
      '--country',
      'GB',
      '--outside-line',
      '9',
      '--line',
      '101',
      '--line',
      '_2XX',
      '--line',
      'attic=190',
    );
    expect({code, err}).toEqual({code: 0, err: ''});
    expect(contextOf(out, 'spbs-lines')).toEqual([
      'exten => 101,1,Return(${EXTEN})',
      'exten => _2XX,1,Return(${EXTEN})',
      'exten => attic,1,Return(190)',
    ]);
    // Britain's own: 112 and 999, behind 9 or not, 1470 or 141, + or 0 or 00.
    expect(out).toContain('REGEX("^(9)?(1470|141)?([+]|0|00)?(112|999)$" ');
    expect(out).not.toContain('[spbs-phones]');
  });

  test('prints whole contexts, with the names that are given, for a trunk', async () => {
    const words = ['--country', 'GB', '--line', '101', '--line', 'attic=190', '--trunk', 'bt', '--phones', 'rooms', '--mailboxes', 'hall'];
    const {out} = await dialplan(...words);
    expect(contextOf(out, 'rooms')).toEqual(['include => spbs-emergency', 'include => spbs-internal', 'include => spbs-external']);
    expect(contextOf(out, 'spbs-from-trunk')).toEqual(['include => spbs-internal']);
    expect(out).toContain('Dial(PJSIP/999@bt)');
    expect(contextOf(out, 'spbs-internal')).toContain(' same => n,Dial(PJSIP/attic,30)');
    expect(out).toContain('VoiceMail(${LOCAL(line)}@hall,u)');
  });

  test('takes the prefixes that are given in place of the country’s, and the numbers that are always open', async () => {
    const prefixes = ['--national-prefix', '8', '--international-prefix', '810', '--international-prefix', '009'];
    const {out} = await dialplan('--country', 'GB', '--line', '101', ...prefixes, '--always-open', '0800111', '--always-open', '*55');
    expect(out).toContain('([+]|8|810|009)?(0800111|[*]55)$');
  });

  test.each([
    [['--line', '101'], 'name the box’s database with --site, or the country with --country'],
    [['--country', 'XX', '--line', '101'], 'there is no country XX'],
    [['--country', 'GB'], 'at least one line'],
    [['--country', 'GB', '--line', '101,1,System(x)'], '"101,1,System(x)" cannot stand in a dialplan'],
    [['--country', 'GB', '--line', 'attic='], '"" cannot stand in a dialplan'],
    [['--country', 'GB', '--line', '101', '--outside-line', '9${X}'], 'cannot stand in a dialplan'],
    [['--country', 'GB', '--line', '101', '--colour'], '--colour'],
    [['--site', 'box.db', '--country', 'GB'], '--country is what --site says already'],
    [['--site', 'box.db', '--always-open', '1'], 'always open numbers are the site’s policy'],
  ])('says what is wrong with %j', async (words, what) => {
    const {code, out, err} = await dialplan(...words);
    expect({code, out}).toEqual({code: 2, out: ''});
    expect(err).toContain(what);
    expect(err).toContain('spbs dialplan --help');
  });
});

describe('spbs dialplan, by the database of the box', () => {
  let store: TemporaryStore;
  beforeEach(() => {
    store = temporaryStore();
  });
  afterEach(() => {
    store.remove();
  });
  const policyIs = (policy: Policy): void =>
    void store.database.prepare('INSERT INTO policy (one, seq, body) VALUES (1, 1, ?)').run(JSON.stringify(policy));
  const linesAre = (...lines: readonly (readonly [string, string])[]): void => {
    const insert = store.database.prepare('INSERT INTO extension (extension, class) VALUES (?, ?)');
    for (const line of lines) insert.run(...line);
  };

  test('takes rules and lines as the cloud has set them, telephones of staff and lifts too', async () => {
    policyIs(HALL_POLICY);
    linesAre(['102', 'student'], ['101', 'student'], ['190', 'student'], ['900', 'lift']);
    const {code, out} = await dialplan('--site', store.path, '--line', 'attic=190');
    expect(code).toBe(0);
    expect(contextOf(out, 'spbs-lines')).toEqual([
      'exten => 101,1,Return(${EXTEN})',
      'exten => 102,1,Return(${EXTEN})',
      'exten => 900,1,Return(${EXTEN})',
      // Not named like its extension any more.
      'exten => attic,1,Return(190)',
    ]);
    expect(out).toContain('^(9)?(1470|141)?([+]|0|00)?(112|999)$');
    expect(out).toContain('(0800111)$');
  });

  test('prints nothing while the site is not known, or has no line', async () => {
    expect(await failure('--site', store.path)).toMatchObject({code: 'config.invalid', message: 'the box does not know its site yet'});
    policyIs(HALL_POLICY);
    expect(await failure('--site', store.path)).toMatchObject({code: 'config.invalid', message: /the site has no line/});
  });

  test('says that a file is no database of a box', async () => {
    const path = join(store.folder, 'other');
    writeFileSync(path, 'not a database, but long enough to be read as one'.repeat(50));
    expect(await failure('--site', path)).toMatchObject({code: 'store.corrupt', message: /is no database of a box/});
  });
});
