// The door of the broker, tried by those who should not get in, and by boxes that do what no box does.
import {execFile} from 'node:child_process';
import {generateKeyPairSync, randomBytes} from 'node:crypto';
import {writeFileSync} from 'node:fs';
import {connect as connectSocket, type Socket} from 'node:net';
import {join} from 'node:path';
import {connect as connectTls, type TLSSocket} from 'node:tls';
import {promisify} from 'node:util';
import {afterAll, afterEach, beforeAll, describe, expect, test} from 'vitest';
import {boxCertificate, newKey, rootCertificate} from '../../cloud/fleet/certificates.ts';
import {instant} from '../../shared/time/instant.ts';
import {encodeSigned, topicOf} from '../../shared/wire/talk.ts';
import {needs} from '../needs.ts';
import {openCloudLink, type CloudLink} from '../rig/cloud-link.ts';
import {LinkBox, enrolled, helloOf, until, type BoxIdentity} from '../rig/link-box.ts';

const HANDSHAKE_MS = 500;

let cloud: CloudLink;
let identity: BoxIdentity;
let neighbour: BoxIdentity;
const boxes: LinkBox[] = [];
const sockets: Socket[] = [];

beforeAll(async () => {
  cloud = await openCloudLink({limits: {handshakeMs: HANDSHAKE_MS}});
  await cloud.site('north');
  await cloud.site('south');
  identity = await enrolled(cloud, 'north', 'box');
  neighbour = await enrolled(cloud, 'south', 'box');
});
afterEach(() => {
  for (const box of boxes.splice(0)) box.close();
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(async () => cloud.remove());

async function connected(options: ConstructorParameters<typeof LinkBox>[1] = {}, who = identity): Promise<LinkBox> {
  const box = new LinkBox(who, options);
  boxes.push(box);
  return box.open();
}

const REFUSED = 'closed before it was connected';

/** A secure socket of a box in service, before any MQTT. */
async function secureSocket(): Promise<TLSSocket> {
  const socket = connectTls({port: cloud.port, host: '127.0.0.1', key: identity.key, cert: identity.certificate, ca: identity.authority});
  sockets.push(socket);
  await new Promise((resolve, reject) => void socket.once('secureConnect', resolve).once('error', reject));
  socket.on('error', () => undefined);
  return socket;
}

function closed(socket: Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });
}

/** Its neighbours go on as if nothing were. */
async function isServed(who = neighbour): Promise<boolean> {
  const box = await connected({}, who);
  const {up} = await box.hello();
  return up.kind === 'RESUME';
}

describe('a certificate', () => {
  const day = 86_400_000;
  const span = () => ({from: instant(Date.now() - day), until: instant(Date.now() + day), serial: `40${randomBytes(15).toString('hex')}`});

  test('is demanded', async () => {
    await expect(connected({}, {...identity, key: '', certificate: ''})).rejects.toThrow(REFUSED);
  });

  test('of another authority is refused, though it names the same box', async () => {
    const key = newKey();
    const root = {key, certificate: await rootCertificate(key, 'S/PBS root', span())};
    const boxKey = generateKeyPairSync('ec', {namedCurve: 'P-256'});
    const certificate = await boxCertificate(boxKey.publicKey, {site: 'north', box: 'box'}, root, span());
    const foreign = {
      ...identity,
      certificate: certificate + root.certificate,
      key: boxKey.privateKey.export({type: 'pkcs8', format: 'pem'}).toString(),
    };
    await expect(connected({}, foreign)).rejects.toThrow(REFUSED);
  });

  test('of our authority that is no box in service is refused: the server’s own', async () => {
    const {key, certificate} = cloud.authority.server;
    await expect(connected({}, {...identity, key, certificate})).rejects.toThrow(REFUSED);
  });

  test('that was replaced is refused on a TLS session that is resumed too', async () => {
    await cloud.site('resumed');
    const old = await enrolled(cloud, 'resumed', 'box');
    const options = {port: cloud.port, host: '127.0.0.1', key: old.key, cert: old.certificate, ca: old.authority};
    const first = connectTls(options);
    sockets.push(first);
    const session = await new Promise<Buffer>((resolve) => void first.once('session', resolve));
    await enrolled(cloud, 'resumed', 'box');
    await closed(first);
    const second = connectTls({...options, session});
    sockets.push(second);
    second.on('error', () => undefined);
    const isReused = new Promise<boolean>((resolve) => void second.once('secureConnect', () => resolve(second.isSessionReused())));
    await closed(second);
    // What was to be shown: the handshake asked for no certificate, and yet it was looked at.
    expect(await isReused).toBe(true);
    expect(cloud.link.online().map(({site}) => site)).not.toContain('resumed');
  });
});

