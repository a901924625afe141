// Addresses for machines: no page of ours posts to them, so what they are sent proves itself, by a signature or a one-time code.
import type {IncomingMessage} from 'node:http';
import {readBody} from './form.ts';
import {placeOf, type Limiter} from './limiter.ts';

export type MachineCall = {
  /** A named part of the path (`:part`), decoded. */
  readonly part: string;
  readonly query: ReadonlyMap<string, string>;
  /** Of a name in small letters; a header that came twice is nobody's. */
  readonly header: (name: string) => string | undefined;
  /** As it came, untouched: signatures are over bytes. Empty for a GET. */
  readonly body: Buffer;
  readonly address: string;
};

export type MachineAnswer = {
  readonly status: number;
  readonly text: string;
  /** Plain text unless said. */
  readonly type?: string;
  readonly retryAfterSeconds?: number;
};

export type MachineRoute = {
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** The only kind of body that is read, such as `application/json`; any if undefined. */
  readonly accepts?: string;
  /** For a POST: a longer body is refused unread. */
  readonly largestBytes?: number;
  /** Attempts of a place, counted before anything is read. */
  readonly limiter?: Pick<Limiter, 'take'>;
  readonly act: (call: MachineCall) => MachineAnswer | Promise<MachineAnswer>;
};

/** More than a code, a key and a request for a certificate. */
const LARGEST_BODY_BYTES = 16_384;

export type Heard =
  | {readonly kind: 'body'; readonly bytes: Buffer}
  | {readonly kind: 'gone'}
  | {readonly kind: 'answer'; readonly answer: MachineAnswer};

/** The body of a call, or why it is not read. */
export async function hear(route: MachineRoute, request: IncomingMessage): Promise<Heard> {
  const waitMs = route.limiter?.take(placeOf(request.socket.remoteAddress ?? '')) ?? 0;
  if (waitMs > 0) {
    const retryAfterSeconds = Math.ceil(waitMs / 1000);
    return refusal(429, `too many attempts: try again in ${retryAfterSeconds} s`, retryAfterSeconds);
  }
  if (route.method === 'GET') return {kind: 'body', bytes: Buffer.alloc(0)};
  const {accepts, largestBytes = LARGEST_BODY_BYTES} = route;
  if (!isReadable(request, accepts)) return refusal(415, `only ${accepts ?? 'a body'} as it is, not packed, is read here`);
  const read = await readBody(request, largestBytes);
  return read.kind === 'refused' ? refusal(read.status, `at most ${largestBytes} bytes are read here`) : read;
}

function isReadable({headers}: IncomingMessage, accepts: string | undefined): boolean {
  if (headers['content-encoding'] !== undefined) return false;
  const [type] = (headers['content-type'] ?? '').split(';', 1);
  return accepts === undefined || type?.trim().toLowerCase() === accepts;
}

function refusal(status: number, text: string, retryAfterSeconds?: number): Heard {
  return {kind: 'answer', answer: {status, text: `${text}\n`, ...(retryAfterSeconds === undefined ? {} : {retryAfterSeconds})}};
}
