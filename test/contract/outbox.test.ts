// Mail that rooms ask for: real SQLite, real SMTP; time passes when it is told to.
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createOutbox, type Notice, type Outbox, type OutboxGiven} from '../../cloud/notice/outbox.ts';
import {createTransport} from '../../cloud/notice/transport.ts';
import {openStore, type Store} from '../../cloud/store/open.ts';
import {Failure} from '../../shared/failure/failure.ts';
import type {Log, LogFields} from '../../shared/log/log.ts';
import {manualTime, type ManualTime} from '../core/manual-timers.ts';
import {silentLog} from '../core/silent-log.ts';
import {temporaryFolder} from '../core/temporary-store.ts';
import {MailSink} from '../simulator/mail/sink.ts';
import {realTimers} from './cashless-bench.ts';

const LINK = 'https://phones.example.ac.uk/pay/canary-9Lm';
const HOUR_MS = 3_600_000;

type Ground = {readonly store: Store; readonly sink: MailSink; readonly time: ManualTime; readonly end: () => Promise<void>};
let ground: Ground;
let running: {readonly stop: AbortController; readonly done: Promise<void>}[] = [];

beforeEach(async () => {
  const {folder, remove} = temporaryFolder();
  const store = openStore(join(folder, 'cloud.db'));
  const sink = new MailSink();
  await sink.start();
  ground = {
    store,
    sink,
    time: manualTime(),
    end: async () => {
      await sink.stop();
      await store.close();
      remove();
    },
  };
});
afterEach(async () => {
  await stopAll();
  await ground.end();
});

async function stopAll(): Promise<void> {
  const all = running;
  running = [];
  for (const {stop} of all) stop.abort();
  for (const {done} of all) await done;
}

function outboxWith(given: Partial<OutboxGiven> = {}): Outbox {
  const {store, sink, time} = ground;
  const transport = createTransport({
    host: '127.0.0.1',
    port: sink.port,
    secure: false,
    requireTls: false,
    from: 'phones@example.ac.uk',
    timeoutMs: 5_000,
    timers: realTimers,
  });
  return createOutbox({store, transport, clock: time.clock, timers: time.timers, random: () => 0, log: silentLog, ...given});
}

function started(outbox: Outbox): Outbox {
  const stop = new AbortController();
  running.push({stop, done: outbox.run(stop.signal)});
  return outbox;
}

function notice(event: string, recipient = 'ann@students.example'): Notice<'balance-low'> {
  return {dedupe: `balance-low:${event}`, recipient, language: 'en', template: 'balance-low', data: {link: LINK, automatic: false}};
}

const ask = (outbox: Outbox, ...notices: readonly Notice<'balance-low'>[]): Promise<boolean[]> =>
  ground.store.transact(async (tx) => {
    const isNew: boolean[] = [];
    for (const each of notices) isNew.push(await outbox.enqueue(tx, each));
    return isNew;
  });

const rows = () => ground.store.reading.selectFrom('mail').selectAll().orderBy('created_at').orderBy('dedupe').execute();
const recipients = (): readonly string[] => ground.sink.messages.flatMap(({to}) => to);
/** Until so many have been written down as sent. */
async function sent(count: number): Promise<void> {
  await expect.poll(async () => (await rows()).filter(({sent_at: at}) => at !== null).length).toBe(count);
}
async function tries(count: number): Promise<void> {
  await expect.poll(async () => (await rows()).reduce((sum, {attempts}) => sum + attempts, 0)).toBe(count);
}

