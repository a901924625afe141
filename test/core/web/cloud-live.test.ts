// Live pages of the desk over real HTTP: a database that answers by and by, read once for all who watch.
import {afterEach, beforeEach, expect, test} from 'vitest';
import {HOUR, MINUTE} from '../people/entry-ground.ts';
import {openCloud, type CloudRig} from './cloud-rig.tsx';

let rig: CloudRig;
let cookie: string;
const streams: AbortController[] = [];
beforeEach(async () => {
  rig = await openCloud();
  const entered = await fetch(`${rig.address}/desk/sign-in`, {method: 'POST', redirect: 'manual', headers: {origin: rig.address}});
  cookie = (entered.headers.get('set-cookie') ?? '').replace(/;.*$/, '');
});
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.abort();
  await rig.close();
});

type Watching = {
  /** Waits until this came, and returns all that came. */
  readonly until: (text: string) => Promise<string>;
  readonly ended: () => Promise<string>;
};

async function watch(): Promise<Watching> {
  const stop = new AbortController();
  streams.push(stop);
  const answer = await fetch(`${rig.address}/desk/live/sites`, {headers: {cookie}, signal: stop.signal});
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  const read = async (isEnough: () => boolean): Promise<string> => {
    while (!isEnough()) {
      const next = await reader?.read();
      if (next?.value === undefined) return seen;
      seen += next.value;
    }
    return seen;
  };
  return {until: (text) => read(() => seen.includes(text)), ended: () => read(() => false)};
}

test('a watcher gets what is, and then what changes', async () => {
  const page = await watch();
  expect(await page.until('all well')).toBe('retry: 2000\n\ndata: [["sites","all well"]]\n\n');
  rig.live.text = 'north is silent';
  rig.web.changed();
  expect(await page.until('north is silent')).toContain('data: [["sites","north is silent"]]\n\n');
});

test('however many watch, it is read once at a time', async () => {
  const pages = await Promise.all(Array.from({length: 6}, () => watch()));
  await Promise.all(pages.map((page) => page.until('all well')));
  expect(rig.live.reads).toBeLessThan(6);
  const before = rig.live.reads;
  for (const text of ['one', 'two', 'three']) {
    rig.live.text = text;
    rig.web.changed();
    await Promise.all(pages.map((page) => page.until(text)));
  }
  // Three changes, six watchers: eighteen if each had its own.
  expect(rig.live.reads - before).toBeGreaterThanOrEqual(3);
  expect(rig.live.reads - before).toBeLessThanOrEqual(9);
});

test('a page whose session has ended is told so, and closed', async () => {
  const page = await watch();
  await page.until('all well');
  rig.ground.pass(HOUR + MINUTE);
  expect(await page.ended()).toMatch(/data: \[\["session-end","signed out"\]\]\n\n$/);
});

test('a stranger is told not to ask again', async () => {
  expect((await fetch(`${rig.address}/desk/live/sites`)).status).toBe(204);
});
