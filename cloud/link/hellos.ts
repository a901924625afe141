// Who may speak for a site: every hello is judged, one at a time a site, and answered with a session or the reason why not.
// In: a hello over a known box's connection. Out: a signed reply, and the site's new session. Never true: two sessions of a site
// that count; a session taken over from a box that still answers.
import type {Instant} from '../../shared/time/instant.ts';
import type {SnapshotItem} from '../../shared/wire/snapshot.ts';
import {createLimiter} from '../../shared/web/limiter.ts';
import * as talk from '../../shared/wire/talk.ts';
import type {Connection} from './broker.ts';
import {both, judge, type Judgement, type Past} from './hello.ts';
import type {Beginning, Ground} from './ground.ts';
import {beginLive, type Live} from './live.ts';
import type {KnownBox, Register} from './register.ts';
import type {Turn} from './sessions.ts';
import type {Snapshot} from './snapshot-parts.ts';
import {cureOf} from './trouble.ts';

export type MakeSnapshot = (site: string) => Promise<{
  readonly cut: Snapshot['cut'];
  readonly items: AsyncIterable<readonly SnapshotItem[]> | readonly SnapshotItem[];
}>;

export type HellosGiven = Ground & {
  readonly register: Pick<Register, 'find'>;
  readonly snapshot: MakeSnapshot;
  readonly now: () => Instant;
  readonly randomBytes: (bytes: number) => Buffer;
  /** The session of each site that counts. Written here alone, and when a connection is gone. */
  readonly live: Map<string, Live>;
};

export type Hellos = {
  readonly take: (connection: Connection, bytes: Buffer) => Promise<void>;
  /** To a question of ours; taken at once, past whatever else the box said. */
  readonly answer: (connection: Connection, bytes: Buffer) => void;
};

/** A hello reads six rows and signs once; what comes together after an outage is told to come again. */
const AT_ONCE = 64;
const WAIT_MS = 5_000;
/** The whole of a site's state: in memory until the box has it. */
const SNAPSHOTS_AT_ONCE = 2;
const SNAPSHOT_WAIT_MS = 15_000;
/** A box that is alive answers within a round trip. */
const PING_MS = 3_000;
/** Of one box: a connection each, and some to spare. */
const HELLOS_A_MINUTE = 30;
const MOST_BOXES = 20_000;

export function createHellos(given: HellosGiven): Hellos {
  const {register, incidents, live, monotonicMs} = given;
  const limiter = createLimiter({attempts: HELLOS_A_MINUTE, windowMs: 60_000, mostKeys: MOST_BOXES, monotonicMs});
  const inTurn = createTurns();
  const pings = createPings(given);
  const snapshots = {running: 0};

  const settle = async (connection: Connection, box: KnownBox, hello: talk.Hello): Promise<void> => {
    const {site} = box;
    const before = live.get(site);
    if (before !== undefined && before.connection !== connection) {
      if (before.nonce !== hello.nonce && (await pings.isAlive(before))) return fence(given, connection, before, hello);
      before.connection.close('its box has connected anew');
    }
    const {turn, past} = await given.sessions.past(site, hello);
    const {judgement, start} = await decide(given, site, hello, {past, snapshots});
    const refuse = (verdict: talk.Verdict): Promise<void> =>
      reply(given, connection, {hello, turn: {...turn, session: 0}, judgement: both(verdict)});
    if (judgement.down.kind === 'WAIT') return refuse(judgement.down);
    const taken = await given.sessions.take(box, turn, hello);
    if (taken === undefined) return refuse({kind: 'WAIT', ms: WAIT_MS});
    if (connection.gone.aborted) return given.sessions.left(box, taken.session);
    const beginning: Beginning = {connection, box, turn: taken, hello, judgement, start, upTo: past.heads.up.last};
    // The reply goes first: what follows it belongs to the session that it names.
    const replied = reply(given, connection, {hello, turn: taken, judgement});
    live.get(site)?.end();
    live.set(site, beginLive(given, beginning));
    await replied;
    await tellHistory(given, box, judgement);
    await incidents.end({site, code: 'link.clone', subject: box.box});
  };

  return {
    answer: pings.answer,
    take: async (connection, bytes) => {
      const box = register.find(connection.fingerprint);
      if (box === undefined) return connection.close('it is not in service any more');
      const reading = talk.decodeSigned('hello', bytes, box.key, talk.helloSchema);
      const place = {site: box.site, code: 'link.refused', subject: box.box} as const;
      if (reading.kind === 'refused') {
        await incidents.open({...place, detail: `a hello: ${reading.why}`, cure: cureOf('link.refused')});
        return connection.close('its hello is not signed by its key');
      }
      await incidents.end(place);
      const hello = reading.value;
      const refuse = (verdict: talk.Verdict): Promise<void> =>
        reply(given, connection, {hello, turn: {epoch: 0, session: 0}, judgement: both(verdict)});
      // It ends the connection itself then; if it does not, the broker does.
      if (!box.inService) return refuse({kind: 'FENCED', why: 'this box was taken out of service'});
      if (hello.protocol !== talk.PROTOCOL)
        return refuse({kind: 'UPGRADE', why: `the box speaks protocol ${hello.protocol}, the cloud ${talk.PROTOCOL}`});
      const waitMs = limiter.take(`${box.site}/${box.box}`);
      if (waitMs > 0) return refuse({kind: 'WAIT', ms: Math.ceil(waitMs)});
      if (inTurn.count() >= AT_ONCE) return refuse({kind: 'WAIT', ms: Math.ceil(WAIT_MS * (1 + given.random()))});
      return inTurn.run(box.site, () => settle(connection, box, hello));
    },
  };
}

