// How a cloud ends and begins: a second one on its data does not; a request to end is obeyed in time, whatever a provider does;
// and a box whose enrolment was cut off between the commit and the answer is enrolled by a new code.
import {randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, describe, expect, test, vi} from 'vitest';
import {createEnrolment} from '../../cloud/fleet/enrolment.ts';
import {openStore} from '../../cloud/store/open.ts';
import {instant} from '../../shared/time/instant.ts';
import {dataFolder} from '../rig/box.ts';
import {startChild} from '../rig/child.ts';
import {cloudDatabase, cloudFolder} from '../rig/cloud.ts';
import {enrolBox} from '../rig/hall-box.ts';
import {authorityPath, BOX, makeAuthority, SITE, type HallStudent} from '../rig/hall-seed.ts';
import {startHall, type Hall} from '../rig/hall.ts';
import {moneyFindings, POUND} from './hall-money.ts';
import {endingAt, LAST_WORDS} from './sudden-death.ts';

const SOON = {timeout: 20_000, interval: 30};
const LONG = 90_000;
/** house.md: SIGTERM drains, and the process ends within 5 s. */
const ENDS_WITHIN_MS = 5_000;
/** A provider that takes the money at once and says so long after everybody has given up. */
const HANGS_MS = 60_000;
const LONDON = '902079460123';
const LIMITS = {threshold: 2 * POUND, target: 10 * POUND};
const automatic = {by: {card: '4242424242424242'}, ...LIMITS};
const ANN = '101';
const BOB = '102';
const STUDENTS: readonly HallStudent[] = [
  {extension: ANN, name: 'Ann', opening: 2.5 * POUND, automatic},
  {extension: BOB, name: 'Bob', opening: 2.5 * POUND, automatic},
];

describe('a cloud', () => {
  let hall: Hall;
  beforeAll(async () => {
    hall = await startHall(STUDENTS, {card: true});
  }, LONG);
  afterEach(() => hall.card.order({do: 'calm'}));
  afterAll(() => hall.end());

  const program = async (words: readonly string[]): Promise<{readonly code: number; readonly said: string}> => {
    const said: string[] = [];
    const child = startChild('provisioning/spbs.js', words, {onError: (line) => said.push(line)});
    return {code: await child.ended, said: said.join('\n')};
  };
  const isWell = async (): Promise<void> => {
    expect(await hall.agree()).toEqual([]);
    expect(await moneyFindings(hall)).toEqual([]);
    expect(await hall.verify('box')).toEqual({code: 0, findings: []});
    expect(await hall.verify('cloud')).toEqual({code: 0, findings: []});
  };

  test('refuses to be the second on its data, and the first goes on', async () => {
    const second = await program(['cloud', '--config', join(hall.folder, 'cloud.yaml'), '--json']);
    expect(second).toEqual({
      code: 3,
      said: expect.stringMatching(/another process already runs on .*\/cloud\n[^]*do: {2}stop it first/) as string,
    });
    const visitor = await hall.visitor(hall.resident(ANN));
    expect((await visitor.get('/')).status).toBe(200);
  });

  test.each([
    {name: 'that has taken the money', extension: ANN, fault: {kind: 'delay', when: 'after', ms: HANGS_MS} as const},
    {name: 'that has done nothing', extension: BOB, fault: {kind: 'hang'} as const},
  ])(
    'that is told to end while it waits for a provider $name ends in time, and nothing is lost',
    async ({extension, fault}) => {
      const {account} = hall.resident(extension);
      const states = () => hall.cloudRows<{state: string}>('SELECT state FROM payment WHERE account = ?', account).map(({state}) => state);
      await hall.card.order({do: 'fault', match: 'POST /v1/payment_intents$', times: 1, fault});
      const asked = (await hall.card.requests()).length;
      expect(await hall.board.control.ask(`CALL ${extension} ${LONDON} 360`)).toBe('made');
      await vi.waitFor(async () => expect((await hall.card.requests()).length).toBeGreaterThan(asked), SOON);
      expect(states()).toEqual(['submitting']);

      const {child} = hall.cloud;
      const toldAt = performance.now();
      await hall.killCloud('SIGTERM');
      expect(performance.now() - toldAt).toBeLessThan(ENDS_WITHIN_MS);
      expect(await child.ended).toBe(0);
      await hall.startCloud();
      await vi.waitFor(() => expect(states()).toEqual(['succeeded']), SOON);
      await isWell();
      expect(hall.balance(account)).toEqual({box: LIMITS.target, cloud: LIMITS.target});
    },
    LONG,
  );

  /** What staff do at the desk. */
  const newCode = async (): Promise<string> => {
    const data = cloudFolder(hall.folder);
    const store = openStore(cloudDatabase(hall.folder));
    try {
      const now = () => instant(Date.now());
      const authority = await makeAuthority(data);
      const given = {changed: () => undefined, broker: () => ({host: 'localhost', port: 1}), monotonicMs: () => performance.now()};
      const enrolment = createEnrolment({...given, store, authority, now, randomBytes});
      return (await store.transact((tx) => enrolment.newCode(tx, {site: SITE, box: BOX, by: 'rig'}))).code;
    } finally {
      await store.close();
    }
  };

  test(
    'that dies after it has taken a box in, and before it says so, takes it in by a new code',
    async () => {
      const authority = authorityPath(cloudFolder(hall.folder));
      const enrol = (code: string) =>
        program(['enrol', '--cloud', hall.cloud.address, '--code', code, '--authority', authority, '--data', dataFolder(hall.folder)]);
      const keyPath = join(dataFolder(hall.folder), 'identity', 'key.pem');
      const key = readFileSync(keyPath, 'utf8');
      await hall.killCloud('SIGTERM');
      const code = await newCode();
      await hall.startCloud(endingAt('after update "enrolment" set "used_at", then after commit'));
      const first = await enrol(code);
      await hall.cloudDied();
      expect(hall.cloudLog.at(-1)?.msg).toBe(LAST_WORDS);
      expect([first.code, first.said]).toEqual([3, expect.stringContaining('before it answered')]);
      expect(first.said).toContain('if the code is refused then, it is used up: ask staff for a new one');

      await hall.startCloud();
      const second = await enrol(code);
      expect([second.code, second.said]).toEqual([3, expect.stringContaining('the code is not valid (any more): ask staff for a new one')]);
      // The box is as it was, and works on by itself.
      expect(readFileSync(keyPath, 'utf8')).toBe(key);
      expect(await hall.board.control.ask(`CALL ${ANN} ${LONDON} 60`)).toBe('made');
      await vi.waitFor(() => expect(hall.balance(hall.resident(ANN).account).box).toBe(9.9 * POUND), SOON);

      await hall.killCloud('SIGTERM');
      const another = await newCode();
      await hall.startCloud();
      await enrolBox(hall.folder, {address: hall.cloud.address, authority, code: another}, hall.relay.port);
      await hall.killBox('SIGTERM');
      await hall.startBox();
      await isWell();
      expect(hall.balance(hall.resident(ANN).account)).toEqual({box: 9.9 * POUND, cloud: 9.9 * POUND});
    },
    LONG,
  );
});
