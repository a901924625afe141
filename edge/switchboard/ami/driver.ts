// LOCK and UNLOCK on Asterisk: a flag in its own database, which the dialplan of asterisk-dialplan.ts obeys with or without us.
// In: extensions. Out: results that were read back. Never true: a lock that a restart of Asterisk or of the box forgets.
import {isExtension, noExtension} from '../extension.ts';
import {createLink, type DriverGiven} from '../link.ts';
import type {CommandResult, LineReading, LiveCall, Switchboard} from '../port.ts';
import type {Action} from './action.ts';
import {callsOf, type Channel, channelOf} from './channels.ts';
import type {AmiMessage} from './parser.ts';
import {AmiSession, succeeded, type Answer} from './session.ts';

export type AmiGiven = DriverGiven & {readonly username: string};

/** astdb family of everything that is ours. */
const FAMILY = 'spbs';
const LOCK = 'lock-';
/** The dialplan bars for this value and no other, so the driver reads it the same way. */
const LOCKED = '1';
/** Is the dialplan loaded that asks for the flag? Without it a lock bars nobody, and must not pass for one. */
const IS_OBEYED = 'DIALPLAN_EXISTS(spbs-outgoing,s,1)';
const NO_DIALPLAN =
  'its dialplan has no [spbs-outgoing]; print it with spbs dialplan, #include it in extensions.conf, then: asterisk -rx "dialplan reload"';

const barred: LineReading = {outgoing: 'barred', incoming: 'diverted'};
const open: LineReading = {outgoing: 'open', incoming: 'normal'};
/** The flag is there and nobody asks for it: a command is still needed to take it away. */
const notObeyed: LineReading = {outgoing: 'open', incoming: 'unknown'};
const unknown: LineReading = {outgoing: 'unknown', incoming: 'unknown'};

/** With milliseconds; EPOCH has none. */
const NOW = 'STRFTIME(,,%s.%3q)';
/** A session refuses more than 64, and a lock must not find it full. */
const ASKED_AT_ONCE = 16;

type Failed = Extract<CommandResult, {kind: 'failed'}>;
/** By channel: the second since 1970 at which its call was answered. */
type AnswerTimes = Map<string, number>;
/** One question to the session there is, if there is one. */
type Ask = (action: Action) => Promise<Answer>;

/**
 * The account in manager.conf needs read and write of `system,call,reporting`. Extensions hold only `[0-9A-Za-z_-]`.
 * @see asterisk main/manager.c, main/db.c
 */
export function createAmiSwitchboard(given: AmiGiven): Switchboard {
  const link = createLink<AmiSession>({
    ...given,
    open: () => new AmiSession(given.connect(), given.where, given.timers),
    login: (session) => session.login(given),
  });
  const ask: Ask = async (action) => link.session()?.ask(action) ?? link.noAnswer();
  const answeredAt: AnswerTimes = new Map();
  return {
    capabilities: {readsLines: true, divertsIncoming: true, reportsLiveCalls: true, limitsCalls: true},
    lock: (extension) => change(ask, extension, true),
    unlock: (extension) => change(ask, extension, false),
    read: async (extension) => {
      const reading = await readLine(ask, extension);
      return 'kind' in reading ? unknown : reading;
    },
    readAll: () => readAll(ask),
    liveCalls: () => liveCalls(ask, answeredAt),
    limit: (callId, seconds) => limit(ask, callId, seconds),
    onLink: link.onLink,
    run: link.run,
  };
}

async function change(ask: Ask, extension: string, lock: boolean): Promise<CommandResult> {
  if (!isExtension(extension)) return {kind: 'failed', code: 'refused', detail: noExtension(extension)};
  const place = {Family: FAMILY, Key: `${LOCK}${extension}`};
  const done = await ask(lock ? {name: 'DBPut', fields: {...place, Val: LOCKED}} : {name: 'DBDel', fields: place});
  if (done.kind === 'failed') return done;
  // Deleting what is not there is an error for Asterisk and success for us: the line is open. Anything else is not.
  if (!succeeded(done.response) && (lock || permissionDenied(done.response))) return refused(done.response);
  const reading = await readLine(ask, extension);
  if ('kind' in reading) return reading;
  if (reading === (lock ? barred : open)) return {kind: 'confirmed', reading};
  const found = reading === notObeyed ? `bars no call for it: ${NO_DIALPLAN}` : `reads back that the line is ${reading.outgoing}`;
  return {kind: 'failed', code: 'mismatch', detail: `Asterisk took the command for ${extension}, and ${found}`};
}

async function readLine(ask: Ask, extension: string): Promise<LineReading | Failed> {
  if (!isExtension(extension)) return {kind: 'failed', code: 'refused', detail: noExtension(extension)};
  const isSet = await readFlag(ask, extension);
  if (typeof isSet !== 'boolean') return isSet;
  return isSet ? readLocked(ask) : open;
}

