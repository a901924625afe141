// `spbs rate` and `spbs tariff check`, as a person or a script calls them.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {stringify} from 'yaml';
import type {Command} from '../../../provisioning/command.ts';
import {command as rate} from '../../../provisioning/rate-command.ts';
import {command as tariff} from '../../../provisioning/tariff-command.ts';
import {Failure} from '../../../shared/failure/failure.ts';
import type {TariffSource} from '../../../shared/tariff/tariff.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {temporaryFolder} from '../temporary-store.ts';
import {tariffOf} from './tariffs.ts';
import {runCommand, type Ran} from '../../rig/terminal.ts';

const containing = (text: string): unknown => expect.stringContaining(text);
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);

async function failure(command: Command, ...args: readonly string[]): Promise<Failure> {
  const thrown: unknown = await runCommand(command, args).catch((error: unknown) => error);
  if (thrown instanceof Failure) return thrown;
  throw new Error('nothing was thrown', {cause: thrown});
}

/** Britain at 60p a minute and 5p a call, 30 + 60 s, half price by night; the world unseen; voicemail. VAT 20 % included. */
const HALL: TariffSource = tariffOf(
  {initialSeconds: 30, nextSeconds: 60, connectionFee: '0.05', perMinuteIn: {night: '0.3'}},
  {
    name: 'Hall',
    rounding: {mode: 'half-up', decimals: 2},
    tax: [{percent: '20'}],
    bands: [{name: 'night', times: [{days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '22:00', to: '06:00'}]}],
    destinations: [
      {name: 'Britain', rate: 'one', prefixes: ['44']},
      {name: 'World', rate: 'one', prefixes: ['1', '3'], catchAll: true},
      {name: 'Voicemail', rate: 'one', prefixes: ['1571', '08001111'], exact: true},
    ],
  },
);

let folder: string;
let remove: () => void;
let file: string;
beforeEach(() => {
  ({folder, remove} = temporaryFolder());
  file = join(folder, 'hall.yaml');
  writeFileSync(file, stringify(HALL));
});
afterEach(() => {
  remove();
});

const NOON = ['--at', '2026-02-04T12:00:00Z'];

