// The console over real HTTP: who gets in, what every answer carries, what is refused.
import {request} from 'node:http';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {IDLE_MS} from '../../../edge/console/entry/sessions.ts';
import {later} from '../../../shared/time/instant.ts';
import {RIG_NOW} from '../../rig/console/box.ts';
import {cookieIn, get, openConsole, PERSON, post, setUp, type ConsoleRig} from '../../rig/console/rig.ts';
import {callLine, deliver} from '../../rig/console/site.ts';

let rig: ConsoleRig;
beforeEach(async () => {
  rig = await openConsole('busy');
});
afterEach(() => rig.close());

type Stacked = {readonly route?: {readonly path: string; readonly methods: Readonly<Record<string, boolean>>}};
type Routed = {readonly router: {readonly stack: readonly Stacked[]}};

/** Every address that the server knows, with a part where it has one. */
function addresses(): readonly {readonly path: string; readonly method: string}[] {
  const {stack} = (rig.console.app as unknown as Routed).router;
  return stack.flatMap(({route}) =>
    // A route for one way only: those for all the others refuse.
    route === undefined || route.path.startsWith('/assets') || Object.keys(route.methods).length > 1
      ? []
      : Object.keys(route.methods)
          .filter((method) => method === 'get' || method === 'post')
          .map((method) => ({path: route.path.replace(':part', '2101'), method})),
  );
}

const OPEN = new Set(['/sign-in', '/setup', '/health', '/metrics']);