describe('a box in service', () => {
  test('that publishes on another box’s topic is cut', async () => {
    const box = await connected();
    box.client.publish(topicOf('south', 'box', 'up'), 'x', {qos: 1});
    await expect(box.ended()).resolves.toBe('close');
  });

  test('that publishes what only the cloud says is cut', async () => {
    const box = await connected();
    box.client.publish(topicOf('north', 'box', 'down'), 'x', {qos: 1});
    await expect(box.ended()).resolves.toBe('close');
  });

  test('that publishes for keeping, or with QoS 2, is cut', async () => {
    for (const options of [{qos: 1, retain: true}, {qos: 2}] as const) {
      const box = await connected();
      box.client.publish(topicOf('north', 'box', 'health'), '{}', options);
      await expect(box.ended()).resolves.toBe('close');
    }
  });

  test('gets no subscription but its own', async () => {
    const box = await connected();
    const topics = ['#', '+', 'spbs/#', 'spbs/1/+/box/down', '$SYS/#', topicOf('south', 'box', 'down'), topicOf('north', 'box', 'up')];
    const granted = await box.client.subscribeAsync(topics).catch((error: unknown) => error);
    expect(granted).toBeInstanceOf(Error);
    const other = await connected({}, neighbour);
    await other.hello();
    other.write(1);
    await other.send(1);
    expect(box.messages).toEqual([]);
  });

  test('cannot throw another one out by its client id', async () => {
    const box = await connected({clientId: 'same'}, neighbour);
    await connected({clientId: 'same'});
    expect(await box.hello()).toMatchObject({up: {kind: 'RESUME'}});
  });

  test('that leaves a last will, or asks for a session that stays, does not get in', async () => {
    const will = {topic: topicOf('north', 'box', 'health'), payload: Buffer.from('x'), qos: 1, retain: false} as const;
    await expect(connected({will})).rejects.toThrow(REFUSED);
    await expect(connected({clean: false})).rejects.toThrow(REFUSED);
  });

  test('that does not say how often it will be heard of does not get in', async () => {
    for (const keepalive of [0, 3_600]) await expect(connected({keepalive})).rejects.toThrow(REFUSED);
  });

  test('that sends what is nothing at all is not heeded, and others are served', async () => {
    const box = await connected();
    for (const channel of ['hello', 'up', 'down-ack', 'health', 'answer'] as const) {
      for (const bytes of [
        Buffer.alloc(0),
        Buffer.from('{'),
        Buffer.from('null'),
        Buffer.from('{"body":"{}","signature":""}'),
        randomBytes(2_000),
      ]) {
        if (box.client.connected) box.publish(channel, bytes);
      }
    }
    expect(await isServed()).toBe(true);
  });
});

