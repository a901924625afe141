// The length of every packet is judged from its first bytes, however the wire cuts them.
import {array, assert, constantFrom, integer, property, tuple} from 'fast-check';
import {describe, expect, test} from 'vitest';
import {createByteGuard, type ByteGuard} from '../../../cloud/link/byte-guard.ts';

const LIMITS = {connectBytes: 1_000, publishBytes: 100_000, otherBytes: 2_000};

/** MQTT 3.1.1 §2.2.3, written once more from the text. */
function fixedHeader(kind: number, length: number): Buffer {
  const bytes = [kind << 4];
  let left = length;
  do {
    const digit = left % 128;
    left = Math.floor(left / 128);
    bytes.push(left > 0 ? digit + 128 : digit);
  } while (left > 0);
  return Buffer.from(bytes);
}

/** Nobody looks at the body here. */
const packet = (kind: number, length: number): Buffer => Buffer.concat([fixedHeader(kind, length), Buffer.alloc(length, 0xff)]);
const [CONNECT, PUBLISH, SUBSCRIBE, PINGREQ] = [1, 3, 8, 12];
const connectPacket = packet(CONNECT, 20);
const publish = (length: number): Buffer => packet(PUBLISH, length);

function fed(guard: ByteGuard, bytes: Buffer, cuts: readonly number[] = []): string | undefined {
  let from = 0;
  for (const to of [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b)) {
    const wrong = guard(bytes.subarray(from, to));
    if (wrong !== undefined) return wrong;
    from = to;
  }
  return undefined;
}

test('a stream of packets within their limits passes, wherever it is cut', () => {
  const packets = constantFrom(
    publish(10),
    publish(127),
    publish(128),
    publish(16_383),
    publish(16_384),
    publish(100_000),
    packet(PINGREQ, 0),
    packet(SUBSCRIBE, 2_000),
  );
  assert(
    property(array(packets, {maxLength: 6}), array(integer({min: 0, max: 300_000}), {maxLength: 12}), (sent, cuts) => {
      expect(fed(createByteGuard(LIMITS), Buffer.concat([connectPacket, ...sent]), cuts)).toBeUndefined();
    }),
  );
});

test('a packet beyond its limit is refused before its body, wherever the wire is cut', () => {
  const over = constantFrom<[number, number]>(
    [PUBLISH, LIMITS.publishBytes + 1],
    [PUBLISH, 268_435_455],
    [SUBSCRIBE, LIMITS.otherBytes + 1],
    [PINGREQ, LIMITS.otherBytes + 1],
  );
  assert(
    property(tuple(over, array(integer({min: 0, max: 100}), {maxLength: 6})), ([[kind, length], cuts]) => {
      const header = Buffer.concat([connectPacket, publish(50), fixedHeader(kind, length)]);
      expect(fed(createByteGuard(LIMITS), header, cuts)).toMatch(/^a packet of \d+ bytes or more, and at most \d+ are taken$/);
    }),
  );
});

describe('the first packet', () => {
  test('has to be CONNECT', () => {
    expect(fed(createByteGuard(LIMITS), publish(10))).toBe('the first packet is not CONNECT');
  });

  test('has a limit of its own', () => {
    expect(fed(createByteGuard(LIMITS), fixedHeader(CONNECT, 1_000))).toBeUndefined();
    expect(fed(createByteGuard(LIMITS), fixedHeader(CONNECT, 1_001))).toBe('a packet of 1001 bytes or more, and at most 1000 are taken');
  });
});

test('a length of five bytes and a packet of no kind are refused', () => {
  expect(
    fed(createByteGuard({...LIMITS, publishBytes: Infinity}), Buffer.concat([connectPacket, Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff])])),
  ).toBe('a packet’s length has more than four bytes');
  for (const kind of [0, 15]) expect(fed(createByteGuard(LIMITS), Buffer.from([kind << 4]))).toBe(`there is no packet of type ${kind}`);
});