describe('A mail that is asked for', () => {
  test('is sent as soon as its transaction is committed, and its link is not kept', async () => {
    const outbox = started(outboxWith());
    expect(await ask(outbox, notice('1'))).toEqual([true]);
    await sent(1);
    expect(recipients()).toEqual(['ann@students.example']);
    expect(ground.sink.messages[0]?.text).toContain(LINK);
    expect(JSON.stringify(await rows())).not.toContain('canary');
    expect(await outbox.look()).toEqual({waiting: 0, oldestWaitingAt: undefined, givenUp: [], trouble: undefined});
  });

  test('is not sent if its transaction is rolled back', async () => {
    const outbox = started(outboxWith());
    const rolledBack = ground.store.transact(async (tx) => {
      await outbox.enqueue(tx, notice('1'));
      throw new Error('as it was meant');
    });
    await expect(rolledBack).rejects.toThrow('as it was meant');
    await ask(outbox, notice('2', 'bob@students.example'));
    await sent(1);
    expect(recipients()).toEqual(['bob@students.example']);
  });

  test('is not mailed twice for one event, neither at once nor after it was sent', async () => {
    const outbox = started(outboxWith());
    expect(await ask(outbox, notice('1'), notice('1'))).toEqual([true, false]);
    await sent(1);
    expect(await ask(outbox, notice('1'), notice('2'))).toEqual([false, true]);
    await sent(2);
    expect(ground.sink.messages).toHaveLength(2);
  });

  test('waits, and says so, until there is a server', async () => {
    const without = started(outboxWith({transport: undefined}));
    await ask(without, notice('1'));
    const seen = await without.look();
    expect([seen.waiting, seen.oldestWaitingAt, seen.trouble]).toEqual([1, ground.time.clock.now(), 'no mail server is configured']);
    started(outboxWith());
    await sent(1);
  });

  test('is found without a word when another process has written it', async () => {
    started(outboxWith());
    // The first look finds nothing and waits.
    await expect.poll(() => ground.time.next()).toBe(60_000);
    await ask(outboxWith(), notice('1'));
    await ground.time.pass(60_000);
    await sent(1);
  });

  test('with data that are not its template’s is our mistake, and undoes the transaction', async () => {
    const wrong = {...notice('1'), data: {link: 'http://phones.example/', automatic: false}};
    await expect(ask(outboxWith(), wrong)).rejects.toThrow('link');
    expect(await rows()).toEqual([]);
  });
});

describe('A mail that is not taken', () => {
  test('is given up where everybody can see it if it is refused, and the next one goes', async () => {
    const errors: (readonly [string, LogFields])[] = [];
    const log: Log = {...silentLog, error: (message, fields = {}) => void errors.push([message, fields])};
    ground.sink.order({fault: 'refuse-recipient'});
    const outbox = started(outboxWith({log}));
    await ask(outbox, notice('1', 'gone@students.example'));
    await tries(1);
    await ask(outbox, notice('2'));
    await sent(1);
    const {waiting, givenUp} = await outbox.look();
    expect([waiting, givenUp.map(({template, why}) => [template, why])]).toEqual([0, [['balance-low', '550 no such mailbox']]]);
    expect(errors.map(([message]) => message)).toEqual(['a mail was given up']);
    expect(JSON.stringify([errors, (await rows())[0]?.data])).not.toMatch(/gone@|canary/);
  });

  test('is put off alone if it is not its time, and is tried again after 1, 2 and 4 seconds', async () => {
    ground.sink.order({fault: 'later-recipient', times: 3});
    const outbox = started(outboxWith());
    await ask(outbox, notice('1', 'busy@students.example'));
    await tries(1);
    await expect.poll(() => ground.time.next()).toBe(1_000);
    await ground.time.pass(1_000);
    await tries(2);
    await expect.poll(() => ground.time.next()).toBe(2_000);
    await ground.time.pass(2_000);
    await tries(3);
    await ask(outbox, notice('2'));
    await sent(1);
    expect(recipients()).toEqual(['ann@students.example']);
    await expect.poll(() => ground.time.next()).toBe(4_000);
    await ground.time.pass(4_000);
    await sent(2);
  });

  test('waits with all others while the server is away, and all go when it is back', async () => {
    await ground.sink.stop();
    const outbox = started(outboxWith());
    await ask(outbox, ...Array.from({length: 5}, (_, index) => notice(String(index), `s${index}@students.example`)));
    await tries(1);
    await expect.poll(() => ground.time.next()).toBe(1_000);
    expect((await outbox.look()).trouble).toContain('ECONNREFUSED');
    await ground.time.pass(1_000);
    await tries(2);
    await ground.sink.start();
    await expect.poll(() => ground.time.next()).toBe(2_000);
    await ground.time.pass(2_000);
    await sent(5);
    expect(recipients().toSorted()).toEqual(['s0', 's1', 's2', 's3', 's4'].map((name) => `${name}@students.example`));
    expect(await outbox.look()).toMatchObject({waiting: 0, trouble: undefined});
  });

  test('goes within a minute of the server’s return, however long it was away', async () => {
    await ground.sink.stop();
    const outbox = started(outboxWith());
    await ask(outbox, notice('1'));
    for (let time = 1; time <= 9; time++) {
      await tries(time);
      const waitMs = Math.min(30_000, 500 * 2 ** time);
      await expect.poll(() => ground.time.next()).toBe(waitMs);
      if (time === 9) await ground.sink.start();
      await ground.time.pass(waitMs);
    }
    await sent(1);
    expect(recipients()).toEqual(['ann@students.example']);
  });

  test('is given up after three days of trying', async () => {
    ground.sink.order({fault: 'later-message', times: 10_000});
    const outbox = outboxWith();
    await ask(outbox, notice('1'));
    await ground.time.pass(72 * HOUR_MS - 1);
    started(outbox);
    await tries(1);
    expect((await outbox.look()).givenUp).toEqual([]);
    await ground.time.pass(1_000);
    await expect.poll(async () => (await outbox.look()).givenUp.map(({why}) => why)).toEqual(['451 try again later']);
  });

  test('does not wait for a time that a clock since set back had given it', async () => {
    const outbox = outboxWith();
    await ask(outbox, notice('1'));
    const ahead = ground.time.clock.now() + 24 * HOUR_MS;
    await ground.store.transact(({db}) => db.updateTable('mail').set({next_at: ahead}).execute());
    started(outbox);
    await sent(1);
    expect(recipients()).toEqual(['ann@students.example']);
  });

  test('that another release wrote and this one cannot read is given up', async () => {
    const outbox = outboxWith();
    await ask(outbox, notice('1'), notice('2'), notice('3'));
    await ground.store.transact(async ({db}) => {
      await db.updateTable('mail').set({template: 'newer'}).where('dedupe', '=', 'balance-low:1').execute();
      await db.updateTable('mail').set({data: '{'}).where('dedupe', '=', 'balance-low:2').execute();
    });
    started(outbox);
    await sent(1);
    expect((await outbox.look()).givenUp).toHaveLength(2);
  });
});