describe('bytes', () => {
  test.for([
    ['a CONNECT of 150 MB', Buffer.from([0x10, 0x80, 0x80, 0xc0, 0x47])],
    ['a message before CONNECT', Buffer.from([0x30, 0x02, 0x00, 0x00])],
    ['a length without end', Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0x7f])],
  ] as const)('of %s end the connection at once, and take no memory', async ([, header]) => {
    const socket = await secureSocket();
    const over = closed(socket);
    const before = process.memoryUsage.rss();
    socket.write(header);
    const mebibyte = Buffer.alloc(1024 * 1024, 0x61);
    for (let sent = 0; sent < 150 && !socket.destroyed; sent++) {
      await new Promise<void>((resolve) => void socket.write(mebibyte, () => resolve()));
    }
    await over;
    expect(process.memoryUsage.rss() - before).toBeLessThan(32 * 1024 * 1024);
  });

  test('of a message beyond the longest end the connection before it is gathered', async () => {
    const box = await connected();
    const over = box.ended();
    const before = process.memoryUsage.rss();
    box.client.publish(topicOf('north', 'box', 'up'), Buffer.alloc(150 * 1024 * 1024), {qos: 1});
    await over;
    // 150 MB are the client's own.
    expect(process.memoryUsage.rss() - before).toBeLessThan(250 * 1024 * 1024);
    expect(await isServed()).toBe(true);
  });
});

describe('those who take their time', () => {
  test('over the handshake are cut', async () => {
    const began = Date.now();
    const slow = connectSocket(cloud.port, '127.0.0.1');
    sockets.push(slow);
    slow.on('error', () => undefined);
    // The beginning of a ClientHello, and then a byte now and then.
    slow.write(Buffer.from([0x16, 0x03, 0x01, 0x02, 0x00]));
    const drip = setInterval(() => void slow.write(Buffer.from([0x01])), 50);
    await closed(slow);
    clearInterval(drip);
    expect(Date.now() - began).toBeLessThan(HANDSHAKE_MS + 2_000);
    expect(await isServed()).toBe(true);
  });

  test('over CONNECT are cut', async () => {
    const socket = await secureSocket();
    const began = Date.now();
    socket.write(Buffer.from([0x10, 0x20]));
    await closed(socket);
    expect(Date.now() - began).toBeLessThan(12_000);
  }, 20_000);
});

test('one place gets so many handshakes a minute, and no more', async () => {
  const strict = await openCloudLink({limits: {handshakesOfPlace: 3}});
  try {
    await strict.site('north');
    const box = await enrolled(strict, 'north', 'box');
    for (let attempt = 0; attempt < 3; attempt++) (await connected({}, box)).close();
    await expect(connected({}, box)).rejects.toThrow(REFUSED);
  } finally {
    await strict.remove();
  }
});

describe('a client that is not ours', () => {
  const run = promisify(execFile);

  async function nonceOf(site: string): Promise<string | null | undefined> {
    return (await cloud.store.reading.selectFrom('box_state').select('nonce').where('site', '=', site).executeTakeFirst())?.nonce;
  }

  test('is heard on its own topics, refused elsewhere', async (context) => {
    const program = needs(context, 'mosquitto');
    const file = (name: string, text: string): string => {
      const path = join(cloud.folder, name);
      writeFileSync(path, text);
      return path;
    };
    const common = [
      '-h', '127.0.0.1', '-p', String(cloud.port), '-V', '311', '-q', '1', '-k', '30',
      '--cafile', file('ca.pem', identity.authority), '--cert', file('box.pem', identity.certificate), '--key', file('box.key', identity.key),
    ]; // prettier-ignore
    const hello = helloOf(identity);
    const signed = join(cloud.folder, 'hello.json');
    writeFileSync(signed, encodeSigned('hello', hello, identity.privateKey));
    await run(program, [...common, '-t', topicOf('north', 'box', 'hello'), '-f', signed]);
    await until(async () => (await nonceOf('north')) === hello.nonce);
    const {stderr} = await run(program.replace(/pub$/, 'sub'), [...common, '-W', '2', '-t', 'spbs/#']);
    expect(stderr).toContain('All subscription requests were denied');
  });
});
