// One manager connection: how it begins, whose answer is whose, and how it ends. Against a scripted Asterisk; the real one is
// in test/contract.
import fc from 'fast-check';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {writeAction} from '../../../edge/switchboard/ami/action.ts';
import {AmiSession, type Answer} from '../../../edge/switchboard/ami/session.ts';
import type {Down} from '../../../edge/switchboard/link.ts';
import {Secret} from '../../../shared/log/log.ts';
import {manualTime, type ManualTime} from '../manual-timers.ts';
import {BANNER, BOOTED, failure, list, message, ScriptedAsterisk, success, willing, type Action} from './scripted-asterisk.ts';

let time: ManualTime;
let sessions: AmiSession[];
beforeEach(() => {
  time = manualTime();
  sessions = [];
});
afterEach(() => {
  for (const session of sessions) session.cut();
});

const login = {username: 'spbs', secret: new Secret('mysecret')};

type Meeting = {
  readonly asterisk: ScriptedAsterisk;
  readonly session: AmiSession;
  /** How the login went, once it did. */
  readonly outcome: () => Down | 'logged in' | 'not yet';
};

function meet(answer: (action: Action) => string): Meeting {
  const asterisk = new ScriptedAsterisk(answer);
  const session = new AmiSession(asterisk.wire, '10.0.0.5:5038', time.timers);
  sessions.push(session);
  let outcome: Down | 'logged in' | 'not yet' = 'not yet';
  void session.login(login).then((down) => (outcome = down ?? 'logged in'));
  return {asterisk, session, outcome: () => outcome};
}

async function loggedIn(then: (action: Action) => string = () => ''): Promise<Meeting> {
  const meeting = meet(willing(then));
  meeting.asterisk.say(BANNER);
  await time.pass(0);
  expect(meeting.outcome()).toBe('logged in');
  return meeting;
}

/** An answer when it has come. */
function heard(promise: Promise<Answer>): () => Answer | undefined {
  let answer: Answer | undefined;
  void promise.then((value) => (answer = value));
  return () => answer;
}

describe('a login', () => {
  test('answers the challenge with the MD5 of challenge and secret, and sends no secret', async () => {
    const {asterisk} = await loggedIn();
    expect(asterisk.actions()).toEqual([
      {Action: 'Challenge', ActionID: 'spbs-1', AuthType: 'MD5'},
      // printf %s 840415273mysecret | md5sum
      {Action: 'Login', ActionID: 'spbs-2', AuthType: 'MD5', Username: 'spbs', Key: '72ee2809cbf69e9bdb27bdd924cda8e3', Events: 'system'},
    ]);
    expect(asterisk.written).not.toContain('mysecret');
  });

  test('says nothing before the banner, and gives up after five seconds without one', async () => {
    const {asterisk, outcome} = meet(willing());
    await time.pass(4_999);
    expect([asterisk.written, outcome()]).toEqual(['', 'not yet']);
    await time.pass(1);
    expect(outcome()).toMatchObject({why: 'Asterisk’s manager at 10.0.0.5:5038 does not answer', waitFor: 'network'});
    expect(asterisk.isCut).toBe(true);
  });

  test('to something else is over at its first line, and waits for a person', async () => {
    const {asterisk, outcome} = meet(willing());
    asterisk.say('SSH-2.0-OpenSSH_9.2\r\n');
    await time.pass(0);
    expect(outcome()).toMatchObject({why: 'what answers at 10.0.0.5:5038 is not Asterisk’s manager', waitFor: 'person'});
    expect(asterisk.written).toBe('');
  });

  test('is not possible where no MD5 challenge is offered', async () => {
    const {asterisk, outcome} = meet((action) => failure(action, 'Must specify AuthType'));
    asterisk.say(BANNER);
    await time.pass(0);
    expect(outcome()).toMatchObject({why: expect.stringContaining('offers no MD5 challenge') as string, waitFor: 'person'});
  });

  test('that is refused says what Asterisk said and how to cure it, without the secret', async () => {
    const {asterisk, outcome} = meet((action) =>
      action['Action'] === 'Login' ? failure(action, 'Authentication failed') : willing()(action),
    );
    asterisk.say(BANNER);
    await time.pass(0);
    const down = outcome();
    expect(down).toMatchObject({why: 'Asterisk at 10.0.0.5:5038 refuses the login of spbs: Authentication failed', waitFor: 'person'});
    expect(JSON.stringify(down)).not.toContain('mysecret');
    expect(JSON.stringify(down)).toContain('[spbs] in manager.conf');
  });

  test.for(['Challenge', 'Login'])('whose %s finds no answer is over after five seconds', async (silentAbout) => {
    const {asterisk, outcome} = meet((action) => (action['Action'] === silentAbout ? '' : willing()(action)));
    asterisk.say(BANNER);
    await time.pass(5_000);
    expect(outcome()).toMatchObject({why: expect.stringContaining('does not answer') as string, waitFor: 'network'});
  });

  test('is done when Asterisk has booted, not before', async () => {
    const {asterisk, outcome} = meet((action) => (action['Action'] === 'Login' ? success(action) : willing()(action)));
    asterisk.say(BANNER);
    await time.pass(29_999);
    expect(outcome()).toBe('not yet');
    asterisk.say(BOOTED);
    await time.pass(0);
    expect(outcome()).toBe('logged in');
  });

  test('to an Asterisk that does not say that it has booted is over after half a minute', async () => {
    const {asterisk, outcome} = meet((action) => (action['Action'] === 'Login' ? success(action) : willing()(action)));
    asterisk.say(BANNER);
    await time.pass(30_000);
    expect(outcome()).toMatchObject({why: expect.stringContaining('does not say that it has booted') as string, waitFor: 'person'});
  });

  test('hears that Asterisk has booted before the login is answered', async () => {
    const {asterisk, outcome} = meet((action) => (action['Action'] === 'Login' ? `${BOOTED}${success(action)}` : willing()(action)));
    asterisk.say(BANNER);
    await time.pass(0);
    expect(outcome()).toBe('logged in');
  });
});

