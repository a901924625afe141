// A box as the cloud sees it, played by the test: real keys, the real client, its log in memory.
import {randomBytes, createPrivateKey, type KeyObject, webcrypto} from 'node:crypto';
import 'reflect-metadata';
import {Pkcs10CertificateRequestGenerator, PemConverter} from '@peculiar/x509';
import type {TLSSocket} from 'node:tls';
import {connect, type IClientOptions, type MqttClient} from 'mqtt';
import {must} from '../../shared/assert/assert.ts';
import {CHAIN_START} from '../../shared/journal/chain.ts';
import {encodeBatch, verifyingKey} from '../../shared/wire/batch.ts';
import {enrolReplySchema, type EnrolReply} from '../../shared/wire/enrol.ts';
import {READS} from '../../shared/wire/kinds.ts';
import {sealRow, type Fact, type Row} from '../../shared/wire/row.ts';
import * as talk from '../../shared/wire/talk.ts';
import {upFact} from '../../shared/wire/up.ts';
import type {CloudLink} from './cloud-link.ts';

export type BoxIdentity = EnrolReply & {readonly key: string; readonly privateKey: KeyObject; readonly cloudKey: KeyObject};

const P256 = {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'};

export async function keyAndRequest(algorithm: {readonly name: string; readonly namedCurve: string; readonly hash: string} = P256) {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({name: 'O=mallory,CN=everybody', keys, signingAlgorithm: algorithm});
  return {
    key: PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY'),
    csr: request.toString('pem'),
  };
}

export async function enrolled(cloud: CloudLink, site: string, box: string): Promise<BoxIdentity> {
  const {key, csr} = await keyAndRequest();
  const {status, body} = await cloud.enrolment.enrol({code: await cloud.code(site, box), csr}, '192.0.2.1');
  if (status !== 200) throw new Error(`not enrolled: ${JSON.stringify(body)}`);
  const reply = enrolReplySchema.parse(JSON.parse(JSON.stringify(body)));
  return {...reply, key, privateKey: createPrivateKey(key), cloudKey: verifyingKey(reply.rowKey)};
}

const EMPTY = {last: 0, hash: CHAIN_START.toString('hex')};

/** What an empty box of this release says. */
export function helloOf({epoch}: Pick<BoxIdentity, 'epoch'>): talk.Hello {
  return {
    protocol: talk.PROTOCOL,
    nonce: randomBytes(16).toString('hex'),
    build: 'test',
    epoch,
    heads: {up: EMPTY, down: EMPTY},
    reads: Object.fromEntries(Object.entries(READS).map(([kind, versions]) => [kind, [...versions]])),
    clock: Date.now(),
  };
}

export async function until(holds: () => Promise<boolean>, withinMs = 5_000): Promise<void> {
  for (const end = Date.now() + withinMs; !(await holds());) {
    if (Date.now() > end) throw new Error('it did not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

type Message = {readonly channel: talk.DownChannel; readonly bytes: Buffer};

export class LinkBox {
  readonly identity: BoxIdentity;
  readonly client: MqttClient;
  readonly rows: Row[] = [];
  readonly messages: Message[] = [];
  heads = {up: EMPTY, down: EMPTY};
  label = {epoch: 0, session: 0};
  /** Answers a ping, as a box that is alive does. */
  isAlive = true;
  #listeners: (() => void)[] = [];

  constructor(identity: BoxIdentity, options: IClientOptions = {}) {
    this.identity = identity;
    this.client = connect(`mqtts://127.0.0.1:${identity.broker.port}`, {
      clientId: `${identity.box}-${randomBytes(4).toString('hex')}`,
      key: identity.key,
      cert: identity.certificate,
      ca: identity.authority,
      keepalive: 30,
      clean: true,
      protocolVersion: 4,
      reconnectPeriod: 0,
      ...options,
    });
    this.client.on('error', () => undefined);
    // As the box does: a batch would wait 40 ms for the other side's delayed acknowledgement.
    this.client.on('connect', () => void (this.client.stream as TLSSocket).setNoDelay(true));
    this.client.on('message', (topic, bytes) => {
      const channel = must(
        talk.DOWN_CHANNELS.find((each) => topic === talk.topicOf(identity.site, identity.box, each)),
        topic,
      );
      if (channel === 'ask') this.#pong(bytes);
      this.messages.push({channel, bytes});
      for (const listener of this.#listeners) listener();
    });
  }

  /** Connected and subscribed. */
  async open(): Promise<this> {
    await this.ended('connect');
    const {site, box} = this.identity;
    const granted = await this.client.subscribeAsync(
      talk.DOWN_CHANNELS.map((channel) => talk.topicOf(site, box, channel)),
      {qos: 1},
    );
    if (granted.some(({qos}) => qos !== 1)) throw new Error(`not subscribed: ${JSON.stringify(granted)}`);
    return this;
  }

  /** Rejects if it is closed before. */
  ended(event: 'connect' | 'close' = 'close'): Promise<'connect' | 'close'> {
    return new Promise((resolve, reject) => {
      if (event === 'close' && !this.client.connected) resolve(event);
      this.client.once(event, () => resolve(event));
      if (event === 'connect') this.client.once('close', () => reject(new Error('closed before it was connected')));
    });
  }

  close(): void {
    this.client.end(true);
  }

  publish(channel: talk.UpChannel, bytes: Buffer): void {
    this.client.publish(talk.topicOf(this.identity.site, this.identity.box, channel), bytes, {qos: 1});
  }

  /** The next message of a channel that has not been looked at. */
  async next(channel: talk.DownChannel, withinMs = 5_000): Promise<Buffer> {
    const until = Date.now() + withinMs;
    for (;;) {
      const place = this.messages.findIndex((message) => message.channel === channel);
      if (place >= 0) return must(this.messages.splice(place, 1)[0], 'message').bytes;
      const leftMs = until - Date.now();
      if (leftMs <= 0) throw new Error(`nothing came on ${channel}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#listeners.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
      this.#listeners = [];
    }
  }

  /** Says it, and gives its nonce. */
  sayHello(changes: Partial<talk.Hello> = {}, key = this.identity.privateKey): string {
    const hello = {...helloOf(this.identity), heads: this.heads, ...changes};
    this.publish('hello', talk.encodeSigned('hello', hello, key));
    return hello.nonce;
  }

  /** Says it, and waits for the reply. */
  async hello(changes: Partial<talk.Hello> = {}): Promise<talk.HelloReply> {
    const nonce = this.sayHello(changes);
    const reply = this.signed('hello-reply', await this.next('hello-reply'), talk.helloReplySchema);
    if (reply.nonce !== nonce) throw new Error('the reply is to another hello');
    this.label = {epoch: reply.epoch, session: reply.session};
    return reply;
  }

  signed<T>(channel: talk.DownChannel, bytes: Buffer, schema: Parameters<typeof talk.decodeSigned<T>>[3]): T {
    const reading = talk.decodeSigned(channel, bytes, this.identity.cloudKey, schema);
    if (reading.kind === 'refused') throw new Error(reading.why);
    return reading.value;
  }

  /** Writes rows of its own into its log. */
  write(count: number, fact: (seq: number) => Fact = act): readonly Row[] {
    const fresh: Row[] = [];
    for (let seq = this.heads.up.last + 1; fresh.length < count; seq++) {
      const previousChain = Buffer.from(this.heads.up.hash, 'hex');
      const row = sealRow(fact(seq), {seq, epoch: this.identity.epoch, basis: this.heads.down.last, previousChain}, randomBytes);
      this.heads = {...this.heads, up: {last: row.seq, hash: row.chain.toString('hex')}};
      fresh.push(row);
    }
    this.rows.push(...fresh);
    return fresh;
  }

  /** Sends rows of its log from a number on, and gives the acknowledgement. */
  async send(
    from: number,
    to = this.heads.up.last,
    changes: {readonly label?: talk.Ask | {epoch: number; session: number}; readonly key?: KeyObject} = {},
  ): Promise<talk.Ack> {
    const {label = this.label, key = this.identity.privateKey} = changes;
    this.publish('up', this.batch(from, to, {label, key}));
    return this.signed('up-ack', await this.next('up-ack'), talk.ackSchema);
  }

  batch(
    from: number,
    to: number,
    {
      label = this.label,
      key = this.identity.privateKey,
    }: {readonly label?: {epoch: number; session: number}; readonly key?: KeyObject} = {},
  ): Buffer {
    const rows = this.rows.filter(({seq}) => seq >= from && seq <= to);
    const previousChain = this.rows.find(({seq}) => seq === from - 1)?.chain ?? CHAIN_START;
    return encodeBatch(rows, {epoch: label.epoch, session: label.session, previousChain}, key);
  }

  ackDown(upTo: number, chain: Buffer, stopped?: string): void {
    const ack: talk.Ack = {...this.label, upTo, hash: chain.toString('hex'), ...(stopped === undefined ? {} : {stopped})};
    this.publish('down-ack', talk.encodeSigned('down-ack', ack, this.identity.privateKey));
  }

  #pong(bytes: Buffer): void {
    const ask = talk.decodePlain(bytes, talk.askSchema);
    if (ask === undefined || !this.isAlive) return;
    this.publish('answer', Buffer.from(JSON.stringify({...ask, kind: 'pong'} satisfies talk.Answer)));
  }
}

export function act(seq: number): Fact {
  return upFact('console-act', String(seq), {act: 'look', by: 'engineer', at: seq});
}
