// SIPp as the telephones of the lines and as the carrier behind the trunk. Scenarios are written for each call.
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {ASTERISK_HOST, type Peer, type RigSettings} from './settings.ts';

export type PlacedCall = {
  /** The final answer to the INVITE: 200, 403 … */
  readonly status: number;
  /** Who hung up, for an answered call. */
  readonly endedBy: 'caller' | 'called' | undefined;
  readonly talkedMs: number;
  /** When it was hung up, or refused, by the machine's clock; 0 if nobody answered at all. */
  readonly endedAt: number;
};

export type Sipp = {
  /** A line calls and hangs up so many seconds after the answer. Resolves when the call is over. */
  readonly call: (endpoint: string, number: string, seconds: number) => Promise<PlacedCall>;
  /** Somebody outside calls a line, talking all the while; `name` is what they say to be called, in any characters. */
  readonly incomingCall: (extension: string, seconds: number, name?: string) => Promise<PlacedCall>;
  /** Numbers that the carrier was asked for, in order. */
  readonly carried: () => readonly string[];
  /** Lines that rang, in order. */
  readonly rung: () => readonly string[];
  readonly dispose: () => Promise<void>;
};

/** Longer than Asterisk rings before voicemail answers would only hide that nobody answers. */
const SETUP_MS = 10_000;
/** Comes with SIPp: speech in A-law, so that voicemail has something to keep. Repeated, since voicemail greets first. */
const SPEECH = '/usr/share/sip-tester/g711a.pcap';
const SPEECH_MS = 8_000;

/** Starts the answering sides: every telephone answers, and so does the carrier. */
export async function startSipp(sipp: string, settings: RigSettings): Promise<Sipp> {
  const folder = mkdtempSync(join(tmpdir(), 'spbs-sipp-'));
  const answering = [
    answer(sipp, {folder, name: 'carrier', at: settings.carrier}),
    answer(sipp, {folder, name: 'phones', at: settings.phones}),
  ];
  await sleep(300);
  for (const {child} of answering) if (child.exitCode !== null) throw new Error(`SIPp ended at once with ${child.exitCode}`);
  let calls = 0;
  const place = (call: Pick<Placing, 'from' | 'caller' | 'display' | 'called' | 'seconds'>): Promise<PlacedCall> =>
    placeCall(sipp, {...call, folder, name: `call-${++calls}`, to: settings.sipPort});
  return {
    call: (caller, called, seconds) => place({from: '127.0.0.4', caller, display: '', called, seconds}),
    incomingCall: (called, seconds, name = '') => {
      // RFC 3261 §25.1, quoted-string.
      const display = `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}" `;
      return place({from: settings.carrier.host, caller: '07700900123', display, called, seconds});
    },
    carried: () => invited(join(folder, 'carrier.messages')),
    rung: () => invited(join(folder, 'phones.messages')),
    dispose: async () => {
      await Promise.all(answering.map(({child}) => end(child)));
      rmSync(folder, {recursive: true, force: true});
    },
  };
}

type Answering = {readonly folder: string; readonly name: string; readonly at: Peer};

function answer(sipp: string, {folder, name, at}: Answering): {child: ChildProcess} {
  const options = ['-sn', 'uas', '-i', at.host, '-p', String(at.port), '-mi', at.host, '-nostdin', '-default_behaviors', 'all'];
  return {child: run(sipp, folder, name, options)};
}

type Placing = {
  readonly folder: string;
  readonly name: string;
  readonly from: string;
  readonly caller: string;
  /** What stands before the caller's address. */
  readonly display: string;
  readonly called: string;
  readonly seconds: number;
  readonly to: number;
};

async function placeCall(sipp: string, placing: Placing): Promise<PlacedCall> {
  const {folder, name, from, called, seconds, to} = placing;
  writeFileSync(join(folder, `${name}.xml`), callScenario(placing));
  const options = ['-sf', `${name}.xml`, '-s', called, '-i', from, '-mi', from, '-m', '1', '-nostdin'];
  const deadline = ['-timeout', `${Math.ceil(seconds) + SETUP_MS / 1000}s`, '-timeout_error'];
  const child = run(sipp, folder, name, [...options, ...deadline, `${ASTERISK_HOST}:${to}`]);
  await once(child, 'exit');
  return outcome(readFileSync(join(folder, `${name}.messages`), 'utf8'));
}

