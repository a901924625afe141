// Mail by real SMTP: what the server says becomes sent, refused or later; nothing that was typed becomes a header or a recipient.
import {createServer as createTcpServer, type AddressInfo} from 'node:net';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {simpleParser} from 'mailparser';
import {afterEach, describe, expect, test} from 'vitest';
import {z} from 'zod';
import {createTransport, isPlainAddress, type Mail, type MailServer} from '../../cloud/notice/transport.ts';
import {Secret} from '../../shared/log/log.ts';
import {failureOf} from '../core/failure-of.ts';
import {manualTime} from '../core/manual-timers.ts';
import {temporaryFolder} from '../core/temporary-store.ts';
import {selfSigned} from '../rig/certificate.ts';
import {startChild} from '../rig/child.ts';
import {MailSink, type MailSinkOptions} from '../simulator/mail/sink.ts';
import {realTimers} from './cashless-bench.ts';

const toStop: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const stop of toStop.splice(0).toReversed()) await stop();
});

async function sinkWith(options: MailSinkOptions = {}): Promise<MailSink> {
  const sink = new MailSink(options);
  await sink.start();
  toStop.push(() => sink.stop());
  return sink;
}

const mail: Mail = {
  id: '0123456789abcdef',
  to: 'ann@students.example.ac.uk',
  subject: 'Register for your room telephone – today',
  text: 'Open this page:\n\nhttps://phones.example.ac.uk/register/3q2-7wTxYz0123456789_abcdefghijklmnopqrstuvwxyz?a=1&b=2\n\n£20.00\n',
  html: '<!doctype html><html lang="en"><body><p>Open this page: £20.00</p></body></html>',
};

function serverAt(port: number, given: Partial<MailServer> = {}): MailServer {
  return {
    host: '127.0.0.1',
    port,
    secure: false,
    requireTls: false,
    from: 'Phones of Elm Court <phones@example.ac.uk>',
    timeoutMs: 3_000,
    timers: realTimers,
    ...given,
  };
}

describe('A mail that the server takes', () => {
  test('arrives as it was written, once, at one address', async () => {
    const sink = await sinkWith();
    const delivery = await createTransport(serverAt(sink.port)).send(mail);
    expect(delivery).toEqual({kind: 'sent', id: '<0123456789abcdef@example.ac.uk>'});
    expect(sink.messages.map(({to}) => to)).toEqual([[mail.to]]);
    const read = await simpleParser(sink.raw(1) ?? '');
    expect([read.subject, read.text?.trim(), read.html, read.messageId]).toEqual([
      mail.subject,
      mail.text.trim(),
      mail.html,
      '<0123456789abcdef@example.ac.uk>',
    ]);
    expect(read.from?.text).toBe('"Phones of Elm Court" <phones@example.ac.uk>');
    expect(read.headers.get('auto-submitted')).toBe('auto-generated');
    expect(read.attachments).toEqual([]);
  });

  test('goes by STARTTLS or by TLS from the first byte, and the password with it', async () => {
    const tls = await selfSigned();
    const signedIn = {username: 'spbs', password: new Secret('canary-3kZ'), authority: tls.cert};
    for (const secure of [false, true]) {
      const sink = await sinkWith({tls, secure, username: 'spbs', password: 'canary-3kZ'});
      const delivery = await createTransport(serverAt(sink.port, {...signedIn, secure, requireTls: !secure})).send(mail);
      expect([delivery.kind, sink.messages[0]?.secured, sink.messages[0]?.user]).toEqual(['sent', true, 'spbs']);
    }
  });
});

describe('A mail that the server does not take', () => {
  test.for([
    ['refuse-recipient', 'refused', undefined],
    ['refuse-message', 'refused', undefined],
    ['later-recipient', 'later', false],
    ['later-message', 'later', false],
    ['refuse-sender', 'later', true],
    ['busy', 'later', true],
    ['lose', 'later', true],
  ] as const)('%s is %s', async ([fault, kind, all]) => {
    const sink = await sinkWith();
    sink.order({fault});
    const transport = createTransport(serverAt(sink.port));
    const delivery = await transport.send(mail);
    expect([delivery.kind, 'all' in delivery ? delivery.all : undefined]).toEqual([kind, all]);
    expect('why' in delivery && delivery.why).toMatch(/\S/);
    expect((await transport.send(mail)).kind).toBe('sent');
  });

  test('a server that hangs is later, after the deadline of the timers that were given', async () => {
    const sink = await sinkWith();
    sink.order({fault: 'hang'});
    const {timers, pass, next} = manualTime();
    const sent = createTransport(serverAt(sink.port, {timers, timeoutMs: 60_000})).send(mail);
    await expect.poll(() => next()).toBe(60_000);
    await pass(60_000);
    expect(await sent).toEqual({kind: 'later', why: 'no answer within 60000 ms', all: true});
  });

  test('a server that is away, or says nothing, is later', async () => {
    const mute = createTcpServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const {port} = mute.address() as AddressInfo;
    const delivery = await createTransport(serverAt(port, {timeoutMs: 200})).send(mail);
    mute.close();
    expect(delivery).toMatchObject({kind: 'later', all: true});
    const sink = await sinkWith();
    await sink.stop();
    expect(await createTransport(serverAt(sink.port)).send(mail)).toMatchObject({kind: 'later', all: true});
  });

  test('a wrong password is a setting to be mended, not the end of the mail', async () => {
    const tls = await selfSigned();
    const sink = await sinkWith({tls, username: 'spbs', password: 'right'});
    const wrong = {username: 'spbs', password: new Secret('wrong'), authority: tls.cert, requireTls: true};
    expect(await createTransport(serverAt(sink.port, wrong)).send(mail)).toMatchObject({kind: 'later', all: true});
  });

  test('nothing goes to a server that cannot prove who it is, or has no TLS where it is wanted', async () => {
    const [ours, stranger] = [await selfSigned(), await selfSigned()];
    const [imposter, plain] = [await sinkWith({tls: stranger}), await sinkWith()];
    for (const {port} of [imposter, plain]) {
      const delivery = await createTransport(serverAt(port, {requireTls: true, authority: ours.cert})).send(mail);
      expect(delivery).toMatchObject({kind: 'later', all: true});
    }
    expect([...imposter.messages, ...plain.messages]).toEqual([]);
  });

  test('its words are told without addresses', async () => {
    const sink = await sinkWith();
    sink.order({fault: 'refuse-recipient'});
    const delivery = await createTransport(serverAt(sink.port)).send(mail);
    expect(JSON.stringify(delivery)).not.toContain('ann@');
  });
});

