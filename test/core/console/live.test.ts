import {describe, expect, test} from 'vitest';
import {createLiveHub, MOST_WATCHERS, type LiveHub, type Part, type Stream} from '../../../shared/web/live.ts';

type Fake = {readonly stream: Stream; readonly written: string[]; state: 'open' | 'ended' | 'destroyed'; unsent: number; close: () => void};

function fakeStream(): Fake {
  let onClose = (): void => undefined;
  const fake: Fake = {
    written: [],
    state: 'open',
    unsent: 0,
    close: () => onClose(),
    stream: {
      write: (text) => fake.written.push(text) > 0,
      end: () => {
        fake.state = 'ended';
        onClose();
      },
      destroy: () => {
        fake.state = 'destroyed';
        onClose();
      },
      waiting: () => fake.unsent,
      onClose: (act) => {
        onClose = act;
      },
    },
  };
  return fake;
}

/** Timers that a test moves on by hand. */
function bench() {
  const due: {at: number; act: () => void}[] = [];
  let now = 0;
  let troubles = 0;
  const hub = createLiveHub({
    timers: {
      after: (delayMs, act) => {
        const entry = {at: now + delayMs, act};
        due.push(entry);
        return () => void due.splice(due.indexOf(entry), due.includes(entry) ? 1 : 0);
      },
    },
    trouble: () => troubles++,
  });
  const pass = (ms: number): void => {
    for (const until = now + ms; ;) {
      const [next] = due.toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > until) {
        now = until;
        return;
      }
      due.splice(due.indexOf(next), 1);
      now = next.at;
      next.act();
    }
  };
  return {hub, pass, waiting: () => due.length, troubles: () => troubles};
}

const watch = (hub: LiveHub, parts: () => readonly Part[], more: {topic?: string; session?: string; holds?: () => boolean} = {}): Fake => {
  const fake = fakeStream();
  hub.join({topic: 'flow', session: 's', holds: () => true, farewell: () => [['end', 'bye']], ...more, parts}, fake.stream);
  return fake;
};
const events = ({written}: Fake): unknown[] =>
  written.filter((text) => text.startsWith('data: ')).map((text) => JSON.parse(text.slice('data: '.length)) as unknown);

describe('a live page', () => {
  test('gets all parts at once, and then those that differ', () => {
    const {hub, pass} = bench();
    const state = {count: 1};
    const page = watch(hub, () => [
      ['a', `<p>${state.count}</p>`],
      ['b', '<p>same</p>'],
    ]);
    expect(events(page)).toEqual([
      [
        ['a', '<p>1</p>'],
        ['b', '<p>same</p>'],
      ],
    ]);
    state.count = 2;
    hub.changed();
    pass(500);
    expect(events(page).slice(1)).toEqual([[['a', '<p>2</p>']]]);
  });

  test('costs one drawing in half a second, however much happens and however many watch', () => {
    const {hub, pass} = bench();
    let drawn = 0;
    const parts = (): readonly Part[] => [['a', String(drawn++)]];
    for (let number = 0; number < 5; number++) watch(hub, parts, {session: `s${number}`});
    drawn = 0;
    for (let change = 0; change < 10_000; change++) hub.changed();
    pass(500);
    expect(drawn).toBe(1);
    pass(499);
    expect(drawn).toBe(1);
  });

  test('is drawn again every two seconds though nothing happens, since ages grow', () => {
    const {hub, pass} = bench();
    let drawn = 0;
    watch(hub, () => [['a', String(drawn++)]]);
    drawn = 0;
    pass(10_000);
    expect(drawn).toBe(5);
  });

  test('that nobody watches costs nothing', () => {
    const {hub, pass, waiting} = bench();
    const page = watch(hub, () => [['a', '1']]);
    page.close();
    expect(waiting()).toBe(0);
    hub.changed();
    pass(60_000);
    expect(hub.watching()).toBe(0);
  });

  test('is told when its session has ended, and gets nothing after that', () => {
    const {hub, pass} = bench();
    const session = {stands: true};
    const page = watch(hub, () => [['a', 'secret']], {holds: () => session.stands});
    session.stands = false;
    pass(500);
    hub.changed();
    pass(500);
    expect(events(page).slice(1)).toEqual([[['end', 'bye']]]);
    expect(page.state).toBe('ended');
    expect(hub.watching()).toBe(0);
  });

  test('that is not read is let go', () => {
    const {hub, pass} = bench();
    const page = watch(hub, () => [['a', '1']]);
    page.unsent = 2_000_000;
    hub.changed();
    pass(500);
    expect(page.state).toBe('destroyed');
    expect(hub.watching()).toBe(0);
  });

  test('that cannot be drawn is let go, and the others go on', () => {
    const {hub, pass, troubles} = bench();
    const state = {broken: false, count: 0};
    const bad = watch(
      hub,
      () => {
        if (state.broken) throw new Error('the database is gone');
        return [];
      },
      {topic: 'bad'},
    );
    const good = watch(hub, () => [['a', String(state.count)]]);
    Object.assign(state, {broken: true, count: 1});
    hub.changed();
    pass(500);
    expect(troubles()).toBe(1);
    expect(bad.state).toBe('destroyed');
    expect(events(good).at(-1)).toEqual([['a', '1']]);
  });
});

describe('the places for live pages', () => {
  test('are limited, for one session and for all', () => {
    const {hub} = bench();
    for (let number = 0; number < 6; number++) {
      expect(hub.isFull('greedy')).toBe(false);
      watch(hub, () => [], {session: 'greedy'});
    }
    expect(hub.isFull('greedy')).toBe(true);
    expect(hub.isFull('another')).toBe(false);
    for (let number = 6; number < MOST_WATCHERS; number++) watch(hub, () => [], {session: `s${number}`});
    expect(hub.isFull('another')).toBe(true);
  });

  test('are all given up when the console closes', () => {
    const {hub, waiting} = bench();
    const pages = [watch(hub, () => []), watch(hub, () => [])];
    hub.close();
    expect(pages.map(({state}) => state)).toEqual(['ended', 'ended']);
    expect(waiting()).toBe(0);
  });
});