describe('an answer', () => {
  const ping = {name: 'Ping', fields: {}};
  const tree = {name: 'DBGetTree', fields: {Family: 'spbs'}, listEnds: 'DBGetTreeComplete'};

  test('goes to the question that it names, in whatever order answers come', async () => {
    const {asterisk, session} = await loggedIn();
    const [first, second] = [heard(session.ask(ping)), heard(session.ask(ping))];
    await time.pass(0);
    const [one, two] = asterisk.actions().slice(-2);
    asterisk.say(`${success(two ?? {}, {Ping: 'second'})}${success(one ?? {}, {Ping: 'first'})}`);
    await time.pass(0);
    const said = [first, second].map((answer) => {
      const given = answer();
      return given?.kind === 'answer' ? given.response.fields.get('ping') : undefined;
    });
    expect(said).toEqual(['first', 'second']);
  });

  test('to nobody’s question is passed over', async () => {
    const {asterisk, session} = await loggedIn();
    const answer = heard(session.ask(ping));
    await time.pass(0);
    const own = asterisk.actions().at(-1) ?? {};
    asterisk.say(message({Response: 'Success', Ping: 'Pong'}));
    asterisk.say(message({Response: 'Success', ActionID: 'spbs-999', Ping: 'Pong'}));
    asterisk.say(message({Response: 'Success', ActionID: 'somebody-1', Ping: 'Pong'}));
    asterisk.say('rubbish\r\n\r\n');
    await time.pass(0);
    expect(answer()).toBeUndefined();
    asterisk.say(success(own));
    await time.pass(0);
    expect(answer()).toMatchObject({kind: 'answer', list: []});
  });

  test('that is a list is whole when its end has come, with the entries that are its own', async () => {
    const {asterisk, session} = await loggedIn();
    const answer = heard(session.ask(tree));
    await time.pass(0);
    const own = asterisk.actions().at(-1) ?? {};
    const {ActionID = ''} = own;
    asterisk.say(success(own, {EventList: 'start'}));
    asterisk.say(message({Event: 'DBGetTreeResponse', ActionID, Key: '/spbs/lock-101', Val: '1'}));
    asterisk.say(message({Event: 'DBGetTreeResponse', ActionID: 'spbs-999', Key: '/spbs/lock-666', Val: '1'}));
    asterisk.say(message({Event: 'PeerStatus', Peer: 'PJSIP/101'}));
    asterisk.say(message({Event: 'DBGetTreeResponse', ActionID, Key: '/spbs/lock-102', Val: '1'}));
    await time.pass(0);
    expect(answer()).toBeUndefined();
    asterisk.say(message({Event: 'DBGetTreeComplete', ActionID}));
    await time.pass(0);
    const given = answer();
    expect(given?.kind === 'answer' && given.list.map(({fields}) => fields.get('key'))).toEqual(['/spbs/lock-101', '/spbs/lock-102']);
  });

  test('that refuses a list is whole at once', async () => {
    const {session} = await loggedIn((action) => failure(action, 'Permission denied'));
    const answer = heard(session.ask(tree));
    await time.pass(0);
    expect(answer()).toMatchObject({kind: 'answer', list: []});
  });

  test('with more entries than any switchboard has is no answer', async () => {
    const {session} = await loggedIn((action) =>
      list(
        action,
        'DBGetTreeComplete',
        Array.from({length: 50_001}, (_, index) => ({Event: 'DBGetTreeResponse', Key: `/spbs/${index}`})),
      ),
    );
    const answer = heard(session.ask(tree));
    await time.pass(0);
    expect(answer()).toMatchObject({kind: 'failed', code: 'refused', detail: 'the answer has more than 50000 entries'});
  });

  test.for([
    ['that does not come', (): string => ''],
    ['of which only the end comes', (action: Action): string => message({Event: 'DBGetTreeComplete', ActionID: action['ActionID'] ?? ''})],
    ['of which the end does not come', (action: Action): string => success(action, {EventList: 'start'})],
    ['that is damaged', (action: Action): string => success(action).replace('ActionID', 'ActionIDD')],
  ] as const)('%s is missed after five seconds, and the link is cut with all other questions', async ([, reply]) => {
    const {asterisk, session} = await loggedIn((action) => (action['Action'] === 'DBGetTree' ? reply(action) : ''));
    const answer = heard(session.ask(tree));
    await time.pass(1);
    const other = heard(session.ask(ping));
    await time.pass(4_998);
    expect(answer()).toBeUndefined();
    await time.pass(1);
    expect(answer()).toEqual({kind: 'failed', code: 'timeout', detail: 'no answer to DBGetTree within 5 s'});
    expect(other()).toMatchObject({kind: 'failed', code: 'unreachable'});
    expect(asterisk.isCut).toBe(true);
    expect(await session.ended).toMatchObject({waitFor: 'network'});
  });

  test('that comes leaves no timer behind', async () => {
    const {session} = await loggedIn((action) => success(action));
    await Promise.all([session.ask(ping), time.pass(0)]);
    expect(time.next()).toBeUndefined();
  });
});

