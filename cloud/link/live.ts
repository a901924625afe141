// The one session of a site that counts: what its box sends is taken in order, what is due goes down.
// In: messages of its connection. Out: acknowledgements, each after the commit; incidents. Never true: a message of another
// session heeded; a row acknowledged that is not committed; one box's poison that stops another's rows.
import * as talk from '../../shared/wire/talk.ts';
import {createDownSender, type DownEnd, type DownSender} from './down.ts';
import type {Beginning, Ground} from './ground.ts';
import {cureOf, type Tell, type Trouble} from './trouble.ts';
import {createUpSide} from './up-side.ts';

export type Live = Pick<Beginning, 'connection' | 'box' | 'turn'> & {
  readonly nonce: string;
  readonly take: (channel: Exclude<talk.UpChannel, 'hello' | 'answer'>, bytes: Buffer) => Promise<void>;
  /** Another session takes its place. */
  readonly end: () => void;
  /** There may be rows for it. */
  readonly wake: () => void;
  /** Now and then: has it something to say, and says it not? */
  readonly watch: () => Promise<void>;
};

/** A box tells twice a minute, and when something changed. */
const BEAT_MS = 1_000;

export function beginLive(ground: Ground, beginning: Beginning): Live {
  const {connection, box, turn, hello} = beginning;
  const {site} = box;
  const trouble = (code: Trouble, about: 'up' | 'down', detail: string): Promise<void> =>
    ground.incidents.open({site, code, subject: `${box.box} ${about}`, detail, cure: cureOf(code)});
  const over = (code: Trouble, about: 'up' | 'down'): Promise<void> => ground.incidents.end({site, code, subject: `${box.box} ${about}`});
  const moved = async (about: 'up' | 'down'): Promise<void> => {
    await over('link.unreadable', about);
    await over('link.stuck', about);
  };
  const tell: Tell = {trouble, moved};
  const ended = new AbortController();
  connection.gone.addEventListener('abort', () => ended.abort(), {once: true});
  const down = beginDown(ground, {...beginning, ended: ended.signal}, tell);
  const up = createUpSide(ground, beginning, tell);
  const isOurs = (label: {readonly epoch: number; readonly session: number}): boolean =>
    label.epoch === turn.epoch && label.session === turn.session;
  let beatAtMs = -BEAT_MS;

  return {
    connection,
    box,
    turn,
    nonce: hello.nonce,
    end: () => ended.abort(),
    wake: () => down?.wake(),
    watch: () => up.watch(),
    take: async (channel, bytes) => {
      if (channel === 'up') return up.take(bytes);
      if (channel === 'down-ack') {
        const ack = talk.decodeSigned(channel, bytes, box.key, talk.ackSchema);
        if (ack.kind === 'refused') return trouble('link.refused', 'down', `an acknowledgement: ${ack.why}`);
        if (isOurs(ack.value)) down?.take(ack.value);
        return;
      }
      const heartbeat = talk.decodePlain(bytes, talk.heartbeatSchema);
      if (heartbeat === undefined || !isOurs(heartbeat) || ground.monotonicMs() - beatAtMs < BEAT_MS) return;
      beatAtMs = ground.monotonicMs();
      up.boxStandsAt(heartbeat.heads.up);
      await ground.sessions.beat(box, turn.session, JSON.stringify(heartbeat));
    },
  };
}

function beginDown(
  ground: Ground,
  {connection, box, turn, hello, start, ended: gone}: Beginning & {readonly ended: AbortSignal},
  tell: Tell,
): DownSender | undefined {
  if (start === undefined) return undefined;
  let hasMoved = false;
  const sender = createDownSender({
    ...ground,
    site: box.site,
    turn,
    reads: hello.reads,
    start,
    send: (bytes) => connection.send('down', bytes),
    gone,
    acked: async (upTo) => {
      await ground.sessions.acked(box, turn.session, upTo);
      if (!hasMoved) await tell.moved('down');
      hasMoved = true;
    },
  });
  const tellEnd = async (end: DownEnd): Promise<void> => {
    if (end.kind === 'unreadable') await tell.trouble('link.unreadable', 'down', end.why);
    if (end.kind === 'fork') await tell.trouble('link.history', 'down', end.why);
    if (end.kind !== 'silent') return;
    await tell.trouble('link.stuck', 'down', end.why);
    connection.close(end.why);
  };
  sender
    .run()
    .then(tellEnd)
    .catch((error: unknown) => {
      ground.log.error('the way down failed', {connection: connection.name, error: String(error)});
      connection.close('the way down failed');
    });
  return sender;
}
