// The cloud's web over real HTTP: two doors side by side, addresses for machines, files, faults.
import {request, type IncomingHttpHeaders} from 'node:http';
import {request as secureRequest} from 'node:https';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {openCloud, PAYEE, type CloudRig} from './cloud-rig.tsx';

let rig: CloudRig;
beforeEach(async () => {
  rig = await openCloud();
});
afterEach(() => rig.close());

const get = (path: string, cookie = ''): Promise<Response> => fetch(rig.address + path, {redirect: 'manual', headers: {cookie}});

function post(path: string, fields: Readonly<Record<string, string>> = {}, cookie = ''): Promise<Response> {
  return fetch(rig.address + path, {
    method: 'POST',
    redirect: 'manual',
    headers: {origin: rig.address, cookie, 'content-type': 'application/x-www-form-urlencoded'},
    body: new URLSearchParams(fields).toString(),
  });
}

const cookieIn = (answer: Response): string => (answer.headers.get('set-cookie') ?? '').replace(/;.*$/, '');
const asStudent = async (): Promise<string> => cookieIn(await post('/sign-in'));
const asStaff = async (): Promise<string> => cookieIn(await post('/desk/sign-in'));
const where = (answer: Response): unknown[] => [answer.status, answer.headers.get('location')];

describe('two doors', () => {
  test('stand side by side: each asks for its own session, and leads to its own sign-in', async () => {
    expect(where(await get('/'))).toEqual([303, '/sign-in']);
    expect(where(await get('/desk'))).toEqual([303, '/desk/sign-in']);
    expect(where(await get('/statement/2026-10'))).toEqual([303, '/sign-in?to=%2Fstatement%2F2026-10']);
    expect(where(await get('/desk/tariff?x=1'))).toEqual([303, '/desk/sign-in?to=%2Fdesk%2Ftariff%3Fx%3D1']);
    const [student, staff] = [await asStudent(), await asStaff()];
    expect(await (await get('/', student)).text()).toContain('signed in: Student a1');
    expect(await (await get('/desk', staff)).text()).toContain('signed in: kim of the desk');
    expect(where(await get('/desk', student))).toEqual([303, '/desk/sign-in']);
    expect(where(await get('/', staff))).toEqual([303, '/sign-in']);
    const both = `${student}; ${staff}`;
    expect([(await get('/', both)).status, (await get('/desk', both)).status]).toEqual([200, 200]);
  });

  test('take no secret of each other under another name', async () => {
    const [student, staff] = [await asStudent(), await asStaff()];
    expect((await get('/desk', student.replace('spbs=', 'spbs-desk='))).status).toBe(303);
    expect((await get('/', staff.replace('spbs-desk=', 'spbs='))).status).toBe(303);
  });

  test('carry their sessions each in its own way', async () => {
    expect((await post('/sign-in')).headers.get('set-cookie')).toMatch(
      /^spbs=[\w-]{43}; Max-Age=7776000; Path=\/; HttpOnly; SameSite=Lax$/,
    );
    expect((await post('/desk/sign-in')).headers.get('set-cookie')).toMatch(/^spbs-desk=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    const staff = await asStaff();
    const left = await post('/desk/sign-out', {}, staff);
    expect(left.headers.get('set-cookie')).toBe('spbs-desk=; Max-Age=0; Path=/; HttpOnly; SameSite=Strict');
    expect(where(await get('/desk', staff))).toEqual([303, '/desk/sign-in?why=ended']);
  });

  test('tell strangers nothing of what there is', async () => {
    expect(where(await get('/nothing'))).toEqual([303, '/sign-in?to=%2Fnothing']);
    expect(where(await get('/desk/nothing'))).toEqual([303, '/desk/sign-in?to=%2Fdesk%2Fnothing']);
    // Not below the desk, though it begins so.
    expect(where(await get('/deskwork'))).toEqual([303, '/sign-in?to=%2Fdeskwork']);
    expect((await get('/nothing', await asStudent())).status).toBe(404);
    expect(await (await get('/desk/nothing', await asStaff())).text()).toContain('or your role does not see it');
  });

  test('let only the portal send a form on, and only to the page for paying', async () => {
    const student = await asStudent();
    const formAction = (answer: Response): string | undefined =>
      /form-action ([^;]*)/.exec(answer.headers.get('content-security-policy') ?? '')?.[1];
    expect(formAction(await get('/', student))).toBe(`'self' ${PAYEE}`);
    expect(formAction(await get('/desk', await asStaff()))).toBe("'self'");
    expect(where(await post('/pay', {}, student))).toEqual([303, `${PAYEE}/session/1`]);
  });

  test('take forms from our own pages only', async () => {
    const cookie = await asStudent();
    for (const headers of [{}, {origin: 'http://evil.example'}, {'sec-fetch-site': 'cross-site'}] as const) {
      const answer = await fetch(`${rig.address}/pay`, {method: 'POST', redirect: 'manual', headers: {cookie, ...headers}});
      expect(answer.status).toBe(403);
      expect(await answer.text()).toContain('To keep other web sites from acting in your name');
    }
  });

  test('tell once what was done', async () => {
    const cookie = await asStudent();
    await post('/note', {}, cookie);
    expect(await (await get('/', cookie)).text()).toContain('note: it is done');
    expect(await (await get('/', cookie)).text()).toContain('note: none');
  });
});

describe('a fault', () => {
  test('inside is told with a number that is in the log, and with nothing of the inside', async () => {
    for (const [path, cookie, words] of [
      ['/breaks', await asStudent(), 'tell the desk this number'],
      ['/desk/breaks', await asStaff(), 'is in the log with this number'],
    ] as const) {
      const answer = await get(path, cookie);
      const html = await answer.text();
      expect([answer.status, html.includes(words), html.includes('a secret of the inside')]).toEqual([500, true, false]);
      const reference = /<code>([0-9a-f]{12})<\/code>/.exec(html)?.[1];
      expect(rig.logged.filter(({fields}) => fields['reference'] === reference)).toMatchObject([
        {message: 'a page of the cloud failed', fields: {path, error: 'Error: a secret of the inside'}},
      ]);
    }
  });

  test('is told to whom it happens: students in plain words, staff in theirs', async () => {
    const long = `/${'x'.repeat(3_000)}`;
    expect(await (await get(long)).text()).toContain('Go back and try again with less text.');
    expect(await (await get(`/desk${long}`)).text()).toContain('No page of the desk sends so much.');
    const method = await fetch(`${rig.address}/pay`, {headers: {cookie: await asStudent()}});
    expect([method.status, method.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('a file', () => {
  test('is saved under its name, packed on the way', async () => {
    const answer = await get('/statement/2026-10', await asStudent());
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toBe(
      'attachment; filename="Statement 2026-10 ? ???.csv"; filename*=UTF-8\'\'Statement%202026-10%20%E2%80%93%20%E2%80%9C%C3%A9%E2%80%9D.csv',
    );
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(await answer.text()).toBe('a;b\n'.repeat(1_000));
  });
});

describe('a large form', () => {
  test('is read where the page says so, to its own limit', async () => {
    const cookie = await asStaff();
    const many = Object.fromEntries(Array.from({length: 30}, (_, place) => [`f${place}`, 'x']));
    const taken = await post('/desk/tariff', {csv: 'x'.repeat(50_000), ...many}, cookie);
    expect([taken.status, await taken.text()]).toEqual([200, expect.stringContaining('fields 31, text 50000')]);
    expect((await post('/desk/tariff', {csv: 'x'.repeat(100_001)}, cookie)).status).toBe(413);
    expect((await post('/note', {csv: 'x'.repeat(50_000)}, await asStudent())).status).toBe(413);
  });

  test('is not read from somebody who has not signed in', async () => {
    expect(where(await post('/desk/tariff', {csv: 'x'.repeat(50_000)}))).toEqual([303, '/desk/sign-in']);
  });
});

describe('an address for machines', () => {
  const hook = (path: string, body: Uint8Array<ArrayBuffer> | string, headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(rig.address + path, {method: 'POST', body, headers});

  test('gets what was sent to the byte, without a session and without an origin', async () => {
    // No text in any charset, with a byte order mark, as long as it may be.
    const body = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf, 0xff, 0x00, 0x0d, 0x0a]), Buffer.alloc(262_137, 0xfe)]);
    const answer = await hook('/hook/card?a=1', new Uint8Array(body), {'stripe-signature': 't=1,v1=ab'});
    expect([answer.status, await answer.text()]).toEqual([200, 'heard\n']);
    const [call] = rig.calls;
    expect(call?.body.equals(body)).toBe(true);
    expect([call?.part, call?.query.get('a'), call?.header('stripe-signature'), call?.header('x-none')]).toEqual([
      'card',
      '1',
      't=1,v1=ab',
      undefined,
    ]);
  });

  test('refuses what is too long, whether that is said or not', async () => {
    expect((await hook('/hook/card', new Uint8Array(262_145))).status).toBe(413);
    const status = await new Promise((resolve, reject) => {
      const call = request(`${rig.address}/hook/card`, {method: 'POST'}, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      call.on('error', reject);
      for (let count = 0; count < 5; count++) call.write(Buffer.alloc(65_536));
      call.end();
    });
    expect(status).toBe(413);
    expect(rig.calls).toEqual([]);
  });

  test('reads one kind of body where it says so', async () => {
    const json = {'content-type': 'application/json; charset=utf-8'};
    expect((await hook('/enrol', '{}', {'content-type': 'text/plain'})).status).toBe(415);
    expect((await hook('/enrol', '{}', {...json, 'content-encoding': 'gzip'})).status).toBe(415);
    expect((await hook('/enrol', '{}', json)).status).toBe(200);
    expect(rig.calls.map(({body}) => body.toString())).toEqual(['{}']);
    // Three attempts a minute from one place.
    const closed = await hook('/enrol', '{}', json);
    expect([closed.status, closed.headers.get('retry-after')]).toEqual([429, '60']);
  });

  test('without a size of its own takes 16 KiB', async () => {
    const json = {'content-type': 'application/json'};
    expect((await hook('/enrol', 'x'.repeat(16_385), json)).status).toBe(413);
    expect((await hook('/enrol', 'x'.repeat(16_384), json)).status).toBe(200);
  });

  test('knows its method only, and makes no page postable', async () => {
    const wrong = await get('/hook/card');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await hook('/', 'x')).status).toBe(403);
    expect((await hook('/hook', 'x')).status).toBe(403);
  });

  test('says for a probe how things are', async () => {
    const well = await get('/health');
    expect([well.status, await well.json(), well.headers.get('set-cookie')]).toEqual([200, {ok: true, boxes: 2}, null]);
    rig.probe.ok = false;
    expect((await get('/health')).status).toBe(503);
  });
});

test('a page of the desk outside /desk, or of students below it, stops the start', async () => {
  await expect(openCloud({rooms: [{staff: [{path: '/deskwork', signed: true}]}]})).rejects.toThrow(
    '/deskwork is a page for staff outside /desk',
  );
  await expect(openCloud({rooms: [{student: [{path: '/desk/x', signed: true}]}]})).rejects.toThrow(
    '/desk/x is a page for students below /desk',
  );
});

test('over TLS both cookies are bound to this host and to TLS, and a form of http is foreign', async () => {
  const secure = await openCloud({scheme: 'https'});
  const enter = (path: string, origin: string): Promise<{readonly status: number | undefined; readonly headers: IncomingHttpHeaders}> =>
    new Promise((resolve, reject) => {
      const call = secureRequest(secure.address + path, {method: 'POST', headers: {origin}, ca: secure.certificate}, (answer) => {
        answer.resume();
        resolve({status: answer.statusCode, headers: answer.headers});
      });
      call.on('error', reject);
      call.end();
    });
  try {
    const {headers} = await enter('/sign-in', secure.address);
    expect(headers['set-cookie']?.[0]).toMatch(/^__Host-spbs=[\w-]{43}; Max-Age=7776000; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
    const desk = await enter('/desk/sign-in', secure.address);
    expect(desk.headers['set-cookie']?.[0]).toMatch(/^__Host-spbs-desk=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
    expect((await enter('/sign-in', secure.address.replace('https:', 'http:'))).status).toBe(403);
  } finally {
    await secure.close();
  }
});
