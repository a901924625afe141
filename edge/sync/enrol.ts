// How a box asks to be taken in: the cloud is made sure of first, then it gets the one-time code and the request.
// In: an address, whom to trust, a request. Out: the cloud's answer. Never true: a code sent to a server that was not verified.
import type {X509Certificate} from 'node:crypto';
import {request} from 'node:https';
import {connect} from 'node:tls';
import {Failure} from '../../shared/failure/failure.ts';
import {ENROL_PATH, enrolRefusalSchema, enrolReplySchema, type EnrolReply, type EnrolRequest} from '../../shared/wire/enrol.ts';

export type CloudAddress = {readonly host: string; readonly port: number};

const ANSWER_MS = 30_000;
/** Three certificates and a few words. */
const LONGEST_ANSWER = 256 * 1024;
/** Leaf, intermediates, root. */
const LONGEST_CHAIN = 8;

/** Hex digits only, in small letters. */
export function bareFingerprint(text: string): string {
  return text.replaceAll(/[\s:]/g, '').toLowerCase();
}

/** The root that the server shows, if it has that fingerprint. Nothing is sent. Throws Failure `enrol.untrusted`, `enrol.unreachable`. */
export async function rootByFingerprint(at: CloudAddress, fingerprint: string): Promise<string> {
  const chain = await shownChain(at);
  const root = chain.find((certificate) => bareFingerprint(certificate.fingerprint256) === bareFingerprint(fingerprint));
  if (root !== undefined) return root.toString();
  const top = chain.at(-1);
  const isRoot = top?.checkIssued(top) === true;
  const shown = top === undefined ? 'none' : top.fingerprint256;
  throw new Failure(
    'enrol.untrusted',
    isRoot
      ? `the cloud at ${at.host}:${at.port} has another fingerprint than was given: it shows ${shown}`
      : `the cloud at ${at.host}:${at.port} does not show its root certificate, so its fingerprint cannot be compared`,
    isRoot
      ? 'compare it with the one that staff see at the desk; if it is another one, somebody stands between: do not go on'
      : 'get the root certificate as a file from staff, and name it with --authority',
  );
}

function shownChain({host, port}: CloudAddress): Promise<readonly X509Certificate[]> {
  return new Promise((resolve, reject) => {
    // Not verified yet: that is what this is for. Nothing is sent over it.
    const socket = connect({host, port, ...serverName(host), rejectUnauthorized: false, timeout: ANSWER_MS}, () => {
      const chain: X509Certificate[] = [];
      let next: X509Certificate | undefined = socket.getPeerX509Certificate();
      while (next !== undefined && chain.length < LONGEST_CHAIN) {
        chain.push(next);
        next = next.issuerCertificate;
      }
      socket.destroy();
      resolve(chain);
    });
    socket.on('timeout', () => socket.destroy(new Error('no answer')));
    socket.on('error', (error: Error) => reject(unreachable({host, port}, error)));
  });
}

function serverName(host: string): {readonly servername?: string} {
  // An address is no name to ask for.
  return /^[\d.]+$|:/.test(host) ? {} : {servername: host};
}

/** `root`: PEM of whom to trust. Throws Failure `enrol.refused`, `enrol.untrusted`, `enrol.unreachable`. */
export async function askToEnrol(at: CloudAddress, root: string, words: EnrolRequest): Promise<EnrolReply> {
  const {status, text} = await post(at, root, JSON.stringify(words));
  const body = parsed(text);
  if (status !== 200) throw refused(status, body);
  const reply = enrolReplySchema.safeParse(body);
  if (reply.success) return reply.data;
  throw new Failure(
    'enrol.unreachable',
    `what listens at ${at.host}:${at.port} is no cloud of this release`,
    'correct --cloud: it is the address of the desk',
  );
}

function post({host, port}: CloudAddress, root: string, body: string): Promise<{status: number; text: string}> {
  return new Promise((resolve, reject) => {
    const headers = {'content-type': 'application/json', 'content-length': Buffer.byteLength(body)};
    const options = {host, port, ...serverName(host), path: ENROL_PATH, method: 'POST', ca: root, minVersion: 'TLSv1.2', headers} as const;
    const asked = request({...options, timeout: ANSWER_MS, agent: false}, (answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        bytes += chunk.length;
        if (bytes > LONGEST_ANSWER) asked.destroy(new Error('the answer is too long'));
      });
      answer.on('end', () => resolve({status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8')}));
      answer.on('error', (error: Error) => reject(unreachable({host, port}, error)));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer')));
    asked.on('error', (error) => reject(unreachable({host, port}, error)));
    asked.end(body);
  });
}

function refused(status: number, body: unknown): Failure {
  const refusal = enrolRefusalSchema.safeParse(body);
  const why = refusal.success ? refusal.data.error : `it answers with status ${status}`;
  const seconds = refusal.success ? refusal.data.retryAfterSeconds : undefined;
  const cure =
    seconds === undefined
      ? 'ask staff for a new code, type it as it stands, and try again'
      : `wait ${seconds} s and try again with the right code`;
  return new Failure('enrol.refused', `the cloud does not take this box in: ${why}`, cure);
}

const OF_CLOCK = new Set(['CERT_NOT_YET_VALID', 'CERT_HAS_EXPIRED']);

function unreachable({host, port}: CloudAddress, cause: Error): Failure {
  const code = 'code' in cause ? String(cause.code) : '';
  const where = `${host}:${port}`;
  if (OF_CLOCK.has(code)) {
    const what = `the certificate of the cloud at ${where} is not valid ${code === 'CERT_HAS_EXPIRED' ? 'any more' : 'yet'} by the clock of this box`;
    return new Failure(
      'enrol.untrusted',
      what,
      'set the clock of this box (timedatectl), and try again; if it is right, call staff',
      cause,
    );
  }
  if (/CERT|SIGNATURE|ERR_TLS|ISSUER/.test(code)) {
    const cure = 'name the right root certificate with --authority, and the cloud by the name that its certificate is for';
    return new Failure('enrol.untrusted', `the cloud at ${where} is not the one that was named`, cure, cause);
  }
  if (code === 'ECONNRESET') {
    const what = `the cloud at ${where} ended the connection before it answered`;
    // Perhaps after it had taken the box in: nobody can tell, and the code tells.
    const cure = 'try again with the same code; if the code is refused then, it is used up: ask staff for a new one';
    return new Failure('enrol.unreachable', what, cure, cause);
  }
  const cure = 'check the address, the cable, the name server and the firewall: the box calls the cloud, never the other way round';
  return new Failure('enrol.unreachable', `the cloud at ${where} is not reached`, cure, cause);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
