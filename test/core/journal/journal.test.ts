// The box's log: numbers without a gap, a chain that every stored byte is part of, and personal fields beside it.
import {createHash, randomBytes} from 'node:crypto';
import fc from 'fast-check';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createJournal, type Journal} from '../../../edge/ledger/journal.ts';
import {inTransaction} from '../../../edge/store/open.ts';
import {CHAIN_START} from '../../../shared/journal/chain.ts';
import {rowHolds, type Fact, type Row} from '../../../shared/wire/row.ts';
import {temporaryStore, type TemporaryStore} from '../temporary-store.ts';

let store: TemporaryStore;
let journal: Journal;

beforeEach(() => {
  store = temporaryStore();
  journal = createJournal(store.database, randomBytes);
});
afterEach(() => store.remove());

const fact = (name: string, change: Partial<Fact> = {}): Fact => ({id: `call:${name}`, kind: 'call', version: 1, body: {name}, ...change});
const write = (...facts: readonly Fact[]): number => inTransaction(store.database, () => journal.write(facts));

type Stored = Omit<Row, 'contentHash' | 'personal'> & {readonly content_hash: Buffer};

function rows(): readonly Row[] {
  const {database} = store;
  const personal = database.prepare<[number], Row['personal'][number]>(
    'SELECT name, salt, value FROM up_personal WHERE seq = ? ORDER BY name',
  );
  return database
    .prepare<[], Stored>('SELECT seq, epoch, id, kind, version, basis, body, content_hash, chain FROM up_log ORDER BY seq')
    .all()
    .map(({content_hash: contentHash, ...row}) => ({...row, contentHash, personal: personal.all(row.seq)}));
}

/** The first row that does not hold, by the rule alone; undefined if all do and the head is the last. */
function broken(): number | undefined {
  let chain: Uint8Array = CHAIN_START;
  for (const [index, row] of rows().entries()) {
    if (row.seq !== index + 1 || !rowHolds(row, chain)) return index + 1;
    chain = row.chain;
  }
  const {seq, chain: head} = journal.head();
  return seq === rows().length && head.equals(chain) ? undefined : rows().length;
}

describe('the journal', () => {
  test('numbers facts from 1, without a gap, over transactions', () => {
    expect(journal.next()).toBe(1);
    expect(write(fact('a'), fact('b'))).toBe(2);
    expect(write()).toBe(2);
    expect(write(fact('c'))).toBe(3);
    expect(journal.next()).toBe(4);
    expect(rows().map(({seq, id}) => [seq, id])).toEqual([
      [1, 'call:a'],
      [2, 'call:b'],
      [3, 'call:c'],
    ]);
  });

  test('uses a number again only if the transaction that took it came to nothing', () => {
    write(fact('a'));
    const failing = (): void =>
      inTransaction(store.database, () => {
        journal.write([fact('b'), fact('c')]);
        throw new Error('the disk is full');
      });
    expect(failing).toThrow('the disk is full');
    expect(journal.next()).toBe(2);
    write(fact('d'));
    expect(rows().map(({id}) => id)).toEqual(['call:a', 'call:d']);
    expect(broken()).toBeUndefined();
  });

  test('writes only in the transaction that makes the facts true', () => {
    expect(() => journal.write([fact('a')])).toThrow(/transaction/);
  });

  test('refuses the same fact twice', () => {
    write(fact('a'));
    expect(() => write(fact('a'))).toThrow(/UNIQUE/);
  });

  test('notes what it knew of the other log, and its epoch', () => {
    write(fact('a'));
    store.database.exec("UPDATE log_head SET seq = 41 WHERE log = 'down'");
    store.database.exec("UPDATE log_head SET epoch = 7 WHERE log = 'up'");
    write(fact('b'));
    expect(rows().map(({basis, epoch}) => [basis, epoch])).toEqual([
      [0, 0],
      [41, 7],
    ]);
    expect(broken()).toBeUndefined();
  });

  test('is chained by the bytes that are stored: by hand', () => {
    write(fact('a', {body: {seconds: 31}}));
    const body = '{"seconds":31}';
    const sha = (...parts: readonly (string | Buffer)[]): Buffer => {
      const hash = createHash('sha256');
      for (const part of parts) hash.update(part);
      return hash.digest();
    };
    const content = sha(`["call:a","call",1,0,${body.length}]\n`, body);
    const seqAndEpoch = Buffer.from('00000000000000000000000000000001', 'hex');
    expect(rows()[0]).toMatchObject({contentHash: content, chain: sha(Buffer.alloc(32), seqAndEpoch, content)});
  });
});

