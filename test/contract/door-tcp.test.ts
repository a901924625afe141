// Lines over TCP: what only a connection can do to them.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {connect, createServer, type Socket} from 'node:net';
import process from 'node:process';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import type {FeedSettings} from '../../edge/feed/settings.ts';
import {Box, isDown, isUp, time, type Running, type RunOptions} from './door-box.ts';
import {freePort, ServingSwitchboard} from './door-sources.ts';

const FAST = 100;
const common = {name: 'feed', profile: 'mitel-mivoice', zone: 'UTC', door: 'tcp', host: '127.0.0.1'} as const;

type TcpSettings = Extract<FeedSettings, {door: 'tcp'}>;

let box: Box;
let port: number;

beforeEach(async () => {
  box = new Box();
  port = await freePort();
});
afterEach(() => box.dispose());

/** What the kernel says of a TCP connection to this port: the kind of its timer, 2 while it probes a quiet link. */
function timerOf(remotePort: number): number | undefined {
  const hex = remotePort.toString(16).toUpperCase().padStart(4, '0');
  const row = readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find((fields) => fields[2]?.endsWith(`:${hex}`) === true && fields[3] === '01');
  return row === undefined ? undefined : Number(row[5]?.split(':')[0]);
}

describe('we connect', () => {
  let switchboard: ServingSwitchboard;
  const run = (options: RunOptions = {}): Running => box.run({...common, role: 'connect', port}, options);

  beforeEach(async () => {
    switchboard = new ServingSwitchboard(port);
    await switchboard.start();
  });
  afterEach(() => switchboard.stop());

  test('each connection is a session, and its lines are counted from one', async () => {
    run({speed: FAST});
    await switchboard.write('a\nb\n');
    await box.taken(2);
    await switchboard.breakOff();
    await switchboard.write('c\n');
    await box.taken(3);
    expect(box.lines().map(({session, position}) => [session, position])).toEqual([
      [1, '1'],
      [1, '2'],
      [2, '1'],
    ]);
  });

  test('a connection without a line costs no session', async () => {
    run({speed: FAST});
    await switchboard.breakOff();
    await switchboard.breakOff();
    await switchboard.write('a\n');
    expect(await box.taken(1)).toEqual(['a']);
    expect(box.lines()[0]?.session).toBe(1);
  });

  test('what is left of a line when we are told to stop is kept as cut', async () => {
    const running = run();
    await switchboard.write('a\nhalf');
    expect(await box.taken(1)).toEqual(['a']);
    await running.stop();
    expect(box.texts()).toEqual(['a', 'half (cut-line)']);
  });

  test('what is on its way when we are told to stop is taken', async () => {
    const running = run();
    await switchboard.write('a\n');
    await box.taken(1);
    const sent = switchboard.write('b\nc\n');
    await Promise.all([sent, running.stop()]);
    expect(box.texts()).toEqual(['a', 'b', 'c']);
  });

  test('what is left of a line when the link breaks is kept as cut, at once', async () => {
    run();
    await switchboard.write('a\nhalf');
    expect(await box.taken(1)).toEqual(['a']);
    await switchboard.breakOff();
    expect(await box.taken(2)).toEqual(['a', 'half (cut-line)']);
  });

  test('nothing is ever written to the switchboard', async () => {
    const running = run();
    await switchboard.write('Password: \r\nlogin:');
    await box.taken(1);
    await running.stop();
    expect(switchboard.received).toEqual([]);
  });

  test('a quiet link is probed', async () => {
    const running = run();
    await isUp(running);
    await vi.waitFor(() => expect(timerOf(port)).toBe(2));
  });

  test('lines of one chunk come in one delivery', async () => {
    const {deliveries} = run();
    await switchboard.write(Array.from({length: 200}, (_, at) => `${at}\n`).join(''));
    await box.taken(200);
    expect(deliveries.map(({lines}) => lines.length)).toEqual([200]);
  });

  test('while the disk is full the switchboard has to wait, and nothing is lost', async () => {
    const running = run();
    await switchboard.write('a\n');
    await isUp(running);
    box.fillDisk();
    const socket = await switchboard.socket();
    const line = `${'x'.repeat(1_000)}\n`;
    const count = 8_000;
    for (let at = 0; at < count; at++) socket.write(line);
    await sleep(300);
    // 8 MB were sent; what the box and both kernels hold is less.
    expect(socket.writableLength).toBeGreaterThan(2_000_000);
    expect(box.lines().length).toBeLessThan(100);
    box.freeDisk();
    expect((await box.taken(count + 1)).length).toBe(count + 1);
    expect(running.states).toEqual([{kind: 'down', code: 'unreachable', why: 'not connected yet', cure: 'wait a moment'}, {kind: 'up'}]);
  });

  test('garbage without an end costs no memory and no line', async () => {
    run();
    const garbage = Buffer.alloc(64 * 1024, 0xaa);
    await switchboard.write(garbage);
    const before = process.memoryUsage().rss;
    for (let sent = 0; sent < 1_000; sent++) await switchboard.write(garbage);
    expect(box.texts()).toEqual([]);
    expect(process.memoryUsage().rss - before).toBeLessThan(40_000_000);
    await switchboard.write('\nnext\n');
    const lines = await box.taken(2);
    expect(lines[0]?.length).toBe(8_192 + ' (line-too-long)'.length);
    expect(lines[1]).toBe('next');
  });

  test('a refused connection says what to look at, and is tried again after 1, 2, 4 … s', async () => {
    await switchboard.stop();
    const waits: number[] = [];
    const {clock, timers} = time(FAST);
    const running = run({
      given: {
        clock,
        timers: {
          after: (delayMs, act) => {
            waits.push(delayMs);
            return timers.after(delayMs, act);
          },
        },
      },
    });
    const down = await isDown(running, /refuses the connection/);
    expect(down.code).toBe('refused');
    expect(down.why).toContain(`127.0.0.1:${port}`);
    expect(down.cure).toContain('output of call records');
    const backOffs = (): readonly number[] => waits.filter((ms) => ms !== 10_000);
    await vi.waitFor(() => expect(backOffs().slice(0, 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]), {timeout: 5_000});
    await switchboard.start();
    await isUp(running);
  });

  test('a switchboard that ends each connection at once is never up, and is asked ever more rarely', async () => {
    await switchboard.stop();
    const server = createServer((socket) => socket.end());
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const running = run({speed: FAST});
    await isDown(running, /ended the connection/);
    await sleep(400);
    expect(running.states.map(({kind}) => kind)).toEqual(['down', 'down']);
    await running.stop();
    server.close();
  });

  test('a name that nobody knows is said to be unknown', async () => {
    const running = box.run({...common, role: 'connect', host: 'no-such-host.invalid', port}, {speed: FAST});
    const down = await isDown(running, /not known/);
    expect(down.cure).toContain('write the address instead');
  });

  test('an address that does not answer is given up after ten seconds', async () => {
    await switchboard.stop();
    // A program that is stopped takes no connection: two fill its queue, and the next gets no answer at all.
    const listen = `require('node:net').createServer().listen({port: ${port}, host: '127.0.0.1', backlog: 1}, () => console.log('up'))`;
    const frozen = spawn(process.execPath, ['-e', listen], {stdio: ['ignore', 'pipe', 'inherit']});
    const fillers: Socket[] = [];
    try {
      await once(frozen.stdout, 'data');
      frozen.kill('SIGSTOP');
      for (let filler = 0; filler < 3; filler++) fillers.push(connect(port, '127.0.0.1').on('error', () => undefined));
      await sleep(50);
      const down = await isDown(run({speed: FAST}), /does not answer \(ETIMEDOUT\)/);
      expect(down.code).toBe('unreachable');
    } finally {
      for (const filler of fillers) filler.destroy();
      frozen.kill('SIGKILL');
    }
  });
});

