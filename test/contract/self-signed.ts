// A TLS server whose certificate nobody vouches for.
import 'reflect-metadata';
import {KeyObject, webcrypto} from 'node:crypto';
import type {AddressInfo} from 'node:net';
import {createServer} from 'node:tls';
import {X509CertificateGenerator} from '@peculiar/x509';

export type SelfSigned = {readonly port: number; readonly heard: () => string; readonly stop: () => Promise<void>};

const algorithm = {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'};
const DAY_MS = 86_400_000;

export async function selfSigned(): Promise<SelfSigned> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=127.0.0.1',
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + DAY_MS),
      signingAlgorithm: algorithm,
      keys,
    },
    webcrypto as Crypto,
  );
  const key = KeyObject.from(keys.privateKey).export({type: 'pkcs8', format: 'pem'});
  let heard = '';
  const server = createServer({key, cert: certificate.toString('pem')}, (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      heard += chunk.toString('latin1');
    });
  });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    heard: () => heard,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
