// What a form sends, read as it comes and never beyond the limit: what follows is thrown away unseen.
import type {IncomingMessage} from 'node:http';
import type {Timers} from '../../shared/time/instant.ts';
import {LARGEST_FORM_BYTES, MOST_FIELDS} from './gate.ts';

export type FormReading =
  /** Each name once; a name that came twice is nobody's field. */
  | {readonly kind: 'form'; readonly fields: ReadonlyMap<string, string>}
  | {readonly kind: 'refused'; readonly status: 413 | 415}
  /** The sender went away in the middle: nobody waits for an answer. */
  | {readonly kind: 'gone'};

const NO_FORM: FormReading = {kind: 'form', fields: new Map()};
const TOO_LONG: FormReading = {kind: 'refused', status: 413};

/** Another kind of body is no form: it has no fields. */
export async function readForm(request: IncomingMessage): Promise<FormReading> {
  const type = (request.headers['content-type'] ?? '').toLowerCase();
  if (request.headers['content-encoding'] !== undefined) return {kind: 'refused', status: 415};
  if (!/^application\/x-www-form-urlencoded *(?:;|$)/.test(type)) return NO_FORM;
  const charset = /charset="?([^";]*)/.exec(type)?.[1]?.trim();
  if (charset !== undefined && charset !== 'utf-8') return {kind: 'refused', status: 415};
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_FORM_BYTES) return TOO_LONG;
  return await readBody(request);
}

/** Refused as soon as it is longer than a form may be. */
function readBody(request: IncomingMessage): Promise<FormReading> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length <= LARGEST_FORM_BYTES) chunks.push(chunk);
      else done(TOO_LONG);
    };
    const done = (reading: FormReading): void => {
      request.off('data', onData);
      request.pause();
      resolve(reading);
    };
    request.on('data', onData);
    request.once('end', () => done(fieldsOf(Buffer.concat(chunks).toString('utf8'))));
    request.on('error', () => done({kind: 'gone'}));
  });
}

function fieldsOf(text: string): FormReading {
  if (text.split('&', MOST_FIELDS + 1).length > MOST_FIELDS) return TOO_LONG;
  const all = new URLSearchParams(text);
  return {kind: 'form', fields: new Map([...all].filter(([name]) => all.getAll(name).length === 1))};
}

/** A sender hears an answer only when he may go on sending; but not for ever. */
const MOST_DISCARDED_BYTES = 1_000_000;
const DISCARDED_MS = 2_000;

/** Reads on and forgets, after the answer to a request that was not read. */
export function discard(request: IncomingMessage, timers: Timers): void {
  let length = 0;
  const cancel = timers.after(DISCARDED_MS, () => request.socket.destroy());
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MOST_DISCARDED_BYTES) request.socket.destroy();
  });
  request.once('close', cancel);
  request.once('end', cancel);
  request.on('error', () => undefined);
  request.resume();
}
