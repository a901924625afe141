// Rows: hashes over stored bytes, personal fields that can be erased, and the readers of what comes down.
import {assert, constantFrom, jsonValue, nat, property} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {Bug} from '../../../shared/assert/assert.ts';
import {CHAIN_START, sha256} from '../../../shared/journal/chain.ts';
import {TRANSFER_CODES} from '../../../shared/journal/transfer.ts';
import {DOWN_BODIES, READS, type DownKind} from '../../../shared/wire/kinds.ts';
import {readDownRow, takeRow, type Readers} from '../../../shared/wire/reader.ts';
import {contentHashOf, personalHash, rowHolds, sealRow, type Row} from '../../../shared/wire/row.ts';
import {HALL_POLICY} from '../../simulator/cloud/site.ts';
import {facts, one, PLAIN, salts, sealed} from './rows.ts';

async function digest(...parts: readonly (string | Uint8Array)[]): Promise<string> {
  const bytes = Buffer.concat(parts.map((part) => Buffer.from(part)));
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

describe('a sealed row', () => {
  const row = one(sealed([PLAIN]));

  test('keeps personal fields beside the body, which holds only their hashes', async () => {
    expect(row.personal.map(({name, value}) => ({name, value}))).toEqual([
      {name: 'dialled', value: '02079460000'},
      {name: 'name', value: 'Ada'},
    ]);
    const text = row.body.toString();
    expect(text).not.toContain('Ada');
    expect(text).not.toContain('02079460000');
    const [dialled] = row.personal;
    expect((JSON.parse(text) as {personal: {dialled: string}}).personal.dialled).toBe(await digest(dialled?.salt ?? '', '02079460000'));
  });

  test('hashes its header and its body as they are stored', async () => {
    const header = JSON.stringify(['f-1', 'call', 1, 0, row.body.length]);
    expect(row.contentHash.toString('hex')).toBe(await digest(`${header}\n`, row.body));
  });

  test('gives each field a salt of its own, so that equal numbers do not look equal', () => {
    const [first, second] = sealed([PLAIN, PLAIN]);
    const hashes = [first, second].map(
      (sealedRow) => (JSON.parse(sealedRow?.body.toString() ?? '') as {personal: {dialled: string}}).personal.dialled,
    );
    expect(hashes[0]).not.toBe(hashes[1]);
    expect(new Set([...(first?.personal ?? []), ...(second?.personal ?? [])].map(({salt}) => salt.toString('hex'))).size).toBe(4);
    expect(first?.personal.every(({salt}) => salt.length === 16)).toBe(true);
  });

  test('without personal fields says nothing of them', () => {
    expect(one(sealed([{id: 'a', kind: 'call', version: 1, body: {x: 1}}])).body.toString()).toBe('{"x":1}');
  });

  test('of a body that has hashes of its own is a bug', () => {
    const place = {seq: 1, epoch: 1, basis: 0, previousChain: CHAIN_START};
    expect(() => sealRow({...PLAIN, body: {personal: {}}}, place, salts())).toThrow(Bug);
  });
});

describe('a chain of rows', () => {
  const holds = (rows: readonly Row[]): boolean => {
    let previous: Uint8Array = CHAIN_START;
    return rows.every((row) => {
      const held = rowHolds(row, previous);
      previous = row.chain;
      return held;
    });
  };

  test('holds, and still holds when personal fields are erased, some or all', () => {
    assert(
      property(facts, nat(), (list, which) => {
        const rows = sealed(list);
        const erased = rows.map((row, place) => ({
          ...row,
          personal: row.personal.filter((_, field) => ((which >> (place + field)) & 1) === 1),
        }));
        expect([rows, erased, rows.map((row) => ({...row, personal: []}))].map(holds)).toEqual([true, true, true]);
      }),
    );
  });

  test('does not hold if anything else is changed', () => {
    assert(
      property(
        facts,
        nat(),
        constantFrom<Spoilt>('contentHash', 'id', 'kind', 'version', 'basis', 'seq', 'epoch', 'body', 'value', 'salt', 'field'),
        (list, which, what) => {
          const rows = sealed(list.map((fact) => ({...fact, personal: {dialled: '1'}})));
          const place = which % rows.length;
          const changed = rows.map((row, index) => (index === place ? spoiled(row, what) : row));
          return !holds(changed);
        },
      ),
    );
  });

  test('does not hold without one of its rows, or in another order', () => {
    const rows = sealed([PLAIN, PLAIN, PLAIN]);
    const [first, second, third] = [one(rows), one(rows, 1), one(rows, 2)];
    for (const list of [
      [second, third],
      [first, third],
      [second, first, third],
    ])
      expect(holds(list)).toBe(false);
  });
});

type Spoilt = 'contentHash' | 'id' | 'kind' | 'version' | 'basis' | 'seq' | 'epoch' | 'body' | 'value' | 'salt' | 'field';

function spoiled(row: Row, what: Spoilt): Row {
  const field = one(row.personal);
  const changes: Readonly<Record<Spoilt, Partial<Row>>> = {
    contentHash: {contentHash: sha256('another')},
    id: {id: `${row.id}x`},
    kind: {kind: `${row.kind}x`},
    version: {version: row.version + 1},
    basis: {basis: row.basis + 1},
    seq: {seq: row.seq + 1},
    epoch: {epoch: row.epoch + 1},
    body: {body: Buffer.concat([row.body, Buffer.from(' ')])},
    value: {personal: [{...field, value: `${field.value}x`}]},
    salt: {personal: [{...field, salt: sha256('another')}]},
    field: {personal: [{...field, name: 'another'}]},
  };
  return {...row, ...changes[what]};
}

test('a personal hash is SHA-256(salt ‖ value)', async () => {
  const salt = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
  expect(personalHash({name: 'dialled', salt, value: 'ü'})).toBe(await digest(salt, 'ü'));
});

/** A good body of every kind that comes down. */
const BODIES: {readonly [K in DownKind]: unknown} = {
  account: {account: 'a', currency: 'GBP', language: 'en', closed: false},
  extension: {extension: '101', class: 'student'},
  tenancy: {tenancy: 't', extension: '101', account: 'a', from: 0},
  policy: HALL_POLICY,
  tariff: {hash: sha256('{}').toString('hex'), text: '{}'},
  schedule: {entries: [{from: 0, tariff: 'a'.repeat(64)}]},
  credit: {code: 'TOPUP', ref: 'p-1', debit: 'cash', credit: 'a', amount: 1, currency: 'GBP', at: 0},
  allowance: {allowance: 'w', name: 'UK landlines', unit: 'seconds', amount: 3_600, period: 'month', destinations: [], from: 0},
  adjustment: {
    proposal: 'p',
    entries: [{call: 'c'.repeat(64), n: 1, account: 'a', amount: -120_000, tax: -20_000}],
    currency: 'GBP',
    at: 0,
  },
  'top-up-result': {request: 'r', account: 'a', result: 'paid'},
  override: {extension: '101', act: 'unlock', reason: 'paid at the desk', by: 'staff-1'},
  resolution: {call: 'c'.repeat(64), act: 'bill', amount: 120_000, tax: 20_000, by: 'staff-1', reason: 'asked the carrier'},
};

function down(kind: string, body: unknown, version = 1): Row {
  const fact = {id: 'd-1', kind, version, body: body as Readonly<Record<string, unknown>>};
  return sealRow(fact, {seq: 1, epoch: 1, basis: 0, previousChain: CHAIN_START}, salts());
}

describe('what comes down', () => {
  test.for(Object.keys(DOWN_BODIES) as DownKind[])('%s is read in the version this build knows, and in no other', (kind) => {
    expect(readDownRow(down(kind, BODIES[kind]))).toMatchObject({kind: 'read', row: {kind, body: BODIES[kind]}});
    expect(READS[kind]).toEqual([1]);
    expect(readDownRow(down(kind, BODIES[kind], 2))).toEqual({
      kind: 'unreadable',
      why: `row 1: ${kind} version 2 is not known to this release`,
    });
  });

  test.for(['lottery', 'toString', '__proto__', 'constructor', ''])('a kind “%s” is unreadable', (kind) => {
    expect(readDownRow(down(kind, {}))).toEqual({kind: 'unreadable', why: `row 1: kind ${kind} is not known to this release`});
  });

  test.for([
    ['tariff', {hash: 'a'.repeat(64), text: '{}'}, `row 1: the text of tariff ${'a'.repeat(64)} is another one`],
    ['credit', {...(BODIES.credit as object), amount: 0}, /amount/],
    ['credit', {...(BODIES.credit as object), amount: 1.5}, /amount/],
    ['credit', {...(BODIES.credit as object), amount: '1'}, /amount/],
    ['credit', {...(BODIES.credit as object), code: 'GIFT'}, /code/],
    ['policy', {...HALL_POLICY, floor: 1}, /floor/],
    ['policy', {...HALL_POLICY, longestCallHours: 49}, /longestCallHours/],
    ['extension', {extension: '1 01', class: 'student'}, /letters, digits/],
    ['schedule', {entries: []}, /entries/],
    ['override', {...(BODIES.override as object), reason: ''}, /reason/],
    ['resolution', {...(BODIES.resolution as object), call: 'c'}, /call/],
    ['resolution', {...(BODIES.resolution as object), amount: 0}, /amount/],
    ['resolution', {...(BODIES.resolution as object), amount: undefined}, /an amount belongs to a bill/],
    ['resolution', {...(BODIES.resolution as object), act: 'write-off'}, /an amount belongs to a bill/],
    ['resolution', {...(BODIES.resolution as object), tax: 120_001}, /the tax is part of the amount/],
    ['resolution', {...(BODIES.resolution as object), reason: ''}, /reason/],
  ] as const)('a %s with %o is unreadable', ([kind, body, expected]) => {
    const reading = readDownRow(down(kind, body));
    expect(reading.kind === 'unreadable' ? reading.why : 'it was read').toMatch(expected);
  });

  test('every code of a transfer may come down as a credit', () => {
    for (const code of TRANSFER_CODES) expect(readDownRow(down('credit', {...(BODIES.credit as object), code})).kind).toBe('read');
  });

  test('whatever its body, nothing throws', () => {
    assert(
      property(constantFrom(...(Object.keys(DOWN_BODIES) as DownKind[])), jsonValue(), (kind, body) => {
        const row = {...down(kind, {}), body: Buffer.from(JSON.stringify(body))};
        expect(['read', 'unreadable']).toContain(readDownRow(row).kind);
        expect(readDownRow({...row, body: Buffer.from('{')}).kind).toBe('unreadable');
      }),
    );
  });

  test('each row is handed to the reader of its kind, with the row itself', () => {
    const taken: unknown[] = [];
    const readers = Object.fromEntries(
      Object.keys(DOWN_BODIES).map((kind) => [kind, (body: unknown, row: Row) => taken.push([kind, body, row.seq])]),
    ) as unknown as Readers;
    const row = down('extension', BODIES.extension);
    const reading = readDownRow(row);
    if (reading.kind === 'read') takeRow(readers, reading.row, row);
    expect(taken).toEqual([['extension', BODIES.extension, 1]]);
  });
});

test('the content hash tells apart what lies on either side of a seam', () => {
  const row = one(sealed([PLAIN]));
  const moved = {...row, id: 'f-1","call', kind: ''};
  expect(contentHashOf(moved).equals(row.contentHash)).toBe(false);
});
