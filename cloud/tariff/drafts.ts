// Tariffs on their way to a schedule: saved as drafts, looked at, then published, or laid aside; and earlier schedules put in
// force again. In: a checked tariff, a date, what was seen. Out: rows, told to the box. Never true: a draft that changes; what is
// published other than what was seen; a price of a call that has one.
import {forbidden, refused, type Actor, type Done, type Refusal} from '../../shared/failure/refusal.ts';
import {instant, isoFromInstant, type Instant} from '../../shared/time/instant.ts';
import type {Reader, Tx} from '../store/open.ts';
import {keepTariff, siteOf, writeSchedule, writeTariff, type CheckedTariff, type TariffGiven} from './publish.ts';
import {inForceAt, wholeScheduleOf, type ScheduleRole} from './published.ts';
import {changesBetween, rolledBack, scheduleHash, versionAt} from './versions.ts';

export type Draft = {
  readonly id: string;
  readonly site: string;
  readonly role: ScheduleRole;
  readonly hash: string;
  /** Of the tariff. */
  readonly name: string;
  readonly note: string;
  /** Their name. */
  readonly by: string;
  readonly at: Instant;
  readonly ended: 'published' | 'discarded' | undefined;
};

export type DraftRefusal = Refusal<
  'draft-gone' | 'note-invalid' | 'schedule-changed' | 'time-past' | 'version-unknown' | 'nothing-to-change' | 'site-unknown'
>;

export type NewDraft = {readonly site: string; readonly role: ScheduleRole; readonly note: string; readonly tariff: CheckedTariff};

/** Published is what was seen, or nothing. */
export type Seen = {
  /** {@link scheduleHash} of the schedule that it was compared with. */
  readonly schedule: string;
  /** The tariff that it was compared with, by its hash: the one in force when it begins. */
  readonly against: string | undefined;
};

export type Drafts = {
  /** Saved twice, it is one. */
  readonly save: (tx: Tx, actor: Actor, draft: NewDraft) => Promise<Done<{readonly id: string}> | DraftRefusal>;
  readonly discard: (tx: Tx, actor: Actor, draft: Pick<Draft, 'site' | 'id'>) => Promise<Done | DraftRefusal>;
  readonly publish: (
    tx: Tx,
    actor: Actor,
    wanted: Pick<Draft, 'site' | 'id'> & {
      /** Undefined: now. */
      readonly from: Instant | undefined;
      readonly seen: Seen;
    },
  ) => Promise<Done | DraftRefusal>;
  /** `version`: the down row of an earlier schedule. */
  readonly rollBack: (
    tx: Tx,
    actor: Actor,
    wanted: {readonly site: string; readonly version: number; readonly seen: string},
  ) => Promise<Done | DraftRefusal>;
};

const LONGEST_NOTE = 200;
const DRAFT_BYTES = 8;

export function createDrafts(given: TariffGiven): Drafts {
  return {
    save: (tx, actor, draft) => save(given, tx, actor, draft),
    discard: async (tx, actor, {site, id}) => {
      const no = forbidden(actor, 'admin');
      if (no !== undefined) return no;
      const draft = await openDraft(tx.db, site, id);
      if ('kind' in draft) return draft;
      await end(given, tx, actor, {id, ended: 'discarded'});
      await given.audit(tx, {by: actor.id, act: 'tariff-draft-discard', site, subject: draft.hash, detail: {name: draft.name}});
      return {kind: 'done'};
    },
    publish: async (tx, actor, {site, id, from: wanted, seen}) => {
      const no = forbidden(actor, 'admin');
      if (no !== undefined) return no;
      const draft = await openDraft(tx.db, site, id);
      if ('kind' in draft) return draft;
      const now = given.now();
      const from = wanted ?? now;
      if (from < now) return refused('time-past', `${isoFromInstant(from)} is past: its calls have their price`, 'choose now or later');
      const schedule = await wholeScheduleOf(tx.db, site);
      if (scheduleHash(schedule) !== seen.schedule || inForceAt(schedule[draft.role], from) !== seen.against) return scheduleChanged();
      const {text} = await tx.db.selectFrom('tariff').select('text').where('hash', '=', draft.hash).executeTakeFirstOrThrow();
      const {role, hash, name} = draft;
      await writeTariff(given, tx, actor, {kind: 'fine', hash, name, text, site, from, role, act: 'publish'});
      await end(given, tx, actor, {id, ended: 'published'});
      return {kind: 'done'};
    },
    rollBack: (tx, actor, wanted) => rollBack(given, tx, actor, wanted),
  };
}

