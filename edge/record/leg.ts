// What one line says of a call, in the terms of the field but still on the switchboard's own clock.
// In: a profile, once; then the bytes of a line. Out: a leg, or what the line is instead. Total, and a pure function of the line.
// Never true: a throw; a field guessed that the line does not hold; a value that fits no rule taken for the nearest.
import {must} from '../../shared/assert/assert.ts';
import type {CallRecord, Direction, RecordFlag, RejectReason} from './call-record.ts';
import {compileReference, compileWhen, createCutter, slotsOf, type Fields, type Holds} from './fields.ts';
import {LONGEST_LINE} from './pattern.ts';
import {durationReader, stampReader, type Stamp} from './picture.ts';
import type {Parts, Profile} from './profile-schema.ts';

export type Leg = Pick<
  CallRecord,
  'direction' | 'extension' | 'dialled' | 'caller' | 'trunk' | 'accountCode' | 'durationSeconds' | 'ringSeconds' | 'answered'
> & {
  readonly kind: 'leg';
  readonly stamp: Stamp;
  /** The format's own id, where the line has one. */
  readonly id: string | undefined;
  /** Everything that tells it from another call; equal texts may still be two calls. Empty beside an id. */
  readonly meaning: string;
  readonly flags: readonly RecordFlag[];
};

export type Reading =
  | Leg
  | {readonly kind: 'not-a-call'; readonly what: string}
  | {readonly kind: 'rejected'; readonly reason: RejectReason; readonly detail: string};

export type LegReader = (bytes: Uint8Array) => Reading;

/** Stands between the parts of an id: no text that comes so far has a control character. */
const BETWEEN = '\u001F';
const TAB = 0x09;
const SPACE = 0x20;
const DELETE = 0x7f;
/** As much of a field as a message shows. */
const SHOWN = 40;

type Rule<T> = {readonly holds: Holds; readonly is: T};
type Text = (fields: Fields) => string;

export function createLegReader(profile: Profile): LegReader {
  const slots = slotsOf(profile);
  const parties = new Set(Object.keys(profile.parties));
  const fields: Fields = {texts: Array.from({length: slots.size}, () => ''), kinds: Array.from({length: slots.size}, () => undefined)};
  const rules = <T>(list: readonly {readonly when: Parameters<typeof compileWhen>[0]; readonly is: T}[] = []): readonly Rule<T>[] =>
    list.map(({when, is}) => ({holds: compileWhen(when, slots, parties), is}));
  const cut = createCutter(profile, slots, fields);
  const parseParties = partyReader(profile, slots, fields);
  const lines = (profile.lines ?? []).map(({what, match}) => ({what, pattern: new RegExp(match)}));
  const records = rules((profile.records ?? []).map(({when, what}) => ({when, is: what})));
  const legOf = createLegBuilder(profile, slots, parties);
  const rest = {answered: rules(profile.answered), direction: rules(profile.direction), flags: rules(profile.flags)};
  const decode = decoder(profile.encoding);

  return (bytes) => {
    if (bytes.length > LONGEST_LINE) return rejected('line-too-long', `${bytes.length} bytes; a record has at most ${LONGEST_LINE}`);
    const line = decode(bytes);
    if (line === undefined) return rejected('not-text', 'has control characters within');
    if (line === '') return BLANK;
    for (const {what, pattern} of lines) if (pattern.test(line)) return {kind: 'not-a-call', what};
    const found = cut(line);
    if (found.kind === 'rejected') return found;
    parseParties();
    const other = firstOf(records, fields);
    if (other !== undefined) return {kind: 'not-a-call', what: other};
    const answered = firstOf(rest.answered, fields);
    if (answered === undefined) return rejected('field-unreadable', 'nothing in it says whether it was answered');
    const flags = rest.flags.length === 0 ? NO_FLAGS : rest.flags.filter(({holds}) => holds(fields)).map(({is}) => is);
    const direction = firstOf(rest.direction, fields) ?? 'unknown';
    return legOf(fields, found.layout.id, {answered, direction, flags});
  };
}

const BLANK: Reading = {kind: 'not-a-call', what: 'blank'};
const NO_FLAGS: readonly RecordFlag[] = [];

function rejected(reason: RejectReason, detail: string): Reading {
  return {kind: 'rejected', reason, detail};
}

function firstOf<T>(rules: readonly Rule<T>[], fields: Fields): T | undefined {
  for (const {holds, is} of rules) if (holds(fields)) return is;
  return undefined;
}

/** Text without the control characters round it, which links leave there (10 02 10 03 13 11 on a HiPath); undefined with some within. */
function decoder(encoding: Profile['encoding']): (bytes: Uint8Array) => string | undefined {
  return (bytes) => {
    let from = 0;
    let to = bytes.length;
    while (from < to && isControl(bytes[from])) from++;
    while (to > from && isControl(bytes[to - 1])) to--;
    let blank = true;
    for (let at = from; at < to; at++) {
      const byte = bytes[at];
      if (byte !== SPACE) blank = false;
      if (isControl(byte)) return undefined;
    }
    if (blank) return '';
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from);
    // What is no UTF-8 shows as U+FFFD: in a name it does no harm, and no number or time is read from it.
    return buffer.toString(encoding);
  };
}

function isControl(byte: number | undefined): boolean {
  return byte !== undefined && ((byte < SPACE && byte !== TAB) || byte === DELETE);
}