function run(sipp: string, folder: string, name: string, options: readonly string[]): ChildProcess {
  const output = openSync(join(folder, `${name}.output`), 'a');
  const trace = [
    '-trace_msg',
    '-message_file',
    `${name}.messages`,
    '-message_overwrite',
    'false',
    '-trace_err',
    '-error_file',
    `${name}.errors`,
  ];
  const child = spawn(sipp, [...options, ...trace], {cwd: folder, stdio: ['ignore', output, output]});
  closeSync(output);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** SIPp heads each message in its trace with a rule, the time and `UDP message sent|received`. */
type Traced = {readonly sent: boolean; readonly atMs: number; readonly first: string; readonly method: string};

function traced(text: string): Traced[] {
  return text.split(/^-{20,} /m).flatMap((block) => {
    const head = /^(\S+) ([\d:.]+)\n\w+ message (sent|received)[^\n]*\n\s*([^\r\n]+)/.exec(block);
    if (head === null) return [];
    const [, day, time, way, first = ''] = head;
    const method = /^CSeq:\s*\d+\s+(\w+)/im.exec(block)?.[1] ?? '';
    return [{sent: way === 'sent', atMs: Date.parse(`${day}T${time}`), first, method}];
  });
}

function outcome(text: string): PlacedCall {
  const messages = traced(text);
  const finals = messages.filter(({sent, first, method}) => !sent && method === 'INVITE' && /^SIP\/2\.0 [2-6]/.test(first));
  const status = Number(/^SIP\/2\.0 (\d+)/.exec(finals[0]?.first ?? '')?.[1] ?? 0);
  const bye = messages.find(({first}) => first.startsWith('BYE '));
  const answered = finals[0];
  if (status !== 200 || bye === undefined || answered === undefined) {
    return {status, endedBy: undefined, talkedMs: 0, endedAt: answered?.atMs ?? 0};
  }
  return {status, endedBy: bye.sent ? 'caller' : 'called', talkedMs: bye.atMs - answered.atMs, endedAt: bye.atMs};
}

function invited(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  return traced(readFileSync(path, 'utf8'))
    .filter(({sent, first}) => !sent && first.startsWith('INVITE '))
    .map(({first}) => /^INVITE sip:([^@;>]+)@/.exec(first)?.[1] ?? '');
}

const REFUSALS = [403, 404, 480, 484, 486, 487, 488, 500, 503, 603];

/** INVITE, then either a refusal, or the answer, so many milliseconds of speech, and BYE from whichever side is first. */
function callScenario({caller, display, seconds}: Placing): string {
  const headers = (
    method: string,
    toTag: string,
    sequence: number,
  ): string => `Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: ${display}<sip:${caller}@[local_ip]:[local_port]>;tag=[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>${toTag}
Call-ID: [call_id]
CSeq: ${sequence} ${method}
Contact: <sip:${caller}@[local_ip]:[local_port]>
Max-Forwards: 70`;
  return `<?xml version="1.0" encoding="UTF-8" ?>
<scenario name="a call">
<send retrans="500"><![CDATA[
INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
${headers('INVITE', '', 1)}
Content-Type: application/sdp
Content-Length: [len]

v=0
o=user 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
]]></send>
<recv response="100" optional="true"/>
<recv response="180" optional="true"/>
<recv response="183" optional="true"/>
${REFUSALS.map((code) => `<recv response="${code}" optional="true" next="1"/>`).join('\n')}
<recv response="200" rtd="true"/>
<send><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
${headers('ACK', '[peer_tag_param]', 1)}
Content-Length: 0
]]></send>
${speech(Math.round(seconds * 1000))}
<send retrans="500"><![CDATA[
BYE sip:[service]@[remote_ip]:[remote_port] SIP/2.0
${headers('BYE', '[peer_tag_param]', 2)}
Content-Length: 0
]]></send>
<recv response="200" next="3"/>
<label id="2"/>
<send next="3"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0
]]></send>
<label id="1"/>
<send><![CDATA[
ACK sip:[service]@[remote_ip]:[remote_port] SIP/2.0
${headers('ACK', '[peer_tag_param]', 1)}
Content-Length: 0
]]></send>
<label id="3"/>
</scenario>
`;
}

/** Goes on behind it when the time is over, and to label 2 if the other side hangs up before. */
function speech(milliseconds: number): string {
  const parts: string[] = [];
  for (let left = milliseconds, label = 10; left > 0; left -= SPEECH_MS, label++) {
    parts.push(`<nop><action><exec play_pcap_audio="${SPEECH}"/></action></nop>
<recv request="BYE" timeout="${Math.min(left, SPEECH_MS)}" ontimeout="${label}" next="2"/>
<label id="${label}"/>`);
  }
  return parts.join('\n');
}
