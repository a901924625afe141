// LOCK and UNLOCK on the simulated switchboard, for the demo and for tests. The switchboard itself lives in test/simulator.
import {isExtension, noExtension} from '../extension.ts';
import {createLink, type DriverGiven} from '../link.ts';
import type {CommandResult, LineReading, LiveCall, Switchboard} from '../port.ts';
import {readLiveCall, readReading} from './protocol.ts';
import {SimulatedSession, type Reply} from './session.ts';

type Failed = Extract<CommandResult, {kind: 'failed'}>;
type Ask = (command: string, isList?: boolean) => Promise<Reply>;

const unknown: LineReading = {outgoing: 'unknown', incoming: 'unknown'};

export function createSimulatedSwitchboard(given: DriverGiven): Switchboard {
  const link = createLink<SimulatedSession>({
    ...given,
    open: () => new SimulatedSession(given.connect(), given.where, given.timers),
    login: (session) => session.login(given.secret),
  });
  const ask: Ask = async (command, isList) => link.session()?.ask(command, isList) ?? link.noAnswer();
  return {
    capabilities: {readsLines: true, divertsIncoming: true, reportsLiveCalls: true, limitsCalls: true},
    lock: (extension) => change(ask, extension, true),
    unlock: (extension) => change(ask, extension, false),
    read: async (extension) => {
      const reading = await readLine(ask, extension);
      return 'kind' in reading ? unknown : reading;
    },
    readAll: async () => {
      const reply = await ask('READALL', true);
      return reply.kind === 'ok' ? readEntries(reply.list) : undefined;
    },
    liveCalls: async () => {
      const reply = await ask('LIVE', true);
      if (reply.kind === 'failed') return undefined;
      const calls = reply.list.map(readLiveCall);
      return calls.every((call): call is LiveCall => call !== undefined) ? calls : undefined;
    },
    limit: async (callId, seconds) => {
      if (!/^\S{1,40}$/.test(callId)) return {kind: 'failed', code: 'refused', detail: 'no such call'};
      const reply = await ask(`LIMIT ${callId} ${Math.max(1, Math.ceil(seconds))}`);
      return reply.kind === 'ok' ? {kind: 'sent'} : reply;
    },
    onLink: link.onLink,
    run: link.run,
  };
}

async function change(ask: Ask, extension: string, lock: boolean): Promise<CommandResult> {
  if (!isExtension(extension)) return noSuchName(extension);
  const reply = await ask(`${lock ? 'LOCK' : 'UNLOCK'} ${extension}`);
  if (reply.kind === 'failed') return reply;
  const reading = await readLine(ask, extension);
  if ('kind' in reading) return reading;
  if ((reading.outgoing === 'barred') === lock) return {kind: 'confirmed', reading};
  return {
    kind: 'failed',
    code: 'mismatch',
    detail: `the switchboard took the command for ${extension}, and reads back ${reading.outgoing}`,
  };
}

async function readLine(ask: Ask, extension: string): Promise<LineReading | Failed> {
  if (!isExtension(extension)) return noSuchName(extension);
  const reply = await ask(`READ ${extension}`);
  if (reply.kind === 'failed') return reply;
  return (
    readReading(reply.words) ?? {kind: 'failed', code: 'garbled', detail: `the switchboard’s answer about ${extension} cannot be read`}
  );
}

function readEntries(lines: readonly string[]): ReadonlyMap<string, LineReading> | undefined {
  const readings = new Map<string, LineReading>();
  for (const line of lines) {
    const [extension = '', ...words] = line.split(' ');
    const reading = readReading(words.join(' '));
    if (reading === undefined || !isExtension(extension)) return undefined;
    readings.set(extension, reading);
  }
  return readings;
}

function noSuchName(extension: string): Failed {
  return {kind: 'failed', code: 'refused', detail: noExtension(extension)};
}
