// One-time codes and what they are good for, in the real database.
import {randomBytes} from 'node:crypto';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {openAuthority} from '../../../cloud/fleet/authority.ts';
import {createEnrolment, isFleetName, type Enrolment} from '../../../cloud/fleet/enrolment.ts';
import {openStore, type Store} from '../../../cloud/store/open.ts';
import {must} from '../../../shared/assert/assert.ts';
import {sha256} from '../../../shared/journal/chain.ts';
import {instant} from '../../../shared/time/instant.ts';
import {keyAndRequest} from '../../rig/link-box.ts';
import {temporaryFolder} from '../temporary-store.ts';

const MINUTE_MS = 60_000;
const HERE = '192.0.2.1';
const INVALID = {status: 403, body: {error: 'the code is not valid (any more): ask staff for a new one'}};

let store: Store;
let enrolment: Enrolment;
let csr: string;
let nowMs = Date.UTC(2026, 8, 7, 9);
let changes = 0;
let remove: () => void;

beforeEach(async () => {
  const folder = temporaryFolder();
  remove = folder.remove;
  changes = 0;
  store = openStore(join(folder.folder, 'cloud.db'));
  const now = () => instant(nowMs);
  const authority = await openAuthority({folder: folder.folder, names: [], now, randomBytes});
  const broker = () => ({host: 'phones.example', port: 8883});
  enrolment = createEnrolment({store, authority, broker, now, monotonicMs: () => nowMs, randomBytes, changed: () => (changes += 1)});
  await store.transact(async ({db}) => {
    for (const id of ['north', 'south'])
      await db.insertInto('site').values({id, name: id, currency: 'GBP', zone: 'Europe/London', created_at: 0}).execute();
  });
  ({csr} = await keyAndRequest());
});
afterEach(async () => {
  await store.close();
  remove();
});

const newCode = async (box = 'box', site = 'north'): Promise<string> =>
  (await store.transact((tx) => enrolment.newCode(tx, {site, box, by: 'staff-1'}))).code;
const boxes = () => store.reading.selectFrom('box').select(['site', 'id', 'fingerprint', 'revoked_at']).orderBy('id').execute();

describe('a code', () => {
  test('has three groups of four signs, none of which looks like another, and only its hash is kept', async () => {
    const code = await newCode();
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
    const row = await store.reading.selectFrom('enrolment').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({site: 'north', box: 'box', created_by: 'staff-1', used_at: null, expires_at: nowMs + 60 * MINUTE_MS});
    expect(row.code_hash.equals(sha256(code.replaceAll('-', '')))).toBe(true);
  });

  test('makes a box: certificate, authority, the key that signs rows, the broker, a new epoch', async () => {
    const answer = await enrolment.enrol({code: await newCode(), csr}, HERE);
    expect(answer).toMatchObject({status: 200, body: {site: 'north', box: 'box', broker: {host: 'phones.example', port: 8883}, epoch: 2}});
    expect(JSON.stringify(answer)).not.toContain('PRIVATE');
    const [box] = await boxes();
    expect(box).toMatchObject({site: 'north', id: 'box', revoked_at: null});
    expect(changes).toBe(1);
  });

  test('is read as people type it', async () => {
    const code = await newCode();
    const typed = ` ${code.toLowerCase().replaceAll('-', ' – ').replaceAll('0', 'o').replaceAll('1', 'l')} `;
    expect(await enrolment.enrol({code: typed, csr}, HERE)).toMatchObject({status: 200});
  });

  test('works once', async () => {
    const code = await newCode();
    await enrolment.enrol({code, csr}, HERE);
    expect(await enrolment.enrol({code, csr}, HERE)).toEqual(INVALID);
  });

  test('works once for two who come together', async () => {
    const code = await newCode();
    const other = (await keyAndRequest()).csr;
    const answers = await Promise.all([enrolment.enrol({code, csr}, HERE), enrolment.enrol({code, csr: other}, HERE)]);
    expect(answers.map(({status}) => status).toSorted((a, b) => a - b)).toEqual([200, 403]);
    expect((await boxes()).length).toBe(1);
  });

  test('is good for an hour', async () => {
    const code = await newCode();
    nowMs += 60 * MINUTE_MS;
    expect(await enrolment.enrol({code, csr}, HERE)).toEqual(INVALID);
  });

  test('is void once there is a newer one for the same box, and only for that', async () => {
    const old = await newCode();
    const other = await newCode('other');
    await newCode();
    expect(await enrolment.enrol({code: old, csr}, HERE)).toEqual(INVALID);
    expect(await enrolment.enrol({code: other, csr}, HERE)).toMatchObject({status: 200});
  });

  test('that is wrong has the same answer as one that was used or is too old', async () => {
    expect(await enrolment.enrol({code: '0000-0000-0000', csr}, HERE)).toEqual(INVALID);
  });

  test('is not spent by a request that cannot be read', async () => {
    const code = await newCode();
    expect(await enrolment.enrol({code, csr: 'x'}, HERE)).toMatchObject({status: 400});
    expect(await enrolment.enrol({code, csr}, HERE)).toMatchObject({status: 200});
  });
});