describe('a question', () => {
  test('is not written to a link that is over', async () => {
    const {asterisk, session} = await loggedIn();
    session.cut();
    const before = asterisk.written;
    expect(await session.ask({name: 'Ping', fields: {}})).toMatchObject({kind: 'failed', code: 'unreachable'});
    expect(asterisk.written).toBe(before);
  });

  test('beyond the sixty-fourth that waits is refused', async () => {
    const {asterisk, session} = await loggedIn();
    const answers = Array.from({length: 65}, () => heard(session.ask({name: 'Ping', fields: {}})));
    await time.pass(0);
    expect(answers.map((answer) => answer()?.kind).filter((kind) => kind !== undefined)).toEqual(['failed']);
    expect(answers[64]?.()).toMatchObject({kind: 'failed', code: 'refused'});
    expect(asterisk.actions().filter(({Action: name}) => name === 'Ping')).toHaveLength(64);
  });

  test('with a value that would become a header of its own is never written', async () => {
    const {asterisk, session} = await loggedIn();
    const before = asterisk.written;
    const fields = [{Variable: 'A\r\nAction: Command'}, {Variable: 'A\nB'}, {Variable: 'A\rB'}, {['A\r\nB']: 'c'}, {Variable: 'a\u0000b'}];
    for (const each of fields) {
      expect(await session.ask({name: 'Getvar', fields: each})).toMatchObject({kind: 'failed', code: 'refused'});
    }
    expect(asterisk.written).toBe(before);
  });
});