/** What a line is whose flag is set. */
async function readLocked(ask: Ask): Promise<LineReading | Failed> {
  const answer = await ask({name: 'Getvar', fields: {Variable: IS_OBEYED}});
  if (answer.kind === 'failed') return answer;
  if (!succeeded(answer.response)) return refused(answer.response);
  return answer.response.fields.get('value') === '1' ? barred : notObeyed;
}

async function readFlag(ask: Ask, extension: string): Promise<boolean | Failed> {
  const answer = await ask({name: 'DBGet', fields: {Family: FAMILY, Key: `${LOCK}${extension}`}, listEnds: 'DBGetComplete'});
  if (answer.kind === 'failed') return answer;
  if (!succeeded(answer.response)) return notFound(answer.response) ? false : refused(answer.response);
  const value = answer.list.find((event) => event.fields.get('event') === 'DBGetResponse')?.fields.get('val');
  if (value === undefined) return {kind: 'failed', code: 'garbled', detail: `Asterisk’s answer about ${extension} holds no value`};
  return value === LOCKED;
}

async function readAll(ask: Ask): Promise<ReadonlyMap<string, LineReading> | undefined> {
  const answer = await ask({name: 'DBGetTree', fields: {Family: FAMILY}, listEnds: 'DBGetTreeComplete'});
  if (answer.kind === 'failed' || !succeeded(answer.response)) return undefined;
  const prefix = `/${FAMILY}/${LOCK}`;
  const locked = answer.list
    .filter(({fields}) => fields.get('key')?.startsWith(prefix) === true && fields.get('val') === LOCKED)
    .map(({fields}) => (fields.get('key') ?? '').slice(prefix.length));
  const reading = locked.length === 0 ? open : await readLocked(ask);
  return 'kind' in reading ? undefined : new Map(locked.map((extension) => [extension, reading]));
}

async function liveCalls(ask: Ask, known: AnswerTimes): Promise<readonly LiveCall[] | undefined> {
  const answer = await ask({name: 'CoreShowChannels', fields: {}, listEnds: 'CoreShowChannelsComplete'});
  if (answer.kind === 'failed' || !succeeded(answer.response)) return undefined;
  const channels = answer.list.map(channelOf).filter((channel): channel is Channel => channel !== undefined);
  await learnAnswers(ask, channels, known);
  const answers = channels.map(({id, up}) => (up ? known.get(id) : undefined));
  // Asterisk's clock, not ours: only their difference means anything.
  return callsOf(channels, answers, answers.some((each) => each !== undefined) ? await askNumber(ask, NOW, undefined) : undefined);
}

/** A call is answered once: it is asked of until then, and no more. */
async function learnAnswers(ask: Ask, channels: readonly Channel[], known: AnswerTimes): Promise<void> {
  const ids = new Set(channels.map(({id}) => id));
  for (const id of known.keys()) if (!ids.has(id)) known.delete(id);
  const unknown = channels.filter(({id, up}) => up && !known.has(id));
  for (let from = 0; from < unknown.length; from += ASKED_AT_ONCE) {
    const some = unknown.slice(from, from + ASKED_AT_ONCE);
    const answers = await Promise.all(some.map(({id}) => askNumber(ask, 'CDR(answer,u)', id)));
    for (const [place, {id}] of some.entries()) {
      const at = answers[place];
      if (at !== undefined && at > 0) known.set(id, at);
    }
  }
}

async function askNumber(ask: Ask, variable: string, channel: string | undefined): Promise<number | undefined> {
  const answer = await ask({name: 'Getvar', fields: {Variable: variable, ...(channel === undefined ? {} : {Channel: channel})}});
  if (answer.kind === 'failed' || !succeeded(answer.response)) return undefined;
  const value = Number(answer.response.fields.get('value') ?? '');
  return Number.isFinite(value) ? value : undefined;
}

/** Asterisk counts the timeout from when it is set, and takes 0 for "no limit". */
async function limit(ask: Ask, callId: string, seconds: number): Promise<CommandResult> {
  const timeout = Math.max(1, Math.ceil(seconds));
  const set = await ask({name: 'AbsoluteTimeout', fields: {Channel: callId, Timeout: String(timeout)}});
  if (set.kind === 'failed') return set;
  if (!succeeded(set.response)) return refused(set.response);
  const left = await askNumber(ask, 'TIMEOUT(absolute)', callId);
  if (left === undefined) return {kind: 'sent'};
  if (left > 0 && left <= timeout + 1) return {kind: 'confirmed', reading: unknown};
  return {kind: 'failed', code: 'mismatch', detail: `Asterisk took the limit of ${timeout} s and reads back ${left} s`};
}

function permissionDenied(response: AmiMessage): boolean {
  return /permission denied/i.test(response.fields.get('message') ?? '');
}

function notFound(response: AmiMessage): boolean {
  return /not found/i.test(response.fields.get('message') ?? '');
}

function refused(response: AmiMessage): Failed {
  const reason = response.fields.get('message') ?? 'no reason given';
  const cure = permissionDenied(response) ? '; the account in manager.conf needs read and write of system,call,reporting' : '';
  return {kind: 'failed', code: 'refused', detail: `Asterisk refused: ${reason}${cure}`};
}