describe('whoever guesses', () => {
  test('from one place is told to wait after ten attempts, and others are not', async () => {
    for (let attempt = 0; attempt < 10; attempt++) expect(await enrolment.enrol({code: 'wrong', csr}, HERE)).toEqual(INVALID);
    expect(await enrolment.enrol({code: await newCode(), csr}, HERE)).toEqual({
      status: 429,
      body: {error: 'too many attempts: try again in 900 s', retryAfterSeconds: 900},
    });
    expect(await enrolment.enrol({code: await newCode(), csr}, '192.0.2.2')).toMatchObject({status: 200});
  });

  test('from everywhere is told to wait after two hundred', async () => {
    for (let attempt = 0; attempt < 200; attempt++) await enrolment.enrol({code: 'wrong', csr}, `198.51.100.${attempt}`);
    expect(await enrolment.enrol({code: 'wrong', csr}, HERE)).toMatchObject({status: 429});
    nowMs += 15 * MINUTE_MS;
    expect(await enrolment.enrol({code: 'wrong', csr}, HERE)).toEqual(INVALID);
  });
});

describe('a site', () => {
  test('has one box in service: enrolling another takes the one before out', async () => {
    await enrolment.enrol({code: await newCode('a'), csr}, HERE);
    await enrolment.enrol({code: await newCode('b', 'south'), csr: (await keyAndRequest()).csr}, HERE);
    await enrolment.enrol({code: await newCode('c'), csr: (await keyAndRequest()).csr}, HERE);
    const inService = (await boxes()).filter((box) => box.revoked_at === null).map(({id}) => id);
    expect(inService).toEqual(['b', 'c']);
  });

  test('gets a higher epoch and another certificate when its box is enrolled again', async () => {
    await enrolment.enrol({code: await newCode(), csr}, HERE);
    const [first] = await boxes();
    expect(await enrolment.enrol({code: await newCode(), csr}, HERE)).toMatchObject({body: {epoch: 3}});
    const [second, ...others] = await boxes();
    expect(others).toEqual([]);
    expect(second?.fingerprint).not.toBe(first?.fingerprint);
  });

  test('has no box after it was revoked, which is told after the commit', async () => {
    await enrolment.enrol({code: await newCode(), csr}, HERE);
    const revoke = () => store.transact((tx) => enrolment.revoke(tx, {site: 'north', box: 'box'}));
    expect(await revoke()).toBe(true);
    expect((await boxes())[0]?.revoked_at).toBe(nowMs);
    expect(changes).toBe(2);
    expect(await revoke()).toBe(false);
  });
});

test('the web is handed one address, JSON in and out', async () => {
  const route = must(enrolment.routes[0], 'route');
  expect([route.method, route.path, route.accepts]).toEqual(['POST', '/enrol', 'application/json']);
  const call = (body: string) => route.act({part: '', query: new Map(), header: () => undefined, body: Buffer.from(body), address: HERE});
  expect(await call('{')).toEqual({
    status: 400,
    type: 'application/json',
    text: '{"error":"not a code and a certificate request of a P-256 key"}',
  });
  const {status, text} = await call(JSON.stringify({code: await newCode(), csr}));
  expect(status).toBe(200);
  expect(JSON.parse(text)).toMatchObject({site: 'north', epoch: 2});
});

test('a site or box is called by a word that fits into a topic', () => {
  expect(['north', 'Box_1', 'a-b'].every(isFleetName)).toBe(true);
  expect(['', 'a/b', '#', '+', 'a b', 'é', 'a'.repeat(41)].some(isFleetName)).toBe(false);
});
