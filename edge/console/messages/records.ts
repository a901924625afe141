// What the pages of rejected lines and of the box's log say.
import type {RejectReason} from '../../record/call-record.ts';
import {counted, type Figure} from './figure.ts';

export const REJECT_WORDS = {
  title: 'Rejects',
  lead: 'Lines that are no call and nothing else that the profile knows. They are kept as they came.',
  list: 'Rejected lines that wait',
  feeds: 'By feed',
  all: 'All feeds',
  empty: 'No rejected line waits',
  emptyHow: 'A line that the profile cannot read appears here, byte for byte.',
  emptyFilter: 'No rejected line of this feed waits',
  atLeast: (count: Figure) => `${count.text} or more`,
  feedCount: (count: Figure) => `${counted(count, 'line waits', 'lines wait')}`,
  newest: 'newest',
  rerun: (count: string, one: boolean) => (one ? 'Read 1 line again' : `Read ${count} lines again`),
  rerunHelp:
    'With the profile as it is now. Lines that become calls are priced and debited; nothing is counted twice. At most a thousand at a time.',
  rerunDone: (read: Figure, left: Figure) =>
    read.value === 0
      ? `No line could be read: ${left.text} still ${left.value === 1 ? 'waits' : 'wait'}. Mend the profile first.`
      : `${counted(read, 'line was', 'lines were')} read; ${left.text} still ${left.value === 1 ? 'waits' : 'wait'}.`,
  dismiss: 'Dismiss',
  dismissOf: (line: string) => `Dismiss line ${line}`,
  dismissed: (line: string) => `Line ${line} is dismissed: nobody has to look at it again. It stays on the disk.`,
  gone: 'That line does not wait any more.',
  columns: {line: 'Line', at: 'Received', feed: 'Feed', reason: 'Reason', bytes: 'As it came', act: 'Act'},
  reasons: {
    'no-variant': 'Fits no form of the profile',
    'field-unreadable': 'A field cannot be read',
    'line-too-long': 'Longer than any line may be',
    'not-text': 'Not text',
    'cut-line': 'Cut short by a lost connection',
    'time-implausible': 'Its time cannot be right',
    quarantined: 'Stopped the program, and was put aside',
  } satisfies Readonly<Record<RejectReason, string>> as Readonly<Record<string, string>>,
  cut: (bytes: Figure) => `… ${counted(bytes, 'byte', 'bytes')} in all`,
  nothing: 'an empty line',
  legend: 'Signs such as <CR> and <STX> in another colour stand for control characters, <9f> for a byte that is no plain text.',
};

export const LOG_WORDS = {
  title: 'Log',
  lead: 'What the box said of late, newest first. It holds ids, never whole numbers and no secrets.',
  list: 'Entries of the log',
  filter: 'At least',
  levels: {debug: 'Debug', info: 'Info', warn: 'Warning', error: 'Error'},
  empty: 'Nothing was logged yet',
  emptyHow: 'The box writes here when it starts, connects, and whenever something is wrong.',
  emptyFilter: 'Nothing of this kind was logged since the box started',
  columns: {at: 'When', level: 'Level', name: 'Part', message: 'Message'},
};
