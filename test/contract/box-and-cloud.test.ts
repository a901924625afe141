// Box and cloud, both real, over a real broker: what one side commits, the other holds, whatever is cut, restarted or replaced.
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {createBooks} from '../../cloud/books/posting.ts';
import {verifyLedger} from '../../edge/ledger/verify.ts';
import {HOUSE_ACCOUNTS, type AccountId} from '../../shared/journal/transfer.ts';
import {micros} from '../../shared/money/micros.ts';
import type {DownBody, DownFact} from '../../shared/wire/kinds.ts';
import {NOON, pricedCall, unbillableCall} from '../core/rated-calls.ts';
import {temporaryFolder} from '../core/temporary-store.ts';
import {openCloudLink, type CloudLink} from '../rig/cloud-link.ts';
import {keyAndRequest} from '../rig/link-box.ts';
import {startLinkedBox, type LinkedBox} from '../rig/linked-box.ts';
import {writeIdentity} from '../../edge/sync/identity.ts';
import {enrolReplySchema} from '../../shared/wire/enrol.ts';
import {HALL_POLICY, studentFacts} from '../simulator/cloud/site.ts';

const POUND = 1_000_000;
const ANN = 'ann' as AccountId;
const SITE: readonly DownFact[] = [
  {kind: 'policy', body: HALL_POLICY} as const,
  ...studentFacts({account: 'ann', extension: '101', name: 'Ann', opening: 0}, NOON),
].map((fact, index) => ({...fact, id: `s${index}`}));
let cloud: CloudLink;
let folders: {folder: string; remove: () => void}[];
let boxes: LinkedBox[];

beforeEach(async () => {
  cloud = await openCloudLink();
  await cloud.site('hall');
  folders = [];
  boxes = [];
});
afterEach(async () => {
  await Promise.all(boxes.map((box) => box.stop()));
  await cloud.remove();
  for (const {remove} of folders) remove();
});

/** A folder with an identity of its own, as `spbs enrol` leaves it. */
async function enrolled(box: string, folder = newFolder()): Promise<string> {
  const {key, csr} = await keyAndRequest();
  const {body} = await cloud.enrolment.enrol({code: await cloud.code('hall', box), csr}, '192.0.2.1');
  const {site, certificate, authority, rowKey, broker, epoch} = enrolReplySchema.parse(body);
  writeIdentity(folder, {
    'key.pem': key,
    'certificate.pem': certificate,
    'authority.pem': authority,
    'cloud.pem': rowKey,
    'link.json': JSON.stringify({site, box, ...broker, epoch}),
  });
  return folder;
}

function newFolder(): string {
  const made = temporaryFolder();
  folders.push(made);
  return made.folder;
}

function start(folder: string, given: {faster?: number} = {}): LinkedBox {
  const box = startLinkedBox({folder, path: join(folder, 'box.db'), ...given});
  boxes.push(box);
  return box;
}

async function stop(box: LinkedBox): Promise<void> {
  boxes = boxes.filter((each) => each !== box);
  await box.stop();
}

/** Rules, a line and its tenant; and five pounds that she has paid in. */
async function begin(): Promise<void> {
  await cloud.store.transact(async (tx) => void (await cloud.downLog.write(tx, 'hall', SITE)));
  await credit(5 * POUND, 'first');
}

const credit = (amount: number, ref: string): Promise<void> =>
  cloud.store.transact((tx) =>
    createBooks(cloud.downLog).move(tx, {
      site: 'hall',
      debit: HOUSE_ACCOUNTS.cash,
      credit: ANN,
      amount: micros(amount),
      code: 'TOPUP',
      ref,
      at: NOON,
    }),
  );
