// `spbs enrol`: makes the box one of a cloud's boxes, with a one-time code that staff read out.
import {createPrivateKey, X509Certificate} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {EDGE_OPTIONS} from '../edge/config/options.ts';
import {openForReading} from '../edge/store/open.ts';
import {askToEnrol, bareFingerprint, rootByFingerprint, type CloudAddress} from '../edge/sync/enrol.ts';
import {writeIdentity} from '../edge/sync/identity.ts';
import {Failure} from '../shared/failure/failure.ts';
import type {EnrolReply} from '../shared/wire/enrol.ts';
import {newBoxKey} from './box-key.ts';
import type {Command, ExitCode, Terminal} from './command.ts';
import {readConfiguration} from './service.ts';
import {wrongUsage} from './usage.ts';
import {parseWords} from './words.ts';

const CONFIG = '/etc/spbs/edge.yaml';

export const command: Command = {
  summary: 'makes this box one of a cloud’s, with a one-time code',
  usage: `usage: spbs enrol --cloud https://HOST:PORT --code CODE (--authority FILE | --fingerprint SHA256) [--data FOLDER]

Staff press “new box” at the desk: it shows the code, which works once, and the fingerprint of the cloud. The key of the box is
made here and never leaves it. Afterwards start the box again; an identity that it had is kept until the new one has proved good.

  --cloud URL           address of the desk
  --code CODE           as staff read it out; small letters and dashes do not matter
  --authority FILE      the cloud's root certificate (PEM); or
  --fingerprint SHA256  its fingerprint, which is compared before the code is sent
  --data FOLDER         data folder of the box; without it the one of the configuration
  --config FILE         configuration of the box, default ${CONFIG}
  --json                one JSON object: {site, box, folder, broker, expiresAt}
`,
  run: async (args, terminal) => {
    const words = readWords(args);
    return typeof words === 'string' ? wrongUsage(terminal, 'enrol', words) : enrol(words, terminal);
  },
};

type Words = {
  readonly cloud: CloudAddress;
  readonly code: string;
  readonly trust: {readonly kind: 'file' | 'fingerprint'; readonly value: string};
  readonly data: string | undefined;
  readonly config: string | undefined;
  readonly json: boolean;
};

async function enrol(words: Words, terminal: Terminal): Promise<ExitCode> {
  const step = (text: string): void => {
    if (!words.json) terminal.err(`${text}\n`);
  };
  const folder = words.data ?? folderOf(words.config, terminal.environment);
  const {host, port} = words.cloud;
  const root = words.trust.kind === 'file' ? textOf(words.trust.value) : await rootByFingerprint(words.cloud, words.trust.value);
  const {key, csr} = await newBoxKey();
  step(`A key was made. Asking ${host}:${port} …`);
  const reply = await askToEnrol(words.cloud, root, {code: words.code, csr});
  assertOurs(reply, key);
  assertFree(folder, reply);
  const {site, box, certificate, authority, rowKey, broker, epoch, expiresAt} = reply;
  writeIdentity(folder, {
    'key.pem': key,
    'certificate.pem': certificate,
    'authority.pem': authority,
    'cloud.pem': rowKey,
    'link.json': `${JSON.stringify({site, box, ...broker, epoch})}\n`,
  });
  if (words.json) {
    terminal.out(`${JSON.stringify({site, box, folder, broker, expiresAt})}\n`);
    return 0;
  }
  terminal.out(`This is now box ${box} of site ${site}, until ${new Date(expiresAt).toISOString().slice(0, 10)}; its identity lies in ${folder}.
Its configuration must say  site: ${site}  and  box: ${box}.  Start the box again: it then connects to ${broker.host}:${broker.port}.
`);
  return 0;
}

/** The certificate must be of our key, and valid now: else nothing of it would work, and nobody would see why. */
function assertOurs({certificate}: EnrolReply, key: string): void {
  const parsed = new X509Certificate(certificate);
  if (!parsed.checkPrivateKey(createPrivateKey(key)))
    throw new Failure(
      'enrol.refused',
      'the cloud sent a certificate of another key',
      'try again with a new code; if it stays, call support',
    );
  const now = Date.now();
  if (now < Date.parse(parsed.validFrom) || now > Date.parse(parsed.validTo)) {
    const what = `the certificate is valid from ${parsed.validFrom} to ${parsed.validTo}, and the clock of this box says ${new Date(now).toUTCString()}`;
    throw new Failure('enrol.untrusted', what, 'set the clock of this box (timedatectl), and try again with a new code');
  }
}

/** One box's calls and money must not go to another's site. */
function assertFree(folder: string, {site, box}: EnrolReply): void {
  const path = join(folder, 'box.db');
  if (!existsSync(path)) return;
  const database = openForReading(path);
  try {
    const owner = database.prepare<[], {site: string; box: string}>('SELECT site, box FROM box').get();
    if (owner === undefined || (owner.site === site && owner.box === box)) return;
    throw new Failure(
      'config.invalid',
      `the code is for box ${box} of site ${site}, and ${folder} holds the ledger of box ${owner.box} of site ${owner.site}`,
      `give this box a data folder of its own (--data), or ask staff for a code for box ${owner.box} of site ${owner.site}; this code is used up`,
    );
  } finally {
    database.close();
  }
}

function folderOf(config: string | undefined, environment: Terminal['environment']): string {
  const isConfigured = config !== undefined || existsSync(CONFIG);
  return isConfigured
    ? readConfiguration(EDGE_OPTIONS, {service: 'edge', path: config ?? CONFIG}, environment)['data.folder']
    : EDGE_OPTIONS['data.folder'].default;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Failure('file.unreadable', `${path} cannot be read`, 'correct the name or the rights of the file', cause);
  }
}

function readWords(args: readonly string[]): Words | string {
  const parsed = parseWords(args, {
    cloud: {type: 'string'},
    code: {type: 'string'},
    authority: {type: 'string'},
    fingerprint: {type: 'string'},
    data: {type: 'string'},
    config: {type: 'string'},
    json: {type: 'boolean', default: false},
  });
  if (typeof parsed === 'string') return parsed;
  const [word] = parsed.positionals;
  if (word !== undefined) return `${word} is no option`;
  const {cloud: url = '', code, authority, fingerprint, data, config, json} = parsed.values;
  const cloud = addressIn(url);
  if (cloud === undefined) return '--cloud is the address of the desk, such as https://cloud.example:8443';
  if (code === undefined) return '--code is the one-time code that staff read out';
  const trust = trustIn(authority, fingerprint);
  return typeof trust === 'string' ? trust : {cloud, code, trust, data, config, json};
}

const HTTPS_PORT = 443;

function addressIn(url: string): CloudAddress | undefined {
  if (!URL.canParse(url)) return undefined;
  const {protocol, hostname, port} = new URL(url);
  // An IPv6 address stands in brackets in a URL, and nowhere else.
  const host = hostname.replaceAll(/[[\]]/g, '');
  return protocol === 'https:' && host !== '' ? {host, port: port === '' ? HTTPS_PORT : Number(port)} : undefined;
}

function trustIn(authority: string | undefined, fingerprint: string | undefined): Words['trust'] | string {
  if ((authority === undefined) === (fingerprint === undefined)) return 'name --authority or --fingerprint, one of them';
  if (authority !== undefined) return {kind: 'file', value: authority};
  const value = bareFingerprint(fingerprint ?? '');
  return /^[0-9a-f]{64}$/.test(value) ? {kind: 'fingerprint', value} : '--fingerprint is SHA-256: 64 hexadecimal digits';
}
