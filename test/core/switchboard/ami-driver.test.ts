// What the Asterisk driver makes of answers: the usual ones, and those that a test bench cannot bring a real Asterisk to give.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {callsOf, channelOf} from '../../../edge/switchboard/ami/channels.ts';
import {createAmiSwitchboard} from '../../../edge/switchboard/ami/driver.ts';
import type {Switchboard} from '../../../edge/switchboard/port.ts';
import {Secret} from '../../../shared/log/log.ts';
import {manualTime, type ManualTime} from '../manual-timers.ts';
import {silentLog} from '../silent-log.ts';
import {BANNER, failure, list, ScriptedAsterisk, success, willing, type Action} from './scripted-asterisk.ts';

let time: ManualTime;
let answer: (action: Action) => string;
let asterisk: ScriptedAsterisk;
let switchboard: Switchboard;
let abort: AbortController;
let ended: Promise<void>;
/** Is the dialplan loaded that asks for the flags? */
let obeys: boolean;

beforeEach(async () => {
  time = manualTime();
  abort = new AbortController();
  answer = () => '';
  obeys = true;
  switchboard = createAmiSwitchboard({
    connect: () => {
      asterisk = new ScriptedAsterisk(willing((action) => answer(action)));
      asterisk.say(BANNER);
      return asterisk.wire;
    },
    where: '10.0.0.5:5038',
    username: 'spbs',
    secret: new Secret('mysecret'),
    timers: time.timers,
    random: () => 0,
    log: silentLog,
  });
  ended = switchboard.run(abort.signal);
  await time.pass(0);
});
afterEach(async () => {
  abort.abort();
  await ended;
});

/** An astdb that keeps what it is told, and may refuse some actions. */
function database(refuse: Readonly<Record<string, string>> = {}): Map<string, string> {
  const kept = new Map<string, string>();
  const acts: Readonly<Record<string, (action: Action, key: string) => string>> = {
    DBPut: (action, key) => {
      kept.set(key, action['Val'] ?? '');
      return success(action);
    },
    DBDel: (action, key) => (kept.delete(key) ? success(action) : failure(action, 'Database entry could not be deleted')),
    DBGet: (action, key) => {
      const value = kept.get(key);
      if (value === undefined) return failure(action, 'Database entry not found');
      return list(action, 'DBGetComplete', [{Event: 'DBGetResponse', Family: 'spbs', Key: key, Val: value}]);
    },
    DBGetTree: (action) =>
      list(
        action,
        'DBGetTreeComplete',
        [...kept].map(([key, value]) => ({Event: 'DBGetTreeResponse', Key: key, Val: value})),
      ),
    Getvar: (action) => success(action, {Value: obeys ? '1' : '0'}),
  };
  answer = (action) => {
    const {Action: name = '', Family = '', Key = ''} = action;
    const refusal = refuse[name];
    return refusal === undefined ? (acts[name]?.(action, `/${Family}/${Key}`) ?? '') : failure(action, refusal);
  };
  return kept;
}
const sent = (): readonly string[] => asterisk.actions().map(({Action: name = ''}) => name);

