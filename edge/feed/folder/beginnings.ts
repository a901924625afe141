// Finds the files that begin as another does, among thousands, by the hashes of their beginnings.
import type {FollowedFile, Head} from './followed-file.ts';

export class Beginnings {
  readonly #byHash = new Map<string, FollowedFile[]>();
  readonly #lengths = new Set<number>();
  /** These know more than their hash says: what was read and not yet handed on, and what was not yet read. */
  readonly #open: FollowedFile[] = [];

  constructor(files: readonly FollowedFile[]) {
    for (const file of files) this.add(file);
  }

  add(file: FollowedFile): void {
    if (file.isOpen) {
      this.#open.push(file);
      return;
    }
    if (!file.isBegun) return;
    const {bytes, hash} = file.beginning;
    const key = keyOf(bytes, hash);
    const alike = this.#byHash.get(key);
    if (alike === undefined) this.#byHash.set(key, [file]);
    else alike.push(file);
    this.#lengths.add(bytes);
  }

  /** Files whose beginning, as far as it is known, is this one's too; the one that was read furthest first. */
  like(head: Head): readonly FollowedFile[] {
    const lengths = [...this.#lengths].filter((length) => length > 0 && length <= head.bytes.length);
    const closed = lengths.flatMap((length) => this.#byHash.get(keyOf(length, head.hash(length))) ?? []);
    return [...this.#open, ...closed].filter((file) => file.beginsLike(head)).toSorted((left, right) => right.place - left.place);
  }
}

function keyOf(length: number, hash: Buffer): string {
  return `${length}:${hash.toString('base64')}`;
}
