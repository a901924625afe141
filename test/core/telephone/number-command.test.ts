// `spbs number`, as an engineer on site calls it.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {command} from '../../../provisioning/number-command.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {runCommand, type Ran} from '../../rig/terminal.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

const number = (...args: readonly string[]): Promise<Ran> => runCommand(command, args);
const BRITAIN = ['--country', 'GB', '--outside-line', '9', '--area-code', '20'];

/** Its lines, each without indent and with one bar between its columns. */
const columns = (text: string): readonly string[] => text.split('\n').map((line) => line.trim().replaceAll(/\s{2,}/g, ' | '));

describe('by words', () => {
  test('shows each step, the class, the type, and that it is no emergency', async () => {
    const {code, out, err} = await number(...BRITAIN, '9 141 020 7946 0000 5555');
    expect({code, err}).toEqual({code: 0, err: ''});
    // 141 withholds the caller's number; British numbers have at most 12 digits, so 5555 was keyed after the answer.
    expect(columns(out)).toEqual([
      '9 141 020 7946 0000 5555 is +442079460000, a telephone number (E.164).',
      '',
      'as dialled | 9141020794600005555',
      'outside line taken off | 141020794600005555',
      'supplementary prefix taken off | 020794600005555',
      'national prefix taken off | 20794600005555',
      'country code added | 4420794600005555',
      'keyed after the answer, cut | 442079460000',
      '',
      'class | outgoing: its destination decides what it costs',
      'type by its number plan | landline',
      'emergency | no',
      '',
    ]);
    const local = await number(...BRITAIN, '9 7946 0000');
    expect(columns(local.out)).toContain('area code added | 2079460000');
  });

  test.for([
    ['9-112', '112', 'emergency', undefined],
    ['9999', '999', 'emergency', undefined],
    ['9 0800 123 4567', '+448001234567', 'freephone', 'freephone'],
    ['9 0909 879 0123', '+449098790123', 'premium', 'premium'],
    ['9 07700 900123', '+447700900123', 'outgoing', 'mobile'],
    ['900498001234567', '+498001234567', 'outgoing', 'freephone'],
    ['9 1571', '1571', 'outgoing', undefined],
    ['4201', '4201', 'internal', undefined],
  ] as const)('%s as JSON: %s, %s, %s', async ([dialled, expected, of, type]) => {
    const {code, out} = await number(...BRITAIN, '--no-trunk', '--json', dialled);
    expect(code).toBe(0);
    const answer = JSON.parse(out) as Record<string, unknown>;
    expect([answer['number'], answer['class'], answer['type']]).toEqual([expected, of, type]);
    expect(answer['steps']).toContainEqual({did: 'as-dialled', digits: dialled.replaceAll(/[\s-]/g, '')});
  });

  test('knows the codes of a site', async () => {
    const codes = [
      '--carrier',
      '132x',
      '--supplementary',
      '*31',
      '--account-code',
      '*8NNNN#',
      '--short',
      '77=+33142685300',
      '--short',
      '*21',
    ];
    const {out} = await number(...BRITAIN, ...codes, '--json', '*84711#9*31 1329 020 7946 0000');
    expect(JSON.parse(out)).toMatchObject({number: '+442079460000', accountCode: '4711'});
    const speedDial = await number(...BRITAIN, ...codes, '--json', '77');
    expect(JSON.parse(speedDial.out)).toMatchObject({number: '+33142685300'});
    const feature = await number(...BRITAIN, ...codes, '--no-trunk', '--json', '*21');
    expect(JSON.parse(feature.out)).toMatchObject({kind: 'internal'});
    const after = await number(...BRITAIN, '--account-code', '#NNNN', '9020 7946 0000#4711');
    expect(columns(after.out)).toContain('account code | 4711');
    const open = await number(...BRITAIN, '--always-open', '2222', '92222');
    expect(columns(open.out)).toContain('emergency | no, but the site keeps it open: free, and no lock stops it');
  });

  test('calls an emergency number one, and says how a class is priced', async () => {
    const help = await number(...BRITAIN, '9-112');
    expect(columns(help.out).slice(0, 1)).toEqual(['9-112 is 112, an emergency number.']);
    const free = await number(...BRITAIN, '9 0800 123 4567');
    expect(columns(free.out)).toContain('class | freephone: costs what the tariff says of such numbers');
    const plus = await number(...BRITAIN, '9 +44 20 7946 0000');
    expect([plus.code, columns(plus.out)[0]]).toEqual([
      1,
      '9 +44 20 7946 0000 is no number: a + may only be its first sign, with digits behind it.',
    ]);
    const stray = await number(...BRITAIN, '+44 (0)20 7946 0000');
    expect(columns(stray.out)).toContain('national prefix taken off | 442079460000');
  });

  test('says why something is no number, and ends with 1', async () => {
    const {code, out} = await number(...BRITAIN, '90000123');
    expect(code).toBe(1);
    expect(out).toMatch(/^90000123 is no number: no country has a calling code that begins with 0\.\n/);
    const json = await number(...BRITAIN, '--json', 'hello');
    expect([json.code, JSON.parse(json.out)]).toEqual([
      1,
      expect.objectContaining({kind: 'unreadable', why: expect.any(String) as string}),
    ]);
  });

  test('an emergency number with more digits is never stopped, and costs', async () => {
    const {out} = await number(...BRITAIN, '99995551234');
    expect(columns(out)).toContain('emergency | begins like one: no lock stops it, but it is priced and flagged');
  });
});

