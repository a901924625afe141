// Hashes and identities, against values that any SHA-256 gives.
import {array, assert, integer, property, string, tuple, uint8Array} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {CHAIN_START, identityOf, nextChain, sha256} from '../../../shared/journal/chain.ts';

/** Another implementation of SHA-256: the one that browsers have. */
async function digest(...parts: readonly Uint8Array[]): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.concat(parts))).toString('hex');
}

test('SHA-256 is SHA-256', () => {
  // FIPS 180-4, appendix B.1, in one part and in three.
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(sha256('abc').toString('hex')).toBe(abc);
  expect(sha256('a', Buffer.from('b'), 'c').toString('hex')).toBe(abc);
});

describe('the chain', () => {
  test('starts from 32 zero bytes', () => {
    expect(CHAIN_START).toEqual(Buffer.alloc(32));
  });

  test('is SHA-256(previous ‖ epoch ‖ seq ‖ content), the numbers as eight bytes each', async () => {
    const content = sha256('fact');
    // Epoch 1 and seq 2, big end first.
    const numbers = Buffer.from('00000000000000010000000000000002', 'hex');
    expect(nextChain(CHAIN_START, 1, 2, content).toString('hex')).toBe(await digest(CHAIN_START, numbers, content));
  });

  test('changes with each of its parts, up to the largest number', () => {
    const parts = tuple(
      integer({min: 0, max: Number.MAX_SAFE_INTEGER}),
      integer({min: 0, max: Number.MAX_SAFE_INTEGER}),
      uint8Array({minLength: 32, maxLength: 32}),
    );
    assert(
      property(parts, parts, ([epoch, seq, content], [otherEpoch, otherSeq, otherContent]) => {
        const isSame = epoch === otherEpoch && seq === otherSeq && Buffer.compare(content, otherContent) === 0;
        const one = nextChain(CHAIN_START, epoch, seq, content);
        expect(one.equals(nextChain(CHAIN_START, otherEpoch, otherSeq, otherContent))).toBe(isSame);
        expect(one.equals(nextChain(one, epoch, seq, content))).toBe(false);
      }),
    );
  });
});

describe('an identity', () => {
  test('is the hash of its parts, each behind its length in bytes', async () => {
    // “ü” is two bytes.
    expect(identityOf('hall', 'ü', '')).toBe(await digest(Buffer.from('4:hall2:ü0:')));
  });

  test('tells apart what concatenation does not', () => {
    expect(identityOf('ab', 'c')).not.toBe(identityOf('a', 'bc'));
    expect(identityOf('a', '')).not.toBe(identityOf('a'));
    expect(identityOf('1:a')).not.toBe(identityOf('', 'a'));
    assert(
      property(array(string()), array(string()), (parts, others) => {
        expect(identityOf(...parts) === identityOf(...others)).toBe(JSON.stringify(parts) === JSON.stringify(others));
      }),
    );
  });
});
