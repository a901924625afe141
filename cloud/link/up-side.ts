// What a box sends up in its session: taken batch by batch, acknowledged after the commit, or stopped with a reason.
import {Failure} from '../../shared/failure/failure.ts';
import {decodeBatch, type Batch} from '../../shared/wire/batch.ts';
import {encodeSigned, type Ack} from '../../shared/wire/talk.ts';
import type {Store} from '../store/open.ts';
import type {Beginning, Ground} from './ground.ts';
import type {Tell, Trouble} from './trouble.ts';
import {takeBatch, type Standing, type UpOutcome} from './up.ts';

export type UpSide = {
  readonly take: (bytes: Buffer) => Promise<void>;
  /** As the box tells. */
  readonly boxStandsAt: (seq: number) => void;
  /** Now and then: a box with something to say that says nothing is rid of its connection. */
  readonly watch: () => Promise<void>;
};

/** Longer than any retry of a box takes. */
const STUCK_MS = 5 * 60_000;
const LONGEST_REASON = 500;

/** Why the direction stands still until the next hello. */
type Stand = {readonly code: Trouble; readonly why: string; readonly at?: Standing};

export function createUpSide(ground: Ground, beginning: Beginning, tell: Tell): UpSide {
  const {connection, box, turn, hello, judgement} = beginning;
  const {monotonicMs} = ground;
  let isOpen = judgement.up.kind === 'RESUME' && judgement.down.kind !== 'SNAPSHOT';
  let hasMoved = false;
  let upTo = beginning.upTo;
  let boxUpTo = hello.heads.up.last;
  let movedAtMs = monotonicMs();

  const ack = ({upTo: held, chain}: Standing, stopped?: string): Promise<void> => {
    const said = stopped === undefined ? {} : {stopped: stopped.slice(0, LONGEST_REASON)};
    const value: Ack = {...turn, upTo: held, hash: chain.toString('hex'), ...said};
    return connection.send('up-ack', encodeSigned('up-ack', value, ground.key));
  };
  const stand = async ({code, why, at}: Stand): Promise<void> => {
    isOpen = false;
    await tell.trouble(code, 'up', why);
    await ack(at ?? (await standingOf(ground.store, box.site)), why);
  };
  const takeOwn = async (batch: Batch): Promise<void> => {
    const outcome = await post(ground, beginning, batch);
    if (outcome.kind === 'full') return;
    if (outcome.kind === 'over') return connection.close('another session has begun');
    if (outcome.kind === 'stands') return stand(outcome);
    upTo = outcome.upTo;
    if (outcome.applied > 0) movedAtMs = monotonicMs();
    if (outcome.stopped !== undefined) return stand({code: 'link.unreadable', why: outcome.stopped, at: outcome});
    await ack(outcome);
    if (outcome.applied > 0 && !hasMoved) await tell.moved('up');
    hasMoved ||= outcome.applied > 0;
  };

  return {
    take: async (bytes) => {
      const reading = decodeBatch(bytes, box.key);
      if (reading.kind === 'refused') return stand({code: 'link.refused', why: `a batch is refused: ${reading.why}`});
      const {batch} = reading;
      if (isOpen && batch.epoch === turn.epoch && batch.session === turn.session) return takeOwn(batch);
      ground.log.debug('a batch of no session that is open was dropped', {connection: connection.name, isOpen, session: batch.session});
    },
    boxStandsAt: (seq) => {
      boxUpTo = seq;
    },
    watch: async () => {
      if (!isOpen || boxUpTo <= upTo) movedAtMs = monotonicMs();
      if (monotonicMs() - movedAtMs < STUCK_MS) return;
      const why = `the box says that it holds ${boxUpTo} rows, ${upTo} are here, and none has come for ${STUCK_MS / 60_000} minutes`;
      await tell.trouble('link.stuck', 'up', why);
      connection.close(why);
    },
  };
}

type Posted = Exclude<UpOutcome, {readonly kind: 'fork'}> | {readonly kind: 'full'} | ({readonly kind: 'stands'} & Stand);

/** What one box sends must not end the process for all: it was rolled back, and its direction stands still. */
async function post(ground: Ground, {connection, box, turn}: Beginning, batch: Batch): Promise<Posted> {
  try {
    const outcome = await takeBatch(ground, box.site, turn, batch);
    return outcome.kind === 'fork' ? {kind: 'stands', code: 'link.history', why: outcome.why, at: outcome} : outcome;
  } catch (error) {
    ground.log.error('rows of a box could not be posted', {connection: connection.name, error: String(error)});
    // A full disk: not acknowledged, so they come again.
    if (error instanceof Failure) return {kind: 'full'};
    return {kind: 'stands', code: 'link.unreadable', why: `rows ${batch.from} to ${batch.to} could not be posted: ${String(error)}`};
  }
}

async function standingOf({reading}: Pick<Store, 'reading'>, site: string): Promise<Standing> {
  const {seq, chain} = await reading
    .selectFrom('site_head')
    .select(['seq', 'chain'])
    .where('site', '=', site)
    .where('log', '=', 'up')
    .executeTakeFirstOrThrow();
  return {upTo: seq, chain};
}