describe('lock and unlock', () => {
  test('set and delete a flag, and read it back', async () => {
    const kept = database();
    expect(await switchboard.lock('101')).toEqual({kind: 'confirmed', reading: {outgoing: 'barred', incoming: 'diverted'}});
    expect([...kept]).toEqual([['/spbs/lock-101', '1']]);
    expect(await switchboard.unlock('101')).toEqual({kind: 'confirmed', reading: {outgoing: 'open', incoming: 'normal'}});
    expect([...kept]).toEqual([]);
    expect(await switchboard.unlock('101')).toMatchObject({kind: 'confirmed'});
    expect(sent().slice(2)).toEqual(['DBPut', 'DBGet', 'Getvar', 'DBDel', 'DBGet', 'DBDel', 'DBGet']);
  });

  test.for([
    [
      'is taken and reads back otherwise',
      {DBPut: (a: Action) => success(a), DBGet: (a: Action) => failure(a, 'Database entry not found')},
      'mismatch',
    ],
    ['is not permitted', {DBPut: (a: Action) => failure(a, 'Permission denied')}, 'refused'],
    ['is refused', {DBPut: (a: Action) => failure(a, 'Failed to update entry')}, 'refused'],
    ['cannot be read back', {DBPut: (a: Action) => success(a), DBGet: (a: Action) => failure(a, 'Permission denied')}, 'refused'],
    ['reads back without a value', {DBPut: (a: Action) => success(a), DBGet: (a: Action) => list(a, 'DBGetComplete', [])}, 'garbled'],
  ] as const)('that %s has failed', async ([, answers, code]) => {
    answer = (action) => (answers as Readonly<Record<string, (a: Action) => string>>)[action['Action'] ?? '']?.(action) ?? '';
    expect(await switchboard.lock('101')).toMatchObject({kind: 'failed', code});
  });

  test('that is not permitted says which rights are missing', async () => {
    database({DBPut: 'Permission denied', DBDel: 'Permission denied'});
    expect(await switchboard.lock('101')).toMatchObject({
      code: 'refused',
      detail: expect.stringContaining('read and write of system') as string,
    });
    expect(await switchboard.unlock('101')).toMatchObject({
      code: 'refused',
      detail: expect.stringContaining('read and write of system') as string,
    });
  });

  test('a lock that no dialplan asks for has failed, and says what to install', async () => {
    const kept = database();
    obeys = false;
    const result = await switchboard.lock('101');
    expect(result).toMatchObject({kind: 'failed', code: 'mismatch', detail: expect.stringContaining('spbs dialplan') as string});
    expect([...kept]).toEqual([['/spbs/lock-101', '1']]);
    // Whoever dials there is let through, whatever the flags say.
    const notObeyed = {outgoing: 'open', incoming: 'unknown'};
    expect(await switchboard.read('101')).toEqual(notObeyed);
    expect(await switchboard.readAll()).toEqual(new Map([['101', notObeyed]]));
    expect(await switchboard.unlock('101')).toEqual({kind: 'confirmed', reading: {outgoing: 'open', incoming: 'normal'}});
    expect([...kept]).toEqual([]);
    obeys = true;
    expect(await switchboard.lock('101')).toMatchObject({kind: 'confirmed'});
  });

  test('of which nobody may ask whether it is obeyed has failed', async () => {
    database({Getvar: 'Permission denied'});
    expect(await switchboard.lock('101')).toMatchObject({kind: 'failed', code: 'refused'});
    expect(await switchboard.read('101')).toEqual({outgoing: 'unknown', incoming: 'unknown'});
    expect(await switchboard.readAll()).toBeUndefined();
  });

  test('an unlock that leaves the flag there has failed', async () => {
    const kept = database({DBDel: 'Database entry could not be deleted'});
    kept.set('/spbs/lock-101', '1');
    expect(await switchboard.unlock('101')).toMatchObject({kind: 'failed', code: 'mismatch'});
  });
});

describe('a reading', () => {
  test('is of the value that the dialplan bars for, and no other', async () => {
    const kept = database();
    const read: string[] = [];
    for (const value of ['1', '0', '', 'yes', '11']) {
      kept.set('/spbs/lock-101', value);
      read.push((await switchboard.read('101')).outgoing);
    }
    expect(read).toEqual(['barred', 'open', 'open', 'open', 'open']);
  });

  test('that is refused is unknown', async () => {
    database({DBGet: 'Permission denied'});
    expect(await switchboard.read('101')).toEqual({outgoing: 'unknown', incoming: 'unknown'});
  });

  test('of all holds locks, and nothing else of ours', async () => {
    const kept = database();
    for (const [key, value] of [
      ['/spbs/lock-101', '1'],
      ['/spbs/lock-102', '0'],
      ['/spbs/emergency-103', '1700000000'],
      ['/spbs/unidentified', '3'],
    ] as const)
      kept.set(key, value);
    expect(await switchboard.readAll()).toEqual(new Map([['101', {outgoing: 'barred', incoming: 'diverted'}]]));
  });

  test('of all that is refused is none, not an empty one', async () => {
    database({DBGetTree: 'Permission denied'});
    expect(await switchboard.readAll()).toBeUndefined();
  });
});

