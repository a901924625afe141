// Watches the lengths of MQTT packets as they come in: the library has no limit of its own, and a length of 256 MB is five bytes.

/** Fixed header: one byte of kind, then one to four of length, seven bits each, the lowest first (MQTT 3.1.1, 2.2.3). */
export class FrameMeter {
  readonly #longest: number;
  #state: 'kind' | 'length' | 'content' = 'kind';
  #length = 0;
  #shift = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** False once a packet says that it is longer than allowed, or says nonsense: the connection is to be cut. */
  take(chunk: Uint8Array): boolean {
    for (let place = 0; place < chunk.length;) {
      if (this.#state === 'content') {
        const part = Math.min(this.#length, chunk.length - place);
        place += part;
        this.#length -= part;
        if (this.#length === 0) this.#state = 'kind';
        continue;
      }
      const byte = chunk[place++] ?? 0;
      if (this.#state === 'kind') this.#begin();
      else if (!this.#lengthByte(byte)) return false;
    }
    return true;
  }

  #begin(): void {
    this.#state = 'length';
    this.#length = 0;
    this.#shift = 0;
  }

  #lengthByte(byte: number): boolean {
    this.#length += (byte & 0x7f) * 2 ** this.#shift;
    this.#shift += 7;
    if ((byte & 0x80) !== 0) return this.#shift < 28;
    this.#state = this.#length === 0 ? 'kind' : 'content';
    return this.#length <= this.#longest;
  }
}
