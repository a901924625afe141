// The cloud's door for new boxes over real HTTPS, without the web around it.
import {once} from 'node:events';
import {createServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {ENROL_PATH, enrolRequestSchema, type EnrolRequest} from '../../shared/wire/enrol.ts';
import type {CloudLink} from './cloud-link.ts';

export type EnrolServer = {readonly url: string; readonly close: () => Promise<void>};

export type EnrolServerOptions = {
  /** Does it show its root, which a fingerprint is compared with? */
  readonly showsRoot?: boolean;
  /** Instead of the cloud's answer. */
  readonly changed?: (request: EnrolRequest, reply: object) => Promise<object>;
  readonly tls?: {readonly key: string; readonly certificate: string};
};

export async function openEnrolServer({authority, enrolment}: CloudLink, options: EnrolServerOptions = {}): Promise<EnrolServer> {
  const {showsRoot = true, tls = authority.server, changed = (_, reply) => Promise.resolve(reply)} = options;
  const cert = showsRoot ? tls.certificate + authority.root : tls.certificate;
  const server = createServer({key: tls.key, cert}, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      void enrolment.enrol(body, '127.0.0.1').then(async (answer) => {
        const said = answer.status === 200 ? await changed(enrolRequestSchema.parse(body), answer.body) : answer.body;
        response.writeHead(request.url === ENROL_PATH ? answer.status : 404, {'content-type': 'application/json'});
        response.end(JSON.stringify(said));
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
