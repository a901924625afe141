// A mail server that delivers nowhere: it keeps what it is sent, and can be told to refuse, to put off or to hang.
import {once} from 'node:events';
import {mkdirSync, writeFileSync} from 'node:fs';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {buffer} from 'node:stream/consumers';
import {simpleParser} from 'mailparser';
import {SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession} from 'smtp-server';
import {z} from 'zod';

export const mailFault = z
  .object({
    fault: z.enum(['refuse-recipient', 'later-recipient', 'refuse-sender', 'refuse-message', 'later-message', 'busy', 'hang', 'lose']),
    times: z.int().min(1).default(1),
  })
  .strict();
export type MailFault = z.infer<typeof mailFault>;

export type KeptMessage = {
  readonly number: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly from: string;
  /** Of the envelope: who would have got it. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly messageId: string;
  readonly text: string;
  readonly html: string;
  readonly secured: boolean;
  readonly user: string | undefined;
};

export type MailSinkOptions = {
  readonly port?: number;
  readonly host?: string;
  /** A copy of each as NUMBER.eml. */
  readonly folder?: string | undefined;
  /** Offers STARTTLS; with `secure` TLS from the first byte. */
  readonly tls?: {readonly key: string; readonly cert: string} | undefined;
  readonly secure?: boolean;
  /** Must sign in. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
};

type Done = (error?: Error | null) => void;

/** RFC 5321, 4.2.3, and 3.8 for the one that closes. */
const REPLIES = {
  'refuse-recipient': [550, 'no such mailbox'],
  'later-recipient': [450, 'mailbox is busy, try again'],
  'refuse-sender': [550, 'you may not send'],
  'refuse-message': [554, 'this looks like spam'],
  'later-message': [451, 'try again later'],
  busy: [421, 'too busy'],
} as const;

export class MailSink {
  readonly #options: MailSinkOptions;
  readonly #messages: KeptMessage[] = [];
  readonly #raw: Buffer[] = [];
  #faults: MailFault[] = [];
  /** Clients that wait for an answer that will not come. */
  hanging = 0;
  #server: SMTPServer | undefined;
  #port: number;

  constructor(options: MailSinkOptions = {}) {
    this.#options = options;
    this.#port = options.port ?? 0;
  }

  get port(): number {
    return this.#port;
  }

  get messages(): readonly KeptMessage[] {
    return this.#messages;
  }

  raw(number: number): Buffer | undefined {
    return this.#raw[number - 1];
  }

  order(given: z.input<typeof mailFault>): void {
    this.#faults.push(mailFault.parse(given));
  }

  clearOrders(): void {
    this.#faults = [];
  }

  /** Listens; after `stop` on the same port again. */
  async start(): Promise<void> {
    if (this.#options.folder !== undefined) mkdirSync(this.#options.folder, {recursive: true});
    const smtp = new SMTPServer(this.#settings());
    this.#server = smtp;
    // A client that goes away in the middle is no trouble of ours.
    smtp.on('error', () => undefined);
    smtp.listen(this.#port, this.#options.host ?? '127.0.0.1');
    await once(smtp.server, 'listening');
    this.#port = (smtp.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const smtp = this.#server;
    this.#server = undefined;
    if (smtp === undefined) return;
    await new Promise<void>((resolve) => {
      smtp.close(() => resolve());
    });
  }

  #settings(): SMTPServerOptions {
    const {tls, secure = false, username, password} = this.#options;
    return {
      secure,
      ...tls,
      authOptional: username === undefined,
      disabledCommands: [...(tls === undefined ? ['STARTTLS'] : []), ...(username === undefined ? ['AUTH'] : [])],
      allowInsecureAuth: false,
      disableReverseLookup: true,
      closeTimeout: 100,
      onAuth: (given, _session, done) => {
        if (given.username === username && given.password === password) done(null, {user: given.username});
        else done(replyOf(535, 'wrong name or password'));
      },
      onMailFrom: (_address, _session, done) => done(this.#fault('refuse-sender')),
      onRcptTo: (_address, _session, done) =>
        done(this.#fault('busy') ?? this.#fault('refuse-recipient') ?? this.#fault('later-recipient')),
      onData: (stream, session, done) => {
        // Without an answer the client would wait for ever for a fault of ours.
        this.#receive(stream, session, done).catch(() => stream.destroy());
      },
    };
  }

  async #receive(stream: SMTPServerDataStream, session: SMTPServerSession, done: Done): Promise<void> {
    const content = await buffer(stream);
    const refused = this.#fault('refuse-message') ?? this.#fault('later-message');
    if (refused !== null) {
      done(refused);
      return;
    }
    if (this.#takes('hang')) {
      this.hanging += 1;
      return;
    }
    await this.#keep(content, session);
    // Kept, and the connection ends without a word of it.
    if (this.#takes('lose')) this.#cut(session);
    else done();
  }

  #cut(session: SMTPServerSession): void {
    for (const connection of this.#server?.connections ?? []) {
      const {id, _socket: socket} = connection as {readonly id: string; readonly _socket: {readonly destroy: () => void}};
      if (id === session.id) socket.destroy();
    }
  }

  async #keep(content: Buffer, session: SMTPServerSession): Promise<void> {
    const parsed = await simpleParser(content);
    const {mailFrom, rcptTo} = session.envelope;
    const number = this.#raw.push(content);
    this.#messages.push({
      number,
      at: new Date().toISOString(),
      from: mailFrom === false ? '' : mailFrom.address,
      to: rcptTo.map(({address}) => address),
      subject: parsed.subject ?? '',
      messageId: parsed.messageId ?? '',
      text: parsed.text ?? '',
      html: parsed.html === false ? '' : (parsed.html ?? ''),
      secured: session.secure,
      user: typeof session.user === 'string' ? session.user : undefined,
    });
    const {folder} = this.#options;
    if (folder !== undefined) writeFileSync(join(folder, `${String(number).padStart(4, '0')}.eml`), content);
  }

  /** Uses up one order of that fault. */
  #takes(fault: MailFault['fault']): boolean {
    const found = this.#faults.find((each) => each.fault === fault);
    if (found === undefined) return false;
    this.#faults = this.#faults.flatMap((each) => (each === found ? (each.times > 1 ? [{...each, times: each.times - 1}] : []) : [each]));
    return true;
  }

  #fault(fault: keyof typeof REPLIES): Error | null {
    if (!this.#takes(fault)) return null;
    const [code, words] = REPLIES[fault];
    return replyOf(code, words);
  }
}

function replyOf(code: number, text: string): Error {
  return Object.assign(new Error(text), {responseCode: code});
}
