// One mail to the mail server, and what became of it. The only place of the cloud that knows nodemailer.
// In: one mail to one plain address. Out: sent, refused for good, or later; never a throw for what the world does.
// Never true: an address or a subject that could become a header or a second recipient; a password sent in the clear;
// waiting past the deadline.
import {createTransport as createSmtp, type SendMailOptions} from 'nodemailer';
import {z} from 'zod';
import {Failure} from '../../shared/failure/failure.ts';
import type {Secret} from '../../shared/log/log.ts';
import type {Timers} from '../../shared/time/instant.ts';

export type MailServer = {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure: boolean;
  /** Otherwise STARTTLS or nothing. */
  readonly requireTls: boolean;
  /** Who must have signed the server's certificate, as PEM; the system's authorities if not given. */
  readonly authority?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  /** `Phones <phones@example>` or the address alone. */
  readonly from: string;
  /** From the look-up of its address to its last word. */
  readonly timeoutMs: number;
  readonly timers: Timers;
};

export type Mail = {
  /** The same for every try: whoever gets it twice can tell. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
};

export type Delivery =
  | {readonly kind: 'sent'; readonly id: string}
  /** For good: the server wants nothing for this address, or not this mail. */
  | {readonly kind: 'refused'; readonly why: string}
  /** `all`: the server itself is the trouble, and every other mail would fare the same. */
  | {readonly kind: 'later'; readonly why: string; readonly all: boolean};

export type Transport = {readonly send: (mail: Mail) => Promise<Delivery>};

/** RFC 5321, 4.5.3.1: 64 octets before the sign; a path of 256 with its brackets. */
const LONGEST_ADDRESS = 254;
const LONGEST_SUBJECT = 200;
/** One plain address: nothing quoted, no list, nothing that could end a header. */
const ADDRESS = /^[^\s"'(),:;<>@[\\\]\p{C}]{1,64}@[\p{L}\p{N}](?:[\p{L}\p{N}.-]{0,250}[\p{L}\p{N}])?$/u;
const FROM = /^(?:([^\p{C}"<>@,;:\\]{1,80}) )?<?([^<>\s]+)>?$/u;

/** Throws Failure `config.invalid` for a sender that is none, or a password that would be sent in the clear. */
export function createTransport(server: MailServer): Transport {
  const from = senderOf(server.from);
  assertSafe(server);
  const smtp = createSmtp({
    host: server.host,
    port: server.port,
    secure: server.secure,
    requireTLS: !server.secure && server.requireTls,
    // Half a wish for TLS would be lost to whoever stands between.
    ignoreTLS: !server.secure && !server.requireTls,
    tls: {minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(server.authority === undefined ? {} : {ca: server.authority})},
    ...(server.username === undefined ? {} : {auth: {user: server.username, pass: server.password?.reveal() ?? ''}}),
    // By default it would wait for minutes. Ours is the deadline that counts; these only free the socket.
    connectionTimeout: server.timeoutMs,
    greetingTimeout: server.timeoutMs,
    dnsTimeout: server.timeoutMs,
    socketTimeout: server.timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    send: async (mail) => {
      const unfit = misfit(mail);
      if (unfit !== undefined) return {kind: 'refused', why: unfit};
      const abort = new AbortController();
      let cancel = (): void => undefined;
      const late = new Promise<Delivery>((resolve) => {
        cancel = server.timers.after(server.timeoutMs, () => {
          abort.abort();
          resolve({kind: 'later', why: `no answer within ${server.timeoutMs} ms`, all: true});
        });
      });
      // `signal` is younger than the types.
      const options: SendMailOptions & {readonly signal: AbortSignal} = {...messageOf(mail, from), signal: abort.signal};
      const sent = smtp.sendMail(options).then(
        ({messageId}): Delivery => ({kind: 'sent', id: messageId}),
        (error: unknown) => afterError(error),
      );
      return Promise.race([sent, late]).finally(() => cancel());
    },
  };
}

/** One plain address, that can be neither a list nor the end of a header. */
export function isPlainAddress(text: string): boolean {
  return text.length <= LONGEST_ADDRESS && ADDRESS.test(text) && !text.includes('..');
}

type Sender = {readonly name: string; readonly address: string};

function senderOf(text: string): Sender {
  const [, name = '', address = ''] = FROM.exec(text.trim()) ?? [];
  if (!isPlainAddress(address))
    throw new Failure('config.invalid', `mail cannot be sent from ${JSON.stringify(text)}`, 'write it as "Phones <phones@example.ac.uk>"');
  return {name: name.trim(), address};
}

function assertSafe({host, secure, requireTls, username}: MailServer): void {
  const here = ['127.0.0.1', '::1', 'localhost'].includes(host);
  if (username === undefined || secure || requireTls || here) return;
  throw new Failure('config.invalid', 'the password of the mail server would be sent in the clear', 'use TLS or STARTTLS');
}

function misfit({to, subject}: Mail): string | undefined {
  if (!isPlainAddress(to)) return 'the address is not one plain address';
  if (subject === '' || subject.length > LONGEST_SUBJECT || /\p{Cc}/u.test(subject)) return 'the subject is not one line';
  return undefined;
}

function messageOf({id, to, subject, text, html}: Mail, from: Sender): SendMailOptions {
  return {
    from,
    // An object is not searched for further addresses.
    to: {name: '', address: to},
    subject,
    text,
    html,
    messageId: `<${id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    // RFC 3834, 5: no holiday message comes back.
    headers: {'Auto-Submitted': 'auto-generated'},
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

const smtpError = z
  .object({
    responseCode: z.int().catch(0),
    command: z.string().catch(''),
    code: z.string().catch(''),
    response: z.string().optional().catch(undefined),
    message: z.string().catch(''),
  })
  .catch({responseCode: 0, command: '', code: '', response: undefined, message: 'the mail server cannot be used'});

/** A 5xx about the recipient or the mail is for good. About us (password, sender) it is a setting that somebody will mend. */
function afterError(error: unknown): Delivery {
  const {responseCode, command, code, response, message} = smtpError.parse(error);
  const why = wordsOf(response ?? message);
  // nodemailer itself finds no way to name the recipient to this server.
  if (code === 'EENVELOPE' && command === 'API') return {kind: 'refused', why};
  const aboutThis = responseCode >= 400 && (command === 'RCPT TO' || command === 'DATA');
  return aboutThis && responseCode >= 500 ? {kind: 'refused', why} : {kind: 'later', why, all: !aboutThis};
}

/** Servers quote the address, and may quote the mail: neither belongs in a log. */
function wordsOf(text: string): string {
  return text
    .replaceAll(/\S+@\S+/g, '…')
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .slice(0, 200);
}
