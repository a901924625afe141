// Writes what the cloud will write: rows, sealed, chained, signed and in order, into the box's inbox. It authors; it does not judge.
import {generateKeyPairSync, randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {CHAIN_START} from '../../../shared/journal/chain.ts';
import {BATCH_ROWS, encodeBatch, signingKey} from '../../../shared/wire/batch.ts';
import type {DownBody, DownKind} from '../../../shared/wire/kinds.ts';
import {sealRow, type Row} from '../../../shared/wire/row.ts';

/** A fact for the box, in the shape of its kind. */
export type DownFact = {[K in DownKind]: {readonly kind: K; readonly id?: string; readonly body: DownBody<K>}}[DownKind];

type Head = {readonly seq: number; readonly chain: string};

const EPOCH = 1;

export class StandInCloud {
  readonly #inbox: string;
  readonly #headPath: string;
  readonly #key: ReturnType<typeof signingKey>;
  #seq: number;
  #chain: Buffer;

  /** `folder` is its own and keeps its key and where its log ends; `dataFolder` is the box's. */
  constructor(folder: string, dataFolder: string) {
    this.#inbox = join(dataFolder, 'down');
    this.#headPath = join(folder, 'head.json');
    mkdirSync(folder, {recursive: true, mode: 0o700});
    mkdirSync(this.#inbox, {recursive: true, mode: 0o700});
    this.#key = signingKey(readFileSync(keyPair(folder).secret, 'utf8'));
    const head = existsSync(this.#headPath) ? (JSON.parse(readFileSync(this.#headPath, 'utf8')) as Head) : undefined;
    this.#seq = head?.seq ?? 0;
    this.#chain = head === undefined ? CHAIN_START : Buffer.from(head.chain, 'hex');
  }

  get seq(): number {
    return this.#seq;
  }

  /** Numbers, seals and sends facts; returns the last number. */
  write(facts: readonly DownFact[]): number {
    for (let from = 0; from < facts.length; from += BATCH_ROWS) this.#send(facts.slice(from, from + BATCH_ROWS));
    return this.#seq;
  }

  /** Resolves when the box has applied everything that was written. */
  async applied(deadlineMs = 10_000): Promise<void> {
    const since = Date.now();
    const path = join(this.#inbox, 'ack.json');
    for (;;) {
      const ack = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as {readonly upTo: number}) : {upTo: 0};
      if (ack.upTo >= this.#seq) return;
      if (Date.now() - since > deadlineMs) throw new Error(`the box has applied ${ack.upTo} of ${this.#seq} rows`);
      await sleep(20);
    }
  }

  #send(facts: readonly DownFact[]): void {
    const previousChain = this.#chain;
    const rows: Row[] = [];
    let chain = previousChain;
    for (const {kind, id, body} of facts) {
      const seq = this.#seq + rows.length + 1;
      const row = sealRow(
        {id: id ?? `${kind}:${seq}`, kind, version: 1, body},
        {seq, epoch: EPOCH, basis: 0, previousChain: chain},
        randomBytes,
      );
      rows.push(row);
      chain = row.chain;
    }
    const bytes = encodeBatch(rows, {epoch: EPOCH, session: 1, previousChain}, this.#key);
    replaceFile(join(this.#inbox, `${this.#seq + 1}.batch`), bytes);
    this.#seq += rows.length;
    this.#chain = chain;
    replaceFile(this.#headPath, JSON.stringify({seq: this.#seq, chain: chain.toString('hex')} satisfies Head));
  }
}

/** Paths of the key pair in a stand-in's folder; made at the first time. The box is configured with `open`. */
export function keyPair(folder: string): {readonly secret: string; readonly open: string} {
  const paths = {secret: join(folder, 'key.pem'), open: join(folder, 'cloud.pem')};
  if (existsSync(paths.open)) return paths;
  mkdirSync(folder, {recursive: true, mode: 0o700});
  const {privateKey, publicKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
  writeFileSync(paths.secret, privateKey.export({type: 'pkcs8', format: 'pem'}), {mode: 0o600});
  writeFileSync(paths.open, publicKey.export({type: 'spki', format: 'pem'}));
  return paths;
}

/** Nobody may read half a file. */
function replaceFile(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}
