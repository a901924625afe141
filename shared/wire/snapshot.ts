// A site as a new box needs it: cut, heads, state, openings, and the keys of calls that were recorded already.
// It travels on `down` in parts before any row of the log, each part signed like a row batch; applied whole or not at all.
import {Buffer} from 'node:buffer';
import {z} from 'zod';
import {DOWN_BODIES} from './kinds.ts';
import {UP_BODIES} from './up.ts';

/** Marks a snapshot part among the messages on `down`; a row batch has no such field. */
const MARK = 'spbs-snapshot/1';

const head = z.object({last: z.int().min(0), hash: z.string().regex(/^[0-9a-f]{64}$/)});
const bodies = DOWN_BODIES;
const callId = z.string().regex(/^[0-9a-f]{64}$/);

/** State rows are the bodies of the newest down row of each subject, in the order in which a box can take them. */
const itemSchema = z.discriminatedUnion('kind', [
  z.object({kind: z.literal('policy'), body: bodies.policy}),
  z.object({kind: z.literal('tariff'), body: bodies.tariff}),
  z.object({kind: z.literal('schedule'), body: bodies.schedule}),
  z.object({kind: z.literal('extension'), body: bodies.extension}),
  z.object({kind: z.literal('account'), body: bodies.account}),
  z.object({kind: z.literal('tenancy'), body: bodies.tenancy}),
  z.object({kind: z.literal('allowance'), body: bodies.allowance}),
  z.object({kind: z.literal('override'), body: bodies.override}),
  /** Posted as OPENING, ref = (cut, account), against the account `opening`. */
  z.object({kind: z.literal('opening'), account: z.string(), house: z.boolean(), currency: z.string(), balance: z.int()}),
  /** What calls before the cut used of an allowance's period, in its unit; once for each that was used. */
  z.object({
    kind: z.literal('allowance-used'),
    allowance: z.string(),
    account: z.string(),
    periodStart: z.int(),
    used: z.int().positive(),
  }),
  /** Ids of calls of the whole retention that do not wait: none of them is ever recorded again. */
  z.object({kind: z.literal('calls'), ids: z.array(callId).max(10_000)}),
  /** A call that waits as unbillable, as its row said, with the personal fields that nobody erased. In the order of their rows. */
  z.object({kind: z.literal('waiting'), id: callId, body: UP_BODIES.unbillable, personal: z.record(z.string().max(40), z.string())}),
  /** What staff asked for one of them in that row of the down log, and the box before has not answered. */
  z.object({kind: z.literal('resolution'), seq: z.int().min(1), body: bodies.resolution}),
  /** The one open top-up request of an account. */
  z.object({kind: z.literal('request'), account: z.string(), request: z.string(), at: z.int()}),
]);
export type SnapshotItem = z.infer<typeof itemSchema>;

export const snapshotPartSchema = z.object({
  mark: z.literal(MARK),
  epoch: z.int().min(0),
  session: z.int().min(0),
  cut: z.object({up: head, down: head}),
  part: z.int().min(1),
  parts: z.int().min(1).max(100_000),
  items: z.array(itemSchema).max(10_000),
});
export type SnapshotPart = z.infer<typeof snapshotPartSchema>;

export function snapshotPart(part: Omit<SnapshotPart, 'mark'>): SnapshotPart {
  return {mark: MARK, ...part};
}

/** The box says on `down-ack` which part it holds: `upTo` counts parts, and `hash` is the cut's chain. */
export function isSnapshot(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(0, 64)).toString('utf8').includes(MARK);
}