describe('by the site’s own rules', () => {
  let store: TemporaryStore;
  beforeEach(() => {
    store = temporaryStore();
  });
  afterEach(() => {
    store.remove();
  });

  test('out of the box’s database, and its lines are looked at too', async () => {
    store.database.prepare('INSERT INTO policy (one, seq, body) VALUES (1, 1, ?)').run(JSON.stringify(HALL_POLICY));
    for (const extension of ['101', '112']) {
      store.database.prepare("INSERT INTO extension (extension, class) VALUES (?, 'student')").run(extension);
    }
    const {out} = await number('--site', store.path, '--json', '902079460000');
    expect(JSON.parse(out)).toMatchObject({number: '+442079460000'});
    const checked = await number('--site', store.path, '--check');
    expect([checked.code, checked.out.split('\n')[0]]).toEqual([
      1,
      'extension 112 is dialled like the emergency number 112: whoever needs help may ring a student',
    ]);
  });

  test('out of a file, whole or in part', async () => {
    const path = join(store.folder, 'policy.yaml');
    writeFileSync(path, JSON.stringify(HALL_POLICY));
    expect(JSON.parse((await number('--policy', path, '--json', '90800111')).out)).toMatchObject({class: 'always-open'});
    writeFileSync(path, `country: GB\ndialPlan: ${JSON.stringify({...HALL_POLICY.dialPlan, carrierCodes: ['132']})}\n`);
    expect(JSON.parse((await number('--policy', path, '--json', '913202079460000')).out)).toMatchObject({number: '+442079460000'});
    writeFileSync(path, 'country: GB\n');
    await expect(number('--policy', path, '999')).rejects.toMatchObject({code: 'config.invalid'});
    await expect(number('--policy', join(store.folder, 'nowhere'), '999')).rejects.toMatchObject({code: 'config.invalid'});
    await expect(number('--site', store.path, '999')).rejects.toMatchObject({code: 'config.invalid'});
  });
});

describe('--check', () => {
  test('names what collides and what to do; exit 1', async () => {
    const {code, out} = await number(...BRITAIN, '--check', '--extension', '4201', '--extension', '11');
    expect([code, out]).toEqual([
      1,
      'the emergency number 112 begins with extension 11: the line may ring before 112 is dialled to its end\n  do:  Give the line another number.\n',
    ]);
    expect(JSON.parse((await number(...BRITAIN, '--check', '--json', '--extension', '11')).out)).toMatchObject([
      {kind: 'emergency-begins-with-extension', subject: '11', other: '112'},
    ]);
  });

  test('finds nothing in a good plan; exit 0', async () => {
    expect(await number(...BRITAIN, '--check', '--extension', '4201')).toMatchObject({
      code: 0,
      out: 'Nothing in this dial plan collides.\n',
    });
  });
});

describe('wrong words', () => {
  test.for([
    [[], 'DIALLED is missing'],
    [['999'], 'name one of --country CODE, --policy FILE and --site DATABASE'],
    [['--country', 'GB', '--site', 'box.db', '999'], 'name one of'],
    [['--country', 'XX', '999'], 'nothing is known of a country XX'],
    [['--country', 'GB', '9', '999'], '999 is too much'],
    [['--country', 'GB', '--check', '999'], '--check looks at the whole plan'],
    [['--country', 'GB', '--account-code', '1234', '999'], '--account-code 1234 is not such as *8NNNN# or #NNNN'],
    [['--country', 'GB', '--outside-line', 'nine', '999'], 'outsideLine'],
    [['--country', 'GB', '--carrier', '10yyy', '999'], 'carrierCodes 0: digits, * and # only; x is any digit'],
    [['--country', 'GB', '--extension-digits', 'four', '999'], 'extensionDigits'],
    [['--country', 'GB', '--outsideline', '9', '999'], 'did you mean --outside-line?'],
  ] as const)('%o: %s', async ([args, what]) => {
    const {code, err} = await number(...args);
    expect([code, err]).toEqual([2, expect.stringContaining(what)]);
  });
});