/** As the desk writes it down. */
const ask = (body: DownBody<'resolution'>): Promise<void> =>
  cloud.store.transact(async (tx) => {
    const {call, act, by, reason, amount = null} = body;
    const seq = await cloud.downLog.write(tx, 'hall', [{kind: 'resolution', id: `${call}:${act}`, body}]);
    const of = await tx.db.selectFrom('call').select('up_seq').where('id', '=', call).executeTakeFirstOrThrow();
    const row = {site: 'hall', down_seq: seq, call_seq: of.up_seq, act, amount, by, reason, asked_at: NOON};
    await tx.db
      .insertInto('resolution_request')
      .values({...row, outcome: null, detail: null, answered_at: null})
      .execute();
  });
const until = (check: () => unknown): Promise<unknown> => vi.waitFor(check, {timeout: 6_000, interval: 10});
const held = (log: 'up_log' | 'down_log') =>
  cloud.store.reading.selectFrom(log).select(['seq', 'id', 'epoch', 'chain']).orderBy('seq').execute();
const cloudBalance = async (account: string): Promise<number> => {
  const row = await cloud.store.reading
    .selectFrom('balance')
    .select(['debit', 'credit'])
    .where('site', '=', 'hall')
    .where('account', '=', account)
    .executeTakeFirst();
  return row === undefined ? 0 : Number(row.credit) - Number(row.debit);
};
const record = (box: LinkedBox, ...calls: readonly ReturnType<typeof pricedCall>[]) =>
  box.transact(() => box.ledger.record(calls, 'bill', NOON));

describe('box and cloud', () => {
  test('agree about both logs and every balance', async () => {
    const box = start(await enrolled('box-1'));
    await begin();
    await until(() => expect(box.ledger.balance(ANN)).toBe(5 * POUND));
    record(box, pricedCall('a', 'ann', POUND, 160_000), pricedCall('b', 'ann', 2 * POUND));
    await until(() => expect(box.acked()).toBe(box.head('up')));
    const up = await held('up_log');
    expect(up.map(({seq}) => seq)).toEqual(Array.from({length: box.head('up')}, (_, index) => index + 1));
    const heads = box.health.snapshot().heads;
    expect(up.at(-1)?.chain.toString('hex')).toBe(heads.up.chain);
    expect((await held('down_log')).at(-1)?.chain.toString('hex')).toBe(heads.down.chain);
    expect(await cloudBalance('ann')).toBe(2 * POUND);
    expect(verifyLedger(box.database).findings).toEqual([]);
    expect(await cloud.openIncidents('hall')).toEqual([]);
  });

  test('lose nothing while either restarts', async () => {
    const folder = await enrolled('box-1');
    let box = start(folder);
    await until(() => expect(box.cloud.isSettled()).toBe(true));
    for (let round = 0; round < 4; round++) {
      box.write(700);
      await credit(1, `r${round}`);
      await stop(box);
      box = start(folder);
      box.write(3);
    }
    await until(() => expect([box.acked(), box.head('down')]).toEqual([box.head('up'), 4]));
    expect((await held('up_log')).length).toBe(box.head('up'));
    expect(box.head('up')).toBe(4 * 703);
  });

  test('the identity before is dropped with the first acknowledged batch of the new one', async () => {
    const folder = await enrolled('box-1');
    await enrolled('box-1', folder);
    const box = start(folder);
    await until(() => expect(box.cloud.isSettled()).toBe(true));
    expect(existsSync(join(folder, 'identity.old'))).toBe(true);
    box.write(1);
    await until(() => expect(existsSync(join(folder, 'identity.old'))).toBe(false));
  });

  test('a backlog of 20,000 rows goes up whole', async () => {
    const folder = await enrolled('box-1');
    const before = start(folder);
    await until(() => expect(before.cloud.isSettled()).toBe(true));
    await stop(before);
    // At the pace of the clock: a machine that is busy elsewhere is no line that loses acknowledgements.
    const box = start(folder, {faster: 1});
    for (let batch = 0; batch < 20; batch++) box.write(1_000);
    await vi.waitFor(() => expect(box.acked()).toBe(20_000), {timeout: 25_000, interval: 10});
    expect((await held('up_log')).length).toBe(20_000);
  });
});

