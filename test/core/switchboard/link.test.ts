// One session at a time, for ever: open, up, lost, and back after a wait that grows.
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createLink, type Down, type Link, type Session} from '../../../edge/switchboard/link.ts';
import type {LinkState} from '../../../edge/switchboard/port.ts';
import {manualTime, type ManualTime} from '../manual-timers.ts';
import {silentLog} from '../silent-log.ts';

const lost: Down = {why: 'the cable is out', cure: 'put it in', waitFor: 'network'};
const refused: Down = {why: 'the password is wrong', cure: 'correct it', waitFor: 'person'};

class OneSession implements Session {
  readonly ended: Promise<Down>;
  end!: (down: Down) => void;
  pings = 0;
  isCut = false;
  answersPings = true;

  constructor() {
    this.ended = new Promise((resolve) => (this.end = resolve));
  }
  async ping(): Promise<void> {
    this.pings++;
    if (!this.answersPings) await this.ended;
  }
  cut(): void {
    this.isCut = true;
    this.end({why: 'the box closed the link', cure: 'nothing to do', waitFor: 'network'});
  }
}

let time: ManualTime;
let opened: OneSession[];
let login: () => Down | undefined;
let link: Link<OneSession>;
let states: LinkState[];
let abort: AbortController;
let over: Promise<void>;

beforeEach(() => {
  time = manualTime();
  opened = [];
  states = [];
  login = () => undefined;
  abort = new AbortController();
  link = createLink<OneSession>({
    open: () => {
      const session = new OneSession();
      opened.push(session);
      return session;
    },
    login: (session) => {
      const down = login();
      if (down !== undefined) session.end(down);
      return Promise.resolve(down);
    },
    timers: time.timers,
    random: () => 0,
    log: silentLog,
  });
  over = Promise.resolve();
});
afterEach(async () => {
  abort.abort();
  await over;
});

function run(): void {
  link.onLink((state) => states.push(state));
  over = link.run(abort.signal);
}

test('is down until the login, then hands out the session, and no longer once it is lost', async () => {
  run();
  expect(states).toEqual([{kind: 'down', why: 'not connected yet', cure: 'wait a moment'}]);
  await time.pass(0);
  expect(states.at(-1)).toEqual({kind: 'up'});
  expect(link.session()).toBe(opened[0]);
  opened[0]?.end(lost);
  await time.pass(0);
  expect(link.session()).toBeUndefined();
  expect(states.at(-1)).toEqual({kind: 'down', why: lost.why, cure: lost.cure});
  await time.pass(1_000);
  expect(link.session()).toBe(opened[1]);
});

test('waits 1, 2, 4 … 30 seconds, and up to twice that by chance; begins anew after a success', async () => {
  login = () => lost;
  run();
  const waits: (number | undefined)[] = [];
  for (let attempt = 0; attempt < 7; attempt++) {
    await time.pass(time.next() ?? 0);
    waits.push(time.next());
  }
  expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  login = () => undefined;
  await time.pass(30_000);
  expect(states.at(-1)).toEqual({kind: 'up'});
  opened.at(-1)?.end(lost);
  await time.pass(0);
  expect(time.next()).toBe(1_000);
});

test('waits longest at once where only a person can mend it', async () => {
  login = () => refused;
  run();
  await time.pass(0);
  expect(time.next()).toBe(30_000);
});

test('tells the same trouble once', async () => {
  login = () => lost;
  run();
  await time.pass(200_000);
  expect(opened.length).toBeGreaterThan(5);
  expect(states.map(({kind}) => kind)).toEqual(['down', 'down']);
  login = () => refused;
  await time.pass(60_000);
  expect(states.at(-1)).toMatchObject({why: refused.why});
});

describe('a quiet link', () => {
  test('is asked every fifteen seconds whether it is there', async () => {
    run();
    await time.pass(0);
    await time.pass(14_999);
    expect(opened[0]?.pings).toBe(0);
    await time.pass(1);
    expect(opened[0]?.pings).toBe(1);
    await time.pass(30_000);
    expect(opened[0]?.pings).toBe(3);
  });

  test('is not asked again before it answered, and not after it was lost', async () => {
    run();
    await time.pass(0);
    const [session] = opened;
    if (session !== undefined) session.answersPings = false;
    await time.pass(100_000);
    expect(session?.pings).toBe(1);
    session?.end(lost);
    await time.pass(100_000);
    expect(session?.pings).toBe(1);
  });
});

test('ends at the abort, at whatever it is', async () => {
  run();
  await time.pass(0);
  abort.abort();
  await over;
  expect(opened[0]?.isCut).toBe(true);
  expect(time.next()).toBeUndefined();
  expect(opened).toHaveLength(1);
});

test('ends at the abort while it waits for its next attempt', async () => {
  login = () => lost;
  run();
  await time.pass(500);
  abort.abort();
  await over;
  expect(time.next()).toBeUndefined();
});

test('tells each listener the present state, until it no longer listens', async () => {
  run();
  await time.pass(0);
  const heard: string[] = [];
  const stop = link.onLink(({kind}) => heard.push(kind));
  opened[0]?.end(lost);
  await time.pass(0);
  stop();
  await time.pass(5_000);
  expect(heard).toEqual(['up', 'down']);
});
