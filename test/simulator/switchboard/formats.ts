// How the simulated switchboard prints a call: the columns of real ones, to be read by the profiles of the same names.

export type PrintedCall = {
  readonly direction: 'outgoing' | 'incoming' | 'internal';
  readonly extension: string;
  /** What was dialled, the caller's number, or the other extension. */
  readonly other: string;
  /** When the call began to ring. Milliseconds since 1970. */
  readonly startMs: number;
  readonly ringSeconds: number;
  /** 0: never answered. */
  readonly talkSeconds: number;
  /** An incoming call that went to the mailbox of a locked line. */
  readonly diverted: boolean;
  /** Rises with every call of this switchboard. */
  readonly sequence: number;
};

export type FormatName = keyof typeof formats;

export const formats = {
  'mitel-mivoice-207': mitelLong,
  'mitel-mivoice-90': mitelStandard,
  'asterisk-csv': asteriskCsv,
} as const satisfies Record<string, (call: PrintedCall, zone: string) => string>;

type Columns = readonly (readonly [column: number, text: string])[];

/** Puts texts at their columns, counted from 1 as the vendor's tables do. */
function columns(width: number, texts: Columns): string {
  const line = Array.from({length: width}, () => ' ');
  for (const [column, text] of texts) for (let index = 0; index < text.length; index++) line[column - 1 + index] = text.charAt(index);
  return line.slice(0, width).join('');
}

/** MiVoice Business, extended reporting levels 1 and 2 with locations: 207 columns. */
function mitelLong(call: PrintedCall, zone: string): string {
  const {month, day, time} = clock(call.startMs, zone);
  const {calling, dialled, called, forwarded, ani} = mitelParties(call);
  return columns(207, [
    [1, longCallMarker(call.talkSeconds)],
    [2, `${month}/${day}`],
    [8, time],
    [18, duration(call.talkSeconds, 4)],
    [29, calling.slice(0, 7)],
    [37, call.talkSeconds === 0 ? '****' : String(call.ringSeconds).padStart(4, '0')],
    [42, dialled.slice(0, 21)],
    [63, '00000'],
    [68, call.talkSeconds === 0 ? ' ' : 'A'],
    [69, forwarded],
    [70, called.slice(0, 7)],
    [108, '001'],
    [114, ani],
    [154, `A${String(call.sequence % 10_000_000).padStart(7, '0')}`],
    [163, 'A'],
  ]);
}

/** Standard SMDR, filled up to 90 columns: minutes only in the start, parties of four places. */
function mitelStandard(call: PrintedCall, zone: string): string {
  const {month, day, time} = clock(call.startMs, zone);
  const {calling, dialled, called, forwarded} = mitelParties(call);
  return columns(90, [
    [1, longCallMarker(call.talkSeconds)],
    [2, `${month}/${day}`],
    [8, time.slice(0, 5)],
    [15, duration(call.talkSeconds, 2)],
    [24, calling.slice(0, 4)],
    [30, call.talkSeconds === 0 ? '***' : String(Math.min(999, call.ringSeconds)).padStart(3, '0')],
    [34, dialled.slice(0, 26)],
    [60, call.talkSeconds === 0 ? ' ' : 'A'],
    [61, forwarded],
    [62, called.slice(0, 4)],
    [86, '001'],
  ]);
}

type MitelParties = {
  readonly calling: string;
  readonly dialled: string;
  readonly called: string;
  readonly forwarded: string;
  readonly ani: string;
};

/** `Tnnn` is a trunk: as the calling party it makes the call an incoming one. */
function mitelParties({direction, extension, other, diverted, sequence}: PrintedCall): MitelParties {
  const trunk = `T${String((sequence % 30) + 1).padStart(3, '0')}`;
  const none = {forwarded: ' ', ani: ''};
  switch (direction) {
    case 'outgoing':
      return {...none, calling: extension, dialled: other, called: trunk};
    case 'incoming':
      return {calling: trunk, dialled: extension, called: extension, forwarded: diverted ? 'F' : ' ', ani: other.slice(0, 20)};
    case 'internal':
      return {...none, calling: extension, dialled: other, called: other};
  }
}

/** Blank under 5 minutes, then `-`, from 10 `%`, from 30 `+`. */
function longCallMarker(seconds: number): string {
  if (seconds < 300) return ' ';
  if (seconds < 600) return '-';
  return seconds < 1_800 ? '%' : '+';
}

/** Master.csv with all 21 columns: loguniqueid, loguserfield, newcdrcolumns. A time that never was is empty and bare. */
function asteriskCsv(call: PrintedCall, zone: string): string {
  const {direction, extension, other, startMs, ringSeconds, talkSeconds, diverted, sequence} = call;
  const outside = `PJSIP/trunk-${hex(sequence * 2)}`;
  const line = `PJSIP/${extension}-${hex(sequence * 2 + 1)}`;
  const [src, dst] = direction === 'incoming' ? [other, extension] : [extension, other];
  const [channel, dstchannel] = {
    outgoing: [line, outside],
    incoming: [outside, diverted ? '' : line],
    internal: [line, `PJSIP/${other}-${hex(sequence * 2)}`],
  }[direction] as [string, string];
  const answerMs = startMs + ringSeconds * 1000;
  const endMs = answerMs + talkSeconds * 1000;
  const dialString = direction === 'outgoing' ? `PJSIP/${other}@trunk` : `PJSIP/${dst},30`;
  const id = `${Math.floor(startMs / 1000)}.${sequence}`;
  return [
    ...['', src, dst, direction === 'incoming' ? 'from-trunk' : 'from-internal', `"${src}" <${src}>`, channel, dstchannel].map(quoted),
    ...(diverted ? ['VoiceMail', `${extension}@default,u`] : ['Dial', dialString]).map(quoted),
    quoted(stamp(startMs, zone)),
    talkSeconds === 0 ? '' : quoted(stamp(answerMs, zone)),
    quoted(stamp(endMs, zone)),
    ringSeconds + talkSeconds,
    talkSeconds,
    ...[talkSeconds === 0 ? 'NO ANSWER' : 'ANSWERED', 'DOCUMENTATION', id, diverted ? 'spbs-diverted' : '', '', id].map(quoted),
    sequence,
  ].join(',');
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0').slice(-8);
}

function duration(seconds: number, hourDigits: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${String(Math.floor(seconds / 3600)).padStart(hourDigits, '0')}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function stamp(ms: number, zone: string): string {
  const {year, month, day, time} = clock(ms, zone);
  return `${year}-${month}-${day} ${time}`;
}

type WallClock = {readonly year: string; readonly month: string; readonly day: string; readonly time: string};
const clocks = new Map<string, Intl.DateTimeFormat>();

/** The switchboard's own clock on the wall. */
function clock(ms: number, zone: string): WallClock {
  const format =
    clocks.get(zone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
  clocks.set(zone, format);
  const parts = new Map(format.formatToParts(ms).map(({type, value}) => [type, value]));
  const part = (name: Intl.DateTimeFormatPartTypes): string => parts.get(name) ?? '';
  return {year: part('year'), month: part('month'), day: part('day'), time: `${part('hour')}:${part('minute')}:${part('second')}`};
}
