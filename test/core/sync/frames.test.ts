// Lengths of MQTT packets, in whatever pieces they come. Fixed header: MQTT 3.1.1, 2.2.
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {FrameMeter} from '../../../edge/sync/frames.ts';

/** Remaining length as the standard writes it: seven bits a byte, the lowest first (2.2.3, table 2.4). */
function packet(bytes: number): Buffer {
  const header: number[] = [0x30];
  for (let left = bytes; ;) {
    const digit = left % 128;
    left = Math.floor(left / 128);
    header.push(left > 0 ? digit + 128 : digit);
    if (left === 0) break;
  }
  return Buffer.concat([Buffer.from(header), Buffer.alloc(bytes, 0xff)]);
}

describe('a stream of packets', () => {
  test('within the limit passes, however it is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({min: 0, max: 400}), {maxLength: 20}), fc.array(fc.integer({min: 1, max: 90})), (sizes, cuts) => {
        const meter = new FrameMeter(400);
        const bytes = Buffer.concat(sizes.map(packet));
        let place = 0;
        for (const cut of [...cuts, bytes.length]) {
          expect(meter.take(bytes.subarray(place, place + cut))).toBe(true);
          place += cut;
        }
      }),
    );
  });

  test('is cut by the first that says it is longer, before its content comes', () => {
    const meter = new FrameMeter(400);
    expect(meter.take(packet(400))).toBe(true);
    expect(meter.take(packet(401).subarray(0, 3))).toBe(false);
  });

  test.for([
    [[0x30, 0x7f], 127, true],
    [[0x30, 0x80, 0x01], 127, false],
    [[0x30, 0xff, 0xff, 0xff, 0x7f], 268_435_455, true],
    [[0x30, 0xff, 0xff, 0xff, 0x7f], 268_435_454, false],
    // A fifth byte of length is none.
    [[0x30, 0xff, 0xff, 0xff, 0xff], Infinity, false],
  ] as const)('%s with the limit %s: %s', ([bytes, limit, passes]) => {
    expect(new FrameMeter(limit).take(Buffer.from(bytes))).toBe(passes);
  });
});