function partyReader(profile: Profile, slots: ReadonlyMap<string, number>, {texts, kinds}: Fields): () => void {
  const slotOf = (name: string): number => must(slots.get(name), `slot of ${name}`);
  const parties = Object.entries(profile.parties).map(([name, {field, as}]) => ({
    slot: slotOf(name),
    from: slotOf(field),
    kinds: must(profile.kinds[as], `kinds of ${as}`).map(({is, match}) => ({is, pattern: new RegExp(match)})),
  }));
  return () => {
    for (const {slot, from, kinds: known} of parties) {
      const text = texts[from] ?? '';
      texts[slot] = text;
      kinds[slot] = text === '' ? 'none' : 'other';
      for (const {is, pattern} of text === '' ? [] : known) {
        const match = pattern.exec(text);
        if (match === null) continue;
        texts[slot] = match[1] ?? match[0];
        kinds[slot] = is;
        break;
      }
    }
  };
}

type Judged = Pick<Leg, 'answered' | 'direction' | 'flags'>;

/** The rest of the fields, as a leg: time, duration, parties, id. */
function createLegBuilder(profile: Profile, slots: ReadonlyMap<string, number>, parties: ReadonlySet<string>) {
  const text = (reference: string): Text => compileReference(reference, slots, parties);
  const stampTexts = profile.time.from.map(text);
  const stampText: Text = (fields) => stampTexts.map((of) => of(fields)).join(' ');
  const readStamp = must(stampReader(profile.time.picture), 'the picture of the time');
  const duration = valueReader(profile.duration, text);
  const ring = profile.ring && valueReader(profile.ring, text);
  const whole = profile.whole && valueReader(profile.whole, text);
  const callOf: Readonly<Record<Direction, ReturnType<typeof partsReader>>> = {
    outgoing: partsReader(profile.calls.outgoing, text),
    incoming: partsReader(profile.calls.incoming, text),
    internal: partsReader(profile.calls.internal, text),
    unknown: partsReader(profile.calls.unknown, text),
  };
  const sourceKey = profile.sourceKey.map((name) => must(slots.get(name), `slot of ${name}`));

  /** Seconds of talking and of ringing; what nobody answered, rang. Undefined: no duration that could be read. */
  const secondsOf = (fields: Fields, isAnswered: boolean): Pick<Leg, 'durationSeconds' | 'ringSeconds'> | undefined => {
    const talked = duration.read(fields) ?? (isAnswered || duration.text(fields) !== '' ? undefined : 0);
    if (talked === undefined) return undefined;
    const seconds = isAnswered ? talked : 0;
    const both = whole === undefined ? (isAnswered ? undefined : talked) : whole.read(fields);
    const rest = both === undefined ? undefined : Math.max(0, both - seconds);
    return {durationSeconds: seconds, ringSeconds: ring?.read(fields) ?? rest};
  };

  return (fields: Fields, idSlots: readonly number[] | undefined, judged: Judged): Reading => {
    const stamp = readStamp(stampText(fields));
    if (stamp === undefined) return unreadable('time', stampText(fields), profile.time.picture);
    const seconds = secondsOf(fields, judged.answered !== 'no');
    if (seconds === undefined) return unreadable('duration', duration.text(fields), profile.duration.picture);
    // Without its first field an id is none.
    const hasId = idSlots !== undefined && fields.texts[idSlots[0] ?? -1] !== '';
    return {
      kind: 'leg',
      ...judged,
      ...callOf[judged.direction](fields),
      ...seconds,
      stamp,
      id: hasId ? joined(fields, idSlots) : undefined,
      meaning: hasId ? '' : joined(fields, sourceKey),
    };
  };
}

function unreadable(what: string, text: string, picture: string): Reading {
  return rejected('field-unreadable', `${what} ${JSON.stringify(text.slice(0, SHOWN))} does not read as ${picture}`);
}

function joined({texts}: Fields, slots: readonly number[]): string {
  let text = texts[slots[0] ?? -1] ?? '';
  for (let place = 1; place < slots.length; place++) text += `${BETWEEN}${texts[slots[place] ?? -1] ?? ''}`;
  return text;
}

type ValueReader = {readonly text: Text; readonly read: (fields: Fields) => number | undefined};

function valueReader({from, picture}: {readonly from: string; readonly picture: string}, text: (reference: string) => Text): ValueReader {
  const textOf = text(from);
  const read = must(durationReader(picture), 'the picture of a duration');
  return {text: textOf, read: (fields) => read(textOf(fields))};
}

type CallParts = Pick<Leg, 'extension' | 'dialled' | 'caller' | 'trunk' | 'accountCode'>;

function partsReader(parts: Parts, text: (reference: string) => Text): (fields: Fields) => CallParts {
  const part = (references: readonly string[] = []): ((fields: Fields) => string | undefined) => {
    const texts = references.map(text);
    return (fields) => {
      for (const of of texts) {
        const found = of(fields);
        if (found !== '') return found;
      }
      return undefined;
    };
  };
  const [extension, dialled, caller] = [part(parts.extension), part(parts.dialled), part(parts.caller)];
  const [trunk, account] = [part(parts.trunk), part(parts.account)];
  return (fields) => ({
    extension: extension(fields),
    dialled: dialled(fields),
    caller: caller(fields),
    trunk: trunk(fields),
    accountCode: account(fields),
  });
}
