// X.509 as the fleet needs it: a root, an intermediate, certificates of servers and of boxes. P-256 and SHA-256 only.
// In: keys, names, times, serials. Out: PEM. Never true: a subject copied from a request; a box's certificate that can serve.
// The library below looks its own parts up by it: it comes first.
import 'reflect-metadata';
import {Buffer} from 'node:buffer';
import {createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject} from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  type Extension,
  type JsonName,
} from '@peculiar/x509';
import {dateFromInstant, instantFromDate, type Instant} from '../../shared/time/instant.ts';

export type Issuer = {readonly certificate: string; readonly key: string};

/** `serial`: hex. */
export type Span = {readonly from: Instant; readonly until: Instant; readonly serial: string};

const P256 = {name: 'ECDSA', namedCurve: 'P-256'};

/** A new P-256 key, PKCS#8 in PEM. */
export function newKey(): string {
  return generateKeyPairSync('ec', {namedCurve: 'P-256'}).privateKey.export({type: 'pkcs8', format: 'pem'}).toString();
}

export function publicPem(privatePem: string): string {
  return createPublicKey(privatePem).export({type: 'spki', format: 'pem'}).toString();
}

export async function rootCertificate(key: string, name: string, span: Span): Promise<string> {
  const subject = [{CN: [name]}];
  return issue({subject, publicKey: createPublicKey(key), signedBy: {key, parent: undefined}, span, purpose: authority()});
}

export async function intermediateCertificate(key: string, name: string, root: Issuer, span: Span): Promise<string> {
  const signedBy = {key: root.key, parent: root.certificate};
  // It signs servers and boxes, and no further authority.
  return issue({subject: [{CN: [name]}], publicKey: createPublicKey(key), signedBy, span, purpose: authority(0)});
}

/** `names`: host names and addresses by which the server is reached. */
export async function serverCertificate(key: string, names: readonly string[], issuer: Issuer, span: Span): Promise<string> {
  const alternatives = names.map((value) => ({type: isAddress(value) ? ('ip' as const) : ('dns' as const), value}));
  const purpose = [...leaf(ExtendedKeyUsage.serverAuth), new SubjectAlternativeNameExtension(alternatives)];
  return issue({subject: [{CN: [names[0] ?? 'cloud']}], publicKey: createPublicKey(key), signedBy: signedBy(issuer), span, purpose});
}

/** Of a box: O is the site, CN the box, and both once more as one URI that no part of a name can be mistaken for. */
export async function boxCertificate(
  publicKey: KeyObject,
  {site, box}: {readonly site: string; readonly box: string},
  issuer: Issuer,
  span: Span,
): Promise<string> {
  const uri = {type: 'url' as const, value: `spbs:site/${encodeURIComponent(site)}/box/${encodeURIComponent(box)}`};
  const purpose = [...leaf(ExtendedKeyUsage.clientAuth), new SubjectAlternativeNameExtension([uri])];
  return issue({subject: [{O: [site]}, {CN: [box]}], publicKey, signedBy: signedBy(issuer), span, purpose});
}

export function endOf(certificate: string): Instant {
  return instantFromDate(new X509Certificate(certificate).notAfter);
}

/** The key that asks, if it is a P-256 key and signed the request itself. */
export async function keyOfRequest(pem: string): Promise<KeyObject | undefined> {
  try {
    const request = new Pkcs10CertificateRequest(pem);
    const key = createPublicKey({key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki'});
    if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') return undefined;
    return (await request.verify()) ? key : undefined;
  } catch {
    return undefined;
  }
}

type Order = {
  readonly subject: JsonName;
  readonly publicKey: KeyObject;
  /** Without a parent it signs itself. */
  readonly signedBy: {readonly key: string; readonly parent: string | undefined};
  readonly span: Span;
  readonly purpose: readonly Extension[];
};

function signedBy({key, certificate}: Issuer): Order['signedBy'] {
  return {key, parent: certificate};
}

async function issue({subject, publicKey, signedBy: {key, parent}, span, purpose}: Order): Promise<string> {
  const spki = publicKey.export({type: 'spki', format: 'der'});
  const pkcs8 = createPrivateKey(key).export({type: 'pkcs8', format: 'der'});
  const signingKey = await cryptoProvider.get().subtle.importKey('pkcs8', pkcs8, P256, false, ['sign']);
  const above = parent === undefined ? undefined : new X509Certificate(parent);
  const certificate = await X509CertificateGenerator.create({
    subject,
    issuer: above?.subjectName ?? subject,
    publicKey: spki,
    signingKey,
    signingAlgorithm: {name: 'ECDSA', hash: 'SHA-256'},
    serialNumber: span.serial,
    notBefore: dateFromInstant(span.from),
    notAfter: dateFromInstant(span.until),
    extensions: [
      ...purpose,
      await SubjectKeyIdentifierExtension.create(spki),
      await AuthorityKeyIdentifierExtension.create(above?.publicKey ?? spki),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

function authority(pathLength?: number): readonly Extension[] {
  return [
    new BasicConstraintsExtension(true, pathLength, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
  ];
}

function leaf(usage: ExtendedKeyUsage): readonly Extension[] {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([usage], true),
  ];
}

/** IPv4 or IPv6, not a name. */
export function isAddress(name: string): boolean {
  return name.includes(':') || /^\d+(?:\.\d+){3}$/.test(name);
}
