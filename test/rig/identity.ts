// A box's identity and its cloud's certificate, of a real authority, for tests that need both ends of a connection.
import {createPublicKey, randomBytes} from 'node:crypto';
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
  readonly enrol: (dataFolder: string, who: {readonly site: string; readonly box: string}, cloud: Where) => Promise<void>;
};

type Where = {readonly port: number; readonly key: string; readonly epoch?: number; readonly host?: string};

const DAY_MS = 86_400_000;

function span(): Span {
  return {from: instant(Date.now() - DAY_MS), until: instant(Date.now() + DAY_MS), serial: `40${randomBytes(15).toString('hex')}`};
}

export async function testAuthority(): Promise<TestAuthority> {
  const rootKey = newKey();
  const root = await rootCertificate(rootKey, 'test root', span());
  const key = newKey();
  const issuer: Issuer = {
    key,
    certificate: await intermediateCertificate(key, 'test intermediate', {key: rootKey, certificate: root}, span()),
  };
  const serverKey = newKey();
  const server = await serverCertificate(serverKey, ['localhost', '127.0.0.1'], issuer, span());
  return {
    root,
    server: {key: serverKey, certificate: server + issuer.certificate, authority: root + issuer.certificate},
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
