// Facts, rows and batches at random, sealed and signed as their writers do.
import {createHash, generateKeyPairSync, type KeyObject} from 'node:crypto';
import {array, constantFrom, dictionary, integer, jsonValue, record, string, uuid, type Arbitrary} from 'fast-check';
import {must} from '../../../shared/assert/assert.ts';
import {CHAIN_START} from '../../../shared/journal/chain.ts';
import {encodeBatch} from '../../../shared/wire/batch.ts';
import {sealRow, type Fact, type Row} from '../../../shared/wire/row.ts';

export const WRITER: {readonly privateKey: KeyObject; readonly publicKey: KeyObject} = generateKeyPairSync('ec', {namedCurve: 'P-256'});

const text = string({unit: 'grapheme', maxLength: 40});

export const facts: Arbitrary<readonly Fact[]> = array(
  record(
    {
      id: uuid(),
      kind: constantFrom('call', 'incident', 'credit'),
      version: integer({min: 1, max: 3}),
      body: dictionary(text, jsonValue({maxDepth: 2}), {maxKeys: 4}).map((body) =>
        Object.fromEntries(Object.entries(body).filter(([key]) => key !== 'personal')),
      ),
      personal: dictionary(constantFrom('dialled', 'name', 'line'), text, {maxKeys: 3}),
    },
    {requiredKeys: ['id', 'kind', 'version', 'body']},
  ),
  {minLength: 1, maxLength: 8},
);

/** Sixteen bytes a call, never the same ones. */
export function salts(): (bytes: number) => Buffer {
  let count = 0;
  return (bytes) =>
    createHash('sha256')
      .update(`salt ${(count += 1)}`)
      .digest()
      .subarray(0, bytes);
}

/** Rows from `first` on, the second half in a later epoch. */
export function sealed(list: readonly Fact[], first = 1): readonly Row[] {
  const salt = salts();
  let previousChain: Uint8Array = CHAIN_START;
  return list.map((fact, place) => {
    const row = sealRow(fact, {seq: first + place, epoch: 3 + Math.floor((place * 2) / list.length), basis: place, previousChain}, salt);
    previousChain = row.chain;
    return row;
  });
}

export function encoded(rows: readonly Row[], previousChain: Uint8Array = CHAIN_START): Buffer {
  return encodeBatch(rows, {epoch: 4, session: 7, previousChain}, WRITER.privateKey);
}

export const PLAIN: Fact = {id: 'f-1', kind: 'call', version: 1, body: {amount: 120_000}, personal: {dialled: '02079460000', name: 'Ada'}};

export function one<T>(list: readonly T[], place = 0): T {
  return must(list[place], 'one of the list');
}