type Decision = {readonly judgement: Judgement; readonly start: Beginning['start']};

/** The verdicts, and with them what is sent first. */
async function decide(
  given: HellosGiven,
  site: string,
  hello: talk.Hello,
  {past, snapshots}: {readonly past: Past; readonly snapshots: {running: number}},
): Promise<Decision> {
  const judgement = judge(hello, past);
  const {down} = judgement;
  if (down.kind === 'RESUME') return {judgement, start: {kind: 'rows', after: down.from - 1}};
  if (down.kind !== 'SNAPSHOT') return {judgement, start: undefined};
  if (snapshots.running >= SNAPSHOTS_AT_ONCE) return {judgement: both({kind: 'WAIT', ms: SNAPSHOT_WAIT_MS}), start: undefined};
  snapshots.running += 1;
  try {
    const snapshot = await given.snapshot(site);
    const {cut} = snapshot;
    return {judgement: {down: {kind: 'SNAPSHOT', cut}, up: {kind: 'RESUME', from: cut.up.last + 1}}, start: {kind: 'snapshot', snapshot}};
  } finally {
    snapshots.running -= 1;
  }
}

type Reply = {readonly hello: talk.Hello; readonly turn: Turn; readonly judgement: Judgement};

function reply({key, now}: HellosGiven, connection: Connection, {hello, turn, judgement}: Reply): Promise<void> {
  const value: talk.HelloReply = {nonce: hello.nonce, ...turn, now: now(), down: judgement.down, up: judgement.up};
  return connection.send('hello-reply', talk.encodeSigned('hello-reply', value, key));
}

async function fence(given: HellosGiven, connection: Connection, before: Live, hello: talk.Hello): Promise<void> {
  const {site, box} = before.box;
  const detail = `${connection.box} has connected from elsewhere while ${box} is alive: one of them is a copy`;
  const cure = 'Switch off the copy. If the copy is the one to stay, switch off the other one, and enrol it again.';
  await given.incidents.open({site, code: 'link.clone', subject: connection.box, detail, cure});
  const why = `box ${box} of this site is alive elsewhere`;
  await reply(given, connection, {hello, turn: {...before.turn, session: 0}, judgement: both({kind: 'FENCED', why})});
}

/** Verdicts that stand still have an incident for as long as they do. */
async function tellHistory({incidents}: HellosGiven, {site, box}: KnownBox, judgement: Judgement): Promise<void> {
  for (const direction of ['down', 'up'] as const) {
    const verdict = judgement[direction];
    const subject = `${box} ${direction}`;
    if (verdict.kind === 'UPGRADE') {
      await incidents.open({site, code: 'link.unreadable', subject, detail: verdict.why, cure: cureOf('link.unreadable')});
    } else if ('why' in verdict) {
      const detail = `${verdict.kind} from row ${'from' in verdict ? verdict.from : 0}, which is not mended by itself yet: ${verdict.why}`;
      await incidents.open({site, code: 'link.history', subject, detail, cure: cureOf('link.history')});
    } else {
      await incidents.end({site, code: 'link.history', subject});
    }
  }
}

/** One after the other, a site. */
function createTurns(): {readonly count: () => number; readonly run: (site: string, act: () => Promise<void>) => Promise<void>} {
  const last = new Map<string, Promise<void>>();
  let count = 0;
  return {
    count: () => count,
    run: async (site, act) => {
      count += 1;
      const turn = (last.get(site) ?? Promise.resolve()).then(act);
      const quiet = turn.catch(() => undefined);
      last.set(site, quiet);
      try {
        await turn;
      } finally {
        count -= 1;
        if (last.get(site) === quiet) last.delete(site);
      }
    },
  };
}

/** Is the one whose session it was still there? */
function createPings({randomBytes, timers}: HellosGiven): {readonly isAlive: (live: Live) => Promise<boolean>} & Pick<Hellos, 'answer'> {
  const asked = new Map<string, {readonly connection: Connection; readonly answered: () => void}>();
  return {
    isAlive: ({connection, turn}) => {
      if (connection.gone.aborted) return Promise.resolve(false);
      const nonce = randomBytes(16).toString('hex');
      const alive = new Promise<boolean>((resolve) => {
        const done = (isAlive: boolean) => (): void => {
          cancel();
          asked.delete(nonce);
          resolve(isAlive);
        };
        const cancel = timers.after(PING_MS, done(false));
        connection.gone.addEventListener('abort', done(false), {once: true});
        asked.set(nonce, {connection, answered: done(true)});
      });
      // Not waited for: a socket that takes nothing is no answer either.
      void connection.send('ask', Buffer.from(JSON.stringify({kind: 'ping', ...turn, nonce} satisfies talk.Ask)));
      return alive;
    },
    answer: (connection, bytes) => {
      const answer = talk.decodePlain(bytes, talk.answerSchema);
      const question = answer === undefined ? undefined : asked.get(answer.nonce);
      if (question?.connection === connection) question.answered();
    },
  };
}