describe('spbs rate, one call', () => {
  test('says the price, why, and each figure', async () => {
    const {code, out, err} = await runCommand(rate, ['--tariff', file, '--at', '2026-02-04 21:59:30', '+442079460000', '91']);
    expect({code, err}).toEqual({code: 0, err: ''});
    // 30 s until 21:59:60, then two begun minutes by night: 30p + 2 × 30p + 5p = 95p, of it 95 × 20/120 = 15.8333p VAT.
    const lines = out.split('\n');
    expect(lines[0]).toBe(
      '1 min 31 s to Britain cost £0.95: charged as 2 min 30 s (at least 30 s, then in steps of 1 min), 30 s at £0.60 a minute (standard) and 2 min at £0.30 a minute (night), plus £0.05 for the connection; 20 % VAT is included.',
    );
    expect(lines.slice(2).map((line) => line.trim().replaceAll(/\s{2,}/g, ' | '))).toEqual([
      'number | +442079460000',
      'begins | Wednesday, 4 February 2026 at 21:59:30 (Europe/London)',
      'to | Britain, by +44',
      'lasts | 91 s',
      'billed | 150 s: the first 30 s, then each begun 60 s',
      'time | 30 s × £0.60 ÷ 60 | standard | £0.30',
      '120 s × £0.30 ÷ 60 | night | £0.60',
      'connection | £0.05',
      'exact sum | £0.95',
      'price | rounded half-up to 2 decimals | £0.95',
      'of it VAT | 20 % | £0.158333',
      'and net | £0.791667',
      matching(/^tariff \| Hall · [0-9a-f]{12}…$/),
      '',
    ]);
  });

  test('says it as JSON', async () => {
    const {code, out} = await runCommand(rate, ['--tariff', file, ...NOON, '--json', '00442079460000', '31']);
    expect(code).toBe(0);
    // 90 s at a penny, and 5p.
    expect(JSON.parse(out)).toMatchObject({
      number: '00442079460000',
      seconds: 31,
      billedSeconds: 90,
      prefix: '44',
      destination: 'Britain',
      amount: '0.95',
      currency: 'GBP',
      e164: '+442079460000',
      explanation: containing('31 s to Britain cost £0.95'),
      working: {gross: 950_000, segments: [{band: 'standard', seconds: 90, perMinute: '0.6'}]},
    });
  });

  test.for([
    ['+44 20 7946 0000', [], 'Britain'],
    ['442079460000', [], 'Britain'],
    ['1571', [], 'Voicemail'],
    ['0800 1111', [], 'Voicemail'],
    ['020 7946 0000', ['--country', 'GB'], 'Britain'],
    ['141 020 7946 0000', ['--country', 'GB'], 'Britain'],
    ['1571', ['--country', 'GB'], 'Voicemail'],
    ['00442079460000', ['--country', 'US'], 'Britain'],
    ['011442079460000', ['--country', 'US'], 'Britain'],
    ['999', ['--country', 'GB'], 'emergency'],
    ['+12125550123', ['--catch-all'], 'World'],
    ['9 7946 0000', ['--country', 'GB', '--outside-line', '9', '--area-code', '20'], 'Britain'],
    ['9-112', ['--country', 'GB', '--outside-line', '9'], 'emergency'],
  ] as const)('%s with %o goes to %s', async ([number, options, destination]) => {
    const {code, out} = await runCommand(rate, ['--tariff', file, ...options, '--json', number, '31']);
    expect({code, destination: (JSON.parse(out) as {destination: string}).destination}).toEqual({code: 0, destination});
  });

  test('reads a number by the rules of a site', async () => {
    const policy = join(folder, 'policy.yaml');
    writeFileSync(policy, JSON.stringify(HALL_POLICY));
    const of = async (...words: readonly string[]): Promise<unknown> =>
      (JSON.parse((await runCommand(rate, ['--tariff', file, '--policy', policy, '--json', ...words])).out) as {destination: string})
        .destination;
    expect(await of('9 020 7946 0000', '31')).toBe('Britain');
    // The porter, whom the hall keeps open: as free as on the box.
    expect(await of('90800111', '31')).toBe('always-open');
    expect(await failure(rate, '--tariff', file, '--site', join(folder, 'none.db'), '9', '1')).toBeInstanceOf(Failure);
  });

  test('says what it took off the number, and that its class decided', async () => {
    const cut = await runCommand(rate, ['--tariff', file, '--country', 'GB', '020 7946 0000 1234', '31']);
    expect(cut.out).toContain('+442079460000, asked as 020 7946 0000 1234; its last digits are taken for keyed after the answer\n');
    writeFileSync(file, stringify({...HALL, prices: 'net', classes: {premium: 'one'}}));
    const premium = await runCommand(rate, ['--tariff', file, '--country', 'GB', '0909 879 0123', '31']);
    expect(premium.out).toMatch(/\n {2}to {13}premium, by the class of the number\n/);
    expect(premium.out).toMatch(/\n {2}VAT {12}20 % is added\n/);
  });

  test('an emergency call is free', async () => {
    const {code, out} = await runCommand(rate, ['--tariff', file, '--country', 'GB', '--json', '999', '600']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({amount: '0', billedSeconds: 0, explanation: 'Emergency calls are free.'});
  });

  test.for([
    ['+4915112345678', 'no-destination'],
    ['1234', 'no-destination'],
    ['*55', 'no-destination'],
    ['+12125550123', 'range-unconfirmed'],
    ['02079460000', 'number-unreadable'],
    ['hello', 'number-unreadable'],
    ['+1234567890123456', 'number-unreadable'],
  ] as const)('%s is not billed: %s', async ([number, reason]) => {
    const words = await runCommand(rate, ['--tariff', file, number, '31']);
    expect({code: words.code, first: words.out.split('\n')[0]}).toEqual({
      code: 1,
      first: containing(`Not billed (${reason}): `),
    });
    const json = await runCommand(rate, ['--tariff', file, '--json', number, '31']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({number, seconds: 31, unbillable: reason});
  });

  test('a call of three days is looked at first', async () => {
    const {code, out} = await runCommand(rate, ['--tariff', file, '+442079460000', '259200']);
    expect({code, out}).toEqual({code: 1, out: containing('duration-implausible')});
  });

  test('bold only on a terminal', async () => {
    const args = ['--tariff', file, '+442079460000', '31'];
    expect((await runCommand(rate, args)).out).not.toContain('\u001B');
    const [first = ''] = (await runCommand(rate, args, {colour: true})).out.split('\n');
    expect(first.startsWith('\u001B[1m31 s to Britain ') && first.endsWith('.\u001B[0m')).toBe(true);
  });

  test.for([
    [['+44', '1'], '--tariff FILE is missing'],
    [['--tariff', 'F'], 'NUMBER and SECONDS are missing'],
    [['--tariff', 'F', '+44'], 'NUMBER and SECONDS are missing'],
    [['--tariff', 'F', '+44', 'x'], 'SECONDS is x'],
    [['--tariff', 'F', '+44', '-1'], '-1'],
    [['--tariff', 'F', '+44', '20', '7946', '60'], '7946 60 is too much'],
    [['--tariff', 'F', '--country', 'XX', '+44', '1'], 'country XX'],
    [['--tariff', 'F', '--at', 'noon', '+44', '1'], '“noon” is not a time'],
    [['--tariff', 'F', '--at', '2026-10-25 01:30', '+44', '1'], 'comes twice in Europe/London'],
    [['--tariff', 'F', '--at', '2026-03-29 01:30', '+44', '1'], 'never was in Europe/London'],
    [['--tariff', 'F', '--at', '2026-02-30', '+44', '1'], 'is on no calendar'],
    [['--tarif', 'F', '+44', '1'], 'there is no option --tarif, did you mean --tariff?'],
    [['--tariff', 'F', '--stdin', '+44'], '+44 is too much'],
    [['--tariff', 'F', '--country', 'GB', '--policy', 'F', '+44', '1'], 'name one of --country CODE, --policy FILE and --site DATABASE'],
    [['--tariff', 'F', '--area-code', '20', '+44', '1'], '--outside-line and --area-code need --country CODE'],
    [['--tariff', 'F', '--country', 'GB', '--outside-line', 'nine', '+44', '1'], 'outsideLine'],
  ] as const)('%o is wrong usage', async ([args, words]) => {
    const {code, out, err} = await runCommand(
      rate,
      args.map((word) => (word === 'F' ? file : word)),
    );
    expect({code, out}).toEqual({code: 2, out: ''});
    expect(err).toContain(words);
    expect(err).toContain('spbs rate --help');
  });

  test('a file that is not there and one that is no tariff are faults', async () => {
    expect(await failure(rate, '--tariff', join(folder, 'none.yaml'), '+44', '1')).toMatchObject({code: 'file.unreadable'});
    writeFileSync(file, 'name: Hall\n');
    expect(await failure(rate, '--tariff', file, '+44', '1')).toMatchObject({
      code: 'tariff.invalid',
      cure: containing('spbs tariff check'),
    });
  });
});

describe('spbs rate --stdin', () => {
  const lines = async (...input: readonly string[]): Promise<Ran & {readonly answers: readonly unknown[]}> => {
    const ran = await runCommand(rate, ['--tariff', file, ...NOON, '--stdin'], {input});
    const answers = ran.out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as unknown);
    return {...ran, answers};
  };

  test('answers each line with an object', async () => {
    const {code, err, answers} = await lines('+442079460000,31\n+442079460000,31,2026-02-04 23:00\n+4915112345678,31\n');
    expect({code, err}).toEqual({code: 0, err: ''});
    expect(answers).toEqual([
      {number: '+442079460000', seconds: 31, billedSeconds: 90, prefix: '44', destination: 'Britain', amount: '0.95', currency: 'GBP'},
      // By night: 90 s at half a penny, and 5p.
      {number: '+442079460000', seconds: 31, billedSeconds: 90, prefix: '44', destination: 'Britain', amount: '0.5', currency: 'GBP'},
      {number: '+4915112345678', seconds: 31, unbillable: 'no-destination', detail: '+4915112345678 has no prefix in this tariff'},
    ]);
  });

  test('reads quotes, spaces, CRLF, a heading, empty lines, fractions of seconds, and a last line without an end', async () => {
    const {code, answers} = await lines('number,seconds,time\r\n\r\n"+44 20 7946 0000", "30.2" ,\r\n1571,1');
    expect(code).toBe(0);
    expect(answers).toMatchObject([
      {number: '+44 20 7946 0000', seconds: 31, billedSeconds: 90},
      {number: '1571', prefix: '1571'},
    ]);
  });

  test('reads lines that come in pieces, in the middle of a character too', async () => {
    const whole = Buffer.from('+442079460000,1\n“,1\n+442079460001,2\n');
    for (let cut = 0; cut <= whole.length; cut += 1) {
      async function* pieces(): AsyncGenerator<Uint8Array> {
        await Promise.resolve();
        yield whole.subarray(0, cut);
        yield whole.subarray(cut);
      }
      const {out} = await runCommand(rate, ['--tariff', file, '--stdin'], {input: pieces()});
      expect(
        out
          .trim()
          .split('\n')
          .map((line) => (JSON.parse(line) as {seconds: number}).seconds),
      ).toEqual([1, 1, 2]);
      expect(out).toContain('“');
    }
  });

  test('says which lines it cannot read, and goes on', async () => {
    const long = '4'.repeat(1_001);
    const {code, err, answers} = await lines(
      `x\n+442079460000,31\n+44,abc\n+44,1,noon\n+44,1,2026-02-04T12:00Z,1\n,5\n${long}\n+442079460000,2`,
    );
    expect(code).toBe(1);
    expect(answers).toMatchObject([{seconds: 31}, {seconds: 2}]);
    expect(err.trim().split('\n')).toEqual([
      'line 1: is not number,seconds or number,seconds,time: "x"',
      'line 3: is not number,seconds or number,seconds,time: "+44,abc"',
      'line 4: “noon” is not a time such as 2026-11-26T18:00:00Z or “2026-11-26 18:00”: "+44,1,noon"',
      'line 5: is not number,seconds or number,seconds,time: "+44,1,2026-02-04T12:00Z,1"',
      'line 6: is not number,seconds or number,seconds,time: ",5"',
      'line 7: is longer than 1000 characters',
      '6 of 8 lines could not be read',
    ]);
  });

  test('keeps its memory whatever has no end', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      await Promise.resolve();
      const chunk = Buffer.alloc(1024 * 1024, 'a');
      for (let count = 0; count < 200; count += 1) yield chunk;
      yield Buffer.from('\n+442079460000,31\n');
    }
    const before = process.memoryUsage().rss;
    const {code, out, err} = await runCommand(rate, ['--tariff', file, '--stdin'], {input: endless()});
    expect({code, err}).toEqual({code: 1, err: 'line 1: is longer than 1000 characters\n1 of 2 lines could not be read\n'});
    expect(out.split('\n').length).toBe(2);
    // 200 MB came in.
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
  });

  test('stops when it is told to', async () => {
    const {code, err} = await runCommand(rate, ['--tariff', file, '--stdin'], {input: ['+442079460000,31\n'], stop: AbortSignal.abort()});
    expect({code, err}).toEqual({code: 3, err: 'stopped after 0 lines\n'});
  });

  test('of nothing there is nothing to say', async () => {
    expect(await lines('')).toMatchObject({code: 0, out: '', err: ''});
  });
});

