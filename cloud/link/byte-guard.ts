// Reads the fixed headers of MQTT before the parser does: it would gather a packet of any length before looking at it.
// In: bytes as they come, cut anywhere. Out: why the connection has to end, if it has to. Never true: more than five bytes kept.

export type PacketLimits = {
  /** Whoever connects has not said yet who it is beyond its certificate. */
  readonly connectBytes: number;
  /** Of a message, with its topic. */
  readonly publishBytes: number;
  /** Of any other packet. */
  readonly otherBytes: number;
};

/** Undefined while all is well; after a reason nothing more is to be given to it. */
export type ByteGuard = (chunk: Uint8Array) => string | undefined;

const CONNECT = 1;
const PUBLISH = 3;
/** MQTT 3.1.1 §2.2.1: 0 and 15 are reserved. */
const LAST_TYPE = 14;
/** §2.2.3: seven bits a byte, at most four bytes, the low ones first. */
const LENGTH_BYTES = 4;

export function createByteGuard(limits: PacketLimits): ByteGuard {
  let connected = false;
  let type: number | undefined;
  let length = 0;
  let lengthBytes = 0;
  /** Of the packet whose header has been read. */
  let missing = 0;

  const begin = (byte: number): string | undefined => {
    const kind = byte >> 4;
    if (kind < CONNECT || kind > LAST_TYPE) return `there is no packet of type ${kind}`;
    if (!connected && kind !== CONNECT) return 'the first packet is not CONNECT';
    [type, length, lengthBytes] = [kind, 0, 0];
    return undefined;
  };

  const lengthen = (byte: number, kind: number): string | undefined => {
    length += (byte & 0x7f) * 128 ** lengthBytes;
    lengthBytes += 1;
    const most = limitOf(kind, limits);
    if (length > most) return `a packet of ${length} bytes or more, and at most ${most} are taken`;
    if (byte >= 0x80) return lengthBytes < LENGTH_BYTES ? undefined : 'a packet’s length has more than four bytes';
    [missing, type, connected] = [length, undefined, true];
    return undefined;
  };

  return (chunk) => {
    for (let at = 0; at < chunk.length;) {
      const body = Math.min(missing, chunk.length - at);
      missing -= body;
      at += body;
      const byte = chunk[at];
      if (byte === undefined) return undefined;
      const wrong = type === undefined ? begin(byte) : lengthen(byte, type);
      if (wrong !== undefined) return wrong;
      at += 1;
    }
    return undefined;
  };
}

function limitOf(kind: number, limits: PacketLimits): number {
  if (kind === CONNECT) return limits.connectBytes;
  return kind === PUBLISH ? limits.publishBytes : limits.otherBytes;
}