describe('running calls', () => {
  const channel = (fields: Readonly<Record<string, string>>): Readonly<Record<string, string>> => ({
    Event: 'CoreShowChannel',
    Channel: 'PJSIP/101-0000002a',
    ChannelStateDesc: 'Up',
    Exten: '902079460123',
    Application: 'Dial',
    Uniqueid: '1700000000.42',
    ...fields,
  });
  const message = (fields: Readonly<Record<string, string>>) => ({
    fields: new Map(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value])),
  });

  test.for([
    ['a line that calls', {}, {id: '1700000000.42', endpoint: '101', up: true, dialled: '902079460123'}],
    ['a line that rings', {ChannelStateDesc: 'Ringing'}, {id: '1700000000.42', endpoint: '101', up: false, dialled: '902079460123'}],
    ['a line that was dialled', {Application: 'AppDial'}, {id: '1700000000.42', endpoint: '101', up: true, dialled: undefined}],
    ['a line in a subroutine', {Exten: 's'}, {id: '1700000000.42', endpoint: '101', up: true, dialled: undefined}],
    [
      'an endpoint with a dash in its name',
      {Channel: 'PJSIP/attic-phone-0000002a'},
      {id: '1700000000.42', endpoint: 'attic-phone', up: true, dialled: '902079460123'},
    ],
    ['a mixer', {Channel: 'Local/101@spbs-phones-0000002a;1'}, undefined],
    ['a channel without a number', {Channel: 'PJSIP/101'}, undefined],
  ] as const)('of %s', ([, change, expected]) => {
    expect(channelOf(message(channel(change)))).toEqual(expected);
  });

  test('are as old as Asterisk’s own clock says', async () => {
    answer = (action) => {
      const {Action: name = '', Variable = '', Channel: of = ''} = action;
      if (name === 'CoreShowChannels') {
        const other = channel({Channel: 'PJSIP/102-0000002b', Uniqueid: '1700000000.43', ChannelStateDesc: 'Ring'});
        return list(action, 'CoreShowChannelsComplete', [channel({}), other, channel({Channel: 'Local/x'})]);
      }
      if (Variable.startsWith('STRFTIME')) return success(action, {Variable, Value: '1700000100.250'});
      return success(action, {Variable, Value: of === '1700000000.42' ? '1700000070.125000' : ''});
    };
    expect(await switchboard.liveCalls()).toEqual([
      {id: '1700000000.42', extension: '101', dialled: '902079460123', answeredSeconds: 30.125},
      {id: '1700000000.43', extension: '102', dialled: '902079460123', answeredSeconds: undefined},
    ]);
  });

  test('are asked of once, however many they are: a session takes 64 questions at a time', async () => {
    const ids = Array.from({length: 90}, (_, place) => `1700000000.${place}`);
    answer = (action) => {
      const {Action: name = '', Variable = ''} = action;
      const channels = ids.map((id, place) => channel({Channel: `PJSIP/${1_000 + place}-0000002a`, Uniqueid: id}));
      if (name === 'CoreShowChannels') return list(action, 'CoreShowChannelsComplete', channels);
      if (Variable.startsWith('STRFTIME')) return success(action, {Variable, Value: '1700000100.000'});
      return success(action, {Variable, Value: '1700000070.000000'});
    };
    expect((await switchboard.liveCalls())?.filter(({answeredSeconds}) => answeredSeconds === 30)).toHaveLength(90);
    const asked = (): number => asterisk.actions().filter(({Variable}) => Variable === 'CDR(answer,u)').length;
    expect(asked()).toBe(90);
    expect(await switchboard.liveCalls()).toHaveLength(90);
    expect(asked()).toBe(90);
    ids.pop();
    ids.push('1700000000.99');
    expect(await switchboard.liveCalls()).toHaveLength(90);
    expect(asked()).toBe(91);
  });

  test('that are not answered, or of which nobody knows since when, have no age', () => {
    const call = {id: '1', endpoint: '101', up: true, dialled: undefined};
    const ages = [undefined, 0, 90, 110].map((answered) => callsOf([call], [answered], 100)[0]?.answeredSeconds);
    expect(ages).toEqual([undefined, undefined, 10, 0]);
    expect(callsOf([call], [90], undefined)[0]?.answeredSeconds).toBeUndefined();
  });

  test.for([
    ['two and a half seconds', 2.5, '3', '3', 'confirmed'],
    ['no time at all: 0 would be no limit', 0, '1', '1', 'confirmed'],
    ['a minute that reads back as an hour', 60, '60', '3600', 'failed'],
    ['a minute that reads back as none', 60, '60', '0', 'failed'],
    ['a minute that cannot be read back', 60, '60', 'x', 'sent'],
  ] as const)('are given %s', async ([, seconds, asked, left, kind]) => {
    answer = (action) => (action['Action'] === 'Getvar' ? success(action, {Value: left}) : success(action));
    expect((await switchboard.limit('1700000000.42', seconds)).kind).toBe(kind);
    expect(asterisk.actions().find(({Action: name}) => name === 'AbsoluteTimeout')).toMatchObject({
      Channel: '1700000000.42',
      Timeout: asked,
    });
  });

  test('that have ended cannot be given an end', async () => {
    answer = (action) => failure(action, 'No such channel');
    expect(await switchboard.limit('1700000000.42', 60)).toMatchObject({kind: 'failed', code: 'refused'});
  });
});

test('names that are no names of lines are never sent', async () => {
  database();
  const before = asterisk.written;
  for (const name of ['', 'x y', '101\r\nVal: 0', 'x'.repeat(33), '../101', 'lock/1'])
    for (const act of [switchboard.lock, switchboard.unlock]) expect(await act(name)).toMatchObject({kind: 'failed', code: 'refused'});
  expect(asterisk.written).toBe(before);
});
