// A box's identity and its cloud's certificate, of a real authority, for tests that need both ends of a connection.
import {createPublicKey, randomBytes, type KeyObject} from 'node:crypto';
import {
  boxCertificate,
  intermediateCertificate,
  newKey,
  rootCertificate,
  serverCertificate,
  type Issuer,
  type Span,
} from '../../cloud/fleet/certificates.ts';
import {writeIdentity} from '../../edge/sync/identity.ts';
import {instant} from '../../shared/time/instant.ts';
import type {TlsFiles} from '../simulator/cloud/broker.ts';

export type TestAuthority = {
  readonly root: string;
  readonly server: TlsFiles;
  /** A box's certificate for a key, or for one of nobody, valid from then on. */
  readonly certify: (key: KeyObject | undefined, from: number) => Promise<string>;
  readonly enrol: (dataFolder: string, who: {readonly site: string; readonly box: string}, cloud: Where) => Promise<void>;
};

type Where = {readonly port: number; readonly key: string; readonly epoch?: number; readonly host?: string};

const DAY_MS = 86_400_000;

function span(from = Date.now() - DAY_MS): Span {
  return {from: instant(from), until: instant(Math.max(from, Date.now()) + DAY_MS), serial: `40${randomBytes(15).toString('hex')}`};
}

/** `serverFrom`: when the server's certificate begins to be valid. */
export async function testAuthority(serverFrom?: number): Promise<TestAuthority> {
  const rootKey = newKey();
  const root = await rootCertificate(rootKey, 'test root', span());
  const key = newKey();
  const issuer: Issuer = {
    key,
    certificate: await intermediateCertificate(key, 'test intermediate', {key: rootKey, certificate: root}, span()),
  };
  const serverKey = newKey();
  const server = await serverCertificate(serverKey, ['localhost', '127.0.0.1'], issuer, span(serverFrom));
  return {
    root,
    server: {key: serverKey, certificate: server + issuer.certificate, authority: root + issuer.certificate},
    certify: (publicKey = createPublicKey(newKey()), from) => boxCertificate(publicKey, {site: 'hall', box: 'box-1'}, issuer, span(from)),
    enrol: async (dataFolder, {site, box}, {port, key: cloudKey, epoch = 1, host = '127.0.0.1'}) => {
      const boxKey = newKey();
      const certificate = await boxCertificate(createPublicKey(boxKey), {site, box}, issuer, span());
      writeIdentity(dataFolder, {
        'key.pem': boxKey,
        'certificate.pem': certificate + issuer.certificate,
        'authority.pem': root,
        'cloud.pem': cloudKey,
        'link.json': JSON.stringify({site, box, host, port, epoch}),
      });
    },
  };
}
