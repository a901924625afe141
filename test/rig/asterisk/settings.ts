// The files in etc/asterisk of a rig: as little as makes a real site. Everything of one rig lies in one folder inside the tree.
import type {DialplanOptions} from '../../../edge/switchboard/asterisk-dialplan.ts';

export type RigSettings = {
  /** The rig's folder as Asterisk sees it, inside its root. */
  readonly home: string;
  readonly lines: readonly string[];
  readonly secret: string;
  readonly amiPort: number;
  readonly amiTlsPort: number;
  readonly sipPort: number;
  readonly rtpPort: number;
  /** Where the lines' telephones and the carrier listen. */
  readonly phones: Peer;
  readonly carrier: Peer;
};

export type Peer = {readonly host: string; readonly port: number};

/** The manager account of the box. */
export const AMI_USER = 'spbs';
const PHONES_CONTEXT = 'spbs-phones';
export const TRUNK = 'trunk';
/** Asterisk itself; the telephones and the carrier have addresses of their own, as they would on a site. */
export const ASTERISK_HOST = '127.0.0.1';

export function rigDialplan(lines: readonly string[]): DialplanOptions {
  return {
    numbers: {
      emergency: ['112', '999'],
      connectsWithMoreDigits: true,
      alwaysOpen: ['0800111', '*55'],
      outsideLine: '9',
      supplementaryPrefixes: ['1470', '141'],
      numberPrefixes: ['+', '0', '00'],
    },
    // `nameless` may call, but nothing says which line it is.
    endpoints: lines,
    renamed: new Map([['attic-phone', '190']]),
    mailboxes: 'default',
    contexts: {phones: PHONES_CONTEXT, fromTrunk: 'spbs-from-trunk', trunk: TRUNK},
  };
}

/** Name of each file and its text. */
export function rigFiles(settings: RigSettings): Readonly<Record<string, string>> {
  return {
    'asterisk.conf': directories(settings.home),
    'modules.conf': MODULES,
    'logger.conf': '[general]\n[logfiles]\nmessages => notice,warning,error\n',
    'manager.conf': manager(settings),
    // `unanswered`: barred calls are to be seen. GMT: the rig's tree has no zone of its own.
    'cdr.conf': '[general]\nenable=yes\nunanswered=yes\n[csv]\nusegmtime=yes\nloguniqueid=yes\nloguserfield=yes\nnewcdrcolumns=yes\n',
    'rtp.conf': `[general]\nrtpstart=${settings.rtpPort}\nrtpend=${settings.rtpPort + 400}\n`,
    'pjsip.conf': pjsip(settings),
    'voicemail.conf': `[general]\nformat=wav\nminsecs=1\nmaxsilence=0\n[default]\n${settings.lines.map((line) => `${line} => 1234,Line ${line}\n`).join('')}`,
    'extensions.conf': '[general]\nstatic=yes\n#include extensions_spbs.conf\n',
  };
}

function directories(home: string): string {
  const own = {etc: 'etc', db: 'db', key: 'keys', spool: 'spool', run: 'run', log: 'log'};
  const rows = Object.entries(own).map(([name, folder]) => `ast${name}dir => ${home}/${folder}\n`);
  return `[directories]
${rows.join('')}astvarlibdir => /usr/share/asterisk
astdatadir => /usr/share/asterisk
[options]
`;
}

/** Those would listen on ports that belong to somebody else. */
const MODULES = `[modules]
autoload=yes
${['chan_sip', 'chan_iax2', 'chan_skinny', 'chan_unistim', 'chan_mgcp', 'chan_ooh323', 'res_hep', 'app_queue', 'pbx_dundi']
  .map((module) => `noload => ${module}.so\n`)
  .join('')}`;

function manager({home, secret, amiPort, amiTlsPort}: RigSettings): string {
  return `[general]
enabled=yes
bindaddr=${ASTERISK_HOST}
port=${amiPort}
tlsenable=yes
tlsbindaddr=${ASTERISK_HOST}:${amiTlsPort}
tlscertfile=${home}/keys/ami.pem
tlsprivatekey=${home}/keys/ami.key
[${AMI_USER}]
secret=${secret}
read=system,call,reporting
write=system,call,reporting
`;
}

function pjsip({lines, sipPort, phones, carrier}: RigSettings): string {
  const named = [...lines, 'attic-phone', 'nameless'];
  return `[udp]
type=transport
protocol=udp
bind=${ASTERISK_HOST}:${sipPort}

[endpoint-of-all](!)
type=endpoint
transport=udp
disallow=all
allow=ulaw,alaw
direct_media=no

${named.map((name) => endpoint(name, `${PHONES_CONTEXT}\ncallerid=<${name}>`, phones)).join('')}
${endpoint(TRUNK, 'spbs-from-trunk', carrier)}
[carrier]
type=identify
endpoint=${TRUNK}
match=${carrier.host}
`;
}

function endpoint(name: string, context: string, {host, port}: Peer): string {
  return `[${name}](endpoint-of-all)
context=${context}
aors=${name}
[${name}]
type=aor
contact=sip:${name}@${host}:${port}
`;
}
