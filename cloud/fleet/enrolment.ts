// How a box becomes a box of a site: staff make a code, the engineer types it, the box's key gets a certificate.
// In: a one-time code and a request for a certificate. Out: certificate, authority, the key that signs down rows, the broker.
// Never true: a code that works twice; two boxes of a site in service; a hint at which part of an answer was wrong.
import type {Buffer} from 'node:buffer';
import {later, type Instant} from '../../shared/time/instant.ts';
import {newCode, hashOfCode} from '../../shared/web/one-time-code.ts';
import {createLimiter, placeOf} from '../../shared/web/limiter.ts';
import {ENROL_PATH, enrolRequestSchema, type EnrolRefusal, type EnrolReply} from '../../shared/wire/enrol.ts';
import type {Store, Tx} from '../store/open.ts';
import type {MachineRoute} from '../web/route.ts';
import type {Authority, SignedBox} from './authority.ts';

export type Who = {readonly site: string; readonly box: string};

export type Enrolment = {
  /** A code for the engineer; an older one for the same box is void. The site must exist. */
  readonly newCode: (tx: Tx, who: Who & {readonly by: string}) => Promise<{readonly code: string; readonly expiresAt: Instant}>;
  /** JSON in and out: {@link EnrolReply} with 200, {@link EnrolRefusal} with any other status. */
  readonly enrol: (body: unknown, address: string) => Promise<EnrolAnswer>;
  /** From now on the box is nobody: its connection is closed after the commit. False if there is no such box in service. */
  readonly revoke: (tx: Tx, who: Who) => Promise<boolean>;
  readonly routes: readonly MachineRoute[];
};

export type EnrolAnswer =
  | {readonly status: 200; readonly body: EnrolReply}
  | {readonly status: 400 | 403 | 429; readonly body: EnrolRefusal};

export type EnrolmentGiven = {
  readonly store: Pick<Store, 'transact' | 'reading'>;
  readonly authority: Pick<Authority, 'root' | 'sign' | 'rows'>;
  /** Where boxes reach the broker; asked at each enrolment, as a port may be any free one. */
  readonly broker: () => {readonly host: string; readonly port: number};
  readonly now: () => Instant;
  readonly monotonicMs: () => number;
  readonly randomBytes: (bytes: number) => Buffer;
  /** After a commit: who may connect has changed. */
  readonly changed: () => void;
};

/** The engineer stands before the box when staff read it out. */
const CODE_LASTS_MS = 60 * 60_000;
const QUARTER_MS = 15 * 60_000;
/** 60 bits, against so many attempts in a quarter of an hour: from one place, and from everywhere. */
const ATTEMPTS_OF_PLACE = 10;
const ATTEMPTS_OF_ALL = 200;
const MOST_PLACES = 10_000;
/** One word of a topic, and part of a certificate's subject; the box's configuration takes the same. */
const NAME = /^[A-Za-z0-9_-]{1,40}$/;

const INVALID_CODE: EnrolAnswer = {status: 403, body: {error: 'the code is not valid (any more): ask staff for a new one'}};
const INVALID_REQUEST: EnrolAnswer = {status: 400, body: {error: 'not a code and a certificate request of a P-256 key'}};

/** May a site or box be called so? */
export function isFleetName(name: string): boolean {
  return NAME.test(name);
}

