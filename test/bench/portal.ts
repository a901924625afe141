// A signed-in student's pages from the real cloud over HTTPS, beside Express answering the same bytes from memory.
import {randomBytes} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createSessions} from '../../cloud/people/entry/sessions.ts';
import {later} from '../../shared/time/instant.ts';
import {startChild, type Child} from '../rig/child.ts';
import {startCloud, type RunningCloud} from '../rig/cloud.ts';
import {DAY, HOUR, openHouse, pounds, type House} from '../rig/portal/house.ts';
import {benchFolder, fillCloud, now} from './cloud-process.ts';
import {compare, latencyOf, type Contestant, type Figure, type Latency} from './measure.ts';
import type {PlainPage, PlainWebGiven} from './plain-web.ts';
import {isGood, Visitor, type Place, type Reply} from './visitor.ts';

/** As a hall looks at the portal on the day before the rent is due. */
const VISITORS = 8;
const PAGES_A_ROUND = 800;
const ROUNDS = 5;
const VISITS_OF_ONE = 300;
const CALLS = 20;

export async function benchPortal(): Promise<{readonly figures: readonly Figure[]; readonly latencies: readonly Latency[]}> {
  const {folder, remove} = benchFolder();
  const seen = await fillCloud(folder, async (store, {server, rows}) => {
    const house = await openHouse(store, now);
    // Of boxes that only look enrolled: the broker reads every key.
    await store.transact(({db}) => db.updateTable('box').set({public_key: rows.publicKey}).execute());
    await live(house);
    const sessions = createSessions(store, randomBytes);
    return {server, secret: await store.transact((tx) => sessions.begin(tx, {audience: 'student', subject: 'amara'}, now()))};
  });
  let cloud: RunningCloud | undefined;
  let plain: Child | undefined;
  try {
    cloud = await startCloud({folder, options: {'log.level': 'warn'}});
    const place: Place = {port: Number(new URL(cloud.address).port), authority: readFileSync(cloud.authority.path, 'utf8')};
    const pages = pagesOf(place, seen.secret);
    const firsts = await Promise.all(pages.map(({request}) => once(place, request)));
    const {key, certificate} = seen.server;
    const started = await startPlain(folder, {
      key,
      certificate,
      pages: firsts.map((reply, index) => plainPage(pages[index]?.path ?? '', reply)),
    });
    plain = started.child;
    const beside: Place = {...place, port: started.port};
    const figures: Figure[] = [];
    const latencies: Latency[] = [];
    for (const {name, request} of pages) {
      figures.push(
        await compare({
          name: `${name}, ${VISITORS} visitors`,
          unit: 'pages/s',
          rounds: ROUNDS,
          ours: crowd(place, request),
          baselineName: 'Express, the same bytes from memory',
          baseline: crowd(beside, request),
        }),
      );
      latencies.push(latencyOf(`${name}: first byte, one visitor`, await firstBytes(place, request)));
      latencies.push(latencyOf('the same bytes from Express', await firstBytes(beside, request)));
    }
    return {figures, latencies};
  } finally {
    await plain?.stop();
    await cloud?.child.stop();
    remove();
  }
}

/** Money, a month of calls, an open line, a box that was heard of just now. */
async function live(house: House): Promise<void> {
  await house.credit('amara', pounds(40), later(now(), -25 * DAY));
  for (let call = 0; call < CALLS; call++) {
    const numbers = ['447700900123', '442079460999', '33142685300', '919820098200', '118118'];
    const at = later(now(), -HOUR * (1 + 7 * call));
    await house.call('amara', {at, seconds: 40 + 61 * call, number: numbers[call % numbers.length] ?? ''});
  }
  await house.lock('amara', []);
  await house.heartbeat('north', now());
}

type Page = {readonly name: string; readonly path: string; readonly request: string};

function pagesOf({port}: Place, secret: string): readonly Page[] {
  const month = new Date().toISOString().slice(0, 7);
  const page = (name: string, path: string): Page => ({
    name,
    path,
    request: `GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: text/html\r\nAccept-Encoding: gzip\r\nCookie: __Host-spbs=${secret}\r\n\r\n`,
  });
  return [page('portal, main page', '/'), page('portal, a month’s statement', `/statement/${month}`)];
}

async function once(place: Place, request: string): Promise<Reply> {
  const visitor = await Visitor.open(place);
  const reply = await visitor.ask(request);
  visitor.close();
  if (!isGood(reply)) throw new Error(`the portal does not show the page:\n${reply.head}`);
  return reply;
}

/** Headers that Node writes itself are left to it. */
function plainPage(path: string, {head, body}: Reply): PlainPage {
  const lines = head.split('\r\n').slice(1);
  const headers = lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)] as const);
  const others = headers.filter(([name]) => !/^(?:date|connection|keep-alive|content-length)$/i.test(name));
  return {path, headers: Object.fromEntries(others), base64: body.toString('base64')};
}

async function startPlain(folder: string, given: PlainWebGiven): Promise<{readonly child: Child; readonly port: number}> {
  const path = join(folder, 'plain.json');
  writeFileSync(path, JSON.stringify(given), {mode: 0o600});
  const child = startChild('test/bench/plain-web.js', [path]);
  const {port} = JSON.parse(await child.line((line) => line.startsWith('{"port"'))) as {readonly port: number};
  return {child, port};
}

/** Connects anew each round, as a server closes what was idle for a while; the first pages of all are part of the round. */
function crowd(place: Place, request: string): Contestant {
  return {
    round: async () => {
      let left = PAGES_A_ROUND;
      const visit = async (): Promise<void> => {
        const visitor = await Visitor.open(place);
        while (left-- > 0) if (!isGood(await visitor.ask(request))) throw new Error('a page was refused');
        visitor.close();
      };
      await Promise.all(Array.from({length: VISITORS}, visit));
      return PAGES_A_ROUND;
    },
  };
}

async function firstBytes(place: Place, request: string): Promise<readonly number[]> {
  const visitor = await Visitor.open(place);
  const taken: number[] = [];
  for (let visit = 0; visit < VISITS_OF_ONE; visit++) taken.push((await visitor.ask(request)).firstByteMs);
  visitor.close();
  return taken;
}
