// A canary: the PIN that is typed in the portal goes to the card service, and is nowhere else when that is over.
import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {Secret} from '../../shared/log/log.ts';
import {get, openPortal, post, type PortalRig} from '../rig/portal/rig.ts';
import {SimulatedCashless} from '../simulator/cashless/cashless.ts';
import {cashlessAt} from './cashless-bench.ts';
import {keptLog} from './cashless-wire.ts';

// Before node-soap is loaded: it prints its requests, as it would for whoever looks for a fault.
vi.hoisted(() => vi.stubEnv('DEBUG', 'node-soap'));

const RIGHT = '739182640517';
const WRONG = '851640273962';
const PASSWORD = 'heron-5831';
const NUMBER = '600100';

let rig: PortalRig;
let service: SimulatedCashless;
const kept = keptLog();
const printed: string[] = [];

beforeEach(async () => {
  service = new SimulatedCashless({username: 'spbs', password: PASSWORD});
  await service.start();
  service.books.put({id: NUMBER, balanceMinor: 50_00, currency: 'GBP', state: 'ACTIVE', pin: RIGHT});
  const {log} = kept;
  const cashless = await cashlessAt(service.url, {log, username: 'spbs', password: new Secret(PASSWORD), timeoutMs: 5_000});
  rig = await openPortal(undefined, {cashless, log});
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockImplementation((text) => printed.push(String(text)) > 0);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rig.close();
  await service.stop();
});

/** Each file of the cloud, its database and what is not yet in it. */
function files(): readonly {readonly name: string; readonly bytes: Buffer}[] {
  return readdirSync(rig.folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map(({parentPath, name}) => ({name, bytes: readFileSync(join(parentPath, name))}));
}

test('a PIN that was typed is in no file, no log, no page and no output, whether it was right, wrong or not answered', async () => {
  const cookie = await rig.cookie('amara');
  const pages: string[] = [];
  const statuses: number[] = [];
  const add = async (pin: string): Promise<void> => {
    const answer = await post(rig, '/methods', {number: NUMBER, pin}, cookie);
    statuses.push(answer.status);
    pages.push(await answer.text(), JSON.stringify([...answer.headers]));
  };
  await add(WRONG);
  service.orders.give({fault: 'lose', operation: 'VerifyHolder'});
  await add(RIGHT);
  service.orders.give({fault: 'error', operation: 'VerifyHolder'});
  await add(RIGHT);
  await add(RIGHT);
  for (const path of ['/methods', '/', '/top-up', '/payments']) pages.push(await (await get(rig, path, cookie)).text());
  const [method] = await rig.payments.methods.list('north', 'amara');
  const how = method?.id ?? '';
  const payment = /name="payment" value="([0-9a-f]{32})"/.exec(pages.join(''))?.[1] ?? '';
  await post(rig, '/top-up', {payment, amount: '5', how}, cookie);
  expect(statuses).toEqual([422, 422, 422, 303]);
  expect(await rig.payments.timeline(payment)).toMatchObject({state: 'succeeded'});

  // What is searched is really there.
  expect(printed.join('')).toContain('Http request:');
  expect(kept.lines.join('')).toContain('VerifyHolder');
  expect(files().some(({bytes}) => bytes.includes('Cashless card ending 0100'))).toBe(true);
  for (const secret of [RIGHT, WRONG, PASSWORD, Buffer.from(`spbs:${PASSWORD}`).toString('base64')]) {
    expect(files().flatMap(({name, bytes}) => (bytes.includes(secret) ? [name] : []))).toEqual([]);
    expect([...pages, ...kept.lines, ...printed].filter((text) => text.includes(secret))).toEqual([]);
  }
});