describe('Between the word of the server and ours', () => {
  test('a mail whose answer was lost goes again, and can be told to be the same', async () => {
    ground.sink.order({fault: 'lose'});
    const outbox = started(outboxWith());
    await ask(outbox, notice('1'));
    await tries(1);
    await expect.poll(() => ground.time.next()).toBe(1_000);
    await ground.time.pass(1_000);
    await sent(1);
    const [first, second] = ground.sink.messages.map(({messageId}) => messageId);
    expect([ground.sink.messages.length, second]).toEqual([2, first]);
  });

  test('a disk that refuses to keep the word does not make the mail go again', async () => {
    let refusals = 2;
    const store: Store = {
      ...ground.store,
      transact: (work) => {
        refusals -= 1;
        return refusals >= 0 ? Promise.reject(new Failure('store.full', 'the disk is full', 'make room')) : ground.store.transact(work);
      },
    };
    const outbox = outboxWith({store});
    await ask(outbox, notice('1'));
    started(outbox);
    await expect.poll(() => ground.time.next()).toBe(1_000);
    expect((await outbox.look()).trouble).toBe('the disk is full');
    await ground.time.pass(1_000);
    await expect.poll(() => ground.time.next()).toBe(2_000);
    await ground.time.pass(2_000);
    await sent(1);
    expect(ground.sink.messages).toHaveLength(1);
  });

  test('told to stop in the middle, it ends within three seconds, and the mail goes when it is started again', async () => {
    ground.sink.order({fault: 'hang'});
    const outbox = outboxWith();
    await ask(outbox, notice('1'));
    started(outbox);
    const [{stop, done} = {stop: new AbortController(), done: Promise.resolve()}] = running;
    let isDone = false;
    void done.then(() => {
      isDone = true;
    });
    await expect.poll(() => ground.sink.hanging).toBe(1);
    stop.abort();
    await ground.time.pass(2_999);
    expect(isDone).toBe(false);
    await ground.time.pass(1);
    await done;
    expect((await rows()).map(({attempts}) => attempts)).toEqual([0]);
    started(outboxWith());
    await sent(1);
  });
});