describe('What somebody typed', () => {
  test.for([
    'a@b.example>,c@d.example',
    'a@b.example, c@d.example',
    'a@b.example\r\nBcc: c@d.example',
    'Ann <a@b.example>',
    '"a@b.example, c"@d.example',
    'undisclosed: a@b.example;',
    'a@b@c.example',
    'a@b..example',
    'a b@c.example',
    'a@[127.0.0.1]',
    '@b.example',
    'a@',
    '',
    `${'a'.repeat(65)}@b.example`,
    `a@${'b.'.repeat(125)}example`,
  ])('is no address: %j', async (to) => {
    const sink = await sinkWith();
    expect(await createTransport(serverAt(sink.port)).send({...mail, to})).toMatchObject({kind: 'refused'});
    expect(sink.messages).toEqual([]);
  });

  test('plain addresses are taken, also in other scripts', () => {
    for (const address of ['ann.o+phones@students.example.ac.uk', 'a@b.example', 'jörg@bücher.example'])
      expect(isPlainAddress(address)).toBe(true);
  });

  test.for(['Register\r\nBcc: c@d.example', 'Register\nfor', '', 'a\u0000b'])('is no subject: %j', async (subject) => {
    const sink = await sinkWith();
    expect(await createTransport(serverAt(sink.port)).send({...mail, subject})).toMatchObject({kind: 'refused'});
    expect(sink.messages).toEqual([]);
  });

  test.for([
    'phones',
    'Phones <phones>',
    'Phones\r\nBcc: a@b.example <c@d.example>',
    'a@b.example, c@d.example',
    '<a@b.example>, <c@d.example>',
    '',
  ])('is no sender: %j', (from) => {
    expect(failureOf(() => createTransport(serverAt(25, {from}))).code).toBe('config.invalid');
  });

  test('a password is not sent in the clear, but to this machine', () => {
    const given = {username: 'spbs', password: new Secret('x')};
    expect(failureOf(() => createTransport(serverAt(25, {...given, host: 'mail.example'}))).code).toBe('config.invalid');
    expect(createTransport(serverAt(25, given))).toHaveProperty('send');
  });
});

describe('The mail sink as a process', () => {
  test('shows what it was sent, with a link to click on, and keeps it as a file', async () => {
    const {folder, remove} = temporaryFolder();
    toStop.push(remove);
    const child = startChild('test/simulator/mail/main.js', ['--folder', folder]);
    toStop.push(child.stop);
    const ready = z.object({event: z.literal('ready'), port: z.int(), web: z.int()});
    const {port, web} = ready.parse(JSON.parse(await child.line((line) => line.includes('"ready"'))));
    const url = `http://127.0.0.1:${web}`;
    const evil = {...mail, subject: 'A <b>bold</b> subject'};
    expect((await createTransport(serverAt(port)).send(evil)).kind).toBe('sent');
    const list = await (await fetch(`${url}/`)).text();
    expect(list).toContain('<a href="/message/1">A &lt;b&gt;bold&lt;/b&gt; subject</a>');
    const view = await (await fetch(`${url}/message/1`)).text();
    const link = 'https://phones.example.ac.uk/register/3q2-7wTxYz0123456789_abcdefghijklmnopqrstuvwxyz?a=1&amp;b=2';
    expect(view).toContain(`<a rel="noreferrer" href="${link}">${link}</a>`);
    const kept = z.array(z.object({to: z.array(z.string()), subject: z.string()}));
    expect(kept.parse(await (await fetch(`${url}/messages.json`)).json())).toEqual([{to: [mail.to], subject: evil.subject}]);
    expect((await simpleParser(readFileSync(join(folder, '0001.eml')))).subject).toBe(evil.subject);
    expect((await fetch(`${url}/message/2`)).status).toBe(404);
    const order = {method: 'POST', body: JSON.stringify({fault: 'refuse-recipient'})};
    expect((await fetch(`${url}/_control/faults`, order)).status).toBe(200);
    expect((await createTransport(serverAt(port)).send(mail)).kind).toBe('refused');
    child.process.stdin?.end();
    expect(await child.ended).toBe(0);
  });
});
