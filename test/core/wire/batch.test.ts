// Batches: what was sealed and encoded comes back; what was touched on the way is refused; nothing ever throws.
import {generateKeyPairSync, sign, type KeyObject} from 'node:crypto';
import {gzipSync} from 'node:zlib';
import {assert, constantFrom, integer, nat, property, string, uint8Array} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {Bug} from '../../../shared/assert/assert.ts';
import {CHAIN_START, sha256} from '../../../shared/journal/chain.ts';
import {BATCH_ROWS, decodeBatch, encodeBatch, signingKey, verifyingKey, type BatchVerdict} from '../../../shared/wire/batch.ts';
import {contentHashOf, type Row} from '../../../shared/wire/row.ts';
import {amount} from '../../tiers.ts';
import {encoded, facts, one, PLAIN, sealed, WRITER} from './rows.ts';

function decode(bytes: Uint8Array): BatchVerdict {
  return decodeBatch(bytes, WRITER.publicKey);
}

function why(verdict: BatchVerdict): string {
  return verdict.kind === 'refused' ? verdict.why : 'it was taken';
}

type Envelope = Record<string, unknown> & {readonly rows: string};

/** An envelope as anybody could write it who has the key: the form of the wire, signed whatever it says. */
function forged(change: (envelope: Envelope) => Record<string, unknown>, key: KeyObject = WRITER.privateKey): Buffer {
  const {signature: _, ...honest} = JSON.parse(encoded(sealed([PLAIN, PLAIN, PLAIN])).toString()) as Envelope;
  const changed = change(honest);
  const {epoch, session, from, to, prevHash, hash, codec, rows} = changed;
  const signed = sha256(JSON.stringify([epoch, session, from, to, prevHash, hash, codec]), '\n', String(rows));
  const signature = sign('sha256', signed, {key, dsaEncoding: 'ieee-p1363'}).toString('base64');
  return Buffer.from(JSON.stringify({...changed, signature}));
}

/** The rows of an envelope, changed. */
function withRows(change: (rows: Record<string, unknown>[]) => unknown): (envelope: Envelope) => Envelope {
  return (envelope) => {
    const rows = sealed([PLAIN, PLAIN, PLAIN]).map(plain);
    return {...envelope, rows: gzipSync(JSON.stringify(change(rows))).toString('base64')};
  };
}

function plain({body, personal, contentHash, chain, ...rest}: Row): Record<string, unknown> {
  return {
    ...rest,
    body: body.toString(),
    personal: personal.map(({name, salt, value}) => ({name, salt: salt.toString('hex'), value})),
    contentHash: contentHash.toString('hex'),
    chain: chain.toString('hex'),
  };
}

describe('seal → encode → decode', () => {
  test('is the identity', () => {
    assert(
      property(facts, integer({min: 1, max: 2 ** 50}), (list, first) => {
        const rows = sealed(list, first);
        expect(decode(encoded(rows))).toEqual({
          kind: 'batch',
          batch: {
            epoch: 4,
            session: 7,
            from: first,
            to: first + list.length - 1,
            previousChain: CHAIN_START,
            chain: one(rows, rows.length - 1).chain,
            rows,
          },
        });
      }),
    );
  });

  test('goes on from any chain', () => {
    const rows = sealed([PLAIN, PLAIN, PLAIN]);
    const {chain} = one(rows);
    expect(decode(encoded(rows.slice(1), chain))).toMatchObject({kind: 'batch', batch: {from: 2, to: 3, previousChain: chain}});
  });

  test('takes keys as PEM', () => {
    const pem = {
      private: WRITER.privateKey.export({type: 'pkcs8', format: 'pem'}).toString(),
      public: WRITER.publicKey.export({type: 'spki', format: 'pem'}).toString(),
    };
    const bytes = encodeBatch(sealed([PLAIN]), {epoch: 1, session: 1, previousChain: CHAIN_START}, signingKey(pem.private));
    expect(decodeBatch(bytes, verifyingKey(pem.public)).kind).toBe('batch');
  });

  test('a batch of the most rows passes; of more, of none, or with a gap it is a bug of the sender', () => {
    const many = sealed(Array.from({length: BATCH_ROWS + 1}, () => PLAIN));
    expect(decode(encoded(many.slice(0, BATCH_ROWS))).kind).toBe('batch');
    expect(() => encoded(many)).toThrow(Bug);
    expect(() => encoded([])).toThrow(Bug);
    expect(() => encoded([one(many), one(many, 2)])).toThrow(Bug);
  });
});

