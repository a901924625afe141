// The authority on a real disk, its certificates read by OpenSSL's eyes.
import {X509Certificate, createHash, createPrivateKey, createPublicKey, randomBytes} from 'node:crypto';
import {mkdirSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {openAuthority, type Authority} from '../../../cloud/fleet/authority.ts';
import {Failure} from '../../../shared/failure/failure.ts';
import {instant} from '../../../shared/time/instant.ts';
import {keyAndRequest} from '../../rig/link-box.ts';
import {temporaryFolder} from '../temporary-store.ts';

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 8, 7, 9);

let ground: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  ground = temporaryFolder();
});
afterEach(() => ground.remove());

const opened = (at = START, names: readonly string[] = []): Promise<Authority> =>
  openAuthority({folder: ground.folder, names, now: () => instant(at), randomBytes});

function certificatesIn(pem: string): readonly X509Certificate[] {
  return (pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []).map((text) => new X509Certificate(text));
}

describe('the first start', () => {
  test('makes a root that signs itself, and an intermediate that the root signs', async () => {
    const authority = await opened();
    const root = new X509Certificate(authority.root);
    const intermediate = new X509Certificate(authority.intermediate);
    expect([root.ca, intermediate.ca]).toEqual([true, true]);
    expect(root.verify(root.publicKey)).toBe(true);
    expect(intermediate.verify(root.publicKey)).toBe(true);
    expect(intermediate.checkIssued(root)).toBe(true);
  });

  test('tells the SHA-256 of the root as people compare it', async () => {
    const {root, fingerprint} = await opened();
    const der = Buffer.from(root.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    const hex = createHash('sha256').update(der).digest('hex').toUpperCase();
    expect(fingerprint).toBe(hex.replaceAll(/(..)(?=.)/g, '$1:'));
  });

  test('leaves files that only their owner reads, and nothing half done', async () => {
    await opened();
    const folder = join(ground.folder, 'authority');
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const names = readdirSync(folder).toSorted();
    expect(names).toEqual(['intermediate.crt', 'intermediate.key', 'root.crt', 'root.key', 'rows.key', 'server.pem']);
    for (const name of names) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
    expect(readdirSync(ground.folder)).toEqual(['authority']);
  });

  test('that was cut off begins again', async () => {
    mkdirSync(join(ground.folder, 'authority.new'));
    writeFileSync(join(ground.folder, 'authority.new', 'root.key'), 'half a ke');
    await opened();
    expect(readdirSync(ground.folder)).toEqual(['authority']);
  });
});

describe('a later start', () => {
  test('finds the same authority, server and key for rows', async () => {
    const first = await opened();
    const second = await opened(START + DAY_MS);
    expect(second.root).toBe(first.root);
    expect(second.intermediate).toBe(first.intermediate);
    expect(second.server).toEqual(first.server);
    expect(second.rows.publicKey).toBe(first.rows.publicKey);
  });

  test('without the key of the root, which may lie in a safe, signs boxes all the same', async () => {
    await opened();
    rmSync(join(ground.folder, 'authority', 'root.key'));
    const {csr} = await keyAndRequest();
    expect(await (await opened()).sign(csr, {site: 's', box: 'b'})).toBeDefined();
  });

  test('renews the server’s certificate well before its end, by the same intermediate', async () => {
    const first = await opened();
    expect((await opened(START + 244 * DAY_MS)).server.certificate).toBe(first.server.certificate);
    const {server, intermediate} = await opened(START + 246 * DAY_MS);
    expect(server.certificate).not.toBe(first.server.certificate);
    expect(server.expiresAt).toBe(START + (246 + 365) * DAY_MS);
    expect(certificatesIn(server.certificate)[0]?.verify(new X509Certificate(intermediate).publicKey)).toBe(true);
  });

  test('with another name makes a certificate for it', async () => {
    await opened();
    const {server} = await opened(START, ['phones.example', '192.0.2.7']);
    const [certificate] = certificatesIn(server.certificate);
    for (const name of ['phones.example', 'localhost']) expect(certificate?.checkHost(name)).toBe(name);
    for (const address of ['192.0.2.7', '127.0.0.1', '::1']) expect(certificate?.checkIP(address)).toBe(address);
    expect(certificate?.checkHost('other.example')).toBeUndefined();
  });

  test('on files that do not belong together says so, and makes no other', async () => {
    await opened();
    const stranger = temporaryFolder();
    const other = await openAuthority({folder: stranger.folder, names: [], now: () => instant(START), randomBytes});
    writeFileSync(join(ground.folder, 'authority', 'root.crt'), other.root);
    stranger.remove();
    await expect(opened()).rejects.toSatisfy((error) => error instanceof Failure && error.code === 'authority.unusable');
    writeFileSync(join(ground.folder, 'authority', 'root.crt'), '');
    await expect(opened()).rejects.toSatisfy((error) => error instanceof Failure && error.code === 'authority.unusable');
  });
});

describe('a box’s certificate', () => {
  test('names site and box as the cloud has them, whatever the request says', async () => {
    const authority = await opened();
    const {csr, key} = await keyAndRequest();
    const signed = await authority.sign(csr, {site: 'north', box: 'box-1'});
    const [certificate, above] = certificatesIn(signed?.chain ?? '');
    expect(certificate?.subject).toBe('O=north\nCN=box-1');
    expect(certificate?.subjectAltName).toBe('URI:spbs:site/north/box/box-1');
    expect(certificate?.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(signed?.publicKey).toBe(createPublicKey(key).export({type: 'spki', format: 'pem'}));
    expect(signed?.fingerprint).toBe(certificate?.fingerprint256.replaceAll(':', '').toLowerCase());
    expect(above?.raw.equals(new X509Certificate(authority.intermediate).raw)).toBe(true);
  });

  test('is a client’s for two years, no authority, and has a serial of its own', async () => {
    const authority = await opened();
    const {csr} = await keyAndRequest();
    const signed = [await authority.sign(csr, {site: 's', box: 'b'}), await authority.sign(csr, {site: 's', box: 'b'})];
    const [first, second] = signed.map((each) => certificatesIn(each?.chain ?? '')[0]);
    expect(first?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2']);
    expect(first?.ca).toBe(false);
    expect(signed[0]?.expiresAt).toBe(START + 730 * DAY_MS);
    expect(Date.parse(first?.validTo ?? '')).toBe(START + 730 * DAY_MS);
    expect(first?.serialNumber).not.toBe(second?.serialNumber);
    expect(first?.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  test('is given to no other curve, and to nobody who did not sign the request', async () => {
    const authority = await opened();
    const larger = await keyAndRequest({name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384'});
    expect(await authority.sign(larger.csr, {site: 's', box: 'b'})).toBeUndefined();
    const der = Buffer.from((await keyAndRequest()).csr.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    // The last byte is the signature's.
    der.writeUInt8(der.readUInt8(der.length - 1) ^ 1, der.length - 1);
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
    expect(await authority.sign(forged, {site: 's', box: 'b'})).toBeUndefined();
    for (const nothing of ['', 'x', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----'])
      expect(await authority.sign(nothing, {site: 's', box: 'b'})).toBeUndefined();
  });
});
