// The box's key pair, made on the box, and the request for its certificate. The private key never leaves it.
// The library looks its own parts up by reflect-metadata: it comes first.
import 'reflect-metadata';
import {KeyObject, webcrypto} from 'node:crypto';
import {Pkcs10CertificateRequestGenerator} from '@peculiar/x509';

export type BoxKey = {
  /** PKCS#8 in PEM. */
  readonly key: string;
  /** PKCS#10 in PEM. Its subject is nobody: the cloud chooses who the box is. */
  readonly csr: string;
};

const P256 = {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'};

export async function newBoxKey(): Promise<BoxKey> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({name: 'CN=box', keys, signingAlgorithm: P256});
  return {key: KeyObject.from(keys.privateKey).export({type: 'pkcs8', format: 'pem'}).toString(), csr: request.toString('pem')};
}
