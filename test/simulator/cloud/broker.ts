// A cloud that can be made to misbehave: a real broker over mutual TLS, real signed messages, and faults that a sound cloud does
// not have: acknowledgements that are lost, come twice or late, rows that are missing, verdicts of every kind.
import {once} from 'node:events';
import {generateKeyPairSync, randomBytes, X509Certificate, createPublicKey, type KeyObject} from 'node:crypto';
import type {AddressInfo} from 'node:net';
import {createServer, type Server, type TLSSocket} from 'node:tls';
import {Aedes} from 'aedes';
import {must} from '../../../shared/assert/assert.ts';
import {CHAIN_START} from '../../../shared/journal/chain.ts';
import {decodeBatch, encodeBatch} from '../../../shared/wire/batch.ts';
import {sealRow, type Row} from '../../../shared/wire/row.ts';
import {snapshotPart, type SnapshotItem} from '../../../shared/wire/snapshot.ts';
import * as talk from '../../../shared/wire/talk.ts';
import type {DownFact} from './stand-in.ts';

export type TlsFiles = {readonly key: string; readonly certificate: string; readonly authority: string};

type Verdicts = Pick<talk.HelloReply, 'down' | 'up'>;
type Cut = {readonly up: {readonly last: number; readonly hash: string}; readonly down: {readonly last: number; readonly hash: string}};

export type Faults = {
  /** Instead of what it would say to a hello; undefined for that. */
  verdicts: ((hello: talk.Hello) => Verdicts | undefined) | undefined;
  /** So many acknowledgements are not sent. */
  acksLost: number;
  /** Each acknowledgement is sent so often. */
  acksEach: number;
  /** Answers to a hello that are not sent. */
  repliesLost: number;
  /** What it says of the time. */
  now: () => number;
  /** Changes an acknowledgement before it is signed. */
  ack: (ack: talk.Ack) => talk.Ack;
};

export class BrokerCloud {
  readonly key: KeyObject;
  /** Signs what it says; PEM for the box. */
  readonly publicKey: string;
  readonly faults: Faults = {verdicts: undefined, acksLost: 0, acksEach: 1, repliesLost: 0, now: () => Date.now(), ack: (ack) => ack};
  /** What the box said. */
  readonly hellos: talk.Hello[] = [];
  readonly beats: talk.Heartbeat[] = [];
  readonly downAcks: talk.Ack[] = [];
  readonly answers: talk.Answer[] = [];
  readonly batches: Buffer[] = [];
  readonly up: Row[] = [];
  readonly down: Row[] = [];
  readonly clients = new Set<string>();
  epoch = 1;
  session = 0;
  readonly #who: {readonly site: string; readonly box: string};
  readonly #tls: TlsFiles;
  readonly #sockets = new Set<TLSSocket>();
  #aedes: Aedes | undefined;
  #server: Server | undefined;
  #boxKey: KeyObject | undefined;
  #downSent = 0;
  #snapshot: {readonly cut: Cut; readonly parts: readonly (readonly SnapshotItem[])[]} | undefined;

  constructor(who: {readonly site: string; readonly box: string}, tls: TlsFiles) {
    this.#who = who;
    this.#tls = tls;
    const {privateKey, publicKey} = generateKeyPairSync('ec', {namedCurve: 'P-256'});
    this.key = privateKey;
    this.publicKey = publicKey.export({type: 'spki', format: 'pem'}).toString();
  }