describe('spbs tariff check', () => {
  test('says what is in a good one', async () => {
    const {code, out} = await runCommand(tariff, ['check', file]);
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => line.trim().replaceAll(/\s{2,}/g, ' | '))).toEqual([
      `${file} is a good tariff.`,
      '',
      'name | Hall',
      'currency | GBP, prices are gross, rounded half-up to 2 decimals',
      'zone | Europe/London',
      'destinations | 3',
      'prefixes | 3',
      'short codes | 2',
      'catch-alls | 1 destinations, not billed unseen',
      'rates | 1',
      'bands | night: mon–sun 22:00–06:00',
      'standard: all other times',
      'VAT | 20 %',
      matching(/^hash \| [0-9a-f]{64}$/),
      '',
    ]);
  });

  test('finds the example of its own help good', async () => {
    const example = tariff.usage.split('A small tariff:\n\n')[1] ?? '';
    writeFileSync(file, example.replaceAll(/^ {2}/gm, ''));
    const {code, out} = await runCommand(tariff, ['check', file, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({name: 'Hall 2026', rates: 3, prefixes: 7, shortCodes: 1, catchAlls: 1});
  });

  test('says it as JSON', async () => {
    const {code, out} = await runCommand(tariff, ['check', file, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      good: true,
      name: 'Hall',
      currency: 'GBP',
      destinations: 3,
      prefixes: 3,
      shortCodes: 2,
      rates: 1,
    });
  });

  test('says every problem with its place and its cure', async () => {
    const broken = stringify(HALL).replace('currency: GBP', 'currency: pounds').replace('perMinute: "0.60"', 'perMinute: -0.60');
    writeFileSync(file, broken);
    const place = (what: string): string => {
      const line = broken.split('\n').findIndex((text) => text.includes(what));
      return `${file}:${line + 1}:${(broken.split('\n')[line]?.indexOf(what) ?? 0) + 1}`;
    };
    const {code, out} = await runCommand(tariff, ['check', file]);
    expect(code).toBe(1);
    expect(out.split('\n')).toEqual([
      `${place('currency')} currency must be an ISO 4217 code such as GBP → Correct the file at this place.`,
      `${place('perMinute:')} the price a minute is negative; it must be 0 or more → Correct the file at this place.`,
      '',
      `${file} cannot be used: 2 problems.`,
      '',
    ]);
    const json = await runCommand(tariff, ['check', file, '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({good: false, problems: [{path: 'currency'}, {path: 'rates[0].perMinute'}]});
  });

  test.for([
    [[], 'say what to do'],
    [['chek', 'F'], 'there is no tariff chek'],
    [['check'], 'FILE is missing'],
    [['check', 'F', 'F'], 'is too much'],
    [['check', 'F', '--jsn'], 'did you mean --json?'],
  ] as const)('%o is wrong usage', async ([args, words]) => {
    const {code, err} = await runCommand(tariff, args);
    expect({code, err}).toEqual({code: 2, err: containing(words)});
  });

  test('a file that is not there is a fault', async () => {
    expect(await failure(tariff, 'check', join(folder, 'none.yaml'))).toMatchObject({code: 'file.unreadable'});
    expect(await failure(tariff, 'check', folder)).toMatchObject({code: 'file.unreadable'});
  });
});