describe('the bytes of an action', () => {
  test('are its headers and a blank line', () => {
    expect(writeAction({name: 'DBPut', fields: {Family: 'spbs', Key: 'lock-101', Val: '1'}}, 'spbs-7')).toBe(
      'Action: DBPut\r\nActionID: spbs-7\r\nFamily: spbs\r\nKey: lock-101\r\nVal: 1\r\n\r\n',
    );
  });

  test.for(['', 'a b', 'lock/101', '../x', 'a:b', '$' + '{EXTEN}', 'é', 'x'.repeat(65)])(
    'hold no such word of its database: %s',
    (word) => {
      for (const name of ['Family', 'Key', 'Val']) expect(writeAction({name: 'DBPut', fields: {[name]: word}}, 'a')).toBeUndefined();
    },
  );

  test('are one action, whatever the values are', () => {
    const text = fc.oneof(
      fc.string({unit: 'binary'}),
      fc.string(),
      fc.constantFrom('a\r\nAction: Originate', 'a\n\nAction: b', '\u0085', '\u2028'),
    );
    fc.assert(
      fc.property(fc.dictionary(text, text, {maxKeys: 4}), (fields) => {
        const bytes = writeAction({name: 'Getvar', fields}, 'spbs-1');
        const lines = bytes?.split(/\r\n|\r|\n/) ?? ['Action: Getvar', '', ''];
        expect(lines.filter((line) => line.startsWith('Action:'))).toHaveLength(
          1 + Object.keys(fields).filter((name) => name === 'Action').length,
        );
        expect(lines.slice(-2)).toEqual(['', '']);
        expect(lines.slice(0, -2)).not.toContain('');
      }),
    );
  });
});

describe('the end', () => {
  const error = (code: string, text: string): Error => Object.assign(new Error(text), {code});

  test.for([
    ['a hang-up', (a: ScriptedAsterisk) => a.hangUp(), /closed the link/],
    ['a shutdown', (a: ScriptedAsterisk) => a.say('Event: Shutdown\r\nShutdown: Cleanly\r\n\r\n'), /is shutting down/],
    [
      'no way there',
      (a: ScriptedAsterisk) => a.fail(error('ECONNREFUSED', 'connect ECONNREFUSED')),
      /no connection to .*10\.0\.0\.5:5038: connect/,
    ],
    [
      'a certificate nobody knows',
      (a: ScriptedAsterisk) => a.fail(error('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed')),
      /no trusted TLS link/,
    ],
    ['a certificate of another name', (a: ScriptedAsterisk) => a.fail(error('ERR_TLS_CERT_ALTNAME_INVALID', 'x')), /no trusted TLS link/],
  ] as const)('by %s is told once, with a cure', async ([, end, why]) => {
    const {asterisk, session} = await loggedIn();
    const answer = heard(session.ask({name: 'Ping', fields: {}}));
    end(asterisk);
    await time.pass(0);
    const down = await session.ended;
    expect(down.why).toMatch(why);
    expect(down.cure.length).toBeGreaterThan(10);
    expect(answer()).toEqual({kind: 'failed', code: 'unreachable', detail: down.why});
    session.cut();
    expect(await session.ended).toBe(down);
    expect(time.next()).toBeUndefined();
  });

  test('comes by a deadline at the latest, whatever bytes come', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({maxLength: 200}).map((some) => Buffer.from(some)),
      fc
        .constantFrom(BANNER, BOOTED, '\r\n', 'Response: Success\r\n', 'ActionID: spbs-1\r\n', 'ActionID: spbs-2\r\n', 'Challenge: 1\r\n')
        .map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bytes, {maxLength: 15}), async (chunks) => {
        time = manualTime();
        const {asterisk, session, outcome} = meet(() => '');
        for (const chunk of chunks) asterisk.say(chunk);
        await time.pass(60_000);
        expect(outcome()).not.toBe('not yet');
        const answer = heard(session.ask({name: 'Ping', fields: {}}));
        await time.pass(5_000);
        expect(answer()).toBeDefined();
        session.cut();
      }),
      {numRuns: 50},
    );
  });
});
