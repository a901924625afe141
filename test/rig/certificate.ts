// A certificate that signs itself, for a server on this machine: who trusts it, trusts nobody else.
import 'reflect-metadata';
import {webcrypto} from 'node:crypto';
import {PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator} from '@peculiar/x509';

export type Certificate = {readonly key: string; readonly cert: string};

const ALGORITHM = {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'};
const DAY_MS = 24 * 60 * 60_000;

/** Valid for 127.0.0.1, or for another name, from yesterday until tomorrow. */
export async function selfSigned(
  name: {readonly type: 'ip' | 'dns'; readonly value: string} = {type: 'ip', value: '127.0.0.1'},
): Promise<Certificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=test',
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [new SubjectAlternativeNameExtension([name])],
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return {key, cert: certificate.toString('pem')};
}