  /** Listens on any free port, or on that one. */
  async open(port = 0): Promise<number> {
    const aedes = await Aedes.createBroker({
      preConnect: (client, _packet, done) => {
        this.clients.add(client.id);
        done(null, true);
      },
      authorizePublish: (_client, packet, done) => {
        this.#heard(packet.topic.split('/').at(-1) ?? '', Buffer.from(packet.payload));
        done(null);
      },
    });
    this.#aedes = aedes;
    const {key, certificate, authority} = this.#tls;
    const server = createServer({key, cert: certificate, ca: authority, requestCert: true, rejectUnauthorized: true}, (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
      const raw = must(socket.getPeerX509Certificate(), 'certificate of the box').raw;
      this.#boxKey = createPublicKey(new X509Certificate(raw).publicKey.export({type: 'spki', format: 'pem'}));
      aedes.handle(socket);
    });
    server.on('tlsClientError', () => undefined);
    this.#server = server;
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** Every connection is cut. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async close(): Promise<void> {
    const [server, aedes] = [this.#server, this.#aedes];
    if (server === undefined || aedes === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    this.cut();
    await new Promise<void>((resolve) => {
      aedes.close(resolve);
    });
    await closed;
  }

  /** Numbers and seals facts, and sends them to the box that is there. */
  write(facts: readonly DownFact[]): void {
    for (const {kind, id, body} of facts) {
      const seq = (this.down.at(-1)?.seq ?? this.#start.down.last) + 1;
      const previousChain = this.down.at(-1)?.chain ?? Buffer.from(this.#start.down.hash, 'hex');
      this.down.push(
        sealRow({id: id ?? `${kind}:${seq}`, kind, version: 1, body}, {seq, epoch: this.epoch, basis: 0, previousChain}, randomBytes),
      );
    }
    this.pump();
  }

  /** The site has a past, which a new box is sent in these parts; both logs go on after the cut. */
  begin(cut: Cut, parts: readonly (readonly SnapshotItem[])[]): void {
    this.#snapshot = {cut, parts};
  }

  say(channel: talk.DownChannel, bytes: Buffer): void {
    const topic = talk.topicOf(this.#who.site, this.#who.box, channel);
    this.#aedes?.publish({cmd: 'publish', topic, payload: bytes, qos: 1, retain: false, dup: false}, () => undefined);
  }

  signed(channel: talk.DownChannel, value: unknown): void {
    this.say(channel, talk.encodeSigned(channel, value, this.key));
  }

  ask(nonce: string): void {
    this.say('ask', Buffer.from(JSON.stringify({kind: 'ping', epoch: this.epoch, session: this.session, nonce})));
  }

  /** Sends the down rows after `after` as one batch, whatever the box has. */
  sendDown(after: number, label: {epoch: number; session: number} = this): void {
    const rows = this.down.filter((row) => row.seq > after);
    if (rows.length === 0) return;
    const before = this.down.find((row) => row.seq === after)?.chain ?? Buffer.from(this.#start.down.hash, 'hex');
    this.say('down', encodeBatch(rows.slice(0, 500), {epoch: label.epoch, session: label.session, previousChain: before}, this.key));
  }

  pump(): void {
    if (this.session > 0) this.sendDown(this.#downSent);
  }

  sendPart(part: number): void {
    const {cut, parts} = must(this.#snapshot, 'snapshot');
    const items = [...must(parts[part - 1], `part ${part}`)];
    this.signed('down', snapshotPart({epoch: this.epoch, session: this.session, cut, part, parts: parts.length, items}));
  }

  get #start(): Cut {
    const zero = {last: 0, hash: CHAIN_START.toString('hex')};
    return this.#snapshot?.cut ?? {up: zero, down: zero};
  }

  get upHead(): {readonly last: number; readonly chain: Buffer} {
    const last = this.up.at(-1);
    return last === undefined
      ? {last: this.#start.up.last, chain: Buffer.from(this.#start.up.hash, 'hex')}
      : {last: last.seq, chain: last.chain};
  }

  #heard(channel: string, bytes: Buffer): void {
    switch (channel) {
      case 'hello':
        return this.#hello(this.#read('hello', bytes, talk.helloSchema));
      case 'up':
        this.batches.push(bytes);
        return this.#take(bytes);
      case 'down-ack':
        return this.#downAck(this.#read('down-ack', bytes, talk.ackSchema));
      case 'health':
        this.beats.push(must(talk.decodePlain(bytes, talk.heartbeatSchema), 'heartbeat'));
        return;
      case 'answer':
        this.answers.push(must(talk.decodePlain(bytes, talk.answerSchema), 'answer'));
        return;
      default:
        throw new Error(`the box published on ${channel}`);
    }
  }

  #read<T>(channel: talk.UpChannel, bytes: Buffer, schema: Parameters<typeof talk.decodeSigned<T>>[3]): T {
    const reading = talk.decodeSigned(channel, bytes, must(this.#boxKey, 'key of the box'), schema);
    if (reading.kind === 'refused') throw new Error(`${channel}: ${reading.why}`);
    return reading.value;
  }

  #hello(hello: talk.Hello): void {
    this.hellos.push(hello);
    if (this.faults.repliesLost > 0) {
      this.faults.repliesLost--;
      return;
    }
    this.session++;
    const isBlank = hello.heads.up.last === 0 && hello.heads.down.last === 0;
    const up = {kind: 'RESUME' as const, from: this.upHead.last + 1};
    const verdicts: Verdicts =
      this.faults.verdicts?.(hello) ??
      (isBlank && this.#snapshot !== undefined
        ? {down: {kind: 'SNAPSHOT', cut: this.#snapshot.cut}, up}
        : {down: {kind: 'RESUME', from: hello.heads.down.last + 1}, up});
    this.signed('hello-reply', {nonce: hello.nonce, epoch: this.epoch, session: this.session, now: this.faults.now(), ...verdicts});
    this.#downSent = hello.heads.down.last;
    if (verdicts.down.kind === 'RESUME') this.pump();
    if (verdicts.down.kind === 'SNAPSHOT' && this.#snapshot !== undefined) this.sendPart(1);
  }

  #take(bytes: Buffer): void {
    const verdict = decodeBatch(bytes, must(this.#boxKey, 'key of the box'));
    if (verdict.kind === 'refused') throw new Error(verdict.why);
    const {batch} = verdict;
    if (batch.epoch !== this.epoch || batch.session !== this.session) return;
    if (batch.from <= this.upHead.last + 1) this.up.push(...batch.rows.filter((row) => row.seq > this.upHead.last));
    if (this.faults.acksLost > 0) {
      this.faults.acksLost--;
      return;
    }
    const {last, chain} = this.upHead;
    const ack = this.faults.ack({epoch: this.epoch, session: this.session, upTo: last, hash: chain.toString('hex')});
    for (let time = 0; time < this.faults.acksEach; time++) this.signed('up-ack', ack);
  }

  #downAck(ack: talk.Ack): void {
    this.downAcks.push(ack);
    const snapshot = this.#snapshot;
    if (snapshot !== undefined && this.#downSent < snapshot.cut.down.last) {
      if (ack.upTo < snapshot.parts.length) return this.sendPart(ack.upTo + 1);
      this.#downSent = snapshot.cut.down.last;
      return this.pump();
    }
    if (ack.stopped !== undefined) return;
    this.#downSent = ack.upTo;
    this.pump();
  }
}