export function createEnrolment(given: EnrolmentGiven): Enrolment {
  const {store, authority, now, monotonicMs} = given;
  const window = {windowMs: QUARTER_MS, mostKeys: MOST_PLACES, monotonicMs};
  const byPlace = createLimiter({...window, attempts: ATTEMPTS_OF_PLACE});
  const overall = createLimiter({...window, attempts: ATTEMPTS_OF_ALL});

  const enrol = async (body: unknown, address: string): Promise<EnrolAnswer> => {
    const ofPlaceMs = byPlace.take(placeOf(address));
    const waitMs = ofPlaceMs > 0 ? ofPlaceMs : overall.take('');
    if (waitMs > 0) return tooMany(waitMs);
    const request = enrolRequestSchema.safeParse(body);
    if (!request.success) return INVALID_REQUEST;
    const {code, csr} = request.data;
    const codeHash = hashOfCode(code);
    const who = await store.reading
      .selectFrom('enrolment')
      .select(['site', 'box'])
      .where('code_hash', '=', codeHash)
      .where('used_at', 'is', null)
      .where('expires_at', '>', now())
      .executeTakeFirst();
    if (who === undefined) return INVALID_CODE;
    // Signed outside the transaction, which waits for nothing; what the code is worth is asked again inside.
    const signed = await authority.sign(csr, who);
    if (signed === undefined) return INVALID_REQUEST;
    const epoch = await store.transact((tx) => takeIn(tx, codeHash, {...who, signed}, given));
    if (epoch === undefined) return INVALID_CODE;
    byPlace.giveBack(placeOf(address));
    overall.giveBack('');
    const {chain: certificate, expiresAt} = signed;
    const {root, rows} = authority;
    return {status: 200, body: {...who, certificate, authority: root, rowKey: rows.publicKey, broker: given.broker(), epoch, expiresAt}};
  };

  return {
    enrol,
    newCode: async ({db}, {site, box, by}) => {
      const code = newCode(given.randomBytes);
      const at = now();
      const expiresAt = later(at, CODE_LASTS_MS);
      await db.deleteFrom('enrolment').where('site', '=', site).where('box', '=', box).where('used_at', 'is', null).execute();
      const row = {code_hash: hashOfCode(code), site, box, created_by: by, created_at: at, expires_at: expiresAt, used_at: null};
      await db.insertInto('enrolment').values(row).execute();
      return {code, expiresAt};
    },
    revoke: async (tx, {site, box}) => {
      const {numUpdatedRows} = await tx.db
        .updateTable('box')
        .set({revoked_at: now()})
        .where('site', '=', site)
        .where('id', '=', box)
        .where('revoked_at', 'is', null)
        .executeTakeFirst();
      tx.after(given.changed);
      return numUpdatedRows > 0n;
    },
    routes: [{path: ENROL_PATH, method: 'POST', accepts: 'application/json', act: async (call) => answerTo(call, enrol)}],
  };
}

/** Spends the code and puts the box in service. The new epoch; undefined if the code was spent meanwhile. */
async function takeIn(
  tx: Tx,
  codeHash: Buffer,
  {site, box, signed}: Who & {readonly signed: SignedBox},
  {now, changed}: EnrolmentGiven,
): Promise<number | undefined> {
  const {db} = tx;
  const at = now();
  const {numUpdatedRows} = await db
    .updateTable('enrolment')
    .set({used_at: at})
    .where('code_hash', '=', codeHash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', at)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return undefined;
  // The up log of a site has one writer: whatever box was in service is not any more.
  await db.updateTable('box').set({revoked_at: at}).where('site', '=', site).where('revoked_at', 'is', null).execute();
  const row = {
    public_key: signed.publicKey,
    certificate: signed.chain,
    fingerprint: signed.fingerprint,
    expires_at: signed.expiresAt,
    enrolled_at: at,
    revoked_at: null,
  };
  await db
    .insertInto('box')
    .values({site, id: box, ...row})
    .onConflict((conflict) => conflict.columns(['site', 'id']).doUpdateSet(row))
    .execute();
  const {epoch} = await db
    .updateTable('site')
    .set((eb) => ({epoch: eb('epoch', '+', 1)}))
    .where('id', '=', site)
    .returning('epoch')
    .executeTakeFirstOrThrow();
  tx.after(changed);
  return epoch;
}

function tooMany(waitMs: number): EnrolAnswer {
  const retryAfterSeconds = Math.ceil(waitMs / 1_000);
  return {status: 429, body: {error: `too many attempts: try again in ${retryAfterSeconds} s`, retryAfterSeconds}};
}

async function answerTo(
  call: Parameters<MachineRoute['act']>[0],
  enrol: Enrolment['enrol'],
): Promise<Awaited<ReturnType<MachineRoute['act']>>> {
  const {status, body} = await enrol(jsonIn(call.body), call.address);
  const answer = {status, text: JSON.stringify(body), type: 'application/json'};
  return 'retryAfterSeconds' in body && body.retryAfterSeconds !== undefined
    ? {...answer, retryAfterSeconds: body.retryAfterSeconds}
    : answer;
}

function jsonIn(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}
