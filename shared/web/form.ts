// What a form sends, read as it comes and never beyond the limit: what follows is thrown away unseen.
import type {IncomingMessage} from 'node:http';
import type {Timers} from '../time/instant.ts';
import type {FormLimits} from './answer.ts';
import {partsOf} from './multipart.ts';

/** A password of 128 characters, percent-encoded, with room to spare. */
const USUAL_FORM: FormLimits = {bytes: 8_192, fields: 20};

export type FormReading =
  /** Each name once; a name that came twice is nobody's field. */
  | {readonly kind: 'form'; readonly fields: ReadonlyMap<string, string>}
  | {readonly kind: 'refused'; readonly status: 413 | 415}
  /** The sender went away in the middle: nobody waits for an answer. */
  | {readonly kind: 'gone'};

const NO_FORM: FormReading = {kind: 'form', fields: new Map()};
const TOO_LONG: FormReading = {kind: 'refused', status: 413};

/** Another kind of body is no form: it has no fields. */
export async function readForm(request: IncomingMessage, limits: FormLimits = USUAL_FORM): Promise<FormReading> {
  const said = request.headers['content-type'] ?? '';
  const type = said.toLowerCase();
  if (request.headers['content-encoding'] !== undefined) return {kind: 'refused', status: 415};
  if (limits.files === true && type.startsWith('multipart/form-data')) return await readParts(request, said, limits);
  if (!/^application\/x-www-form-urlencoded *(?:;|$)/.test(type)) return NO_FORM;
  const charset = /charset="?([^";]*)/.exec(type)?.[1]?.trim();
  if (charset !== undefined && charset !== 'utf-8') return {kind: 'refused', status: 415};
  const read = await readBody(request, limits.bytes);
  return read.kind === 'body' ? fieldsOf(read.bytes.toString('utf8'), limits.fields) : read;
}

async function readParts(request: IncomingMessage, type: string, {bytes, fields}: FormLimits): Promise<FormReading> {
  const read = await readBody(request, bytes);
  if (read.kind !== 'body') return read;
  const parts = partsOf(read.bytes, type, fields);
  if (parts.kind === 'parts') return {kind: 'form', fields: parts.fields};
  return parts.kind === 'too-many' ? TOO_LONG : {kind: 'refused', status: 415};
}

export type BodyReading = {readonly kind: 'body'; readonly bytes: Buffer} | Exclude<FormReading, {kind: 'form'}>;

/** Refused as soon as it is longer than it may be. */
export function readBody(request: IncomingMessage, mostBytes: number): Promise<BodyReading> {
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) return Promise.resolve({kind: 'refused', status: 413});
  // Gone while something else was awaited: no event would tell any more.
  if (request.destroyed) return Promise.resolve({kind: 'gone'});
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length <= mostBytes) chunks.push(chunk);
      else done({kind: 'refused', status: 413});
    };
    const done = (reading: BodyReading): void => {
      request.off('data', onData);
      request.pause();
      resolve(reading);
    };
    request.on('data', onData);
    request.once('end', () => done({kind: 'body', bytes: Buffer.concat(chunks)}));
    request.on('error', () => done({kind: 'gone'}));
  });
}

function fieldsOf(text: string, most: number): FormReading {
  if (text.split('&', most + 1).length > most) return TOO_LONG;
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
