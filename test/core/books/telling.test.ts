// Whoever shows what is in the cloud's database hears of each commit, after it, and of nothing that was undone.
import {join} from 'node:path';
import {afterEach, expect, test} from 'vitest';
import {openStore, type Tx} from '../../../cloud/store/open.ts';
import {tellingStore} from '../../../cloud/store/telling.ts';
import {temporaryFolder} from '../temporary-store.ts';

const {folder, remove} = temporaryFolder();
const store = openStore(join(folder, 'cloud.db'));
afterEach(async () => {
  await store.close();
  remove();
});

test('a commit is told once, when it can be read, and what was undone is not', async () => {
  const seen: Promise<number>[] = [];
  const mails = async (): Promise<number> => (await store.reading.selectFrom('mail').select('id').execute()).length;
  const telling = tellingStore(store, () => void seen.push(mails()));
  const write = async ({db}: Tx, id: string): Promise<string> => {
    const row = {id, dedupe: id, recipient: 'ann@uni.example', language: 'en-GB', template: 'none', data: '{}', created_at: 0, next_at: 0};
    await db.insertInto('mail').values(row).execute();
    return id;
  };
  expect(await telling.transact((tx) => write(tx, 'a'))).toBe('a');
  await expect(
    telling.transact(async (tx) => {
      await write(tx, 'b');
      throw new Error('undone');
    }),
  ).rejects.toThrow('undone');
  await telling.transact((tx) => write(tx, 'c'));
  expect(await Promise.all(seen)).toEqual([1, 2]);
});
