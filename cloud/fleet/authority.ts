// The cloud's own certificate authority: it signs boxes, and the server that they speak to.
// In: the data folder. Out: a root whose fingerprint people compare, a server's certificate, certificates of boxes, the key that
// signs what goes down. Never true: half an authority on the disk; a key that others can read; a subject that a box chose.
import {X509Certificate, createPrivateKey, type KeyObject} from 'node:crypto';
import {closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {Failure} from '../../shared/failure/failure.ts';
import {instant, later, type Instant} from '../../shared/time/instant.ts';
import {
  boxCertificate,
  endOf,
  intermediateCertificate,
  isAddress,
  keyOfRequest,
  newKey,
  publicPem,
  rootCertificate,
  serverCertificate,
  type Issuer,
  type Span,
} from './certificates.ts';

export type SignedBox = {
  /** The box's, then the intermediate's. */
  readonly chain: string;
  /** SHA-256 of the box's certificate, hex in small letters. */
  readonly fingerprint: string;
  readonly publicKey: string;
  readonly expiresAt: Instant;
};

export type Authority = {
  /** PEM of the root: what everybody trusts. */
  readonly root: string;
  readonly intermediate: string;
  /** SHA-256 of the root, such as `3A:0F:…`: staff read it out, the engineer compares it. */
  readonly fingerprint: string;
  /** For the HTTPS server and the broker. */
  readonly server: {readonly key: string; readonly certificate: string; readonly expiresAt: Instant};
  /** Signs down rows, hello replies and acknowledgements. */
  readonly rows: {readonly key: KeyObject; readonly publicKey: string};
  /** Undefined for a request that cannot be read, is of another kind of key, or was not signed by it. */
  readonly sign: (csr: string, who: {readonly site: string; readonly box: string}) => Promise<SignedBox | undefined>;
};

export type AuthorityGiven = {
  readonly folder: string;
  /** Further names of the server: `link.name`, the host of `web.address`. */
  readonly names: readonly string[];
  readonly now: () => Instant;
  readonly randomBytes: (bytes: number) => Buffer;
};

const DAY_MS = 86_400_000;
const YEAR_MS = 365 * DAY_MS;
/** A box may be in service for longer than any certificate but its own authority's. */
const ROOT_LASTS_MS = 30 * YEAR_MS;
const INTERMEDIATE_LASTS_MS = 15 * YEAR_MS;
const BOX_LASTS_MS = 2 * YEAR_MS;
const SERVER_LASTS_MS = YEAR_MS;
/** A cloud may run for months between two starts: it is renewed at a start well before its end. */
const SERVER_RENEWED_BEFORE_MS = 120 * DAY_MS;
/** A box whose clock lags a little is still let in. */
const BACKDATED_MS = DAY_MS;
const SERIAL_BYTES = 16;
const ALWAYS_NAMES = ['localhost', '127.0.0.1', '::1'];

/** Loads the authority, or makes one at the first start. Throws Failure `authority.unusable`. */
export async function openAuthority(given: AuthorityGiven): Promise<Authority> {
  const folder = join(given.folder, 'authority');
  try {
    if (!existsSync(folder)) await makeAuthority(folder, given);
    return await loadAuthority(folder, given);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure(
      'authority.unusable',
      `the certificate authority in ${folder} cannot be used`,
      'restore the folder from a backup',
      cause,
    );
  }
}

async function makeAuthority(folder: string, given: AuthorityGiven): Promise<void> {
  const span = (ms: number): Span => spanOf(given, ms);
  const root: Issuer = await selfSigned(span(ROOT_LASTS_MS));
  const intermediateKey = newKey();
  const intermediate = await intermediateCertificate(intermediateKey, 'S/PBS intermediate', root, span(INTERMEDIATE_LASTS_MS));
  // Made beside, and renamed when it is whole: a crash leaves none rather than half of one.
  const beside = `${folder}.new`;
  rmSync(beside, {recursive: true, force: true});
  mkdirSync(beside, {recursive: true, mode: 0o700});
  const files = {
    'root.crt': root.certificate,
    // Only needed for another intermediate: it may be moved to a safe.
    'root.key': root.key,
    'intermediate.crt': intermediate,
    'intermediate.key': intermediateKey,
    'rows.key': newKey(),
  };
  for (const [name, text] of Object.entries(files)) writeWhole(join(beside, name), text);
  renameSync(beside, folder);
  syncFolder(dirname(folder));
}

async function selfSigned(span: Span): Promise<Issuer> {
  const key = newKey();
  return {key, certificate: await rootCertificate(key, 'S/PBS root', span)};
}

async function loadAuthority(folder: string, given: AuthorityGiven): Promise<Authority> {
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const root = read('root.crt');
  const issuer: Issuer = {certificate: read('intermediate.crt'), key: read('intermediate.key')};
  assertPair(folder, root, issuer);
  const rowsKey = read('rows.key');
  return {
    root,
    intermediate: issuer.certificate,
    fingerprint: new X509Certificate(root).fingerprint256,
    server: await serverOf(folder, issuer, given),
    rows: {key: createPrivateKey(rowsKey), publicKey: publicPem(rowsKey)},
    sign: async (csr, who) => {
      const key = await keyOfRequest(csr);
      if (key === undefined) return undefined;
      const span = spanOf(given, BOX_LASTS_MS);
      const certificate = await boxCertificate(key, who, issuer, span);
      return {
        chain: certificate + issuer.certificate,
        fingerprint: fingerprintOf(certificate),
        publicKey: key.export({type: 'spki', format: 'pem'}).toString(),
        expiresAt: span.until,
      };
    },
  };
}

function assertPair(folder: string, root: string, {certificate, key}: Issuer): void {
  const parsed = new X509Certificate(certificate);
  if (parsed.checkPrivateKey(createPrivateKey(key)) && parsed.verify(new X509Certificate(root).publicKey)) return;
  const what = `the files in ${folder} do not belong together: the root did not sign the intermediate, or its key is another`;
  throw new Failure('authority.unusable', what, 'restore the folder from a backup');
}

/** Key, certificate and intermediate lie in one file, so that one rename changes them together. */
async function serverOf(folder: string, issuer: Issuer, given: AuthorityGiven): Promise<Authority['server']> {
  const path = join(folder, 'server.pem');
  const names = [...new Set([...given.names, ...ALWAYS_NAMES])];
  const known = existsSync(path) ? serverIn(readFileSync(path, 'utf8')) : undefined;
  if (known !== undefined && isGoodFor(known.certificate, names, given.now())) return known;
  const key = newKey();
  const span = spanOf(given, SERVER_LASTS_MS);
  const certificate = (await serverCertificate(key, names, issuer, span)) + issuer.certificate;
  writeWhole(path, key + certificate);
  return {key, certificate, expiresAt: span.until};
}

function serverIn(text: string): Authority['server'] | undefined {
  const start = text.indexOf('-----BEGIN CERTIFICATE-----');
  if (start <= 0) return undefined;
  const certificate = text.slice(start);
  return {key: text.slice(0, start), certificate, expiresAt: endOf(certificate)};
}

function isGoodFor(certificate: string, names: readonly string[], now: Instant): boolean {
  const parsed = new X509Certificate(certificate);
  const named = names.every((name) => (isAddress(name) ? parsed.checkIP(name) : parsed.checkHost(name)) !== undefined);
  return named && endOf(certificate) - now > SERVER_RENEWED_BEFORE_MS;
}

function spanOf({now, randomBytes}: AuthorityGiven, lastsMs: number): Span {
  const at = now();
  // A serial is positive: the first bit stays clear, the next is set so that all are of one length.
  const serial = randomBytes(SERIAL_BYTES);
  serial.writeUInt8((serial.readUInt8(0) & 0x3f) | 0x40, 0);
  return {from: later(at, -BACKDATED_MS), until: instant(Math.floor((at + lastsMs) / 1_000) * 1_000), serial: serial.toString('hex')};
}

/** Hex in small letters. */
function fingerprintOf(certificate: string): string {
  return new X509Certificate(certificate).fingerprint256.replaceAll(':', '').toLowerCase();
}

/** On the disk before it has its name; only its owner reads it. */
function writeWhole(path: string, text: string): void {
  const beside = `${path}.new`;
  rmSync(beside, {force: true});
  const file = openSync(beside, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
  syncFolder(dirname(path));
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