describe('personal fields', () => {
  const personal = {number: '02079460123', caller: '07700900123'};

  test('lie beside the row, each with a salt of its own', () => {
    write(fact('a', {personal}), fact('b', {personal}));
    const [first, second] = rows();
    expect(first?.body.toString()).not.toMatch(/02079460123|07700900123/);
    expect(first?.personal.map(({name, value}) => [name, value])).toEqual([
      ['caller', '07700900123'],
      ['number', '02079460123'],
    ]);
    const all = [...(first?.personal ?? []), ...(second?.personal ?? [])].map(({salt}) => salt.toString('hex'));
    expect(all.map((salt) => salt.length)).toEqual([32, 32, 32, 32]);
    expect(new Set(all).size).toBe(4);
    // The same number twice cannot be seen to be the same.
    const hashes = rows().map(({body}) => (JSON.parse(body.toString()) as {personal: Record<string, string>}).personal['number']);
    expect(hashes[0]).not.toBe(hashes[1]);
  });

  test('can be erased, and the chain still holds', () => {
    write(fact('a', {personal}), fact('b'));
    store.database.exec('DELETE FROM up_personal');
    expect(rows()[0]?.personal).toEqual([]);
    expect(broken()).toBeUndefined();
  });

  test('cannot be changed unseen', () => {
    write(fact('a', {personal}));
    store.database.exec("UPDATE up_personal SET value = '02079460124' WHERE name = 'number'");
    expect(broken()).toBe(1);
  });
});

describe('tampering with the file, past every trigger,', () => {
  beforeEach(() => {
    write(fact('a'), fact('b', {personal: {number: '02079460123'}}), fact('c'));
    store.database.exec('DROP TRIGGER up_is_final; DROP TRIGGER up_stays; PRAGMA foreign_keys = OFF');
  });

  test('would be found: nothing is wrong before', () => {
    expect(broken()).toBeUndefined();
  });

  test.for([
    ['of a body', 2, `UPDATE up_log SET body = CAST(replace(body, 'b', 'x') AS BLOB) WHERE seq = 2`],
    ['of a kind', 2, `UPDATE up_log SET kind = 'override' WHERE seq = 2`],
    ['of an id', 2, `UPDATE up_log SET id = 'call:z' WHERE seq = 2`],
    ['of a version', 2, `UPDATE up_log SET version = 2 WHERE seq = 2`],
    ['of what was known', 2, `UPDATE up_log SET basis = 1 WHERE seq = 2`],
    ['of an epoch', 2, `UPDATE up_log SET epoch = 1 WHERE seq = 2`],
    ['by a row taken out', 2, `DELETE FROM up_log WHERE seq = 2`],
    ['by the last row taken off', 2, `DELETE FROM up_log WHERE seq = 3`],
    [
      'by two rows that change places',
      2,
      `UPDATE up_log SET seq = CASE seq WHEN 2 THEN -3 ELSE -2 END WHERE seq > 1; UPDATE up_log SET seq = -seq WHERE seq < 0`,
    ],
    ['of the head', 3, `UPDATE log_head SET chain = zeroblob(32) WHERE log = 'up'`],
  ] as const)('is found: %s', ([, row, sql]) => {
    store.database.exec(sql);
    expect(broken()).toBe(row);
  });
});

test('any facts in any transactions make one whole chain', () => {
  const anyFact = fc.record({
    kind: fc.constantFrom('call', 'warning'),
    version: fc.integer({min: 1, max: 3}),
    body: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())),
    personal: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string(), {maxKeys: 3}),
  });
  fc.assert(
    fc.property(fc.array(fc.array(anyFact, {maxLength: 5}), {maxLength: 5}), (transactions) => {
      const before = journal.head().seq;
      const count = transactions.flat().length;
      for (const [at, facts] of transactions.entries()) write(...facts.map((each, index) => ({...each, id: `${before}:${at}:${index}`})));
      expect(journal.head().seq).toBe(before + count);
      expect(broken()).toBeUndefined();
    }),
    {numRuns: 20},
  );
});