describe('a batch that was touched on the way', () => {
  const bytes = encoded(sealed([PLAIN, {...PLAIN, id: 'f-2'}]));

  test('is refused for any one bit', () => {
    assert(
      property(nat(bytes.length - 1), nat(7), (place, bit) => {
        const touched = Buffer.from(bytes);
        touched[place] = (touched[place] ?? 0) ^ (1 << bit);
        return decode(touched).kind === 'refused';
      }),
      {numRuns: 5 * amount('properties')},
    );
  });

  test('is refused for any one byte of the signature, the last included', () => {
    const start = bytes.indexOf('"signature":"') + '"signature":"'.length;
    const end = bytes.length - 2;
    for (let place = start; place < end; place += 1) {
      for (const put of ['A', 'B', '/', '=', '"', ' ']) {
        const touched = Buffer.from(bytes);
        touched.write(put, place);
        expect(touched.equals(bytes) || decode(touched).kind === 'refused').toBe(true);
      }
    }
  });

  test('is refused if a piece is missing, doubled or put in', () => {
    assert(
      property(nat(bytes.length), nat(20), uint8Array({maxLength: 5}), (place, length, put) => {
        const touched = Buffer.concat([bytes.subarray(0, place), put, bytes.subarray(place + length)]);
        return touched.equals(bytes) || decode(touched).kind === 'refused';
      }),
    );
  });

  test('is refused from another writer', () => {
    const other = generateKeyPairSync('ec', {namedCurve: 'P-256'});
    expect(why(decodeBatch(bytes, other.publicKey))).toBe('the signature is not the writer’s');
    expect(why(decode(forged((envelope) => envelope, other.privateKey)))).toBe('the signature is not the writer’s');
  });
});

