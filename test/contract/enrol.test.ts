// `spbs enrol` against the cloud's own enrolment, over real TLS: how a box gets an identity, and everything that may be wrong.
import {X509Certificate} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, test} from 'vitest';
import {keyOfRequest} from '../../cloud/fleet/certificates.ts';
import {claimIdentity} from '../../edge/store/identity.ts';
import {openStore} from '../../edge/store/open.ts';
import {assertSameBox, dropOldIdentity, readIdentity} from '../../edge/sync/identity.ts';
import {command} from '../../provisioning/enrol-command.ts';
import type {Instant} from '../../shared/time/instant.ts';
import {temporaryFolder} from '../core/temporary-store.ts';
import {openCloudLink, type CloudLink} from '../rig/cloud-link.ts';
import {openEnrolServer, type EnrolServer, type EnrolServerOptions} from '../rig/enrol-server.ts';
import {testAuthority} from '../rig/identity.ts';
import {runCommand, type Ran} from '../rig/terminal.ts';

let cloud: CloudLink;
let server: EnrolServer;
let folder: string;
let remove: () => void;
let others: EnrolServer[];

beforeAll(async () => {
  cloud = await openCloudLink();
  await cloud.site('hall');
  await cloud.site('annexe');
  server = await openEnrolServer(cloud);
});
afterAll(async () => {
  await server.close();
  await cloud.remove();
});
beforeEach(() => {
  ({folder, remove} = temporaryFolder());
  others = [];
});
afterEach(async () => {
  await Promise.all(others.map((other) => other.close()));
  remove();
});

const data = (): string => join(folder, 'data');
const other = async (options: EnrolServerOptions): Promise<string> => {
  const opened = await openEnrolServer(cloud, options);
  others.push(opened);
  return opened.url;
};

type Words = {
  readonly code: string;
  readonly url?: string;
  readonly fingerprint?: string;
  readonly authority?: string;
  readonly json?: boolean;
};

function enrol({code, url = server.url, fingerprint, authority, json = false}: Words): Promise<Ran> {
  const trust = authority === undefined ? ['--fingerprint', fingerprint ?? cloud.authority.fingerprint] : ['--authority', authority];
  return runCommand(command, ['--cloud', url, '--code', code, ...trust, '--data', data(), ...(json ? ['--json'] : [])]);
}

const rootFile = (pem = cloud.authority.root): string => {
  writeFileSync(join(folder, 'root.pem'), pem);
  return join(folder, 'root.pem');
};
const failed = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => 'it did not fail',
    (error: unknown) => error,
  );

describe('a box that is enrolled', () => {
  test('by the fingerprint of the cloud has key, certificate, whom it trusts and where it connects; only its owner reads them', async () => {
    const {code, out, err} = await enrol({code: await cloud.code('hall', 'box-1')});
    expect(code).toBe(0);
    expect(out).toContain('This is now box box-1 of site hall, until ');
    expect(err).toContain('A key was made.');
    const identity = readIdentity(data());
    expect(identity).toMatchObject({site: 'hall', box: 'box-1', host: '127.0.0.1', port: cloud.port, epoch: 2});
    expect(new X509Certificate(identity?.certificate ?? '').subject).toBe('O=hall\nCN=box-1');
    expect(identity?.authority).toBe(cloud.authority.root);
    const modes = readdirSync(join(data(), 'identity')).map((name) => [name, statSync(join(data(), 'identity', name)).mode & 0o777]);
    expect(Object.fromEntries(modes)).toEqual({
      'authority.pem': 0o600,
      'certificate.pem': 0o600,
      'cloud.pem': 0o600,
      'key.pem': 0o600,
      'link.json': 0o600,
    });
  });

  test('by a file of the authority, and for a program, answers in JSON', async () => {
    const spelled = (await cloud.code('hall', 'box-1')).toLowerCase().replaceAll('-', ' ');
    const {out, err} = await enrol({code: spelled, authority: rootFile(), json: true});
    expect(JSON.parse(out)).toMatchObject({site: 'hall', box: 'box-1', folder: data(), broker: {host: '127.0.0.1', port: cloud.port}});
    expect(err).toBe('');
  });

  test('again keeps the identity before it until the new one is good, and not the one between', async () => {
    const keys: string[] = [];
    for (let time = 0; time < 3; time++) {
      await enrol({code: await cloud.code('hall', 'box-1')});
      keys.push(readFileSync(join(data(), 'identity', 'key.pem'), 'utf8'));
    }
    expect(readFileSync(join(data(), 'identity.old', 'key.pem'), 'utf8')).toBe(keys[0]);
    dropOldIdentity(data());
    expect(readdirSync(data())).toEqual(['identity']);
    expect(readIdentity(data())?.keyText).toBe(keys[2]);
  });

  test('whose power went between two renames has its new identity', async () => {
    await enrol({code: await cloud.code('hall', 'box-1')});
    mkdirSync(join(folder, 'half', 'identity.new'), {recursive: true});
    for (const name of readdirSync(join(data(), 'identity')))
      writeFileSync(join(folder, 'half', 'identity.new', name), readFileSync(join(data(), 'identity', name)));
    expect(readIdentity(join(folder, 'half'))?.box).toBe('box-1');
  });

  test('must be the box of its configuration', () => {
    const identity = {site: 'hall', box: 'box-1'};
    expect(() => assertSameBox(identity, {site: 'hall', box: 'box-1'})).not.toThrow();
    expect(() => assertSameBox(identity, {site: 'annexe', box: 'box-1'})).toThrow('its configuration says box-1 of annexe');
  });
});

