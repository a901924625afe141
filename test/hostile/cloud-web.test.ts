// Requests that no browser and no provider sends, over raw sockets: the cloud answers each with words or closes, and stays up.
import {once} from 'node:events';
import {connect} from 'node:net';
import fc from 'fast-check';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {openCloud, type CloudRig} from '../core/web/cloud-rig.tsx';

let rig: CloudRig;
let port = 0;
let cookies = '';
beforeAll(async () => {
  rig = await openCloud();
  port = Number(new URL(rig.address).port);
  const entered = await Promise.all(
    ['/sign-in', '/desk/sign-in'].map((path) =>
      fetch(rig.address + path, {method: 'POST', redirect: 'manual', headers: {origin: rig.address}}),
    ),
  );
  cookies = entered.map((answer) => (answer.headers.get('set-cookie') ?? '').replace(/;.*$/, '')).join('; ');
});
afterAll(() => rig.close());

/** Sends bytes as they are and reads until the other side closes, or has been quiet for a while. */
async function raw(bytes: string | Buffer, quietMs = 300): Promise<string> {
  const socket = connect({port, host: '127.0.0.1'});
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
  // The server may close while we still write.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(bytes);
  socket.setTimeout(quietMs, () => socket.destroy());
  await once(socket, 'close');
  return answer;
}

const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0);
const request = (line: string, headers: readonly string[] = [], body = ''): string =>
  [`${line} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Connection: close', ...headers, '', body].join('\r\n');
const length = (bytes: number): string => `Content-Length: ${bytes}`;

async function stillWell(): Promise<void> {
  expect((await fetch(`${rig.address}/health`)).status).toBe(200);
  expect((await fetch(rig.address, {headers: {cookie: cookies}})).status).toBe(200);
}

describe('an address for machines', () => {
  test('is not waited for when its body is said to be too long, or grows too long', async () => {
    expect(statusOf(await raw(request('POST /hook/card', [length(150_000_000)], 'x')))).toBe(413);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    expect(statusOf(await raw(request('POST /hook/card', ['Transfer-Encoding: chunked'], chunk.repeat(6))))).toBe(413);
    await stillWell();
  });

  test('is not called with a body that broke off', async () => {
    const before = rig.calls.length;
    await raw(request('POST /hook/card', [length(100)], 'half of it'), 100);
    expect(rig.calls).toHaveLength(before);
    await stillWell();
  });

  test('believes no header that came twice', async () => {
    await raw(request('POST /hook/card', [length(1), 'Stripe-Signature: t=1,v1=aa', 'Stripe-Signature: t=1,v1=bb'], 'x'));
    expect(rig.calls.at(-1)?.header('stripe-signature')).toBeUndefined();
  });

  test.for([
    ['two lengths', [length(1), length(2)], 400],
    ['a length and chunks', [length(1), 'Transfer-Encoding: chunked'], 400],
    ['two hosts', ['Host: evil.example', length(1)], 400],
    ['a packed body', ['Content-Encoding: gzip', length(1)], 415],
  ] as const)('with %s is refused', async ([, headers, status]) => {
    const before = rig.calls.length;
    expect(statusOf(await raw(request('POST /hook/card', headers, 'x')))).toBe(status);
    expect(rig.calls).toHaveLength(before);
  });
});

test('a large form breaks off unread when nobody is signed in', async () => {
  const body = 'x'.repeat(90_000);
  const headers = [`Origin: ${rig.address}`, 'Content-Type: application/x-www-form-urlencoded', length(90_000)];
  const answer = await raw(request('POST /desk/tariff', headers, body));
  expect([statusOf(answer), /\r\nLocation: (.*)\r\n/.exec(answer)?.[1]]).toEqual([303, '/desk/sign-in']);
});

test('whatever is sent is answered with words, and never with a fault of ours', async () => {
  const junk = fc.string({unit: 'binary', maxLength: 60}).map((text) => encodeURIComponent(text));
  const pairs = fc.array(fc.tuple(fc.constantFrom('to', 'why', 'csv', 'email', '__proto__'), junk), {maxLength: 5});
  const text = (all: readonly (readonly [string, string])[]): string => all.map(([name, value]) => `${name}=${value}`).join('&');
  const paths = [
    '/',
    '/desk',
    '/sign-in',
    '/desk/sign-in',
    '/desk/tariff',
    '/statement/x',
    '/hook/%00',
    '/enrol',
    '/health',
    '/desk/none',
    '/x',
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'), fc.constantFrom(...paths), fc.boolean()),
      pairs,
      pairs,
      fc.constantFrom('application/x-www-form-urlencoded', 'application/json', 'multipart/form-data', '\u00ff'),
      async ([verb, path, isOurs], query, fields, type) => {
        const body = text(fields);
        const ours = isOurs ? [`Origin: ${rig.address}`, `Cookie: ${cookies}`] : [];
        const bytes = request(`${verb} ${path}?${text(query)}`, [...ours, `Content-Type: ${type}`, length(body.length)], body);
        const answer = await raw(Buffer.from(bytes, 'latin1'), 1_000);
        expect([200, 303, 400, 403, 404, 405, 413, 415, 422, 429]).toContain(statusOf(answer));
      },
    ),
    {numRuns: 150},
  );
  await stillWell();
  expect(rig.logged.filter(({message}) => message === 'a page of the cloud failed')).toEqual([]);
});
