// A box says where both logs stand, and is told how each goes on. Pure: the same two pasts, the same verdicts.
// In: the hello, what the cloud holds. Out: one verdict for each direction. Never true: rows over a past that differs.
import type {Hello, Verdict} from '../../shared/wire/talk.ts';

/** `hash`: the chain there, hex. */
export type Head = Hello['heads']['up'];

export type Past = {
  readonly epoch: number;
  readonly heads: {readonly up: Head; readonly down: Head};
  /** Our chain where the box says that it stands; undefined beyond our head. */
  readonly at: {readonly up: string | undefined; readonly down: string | undefined};
  /** What the box would get: each kind and version once. */
  readonly pending: readonly {readonly kind: string; readonly version: number}[];
};

export type Judgement = {readonly down: Verdict; readonly up: Verdict};

/** The cut of a SNAPSHOT is our heads: whoever makes one replaces it by the cut that was made. */
export function judge(hello: Hello, past: Past): Judgement {
  const {heads} = past;
  if (isEmpty(hello) && heads.up.last > 0) return {down: {kind: 'SNAPSHOT', cut: heads}, up: resume(heads.up)};
  const down = judgeDown(hello, past);
  return {down, up: judgeUp(hello, past, down)};
}

/** Every box and direction alike. */
export function both(verdict: Verdict): Judgement {
  return {down: verdict, up: verdict};
}

/** The cloud writes this log: the box holds the beginning of it, or something is wrong. */
function judgeDown(hello: Hello, {epoch, heads, at, pending}: Past): Verdict {
  const box = hello.heads.down;
  if (box.last > heads.down.last) {
    const why = `the box holds ${box.last} rows of the cloud, which holds ${heads.down.last} itself: it was restored from an older backup`;
    return {kind: 'GIVE_DOWN', from: heads.down.last + 1, why};
  }
  if (hello.epoch > epoch) {
    const why = `the box was given epoch ${hello.epoch}, and the cloud knows of ${epoch}: it was restored from an older backup`;
    return {kind: 'GIVE_DOWN', from: heads.down.last + 1, why};
  }
  if (at.down !== box.hash) return {kind: 'FORK', from: box.last, why: `row ${box.last} of the cloud is another one on the box`};
  const unread = pending.find(({kind, version}) => !reads(hello.reads, kind, version));
  if (unread === undefined) return resume(box);
  return {kind: 'UPGRADE', why: `the box does not read ${unread.kind} version ${unread.version}: its release is too old`};
}

/** The box writes this log: we hold the beginning of it, or something is wrong. */
function judgeUp(hello: Hello, {heads, at}: Past, down: Verdict): Verdict {
  const box = hello.heads.up;
  const from = heads.up.last + 1;
  if (down.kind === 'GIVE_DOWN') return {kind: 'REWIND', from, why: down.why};
  if (box.last < heads.up.last && at.up === box.hash) {
    const why = `the cloud holds ${heads.up.last} rows of the box, which holds ${box.last} itself: it was restored from an older backup`;
    return {kind: 'TAIL', from: box.last + 1, why};
  }
  // Further on than we are, its chain at our head is only seen with the first batch.
  if (box.last <= heads.up.last && at.up !== box.hash)
    return {kind: 'FORK', from: box.last, why: `row ${box.last} of the box is another one in the cloud`};
  if (down.kind === 'FORK') return {kind: 'FORK', from, why: `the down log comes first: ${down.why}`};
  return resume(heads.up);
}

export function reads(readable: Hello['reads'], kind: string, version: number): boolean {
  return Object.hasOwn(readable, kind) && readable[kind]?.includes(version) === true;
}

function isEmpty({heads}: Hello): boolean {
  return heads.up.last === 0 && heads.down.last === 0;
}

function resume({last}: Head): Verdict {
  return {kind: 'RESUME', from: last + 1};
}
