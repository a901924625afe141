// A real Asterisk on ports of its own, out of the tree that prepare.sh made. Several can stand beside each other.
import {spawn, execFileSync, type ChildProcess} from 'node:child_process';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, existsSync, openSync, closeSync} from 'node:fs';
import {connect, createServer} from 'node:net';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {asteriskDialplan, type DialplanOptions} from '../../../edge/switchboard/asterisk-dialplan.ts';
import {ASTERISK_HOST, rigDialplan, rigFiles, type Peer, type RigSettings} from './settings.ts';

export type AsteriskRig = {
  readonly settings: RigSettings;
  /** Paths as the rest of the machine sees them. */
  readonly cdrFolder: string;
  readonly masterCsv: string;
  readonly authority: string;
  readonly start: () => Promise<void>;
  /** By SIGTERM, as systemd would; resolves when the process is gone. */
  readonly stop: () => Promise<void>;
  /** At once, without a goodbye on any connection. */
  readonly kill: () => Promise<void>;
  /** Keeps the process from doing anything until `resume`: a switchboard that hangs. */
  readonly freeze: () => void;
  readonly resume: () => void;
  /** `asterisk -rx`, for looking from the inside. */
  readonly console: (command: string) => string;
  /** Puts another extensions_spbs.conf in its place, as an engineer would. */
  readonly installDialplan: (text: string) => void;
  /** Messages in a line's mailbox. */
  readonly messages: (extension: string) => number;
  /** Lines of Master.csv. */
  readonly records: () => readonly string[];
  /** Ends it and removes its folder. */
  readonly dispose: () => Promise<void>;
};

const BOOT_MS = 20_000;
const STOP_MS = 10_000;

/** Writes the files of a site with these lines and starts it. `tree` comes from `needs(context, 'asterisk')`. */
export async function startAsterisk(tree: string, lines: readonly string[], dialplan: Partial<DialplanOptions> = {}): Promise<AsteriskRig> {
  mkdirSync(join(tree, 'srv'), {recursive: true});
  const folder = mkdtempSync(join(tree, 'srv', 'spbs-'));
  const settings: RigSettings = {
    home: folder.slice(tree.length),
    lines,
    secret: 'rig-secret',
    amiPort: await freeTcpPort(),
    amiTlsPort: await freeTcpPort(),
    sipPort: await freeUdpPort(ASTERISK_HOST),
    rtpPort: 20_000 + 2 * Math.floor(Math.random() * 9_000),
    phones: await peer('127.0.0.3'),
    carrier: await peer('127.0.0.2'),
  };
  for (const name of ['etc', 'db', 'keys', 'spool', 'run', 'log/cdr-csv']) mkdirSync(join(folder, name), {recursive: true});
  for (const [name, text] of Object.entries(rigFiles(settings))) writeFileSync(join(folder, 'etc', name), text);
  writeFileSync(join(folder, 'etc', 'extensions_spbs.conf'), asteriskDialplan({...rigDialplan(lines), ...dialplan}));
  makeCertificate(tree, settings.home);
  const rig = rigOf(tree, folder, settings);
  try {
    await rig.start();
  } catch (error) {
    await rig.dispose();
    throw error;
  }
  return rig;
}

function rigOf(tree: string, folder: string, settings: RigSettings): AsteriskRig {
  const configuration = `${settings.home}/etc/asterisk.conf`;
  let process: ChildProcess | undefined;

  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = process;
    process = undefined;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const gone = once(running, 'exit');
    running.kill('SIGCONT');
    running.kill(signal);
    const ended = await Promise.race([gone.then(() => true), sleep(STOP_MS, false)]);
    if (!ended) running.kill('SIGKILL');
    await gone;
  };

  const start = async (): Promise<void> => {
    const output = openSync(join(folder, 'log', 'output'), 'a');
    process = spawn('chroot', [tree, '/usr/sbin/asterisk', '-C', configuration, '-f', '-n'], {stdio: ['ignore', output, output]});
    closeSync(output);
    const since = Date.now();
    while (!(await answers(settings.amiPort))) {
      if (process.exitCode !== null || Date.now() - since > BOOT_MS) {
        await end('SIGKILL');
        const said = ['output', 'messages'].map((name) => join(folder, 'log', name)).filter(existsSync);
        throw new Error(`Asterisk did not start:\n${said.map((path) => readFileSync(path, 'utf8').slice(-2_000)).join('\n')}`);
      }
      await sleep(50);
    }
  };

  const ask = (command: string): string =>
    execFileSync('chroot', [tree, '/usr/sbin/asterisk', '-C', configuration, '-rx', command], {encoding: 'utf8'});

  const cdrFolder = join(folder, 'log', 'cdr-csv');
  const masterCsv = join(cdrFolder, 'Master.csv');
  return {
    settings,
    cdrFolder,
    masterCsv,
    authority: join(folder, 'keys', 'ami.pem'),
    start,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    freeze: () => void process?.kill('SIGSTOP'),
    resume: () => void process?.kill('SIGCONT'),
    console: ask,
    installDialplan: (text) => {
      writeFileSync(join(folder, 'etc', 'extensions_spbs.conf'), text);
      ask('dialplan reload');
    },
    messages: (extension) => {
      const inbox = join(folder, 'spool', 'voicemail', 'default', extension, 'INBOX');
      return existsSync(inbox) ? readdirSync(inbox).filter((name) => name.endsWith('.txt')).length : 0;
    },
    records: () => (existsSync(masterCsv) ? readFileSync(masterCsv, 'utf8').split('\n').slice(0, -1) : []),
    dispose: async () => {
      await end('SIGTERM');
      rmSync(folder, {recursive: true, force: true});
    },
  };
}

/** For 127.0.0.1, signed by itself: what Asterisk's own ast_tls_cert makes on most sites. */
function makeCertificate(tree: string, home: string): void {
  const files = ['-keyout', `${home}/keys/ami.key`, '-out', `${home}/keys/ami.pem`];
  const subject = ['-subj', '/CN=asterisk.test', '-addext', `subjectAltName=IP:${ASTERISK_HOST},DNS:asterisk.test`];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...subject, ...files];
  execFileSync('chroot', [tree, '/usr/bin/openssl', ...request], {stdio: 'ignore'});
}

async function peer(host: string): Promise<Peer> {
  return {host, port: await freeUdpPort(host)};
}

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, ASTERISK_HOST);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function freeUdpPort(host: string): Promise<number> {
  const socket = createSocket('udp4').bind(0, host);
  await once(socket, 'listening');
  const {port} = socket.address();
  socket.close();
  return port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, ASTERISK_HOST);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