describe('the door', () => {
  test('is the only way: nothing else answers to somebody who has not signed in', async () => {
    await setUp(rig);
    const routes = addresses();
    expect(routes.length).toBeGreaterThan(25);
    for (const {path, method} of routes.filter((route) => !OPEN.has(route.path))) {
      const answer = method === 'get' ? await get(rig, path) : await post(rig, path, {});
      const text = (await answer.text()).replace(/^\/sign-in[^<]*\n$/, '');
      const seen = [answer.status, answer.headers.get('location')?.replace(/\?.*$/, '') ?? '', text];
      // To a stream: nothing, and do not ask again.
      expect([path, ...seen]).toEqual([path, ...(path.startsWith('/live/') ? [204, '', ''] : [303, '/sign-in', ''])]);
    }
  });

  test('of a box without people is the set-up page; afterwards there is no such page', async () => {
    expect((await get(rig, '/')).headers.get('location')).toBe('/sign-in');
    expect((await get(rig, '/sign-in')).headers.get('location')).toBe('/setup');
    expect(await (await get(rig, '/setup')).text()).toContain('One-time code');
    const code = rig.console.setupCode() ?? '';
    const wrong = await post(rig, '/setup', {code: 'AAAA-AAAA-AAAA', ...PERSON});
    expect(wrong.status).toBe(422);
    expect(await wrong.text()).toContain('This code is not, or no longer, the right one.');
    expect((await post(rig, '/setup', {code, ...PERSON, password: 'password1234'})).status).toBe(422);
    const done = await post(rig, '/setup', {code, ...PERSON});
    expect([done.status, done.headers.get('location')]).toEqual([303, '/']);
    for (const answer of [
      await get(rig, '/setup', cookieIn(done)),
      await post(rig, '/setup', {code, name: 'Eve', password: 'another long one'}),
    ]) {
      expect(answer.status).toBe(404);
    }
    expect(rig.console.setupCode()).toBeUndefined();
    expect((await get(rig, '/sign-in')).status).toBe(200);
  });

  test('lets one in of two who come with the same code at once', async () => {
    const code = rig.console.setupCode() ?? '';
    const answers = await Promise.all(['Ann', 'Bob'].map((name) => post(rig, '/setup', {code, name, password: PERSON.password})));
    expect(new Set(answers.map(({status}) => status))).toEqual(new Set([303, 404]));
    expect(rig.box.database.prepare('SELECT count(*) FROM console_user').pluck().get()).toBe(1);
  });

  test('says the same of a wrong password and of a name that is not known', async () => {
    await setUp(rig);
    const text = async (name: string): Promise<string> => {
      const answer = await post(rig, '/sign-in', {name, password: 'not the password'});
      return `${answer.status} ${(await answer.text()).replaceAll(name, 'NAME')}`;
    };
    expect(await text('Sam Porter')).toBe(await text('Eve Nobody'));
  });

  test('leads where one wanted to go, and never out of the console', async () => {
    await setUp(rig);
    expect((await get(rig, '/lines?show=locked')).headers.get('location')).toBe('/sign-in?to=%2Flines%3Fshow%3Dlocked');
    const to = async (wish: string): Promise<string | null> => (await post(rig, '/sign-in', {...PERSON, to: wish})).headers.get('location');
    expect(await to('/lines?show=locked')).toBe('/lines?show=locked');
    for (const wish of ['//evil.example', '/\\evil.example', 'https://evil.example', '/lines\r\nX: y', 'javascript:alert(1)', '']) {
      expect(await to(wish)).toBe('/');
    }
  });

  test('closes for ten wrong attempts at a name, for a quarter of an hour, and for nobody else', async () => {
    await setUp(rig);
    const attempt = async (name: string, password: string): Promise<number> => (await post(rig, '/sign-in', {name, password})).status;
    for (let number = 0; number < 10; number++) expect(await attempt('Sam Porter', `wrong password ${number}`)).toBe(422);
    const closed = await post(rig, '/sign-in', PERSON);
    expect(closed.status).toBe(429);
    expect(Number(closed.headers.get('retry-after'))).toBeGreaterThan(890);
    expect(await closed.text()).toContain('Wait 15 minutes');
    expect(await attempt('SAM porter', PERSON.password)).toBe(429);
    expect(await attempt('Kim', 'any password at all')).toBe(422);
    // An address has thirty attempts in all, under whatever names.
    for (let number = 0; number < 17; number++) await attempt(`Name ${number}`, 'any password at all');
    expect(await attempt('One more', 'any password at all')).toBe(429);
    expect(rig.box.entries.filter(({message}) => message === 'a sign-in failed').length).toBeGreaterThan(20);
    expect(JSON.stringify(rig.box.entries)).not.toContain('any password at all');
  });

  test('gives a new secret to whoever enters, and forgets it when they leave', async () => {
    const planted = await setUp(rig);
    const entered = cookieIn(await post(rig, '/sign-in', PERSON, planted));
    expect(entered).not.toBe(planted);
    expect((await get(rig, '/', planted)).status).toBe(303);
    expect((await get(rig, '/', entered)).status).toBe(200);
    const left = await post(rig, '/sign-out', {}, entered);
    expect(left.headers.get('set-cookie')).toMatch(/^spbs=; Max-Age=0; Path=\/; HttpOnly; SameSite=Strict$/);
    expect((await get(rig, '/', entered)).status).toBe(303);
  });

  test('asks again after half an hour of nothing, and says why', async () => {
    const cookie = await setUp(rig);
    rig.box.clock.set(later(RIG_NOW, IDLE_MS + 1_000));
    const answer = await get(rig, '/lines', cookie);
    expect(answer.headers.get('location')).toBe('/sign-in?to=%2Flines&why=ended');
    expect(await (await get(rig, '/sign-in?why=ended')).text()).toContain('You were signed out because nobody used this page for a while.');
  });

  test('gives a cookie that scripts, other sites and other hosts do not get', async () => {
    const answer = await post(rig, '/setup', {code: rig.console.setupCode() ?? '', ...PERSON});
    expect(answer.headers.get('set-cookie')).toMatch(/^spbs=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  });
});

describe('every answer', () => {
  test('forbids what could be done with it elsewhere, is not kept, and says its charset', async () => {
    const cookie = await setUp(rig);
    const live = new AbortController();
    for (const {path} of [...addresses().filter(({method}) => method === 'get'), {path: '/nothing'}, {path: '/%ff'}]) {
      for (const as of ['', cookie]) {
        const answer = await fetch(rig.address + path, {redirect: 'manual', headers: {cookie: as}, signal: live.signal});
        const head = (name: string): string => answer.headers.get(name) ?? '';
        expect([path, head('content-security-policy')]).toEqual([
          path,
          "default-src 'none';script-src 'self';style-src 'self';img-src 'self';connect-src 'self';form-action 'self';base-uri 'none';frame-ancestors 'none'",
        ]);
        expect(head('x-content-type-options')).toBe('nosniff');
        expect(head('x-frame-options')).toBe('DENY');
        expect(head('referrer-policy')).toBe('same-origin');
        expect(head('cross-origin-resource-policy')).toBe('same-origin');
        expect(head('cache-control')).toBe('no-store');
        expect(head('x-powered-by')).toBe('');
        // 204 has no content, and so no type.
        expect([path, head('content-type').replace(/^.*; /, '')]).toEqual([path, answer.status === 204 ? '' : 'charset=utf-8']);
      }
    }
    live.abort();
  });

  test('holds no script, no style and no handler in itself', async () => {
    const cookie = await setUp(rig);
    for (const {path} of addresses().filter(({path: each, method}) => method === 'get' && !each.startsWith('/live'))) {
      const html = await (await get(rig, path, cookie)).text();
      expect([
        path,
        html.match(/<script(?! type="module" src="\/assets\/live-[0-9a-f]{16}\.js">)|<style|\sstyle=|\son[a-z]+=|javascript:/gi),
      ]).toEqual([path, null]);
    }
  });

  test('shows no whole number that was dialled, but in rejected lines', async () => {
    const cookie = await setUp(rig);
    const canary = '7700900813';
    deliver(rig.box, 'annexe', {lines: [callLine(4, {number: `90${canary}`, start: RIG_NOW, seconds: 60})], at: RIG_NOW});
    expect(rig.box.database.prepare('SELECT count(*) FROM up_personal WHERE instr(value, ?) > 0').pluck().get(canary)).toBe(2);
    for (const path of [
      '/',
      '/lines',
      '/lines/2105',
      '/accounts',
      '/accounts/s-1005',
      '/unbillable',
      '/log?level=debug',
      '/health',
      '/metrics',
    ]) {
      expect(await (await get(rig, path, cookie)).text()).not.toContain(canary);
    }
    expect(await (await get(rig, '/lines/2105', cookie)).text()).toContain('+447…');
  });

  test('that is a file is kept for a year under a name of its content', async () => {
    const html = await (await get(rig, '/setup')).text();
    const path = /href="(\/assets\/style-[0-9a-f]{16}\.css)"/.exec(html)?.[1] ?? '';
    const answer = await fetch(rig.address + path);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-type')).toBe('text/css; charset=utf-8');
    expect(answer.headers.get('content-encoding')).toBe('gzip');
    expect(await answer.text()).toContain('--accent');
    expect((await get(rig, '/assets/style-0000000000000000.css')).status).toBe(303);
  });
});

describe('a form', () => {
  const head = {'content-type': 'application/x-www-form-urlencoded'};
  const send = async (headers: Readonly<Record<string, string>>, body = 'reason=x'): Promise<number> =>
    await new Promise((resolve, reject) => {
      const call = request(`${rig.address}/lines/2101/override`, {method: 'POST', headers: {...head, ...headers}}, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      call.on('error', reject);
      call.end(body);
    });

  test('is taken from our own pages only', async () => {
    const cookie = await setUp(rig);
    const ours = rig.address;
    expect(await send({cookie, origin: ours})).toBe(422);
    expect(await send({cookie, 'sec-fetch-site': 'same-origin'})).toBe(422);
    for (const headers of [
      {},
      {origin: 'http://evil.example'},
      {origin: 'null'},
      {origin: ours.replace('http:', 'https:')},
      {origin: `${ours}0`},
      {'sec-fetch-site': 'cross-site'},
      {'sec-fetch-site': 'same-site'},
      {'sec-fetch-site': 'none'},
      // What the browser says of the relation counts for more than a matching name.
      {'sec-fetch-site': 'cross-site', origin: ours},
    ]) {
      expect([headers, await send({cookie, ...headers} as Record<string, string>)]).toEqual([headers, 403]);
    }
  });

  test('longer than any of ours is refused, and so are more fields than any has', async () => {
    const cookie = await setUp(rig);
    const origin = rig.address;
    expect(await send({cookie, origin}, `reason=${'x'.repeat(9_000)}`)).toBe(413);
    expect(await send({cookie, origin}, Array.from({length: 30}, (_, place) => `f${place}=1`).join('&'))).toBe(413);
    expect(await send({cookie, origin, 'content-encoding': 'gzip'})).toBe(415);
    expect(await send({cookie, origin, 'content-type': 'application/x-www-form-urlencoded; charset=utf-7'})).toBe(415);
    // Another kind of body is no form, and a name that comes twice is no field.
    expect(await send({cookie, origin, 'content-type': 'application/json'}, '{"act":"lock"}')).toBe(422);
    expect(await send({cookie, origin}, 'act=lock&act=unlock&reason=x&ends=1h')).toBe(422);
  });

  test('of a decision is asked about before it is done, and done once', async () => {
    const cookie = await setUp(rig);
    rig.box.clock.stop();
    const fields = {act: 'lock', reason: 'kept after midnight', ends: '4h', limit: ''};
    const asked = await post(rig, '/lines/2101/override', fields, cookie);
    expect([asked.status, (await asked.text()).includes('Lock line 2101?')]).toEqual([200, true]);
    const override = rig.box.database.prepare(
      "SELECT act, by, reason, expires_at - given_at AS lasts FROM override WHERE extension = '2101'",
    );
    expect(override.get()).toBeUndefined();
    const done = await post(rig, '/lines/2101/override', {...fields, sure: 'yes'}, cookie);
    expect([done.status, done.headers.get('location')]).toEqual([303, '/lines/2101']);
    expect(override.get()).toEqual({act: 'lock', by: 'Sam Porter', reason: 'kept after midnight', lasts: 4 * 3_600_000});
    const told = await (await get(rig, '/lines/2101', cookie)).text();
    expect(told).toContain('Line 2101 is being locked.');
    expect(await (await get(rig, '/lines/2101', cookie)).text()).not.toContain('Line 2101 is being locked.');
    expect(await (await get(rig, '/lines/2101/take-back', cookie)).text()).toContain('The line will be open');
    await post(rig, '/lines/2101/take-back', {}, cookie);
    expect(override.get()).toBeUndefined();
    const facts = rig.box.database.prepare("SELECT body FROM up_log WHERE kind = 'override' ORDER BY seq DESC LIMIT 2").pluck().all();
    expect(facts.map((body) => (JSON.parse(String(body)) as {act: string; by: string}).act)).toEqual(['end', 'lock']);
  });

  test('cannot lock a lift, and there is no line that is not there', async () => {
    const cookie = await setUp(rig);
    const fields = {act: 'lock', reason: 'x', ends: '4h', limit: '', sure: 'yes'};
    expect((await post(rig, '/lines/2139/override', fields, cookie)).headers.get('location')).toBe('/lines/2139');
    expect(rig.box.database.prepare("SELECT count(*) FROM override WHERE extension = '2139'").pluck().get()).toBe(0);
    expect((await post(rig, '/lines/9999/override', fields, cookie)).status).toBe(404);
    expect(await (await get(rig, '/lines/2139', cookie)).text()).toContain('never locked, so there is nothing to decide');
  });
});

describe('people', () => {
  test('add, change a password and remove each other, but not themselves', async () => {
    const cookie = await setUp(rig);
    expect((await post(rig, '/people', {name: 'Kim', password: 'short'}, cookie)).status).toBe(422);
    expect((await post(rig, '/people', {name: 'sam porter', password: 'many brown owls sing'}, cookie)).status).toBe(422);
    expect((await post(rig, '/people', {name: 'Kim', password: 'many brown owls sing'}, cookie)).status).toBe(303);
    const kim = cookieIn(await post(rig, '/sign-in', {name: 'kim', password: 'many brown owls sing'}));
    const other = cookieIn(await post(rig, '/sign-in', {name: 'kim', password: 'many brown owls sing'}));
    expect((await post(rig, '/people/password', {old: 'wrong', new: 'few white owls listen'}, kim)).status).toBe(422);
    expect((await post(rig, '/people/password', {old: 'many brown owls sing', new: 'few white owls listen'}, kim)).status).toBe(303);
    expect((await get(rig, '/', kim)).status).toBe(200);
    expect((await get(rig, '/', other)).status).toBe(303);
    expect((await post(rig, '/people/Kim/remove', {}, kim)).status).toBe(404);
    expect((await post(rig, '/people/Kim/remove', {}, cookie)).status).toBe(303);
    expect((await get(rig, '/', kim)).status).toBe(303);
    expect((await post(rig, '/people/Sam%20Porter/remove', {}, cookie)).status).toBe(404);
    expect((await post(rig, '/sign-in', {name: 'Kim', password: 'few white owls listen'})).status).toBe(422);
  });

  test('who guess at the old password of an unattended browser are stopped', async () => {
    const cookie = await setUp(rig);
    const change = (old: string): Promise<Response> => post(rig, '/people/password', {old, new: 'few white owls listen'}, cookie);
    for (let number = 0; number < 10; number++) await change(`guess number ${number}`);
    expect(await (await change(PERSON.password)).text()).toContain('Too many attempts');
  });
});

describe('for machines', () => {
  test('/health tells the lights and nothing about anybody, 503 while something is at fault', async () => {
    const well = await get(rig, '/health');
    expect(well.status).toBe(200);
    expect(well.headers.get('content-type')).toBe('application/json; charset=utf-8');
    const told = (await well.json()) as Record<string, unknown>;
    expect(Object.keys(told)).toEqual(['light', 'at', 'stages', 'incidents']);
    expect(told['stages']).toEqual({
      feed: 'ok',
      record: 'warning',
      rating: 'ok',
      ledger: 'ok',
      credit: 'ok',
      switchboard: 'ok',
      sync: 'ok',
    });
    rig.box.health.incident('ledger.store-full', 'ledger', 'no space', 'free some');
    const ill = await get(rig, '/health');
    expect(ill.status).toBe(503);
    expect(await ill.json()).toMatchObject({light: 'fault', incidents: 1});
  });

  test('/metrics is for this machine under its own name, and for people who have signed in', async () => {
    const here = await get(rig, '/metrics');
    expect(here.status).toBe(200);
    expect(here.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(await here.text()).toMatch(/^spbs_stage_light\{stage="feed",light="ok"\} 1$/m);
    // What a page of another name that points here would send, or a proxy.
    const asked = async (host: string, cookie: string): Promise<number> =>
      await new Promise((resolve, reject) => {
        request(`${rig.address}/metrics`, {headers: {host, cookie}}, (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        })
          .on('error', reject)
          .end();
      });
    expect(await asked('box.hall.example', '')).toBe(403);
    expect(await asked('localhost:8480', '')).toBe(200);
    expect(await asked('box.hall.example', await setUp(rig))).toBe(200);
  });
});

describe('what goes wrong', () => {
  test('in the box is said in words with a number to find it by, and without its inside', async () => {
    const cookie = await setUp(rig);
    rig.box.reading.close();
    const answer = await get(rig, '/lines/2101', cookie);
    expect(answer.status).toBe(500);
    const html = await answer.text();
    expect(html).toContain('Something went wrong in the box');
    expect(html).not.toMatch(/at .*\.tsx?:|node_modules|Error:|sqlite/i);
    const reference = /<code>([0-9a-f]{12})<\/code>/.exec(html)?.[1];
    expect(rig.box.entries.at(-1)).toMatchObject({level: 'error', fields: {reference, path: '/lines/2101'}});
  });

  test('is named: no such page, no such way', async () => {
    const cookie = await setUp(rig);
    const missing = await get(rig, '/nothing-here', cookie);
    expect([missing.status, (await missing.text()).includes('There is no such page')]).toEqual([404, true]);
    for (const [method, path, allow] of [
      ['PUT', '/lines', 'GET, HEAD'],
      ['DELETE', '/lines/2101/override', 'GET, HEAD, POST'],
      ['PATCH', '/health', 'GET, HEAD'],
      ['OPTIONS', '/', 'GET, HEAD'],
    ] as const) {
      const answer = await fetch(rig.address + path, {method, headers: {cookie, origin: rig.address}});
      expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, allow]);
    }
    expect((await fetch(`${rig.address}/lines`, {method: 'HEAD', headers: {cookie}})).status).toBe(200);
  });

  test('on a full disk is told where it was asked, with the cure, and signing in still works', async () => {
    const cookie = await setUp(rig);
    const {database} = rig.box;
    const room = database.pragma('max_page_count', {simple: true}) as number;
    database.pragma(`max_page_count = ${database.pragma('page_count', {simple: true}) as number}`);
    const fields = {act: 'lock', reason: 'x'.repeat(500), ends: '4h', limit: '', sure: 'yes'};
    let said = '';
    for (let line = 2101; line < 2131 && !said.includes('not done'); line++) {
      await post(rig, `/lines/${line}/override`, fields, cookie);
      said = await (await get(rig, `/lines/${line}`, cookie)).text();
    }
    expect(said).toMatch(/This was not done: the disk takes no more.*free space/);
    expect((await get(rig, '/', cookieIn(await post(rig, '/sign-in', PERSON)))).status).toBe(200);
    database.pragma(`max_page_count = ${room}`);
  });
});
