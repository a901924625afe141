// The baseline of the portal: Express on the same node:https, which answers with bytes that it has in memory. A process of its own.
// Its one word: a file as of {@link PlainWebGiven}. Prints {"port":PORT}; ends with its standard input.
import {readFileSync} from 'node:fs';
import {createServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import process from 'node:process';
import express from 'express';

export type PlainWebGiven = {
  readonly key: string;
  readonly certificate: string;
  readonly pages: readonly PlainPage[];
};

export type PlainPage = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly base64: string;
};

const [, , path = ''] = process.argv;
const given = JSON.parse(readFileSync(path, 'utf8')) as PlainWebGiven;
const app = express().disable('x-powered-by').disable('etag');
for (const page of given.pages) {
  const body = Buffer.from(page.base64, 'base64');
  app.get(page.path, (_, response) => void response.set(page.headers).end(body));
}
const server = createServer({key: given.key, cert: given.certificate, minVersion: 'TLSv1.2'}, app);
server.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({port: (server.address() as AddressInfo).port})}\n`));
process.stdin
  .on('end', () => {
    server.close();
    server.closeAllConnections();
  })
  .resume();