describe('a batch that its own writer got wrong', () => {
  test.for([
    ['with a gap', withRows(([first, , third]) => [first, third]), 'says rows 1 to 3, holds 2'],
    ['with a gap that it hides', withRows(([first, , third]) => [first, third, {...third, seq: 4}]), 'row 3 stands where 2 belongs'],
    ['in another order', withRows(([first, second, third]) => [second, first, third]), 'row 2 stands where 1 belongs'],
    ['with a row twice', withRows(([first, second]) => [first, second, second]), 'row 2 stands where 3 belongs'],
    ['with another body', withRows(([first, ...rest]) => [{...first, body: '{"amount":1}'}, ...rest]), 'row 1 does not match its hashes'],
    ['with another basis', withRows(([first, ...rest]) => [{...first, basis: 9}, ...rest]), 'row 1 does not match its hashes'],
    ['with another epoch of a row', withRows(([first, ...rest]) => [{...first, epoch: 9}, ...rest]), 'row 1 does not match its hashes'],
    ['with another chain', withRows(([first, ...rest]) => [{...first, chain: '0'.repeat(64)}, ...rest]), 'row 1 does not match its hashes'],
    [
      'with another personal field',
      withRows(([first, ...rest]) => [{...first, personal: [{name: 'dialled', salt: '0'.repeat(32), value: '999'}]}, ...rest]),
      'row 1 does not match its hashes',
    ],
    [
      'with a personal field that the body does not know',
      withRows(([first, ...rest]) => [{...first, personal: [{name: 'toString', salt: '0'.repeat(32), value: '999'}]}, ...rest]),
      'row 1 does not match its hashes',
    ],
    ['that starts elsewhere', (envelope: Envelope) => ({...envelope, from: 2, to: 4}), 'row 1 stands where 2 belongs'],
    [
      'that goes on from another chain',
      (envelope: Envelope) => ({...envelope, prevHash: '1'.repeat(64)}),
      'row 1 does not match its hashes',
    ],
    [
      'with another hash at its end',
      (envelope: Envelope) => ({...envelope, hash: '1'.repeat(64)}),
      'the last row’s chain is not the batch’s hash',
    ],
    ['without rows', withRows(() => []), /^rows break their form/],
    ['with rows of another form', withRows(([first, ...rest]) => [{...first, extra: 1}, ...rest]), /^rows break their form/],
    ['with rows that are no list', withRows(() => ({})), /^rows break their form/],
    ['with a negative number', withRows(([first, ...rest]) => [{...first, seq: -1}, ...rest]), /^rows break their form/],
    ['with a word of its own', (envelope: Envelope) => ({...envelope, extra: 1}), /^not a batch/],
    ['without an epoch', (envelope: Envelope) => ({...envelope, epoch: undefined}), /^not a batch/],
    ['with a number that no integer holds', (envelope: Envelope) => ({...envelope, session: 2 ** 60}), /^not a batch/],
    ['with a fraction', (envelope: Envelope) => ({...envelope, epoch: 1.5}), /^not a batch/],
    [
      'that is not compressed',
      (envelope: Envelope) => ({...envelope, rows: Buffer.from('[]').toString('base64')}),
      /^rows cannot be inflated/,
    ],
    ['in another codec', (envelope: Envelope) => ({...envelope, codec: 'none'}), /^not a batch/],
  ] as const)('%s', ([, change, expected]) => {
    expect(why(decode(forged(change)))).toMatch(expected);
  });

  test.for([
    ['not JSON', '{'],
    ['no object', '1'],
    ['nothing', 'null'],
  ] as const)('whose body is %s, hashed and signed as it is', ([, body]) => {
    const change = withRows(([first]) => {
      const row = one(sealed([PLAIN]));
      const forgedRow = {...row, body: Buffer.from(body)};
      const contentHash = contentHashOf(forgedRow);
      return [{...first, body, contentHash: contentHash.toString('hex')}];
    });
    expect(why(decode(forged((envelope) => ({...change(envelope), to: 1}))))).toBe('row 1 does not match its hashes');
  });
});

describe('a bomb', () => {
  test('is refused within bounded memory', () => {
    // A quarter of a gigabyte of spaces, signed by a writer gone mad.
    const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024, ' ')).toString('base64');
    const bytes = forged((envelope) => ({...envelope, rows: bomb}));
    expect(bytes.length).toBeLessThan(1024 * 1024);
    const before = process.memoryUsage().rss;
    expect(why(decode(bytes))).toBe(`rows cannot be inflated within ${64 * 1024 * 1024} bytes`);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  test('is refused at the limit that was given', () => {
    const rows = encoded(sealed([PLAIN]));
    expect(why(decodeBatch(rows, WRITER.publicKey, {inflated: 100}))).toBe('rows cannot be inflated within 100 bytes');
    expect(decodeBatch(rows, WRITER.publicKey, {inflated: 10_000}).kind).toBe('batch');
  });
});

test('whatever comes, nothing throws', () => {
  const keys = constantFrom('epoch', 'session', 'from', 'to', 'prevHash', 'hash', 'codec', 'rows', 'signature');
  assert(
    property(uint8Array(), string({unit: 'binary'}), keys, (bytes, text, key) => {
      const honest = JSON.parse(encoded(sealed([PLAIN])).toString()) as Record<string, unknown>;
      for (const sent of [bytes, Buffer.from(text), Buffer.from(JSON.stringify({...honest, [key]: text}))])
        expect(decode(sent).kind).toBe('refused');
    }),
  );
});