describe('a box that replaces another', () => {
  test('begins with the site’s past: the same balances, no call twice, and goes on where the other ended', async () => {
    const first = start(await enrolled('box-1'));
    await begin();
    await until(() => expect(first.ledger.balance(ANN)).toBe(5 * POUND));
    record(first, pricedCall('a', 'ann', POUND), pricedCall('b', 'ann', POUND / 2));
    await until(() => expect(first.acked()).toBe(first.head('up')));
    const upHead = first.head('up');
    await stop(first);

    const second = start(await enrolled('box-2'));
    await until(() => expect(second.cloud.isSettled()).toBe(true));
    expect([second.ledger.balance(ANN), second.head('up'), second.head('down')]).toEqual([3.5 * POUND, upHead, 5]);
    const again = record(second, pricedCall('a', 'ann', POUND), pricedCall('c', 'ann', POUND / 4));
    expect([again.replays, again.recorded.length]).toEqual([1, 1]);
    await credit(POUND, 'p2');
    await until(() => expect(second.ledger.balance(ANN)).toBe(4.25 * POUND));
    await until(() => expect(second.acked()).toBe(second.head('up')));
    expect(await cloudBalance('ann')).toBe(4.25 * POUND);
    expect(verifyLedger(second.database).findings).toEqual([]);
    expect(await cloud.openIncidents('hall')).toEqual([]);
  });

  test('knows the calls that wait, and does what staff asked of the other: each is resolved once', async () => {
    const first = start(await enrolled('box-1'));
    await begin();
    await until(() => expect(first.ledger.balance(ANN)).toBe(5 * POUND));
    const calls = ['a', 'b', 'c'].map((key) => ({...unbillableCall(key), payer: ANN}));
    const [billed = '', writtenOff = ''] = calls.map(({id}) => id);
    first.transact(() => first.ledger.record(calls, 'bill', NOON));
    await until(() => expect(first.acked()).toBe(first.head('up')));
    await stop(first);
    // Nobody is there to hear of it.
    await ask({call: billed, act: 'bill', amount: POUND, payer: 'ann', by: 'dora', reason: 'the carrier says so'});

    const second = start(await enrolled('box-2'));
    await until(() => expect(second.ledger.balance(ANN)).toBe(4 * POUND));
    await ask({call: writtenOff, act: 'write-off', by: 'dora', reason: 'nobody knows'});
    await vi.waitFor(async () => {
      const answers = await cloud.store.reading.selectFrom('resolution_request').select('outcome').orderBy('down_seq').execute();
      expect(answers).toEqual([{outcome: 'billed'}, {outcome: 'written-off'}]);
    });
    expect([second.ledger.balance(ANN), await cloudBalance('ann')]).toEqual([4 * POUND, 4 * POUND]);
    expect(second.database.prepare('SELECT count(*) FROM waiting_call').pluck().get()).toBe(1);
    expect(second.transact(() => second.ledger.record(calls, 'bill', NOON)).recorded).toEqual([]);
    expect(verifyLedger(second.database).findings).toEqual([]);
    expect(await cloud.openIncidents('hall')).toEqual([]);
  });

  test('shuts the other out, which says so and keeps what it has', async () => {
    const folder = await enrolled('box-1');
    const first = start(folder);
    await until(() => expect(first.health.snapshot().stages.at(-1)?.light).toBe('ok'));
    await enrolled('box-2');
    // It must leave the switchboard to the other one.
    await until(() => expect(first.cloud.isFenced()).toBe(true));
    first.write(3);
    await until(() =>
      expect(
        first.health
          .snapshot()
          .stages.at(-1)
          ?.reasons.map(({kind}) => kind),
      ).toEqual(['incident', 'link-down', 'rows-waiting']),
    );
  });
});