describe('a box is not enrolled', () => {
  const nothingWritten = (): void => expect(existsSync(join(data(), 'identity'))).toBe(false);

  test('with a wrong code, nor twice with one', async () => {
    expect(await failed(enrol({code: 'AAAA-AAAA-AAAA'}))).toMatchObject({
      code: 'enrol.refused',
      message: 'the cloud does not take this box in: the code is not valid (any more): ask staff for a new one',
    });
    nothingWritten();
    const code = await cloud.code('hall', 'box-1');
    await enrol({code});
    expect(await failed(enrol({code}))).toMatchObject({code: 'enrol.refused'});
  });

  test('by a cloud with another fingerprint, and the code is not sent to it', async () => {
    const code = await cloud.code('hall', 'box-1');
    const failure = await failed(enrol({code, fingerprint: '00'.repeat(32)}));
    expect(failure).toMatchObject({
      code: 'enrol.untrusted',
      message: expect.stringContaining(`it shows ${cloud.authority.fingerprint}`) as string,
    });
    nothingWritten();
    expect((await enrol({code})).code).toBe(0);
  });

  test('by a cloud that does not show the root of which the fingerprint is, but by the file', async () => {
    const url = await other({showsRoot: false});
    const code = await cloud.code('hall', 'box-1');
    expect(await failed(enrol({code, url}))).toMatchObject({
      code: 'enrol.untrusted',
      cure: 'get the root certificate as a file from staff, and name it with --authority',
    });
    expect((await enrol({code, url, authority: rootFile()})).code).toBe(0);
  });

  test('by a cloud of another authority, and the code is not sent to it', async () => {
    const stranger = await testAuthority();
    const code = await cloud.code('hall', 'box-1');
    const url = await other({showsRoot: false, tls: stranger.server});
    expect(await failed(enrol({code, url, authority: rootFile()}))).toMatchObject({code: 'enrol.untrusted'});
    // It shows the right root beside a certificate that this root never signed.
    const liar = await other({tls: stranger.server});
    expect(await failed(enrol({code, url: liar}))).toMatchObject({code: 'enrol.untrusted'});
    nothingWritten();
    expect((await enrol({code})).code).toBe(0);
  });

  test('while its clock is before the certificate of the cloud, or before its own', async () => {
    const future = await testAuthority(Date.now() + 3_600_000);
    const url = await other({showsRoot: false, tls: future.server});
    expect(await failed(enrol({code: 'AAAA', url, authority: rootFile(future.root)}))).toMatchObject({
      code: 'enrol.untrusted',
      message: expect.stringContaining('is not valid yet by the clock of this box') as string,
    });
    const tomorrow = await other({
      changed: async ({csr}, reply) => {
        const key = await keyOfRequest(csr);
        return {...reply, certificate: await future.certify(key, Date.now() + 3_600_000)};
      },
    });
    expect(await failed(enrol({code: await cloud.code('hall', 'box-1'), url: tomorrow}))).toMatchObject({
      code: 'enrol.untrusted',
      message: expect.stringContaining('the clock of this box says') as string,
    });
    nothingWritten();
  });

  test('with a certificate of another key, or an answer that is none', async () => {
    const stranger = await testAuthority();
    const swapped = await other({changed: async (_, reply) => ({...reply, certificate: await stranger.certify(undefined, Date.now())})});
    expect(await failed(enrol({code: await cloud.code('hall', 'box-1'), url: swapped}))).toMatchObject({
      code: 'enrol.refused',
      message: 'the cloud sent a certificate of another key',
    });
    const empty = await other({changed: () => Promise.resolve({})});
    expect(await failed(enrol({code: await cloud.code('hall', 'box-1'), url: empty}))).toMatchObject({code: 'enrol.unreachable'});
    nothingWritten();
  });

  test('where nothing listens', async () => {
    const closed = await openEnrolServer(cloud);
    await closed.close();
    for (const trust of [{}, {authority: rootFile()}]) {
      expect(await failed(enrol({code: 'AAAA', url: closed.url, ...trust}))).toMatchObject({code: 'enrol.unreachable'});
    }
  });

  test('onto the ledger of another site', async () => {
    mkdirSync(data());
    const database = openStore(join(data(), 'box.db'));
    claimIdentity(database, {site: 'annexe', box: 'box-1'}, 1 as Instant);
    database.close();
    expect(await failed(enrol({code: await cloud.code('hall', 'box-1')}))).toMatchObject({
      code: 'config.invalid',
      message: `the code is for box box-1 of site hall, and ${data()} holds the ledger of box box-1 of site annexe`,
    });
    nothingWritten();
    expect((await enrol({code: await cloud.code('annexe', 'box-1')})).code).toBe(0);
  });

  test.for([
    [['--code', 'A', '--fingerprint', '00'.repeat(32)], '--cloud is the address of the desk'],
    [['--cloud', 'http://cloud', '--code', 'A', '--fingerprint', '00'.repeat(32)], '--cloud is the address of the desk'],
    [['--cloud', 'https://cloud', '--fingerprint', '00'.repeat(32)], '--code is the one-time code'],
    [['--cloud', 'https://cloud', '--code', 'A'], 'name --authority or --fingerprint'],
    [['--cloud', 'https://cloud', '--code', 'A', '--fingerprint', 'abc'], '--fingerprint is SHA-256'],
    [['--cloud', 'https://cloud', '--code', 'A', 'more'], 'more is no option'],
  ] as const)('with wrong words: %s', async ([args, said]) => {
    const {code, err} = await runCommand(command, args);
    expect(code).toBe(2);
    expect(err).toContain(said);
  });
});
