// What a mail sink has kept, for a person with a browser: a list, each message, its links to click on.
import {once} from 'node:events';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {text} from 'node:stream/consumers';
import {mailFault, type KeptMessage, type MailSink} from './sink.ts';

export const PAGES_HELP = `  GET    /                 the messages, newest first
  GET    /message/NUMBER   one, as text, its links made clickable; /message/NUMBER.eml as it came
  GET    /messages.json    all of them
  POST   /_control/faults  {"fault": NAME, "times": 1}
                           ${mailFault.shape.fault.options.join(' ')}
  DELETE /_control/faults  no more of it
`;

type Answer = {readonly status: number; readonly type: string; readonly content: string | Buffer};

export class MailPages {
  readonly #sink: MailSink;
  readonly #server: Server;

  constructor(sink: MailSink) {
    this.#sink = sink;
    this.#server = createServer((request, response) => {
      this.#respond(request, response).catch(() => response.destroy());
    });
  }

  async start(port: number, host: string): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const {status, type, content} = answerTo(this.#sink, `${request.method ?? 'GET'} ${request.url ?? '/'}`, body);
    const headers = {
      'Content-Type': type,
      // A mail is what strangers wrote.
      'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'",
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    };
    response.writeHead(status, headers).end(content);
  }
}

function answerTo(sink: MailSink, asked: string, body: string): Answer {
  switch (asked) {
    case 'GET /':
      return page('Mail', listOf(sink.messages));
    case 'GET /messages.json':
      return json(200, sink.messages);
    case 'POST /_control/faults':
      return ordered(sink, body);
    case 'DELETE /_control/faults':
      sink.clearOrders();
      return json(200, {});
    default: {
      const [, number = '', raw] = /^GET \/message\/(\d{1,9})(\.eml)?$/.exec(asked) ?? [];
      const message = sink.messages[Number(number) - 1];
      const source = sink.raw(Number(number));
      if (message === undefined || source === undefined) return page('Mail', '<p>There is no such message.</p>', 404);
      return raw === undefined ? page(message.subject, viewOf(message)) : {status: 200, type: 'message/rfc822', content: source};
    }
  }
}

function ordered(sink: MailSink, body: string): Answer {
  try {
    sink.order(mailFault.parse(JSON.parse(body)));
    return json(200, {});
  } catch (error) {
    return json(400, {error: error instanceof Error ? error.message : String(error)});
  }
}

function json(status: number, content: unknown): Answer {
  return {status, type: 'application/json', content: `${JSON.stringify(content, undefined, 1)}\n`};
}

function listOf(messages: readonly KeptMessage[]): string {
  if (messages.length === 0) return '<p>Nothing has been sent yet. <a href="/">Look again</a></p>';
  const rows = messages
    .toReversed()
    .map(
      ({number, at, to, subject}) =>
        `<tr><td>${escaped(at.slice(11, 19))}</td><td>${escaped(to.join(', '))}</td><td><a href="/message/${number}">${escaped(subject)}</a></td></tr>`,
    );
  return `<table><thead><tr><th>Time (UTC)</th><th>To</th><th>Subject</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}

function viewOf({number, at, from, to, subject, text: words}: KeptMessage): string {
  return `<p><a href="/">All messages</a></p>
<h1>${escaped(subject)}</h1>
<p>From ${escaped(from)} to ${escaped(to.join(', '))}, ${escaped(at)} · <a href="/message/${number}.eml">as it came</a></p>
<pre>${linked(words)}</pre>`;
}

/** The text as it is, and what begins with http a link. */
function linked(words: string): string {
  return words
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, index) => (index % 2 === 1 ? `<a rel="noreferrer" href="${escaped(part)}">${escaped(part)}</a>` : escaped(part)))
    .join('');
}

function page(title: string, content: string, status = 200): Answer {
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<title>${escaped(title)}</title>
<style>body{font-family:sans-serif;max-width:60em;margin:1em auto;padding:0 1em}td,th{text-align:left;padding:.3em 1em .3em 0}pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:1em}</style>
</head><body>${content}</body></html>
`;
  return {status, type: 'text/html; charset=utf-8', content: html};
}

function escaped(raw: string): string {
  return raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