describe('we listen', () => {
  const clients = new Set<Socket>();
  const run = (settings: Partial<TcpSettings> = {}, options: RunOptions = {}): Running =>
    box.run({...common, role: 'listen', port, ...settings}, options);
  const client = async (localAddress = '127.0.0.1', host = '127.0.0.1'): Promise<Socket> => {
    const socket = connect({port, host, localAddress});
    clients.add(socket);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    return socket;
  };
  const isClosed = async (socket: Socket): Promise<void> => {
    if (!socket.closed) await once(socket.resume(), 'close');
  };

  afterEach(() => {
    for (const socket of clients) socket.destroy();
    clients.clear();
  });

  test('until a switchboard has connected the feed is down, and says to which port', async () => {
    const running = run();
    const down = await isDown(running, /no switchboard has connected yet/);
    expect(down.cure).toContain(`port ${port}`);
    await client();
    await isUp(running);
  });

  test('only addresses that may connect are let in; another is named with its cure', async () => {
    const running = run({from: ['127.0.0.2']});
    await isDown(running, /connected yet/);
    const stranger = await client('127.0.0.3');
    stranger.write('stranger\n');
    await isClosed(stranger);
    const down = await isDown(running, /127\.0\.0\.3 tried to connect/);
    expect(down.code).toBe('refused');
    expect(down.cure).toContain('add 127.0.0.3 to "from"');
    const known = await client('127.0.0.2');
    known.write('a\n');
    expect(await box.taken(1)).toEqual(['a']);
    expect(running.states.at(-1)).toEqual({kind: 'up'});
  });

  test('an address that may connect is known in its IPv6 writing too', async () => {
    const running = run({host: '::', from: ['127.0.0.2']});
    await isDown(running, /connected yet/);
    const known = await client('127.0.0.2');
    known.write('a\n');
    expect(await box.taken(1)).toEqual(['a']);
  });

  test('a second connection of one address takes the place of the first, whose rest is kept as cut', async () => {
    const running = run();
    await isDown(running, /connected yet/);
    const first = await client();
    first.write('a\nhalf');
    await box.taken(1);
    const second = await client();
    await isClosed(first);
    second.write('b\n');
    expect(await box.taken(3)).toEqual(['a', 'half (cut-line)', 'b']);
    expect(running.states.at(-1)).toEqual({kind: 'up'});
  });

  test('two switchboards have a session each, and eight are the most', async () => {
    const running = run();
    await isDown(running, /connected yet/);
    for (let at = 2; at < 10; at++) (await client(`127.0.0.${at}`)).write(`from ${at}\n`);
    await box.taken(8);
    expect(new Set(box.lines().map(({session}) => session)).size).toBe(8);
    const ninth = await client('127.0.0.99');
    ninth.write('too many\n');
    await isClosed(ninth);
    expect(box.texts()).not.toContain('too many');
  });

  test('a port that is taken is named with the way to find by whom, and had when it is free', async () => {
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    const running = run({}, {speed: FAST});
    const down = await isDown(running, /another program listens on port/);
    expect(down.why).toContain(String(port));
    expect(down.cure).toContain(`ss -ltnp 'sport = :${port}'`);
    other.close();
    await isDown(running, /connected yet/);
    (await client()).write('a\n');
    expect(await box.taken(1)).toEqual(['a']);
  });

  test('an address that is not ours is said to be none', async () => {
    const down = await isDown(run({host: '192.0.2.1'}), /no address of this box/);
    expect(down.cure).toContain('0.0.0.0');
  });

  test('a switchboard that goes away in good order may stay away for five minutes before it is missed', async () => {
    // 5 minutes are 300 ms here.
    const running = run({}, {speed: 1_000});
    await isDown(running, /connected yet/);
    const socket = await client();
    await isUp(running);
    socket.end();
    await isClosed(socket);
    await sleep(100);
    expect(running.states.at(-1)).toEqual({kind: 'up'});
    await isDown(running, /no switchboard has been connected for 5 minutes/);
  });

  test('a switchboard that breaks off is missed at once', async () => {
    const running = run();
    await isDown(running, /connected yet/);
    const socket = await client();
    await isUp(running);
    socket.resetAndDestroy();
    expect((await isDown(running, /was lost/)).why).toContain('127.0.0.1');
  });

  test('told to stop, the port is free again and nothing was written', async () => {
    const running = run();
    await isDown(running, /connected yet/);
    const socket = await client();
    const received: Buffer[] = [];
    socket.on('data', (bytes) => received.push(bytes));
    socket.write('a\nhalf');
    await box.taken(1);
    await running.stop();
    expect(box.texts()).toEqual(['a', 'half (cut-line)']);
    expect(received).toEqual([]);
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    other.close();
  });
});
