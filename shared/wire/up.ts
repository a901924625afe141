// The facts that travel from box to cloud, by kind and version. A reader lives as long as rows of its version do.
// Amounts are whole micros; times are milliseconds UTC. Numbers are personal fields, beside the body.
import {z} from 'zod';
import type {Working} from '../tariff/working.ts';
import {bodyOf, type Fact, type Row} from './row.ts';

const micros = z.int();
const instant = z.int();
const id = z.string().min(1).max(200);
const words = z.string().max(2_000);
const tariffHash = z.string().regex(/^[0-9a-f]{64}$/);

const callCommon = {
  state: z.enum(['billed', 'watched', 'unbillable']),
  feed: z.string().max(100),
  extension: z.string().max(100).optional(),
  direction: z.string().max(40),
  class: z.string().max(40).optional(),
  startedAt: instant,
  durationSeconds: z.number().min(0),
  flags: z.array(z.string().max(60)).max(50),
};

const resolvedCommon = {call: z.string().regex(/^[0-9a-f]{64}$/), by: z.enum(['desk', 'schedule']), at: instant};

/** What the carrier charges the house for the call, or the coded reason why that is not known. None where nobody wants to know it. */
const cost = z.union([
  z.object({working: z.custom<Working>((value) => typeof value === 'object' && value !== null)}),
  z.object({unknown: z.string().max(60)}),
]);
export type CarrierCost = z.infer<typeof cost>;

/** `watched`: priced and not debited, as the site only watched when the call was made, or does so now. */
const callResolved = z.discriminatedUnion('outcome', [
  z.object({
    ...resolvedCommon,
    outcome: z.enum(['billed', 'watched']),
    startedAt: instant,
    payer: id,
    amount: micros.min(0),
    tax: micros.min(0),
    currency: z.string().regex(/^[A-Z]{3}$/),
    prefix: z.string().max(40),
    destination: z.string().max(100),
    /** What is remarkable about its payer or price: late … */
    flags: z.array(z.string().max(60)).max(50).optional(),
    /** The tariff that had no price for it at first; the working says which one has. */
    firstTariff: tariffHash.optional(),
    /** None for a price that a person set. */
    working: z.custom<Working>((value) => typeof value === 'object' && value !== null).optional(),
    cost: cost.optional(),
  }),
  z.object({...resolvedCommon, outcome: z.enum(['written-off', 'already-resolved', 'still-unbillable']), detail: words.optional()}),
]);

/** What the box writes. */
export const UP_BODIES = {
  /** A call with its price. The working is kept as it is: it explains the price years later. */
  call: z.object({
    ...callCommon,
    payer: id,
    amount: micros.min(0),
    tax: micros.min(0),
    currency: z.string().regex(/^[A-Z]{3}$/),
    working: z.custom<Working>((value) => typeof value === 'object' && value !== null),
    cost: cost.optional(),
  }),
  /** What came later is optional: a row without `answered` is rated again by nobody but the box that wrote it. */
  unbillable: z.object({
    ...callCommon,
    reason: z.string().max(60),
    detail: words,
    payer: id.optional(),
    /** The tariff in force at its start when the call was first looked at, if it was asked. */
    tariff: tariffHash.optional(),
    /** Made while the site only watched: never debited. */
    isWatched: z.literal(true).optional(),
    answered: z.enum(['yes', 'no', 'not-reported']).optional(),
    trunk: words.optional(),
    charge: words.optional(),
  }),
  /** What became of a call that waited as unbillable, once; or why what was asked is not done. */
  'call-resolved': callResolved,
  /** The payment gets the request's id. */
  'top-up-request': z.object({
    request: id,
    account: id,
    amount: micros.positive(),
    available: micros,
    /** What running calls have cost so far: taken off what is available, and in no row of a call yet. */
    running: micros.min(0).optional(),
    at: instant,
    lapsesAt: instant,
  }),
  override: z.object({
    extension: z.string().max(100),
    act: z.enum(['lock', 'unlock', 'end']),
    reason: words,
    by: words,
    at: instant,
    expires: instant.optional(),
    limit: micros.optional(),
  }),
  'line-state': z.object({
    extension: z.string().max(100),
    wanted: z.enum(['open', 'locked']),
    reasons: z.array(z.string().max(40)).max(10),
    at: instant,
  }),
  warning: z.object({account: id, balance: micros, at: instant}),
  incident: z.object({
    change: z.enum(['opened', 'ended']),
    code: z.string().max(100),
    subject: z.string().max(200),
    detail: words,
    cure: words,
    at: instant,
  }),
  'console-act': z.object({act: z.string().max(60), by: words, at: instant}),
} as const;

export type UpKind = keyof typeof UP_BODIES;
export type UpBody<K extends UpKind> = z.infer<(typeof UP_BODIES)[K]>;

/** Version that this release writes, versions that it reads, and whether a row may be kept unread. */
export const UP_KINDS: Readonly<
  Record<UpKind, {readonly version: number; readonly reads: readonly number[]; readonly informational: boolean}>
> = {
  call: {version: 1, reads: [1], informational: false},
  unbillable: {version: 1, reads: [1], informational: false},
  'call-resolved': {version: 1, reads: [1], informational: false},
  'top-up-request': {version: 1, reads: [1], informational: false},
  override: {version: 1, reads: [1], informational: false},
  'line-state': {version: 1, reads: [1], informational: true},
  warning: {version: 1, reads: [1], informational: true},
  incident: {version: 1, reads: [1], informational: true},
  'console-act': {version: 1, reads: [1], informational: true},
};

/** A fact of the box in the version that this release writes. `name` tells it from every other fact of its kind. */
export function upFact(kind: UpKind, name: string, body: Fact['body']): Fact {
  return {id: `${kind}:${name}`, kind, version: UP_KINDS[kind].version, body};
}

export type UpRow = {[K in UpKind]: {readonly kind: K; readonly body: UpBody<K>}}[UpKind];

export type UpReading =
  | {readonly kind: 'read'; readonly row: UpRow}
  /** Informational, and of a newer release: kept, not understood. */
  | {readonly kind: 'kept'; readonly why: string}
  /** It carries money or rules: the direction stops. */
  | {readonly kind: 'unreadable'; readonly why: string};

/** Which kind a row of a box is, and whether this release can read it. */
export function readUpRow(row: Pick<Row, 'seq' | 'kind' | 'version' | 'body'>): UpReading {
  const known = isUpKind(row.kind) ? UP_KINDS[row.kind] : undefined;
  if (!isUpKind(row.kind) || known === undefined)
    return {kind: 'unreadable', why: `row ${row.seq}: kind ${row.kind} is not known to this release`};
  const instead = known.informational ? 'kept' : 'unreadable';
  if (!known.reads.includes(row.version))
    return {kind: instead, why: `row ${row.seq}: ${row.kind} version ${row.version} is not known to this release`};
  const body = UP_BODIES[row.kind].safeParse(bodyOf(row));
  if (!body.success) return {kind: instead, why: `row ${row.seq} (${row.kind}): ${z.prettifyError(body.error)}`};
  return {kind: 'read', row: {kind: row.kind, body: body.data} as UpRow};
}

function isUpKind(kind: string): kind is UpKind {
  return Object.hasOwn(UP_BODIES, kind);
}