async function save(given: TariffGiven, tx: Tx, actor: Actor, wanted: NewDraft): ReturnType<Drafts['save']> {
  const {site, role, tariff} = wanted;
  const note = wanted.note.trim().normalize('NFC');
  const no = forbidden(actor, 'admin');
  if (no !== undefined) return no;
  if (note.length > LONGEST_NOTE || /\p{C}/u.test(note))
    return refused('note-invalid', 'this is too long for a note', `write at most ${LONGEST_NOTE} characters on one line`);
  const known = await siteOf(tx.db, site);
  if ('kind' in known) return known;
  const {hash, name} = tariff;
  const same = await tx.db
    .selectFrom('tariff_draft')
    .select('id')
    .where('site', '=', site)
    .where('role', '=', role)
    .where('hash', '=', hash)
    .where('ended', 'is', null)
    .executeTakeFirst();
  if (same !== undefined) return {kind: 'done', id: same.id};
  const id = given.randomBytes(DRAFT_BYTES).toString('hex');
  const at = given.now();
  await keepTariff(tx, tariff, at);
  await tx.db.insertInto('tariff_draft').values({id, site, role, hash, note, by: actor.id, at}).execute();
  await given.audit(tx, {by: actor.id, act: 'tariff-draft', site, subject: hash, detail: {name, role}});
  return {kind: 'done', id};
}

async function rollBack(
  given: TariffGiven,
  tx: Tx,
  actor: Actor,
  {site, version, seen}: Parameters<Drafts['rollBack']>[2],
): ReturnType<Drafts['rollBack']> {
  const no = forbidden(actor, 'admin');
  if (no !== undefined) return no;
  const earlier = await versionAt(tx.db, site, version);
  if (earlier === undefined) return refused('version-unknown', 'there is no such version', 'choose one of the list');
  const current = await wholeScheduleOf(tx.db, site);
  if (scheduleHash(current) !== seen) return scheduleChanged();
  const schedule = rolledBack(current, earlier.schedule, given.now());
  if (changesBetween(current, schedule).length === 0)
    return refused('nothing-to-change', 'what it says applies already, and nothing else is planned', 'choose another version');
  await writeSchedule(given, tx, {site, by: actor.id, act: 'roll-back'}, {...schedule, tariffs: []});
  await given.audit(tx, {by: actor.id, act: 'tariff-roll-back', site, subject: String(version), detail: {at: earlier.at}});
  return {kind: 'done'};
}

function scheduleChanged(): DraftRefusal {
  return refused('schedule-changed', 'the schedule was changed since you looked', 'look at what it changes now');
}

async function end({now}: TariffGiven, {db}: Tx, actor: Actor, {id, ended}: Required<Pick<Draft, 'id' | 'ended'>>): Promise<void> {
  await db.updateTable('tariff_draft').set({ended, ended_by: actor.id, ended_at: now()}).where('id', '=', id).execute();
}

async function openDraft(db: Reader, site: string, id: string): Promise<Draft | DraftRefusal> {
  const draft = await draftOf(db, site, id);
  return draft === undefined || draft.ended !== undefined
    ? refused('draft-gone', 'there is no such draft any more', 'choose one of the list, or save it again')
    : draft;
}

export async function draftOf(db: Reader, site: string, id: string): Promise<Draft | undefined> {
  return (await selectDrafts(db, site).where('tariff_draft.id', '=', id).execute()).map(asDraft)[0];
}

/** Newest first; those that were published or laid aside are left out. */
export async function openDrafts(db: Reader, site: string): Promise<readonly Draft[]> {
  const rows = await selectDrafts(db, site).where('ended', 'is', null).orderBy('tariff_draft.at', 'desc').limit(MOST_DRAFTS).execute();
  return rows.map(asDraft);
}
/** More than one can keep apart. */
const MOST_DRAFTS = 100;

function selectDrafts(db: Reader, site: string) {
  return db
    .selectFrom('tariff_draft')
    .innerJoin('tariff as kept', 'kept.hash', 'tariff_draft.hash')
    .innerJoin('staff', 'staff.id', 'tariff_draft.by')
    .select(['tariff_draft.id', 'tariff_draft.site', 'tariff_draft.role', 'tariff_draft.hash', 'tariff_draft.note', 'tariff_draft.at'])
    .select(['tariff_draft.ended', 'kept.name', 'staff.name as by'])
    .where('tariff_draft.site', '=', site);
}

type DraftRow = Awaited<ReturnType<ReturnType<typeof selectDrafts>['execute']>>[number];

function asDraft({at, ended, ...row}: DraftRow): Draft {
  return {...row, at: instant(at), ended: ended ?? undefined};
}
