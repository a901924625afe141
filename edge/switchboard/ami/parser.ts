// Bytes of an Asterisk manager connection become messages. Total: whatever cannot be read is counted and handed on as
// discarded; nothing throws; memory stays bounded (asterisk main/manager.c: 1,024 bytes a line, 128 headers a message).

export type AmiMessage = {
  /** Names in lower case. The first of several equal ones counts: a later one may stem from a caller's own words. */
  readonly fields: ReadonlyMap<string, string>;
};

export type AmiItem =
  | {readonly kind: 'banner'; readonly version: string}
  | ({readonly kind: 'message'} & AmiMessage)
  | {readonly kind: 'discarded'; readonly why: 'no-banner' | 'line-too-long' | 'too-many-headers' | 'not-a-header'; readonly bytes: number};

/** Asterisk itself stops at 1,024; channel variables and long caller names make room for more worth while. */
export const LONGEST_LINE = 8_192;
/** Twice what Asterisk accepts itself. */
export const MOST_HEADERS = 256;

const LF = 0x0a;
const BANNER = /^Asterisk Call Manager\/(\S{1,40})$/;

export class AmiParser {
  #line: Buffer[] = [];
  #lineBytes = 0;
  /** Bytes of the present line that were dropped already, because it is too long. */
  #dropped = 0;
  #fields = new Map<string, string>();
  #banner = false;

  push(chunk: Uint8Array): AmiItem[] {
    const items: AmiItem[] = [];
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(LF, from);
      if (end === -1) {
        this.#keep(bytes.subarray(from));
        return items;
      }
      this.#keep(bytes.subarray(from, end));
      from = end + 1;
      this.#endLine(items);
    }
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    if (this.#dropped > 0 || this.#lineBytes + part.length > LONGEST_LINE) {
      this.#dropped += this.#lineBytes + part.length;
      this.#line = [];
      this.#lineBytes = 0;
      return;
    }
    // A copy: the caller may use its buffer again, and a slice would hold the whole chunk.
    this.#line.push(Buffer.from(part));
    this.#lineBytes += part.length;
  }

  #endLine(items: AmiItem[]): void {
    if (this.#dropped > 0) {
      items.push({kind: 'discarded', why: 'line-too-long', bytes: this.#dropped});
      this.#dropped = 0;
      return;
    }
    const whole = Buffer.concat(this.#line, this.#lineBytes);
    this.#line = [];
    this.#lineBytes = 0;
    const text = whole.toString('utf8').replace(/\r$/, '');
    if (!this.#banner) this.#readBanner(text, whole.length, items);
    else if (text === '') this.#endMessage(items);
    else this.#readHeader(text, whole.length, items);
  }

  #readBanner(text: string, bytes: number, items: AmiItem[]): void {
    const version = BANNER.exec(text)?.[1];
    if (version === undefined) {
      items.push({kind: 'discarded', why: 'no-banner', bytes});
      return;
    }
    this.#banner = true;
    items.push({kind: 'banner', version});
  }

  #readHeader(text: string, bytes: number, items: AmiItem[]): void {
    const colon = text.indexOf(':');
    if (colon < 1) {
      items.push({kind: 'discarded', why: 'not-a-header', bytes});
      return;
    }
    if (this.#fields.size >= MOST_HEADERS) {
      items.push({kind: 'discarded', why: 'too-many-headers', bytes});
      return;
    }
    const name = text.slice(0, colon).toLowerCase();
    if (!this.#fields.has(name)) this.#fields.set(name, text.slice(colon + 1).trim());
  }

  #endMessage(items: AmiItem[]): void {
    if (this.#fields.size === 0) return;
    items.push({kind: 'message', fields: this.#fields});
    this.#fields = new Map();
  }
}
