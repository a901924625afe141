// Drafts, publishing, versions and going back: rows of the cloud, and what a real box prices by them.
import {randomBytes} from 'node:crypto';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createAudit} from '../../../cloud/people/audit.ts';
import type {Tx} from '../../../cloud/store/open.ts';
import {createAddRange} from '../../../cloud/tariff/add-range.ts';
import {createDrafts, draftOf, openDrafts, type Drafts, type NewDraft} from '../../../cloud/tariff/drafts.ts';
import {checkTariff, createPublish} from '../../../cloud/tariff/publish.ts';
import {inForceAt, wholeScheduleOf} from '../../../cloud/tariff/published.ts';
import {createSites} from '../../../cloud/tariff/sites.ts';
import {rolledBack, scheduleHash, versionAt, versionsOf} from '../../../cloud/tariff/versions.ts';
import type {Actor} from '../../../shared/failure/refusal.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {HALL_POLICY, HALL_TARIFF} from '../../simulator/cloud/site.ts';
import {NOON, openCloud, type Cloud} from '../books/ground.ts';

const ADA: Actor = {id: 'ada', role: 'admin'};
const CARL: Actor = {id: 'carl', role: 'clerk'};
const DAY = 86_400_000;
const at = (days: number): Instant => (NOON + days * DAY) as Instant;
const LODGE = {id: 'lodge', currency: 'GBP', zone: 'Europe/London'};

let cloud: Cloud;
let drafts: Drafts;
const act = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => cloud.store.transact(work);
const given = () => ({now: () => cloud.now, randomBytes, audit: createAudit(() => cloud.now), downLog: cloud.downLog});

beforeEach(async () => {
  cloud = await openCloud();
  drafts = createDrafts(given());
  const {currency: _currency, zone: _zone, ...rules} = HALL_POLICY;
  await act(async (tx) => {
    for (const [id, role] of [
      ['ada', 'admin'],
      ['carl', 'clerk'],
    ] as const)
      await tx.db
        .insertInto('staff')
        .values({id, email: `${id}@uni.example`, email_key: id, name: `${id} of the staff`, role, created_at: NOON})
        .execute();
    await createSites(given()).create(tx, ADA, {...LODGE, name: 'The Lodge', policy: rules, tariff: JSON.stringify(HALL_TARIFF)});
  });
});
afterEach(() => cloud.remove());

function tariffNamed(name: string) {
  const checked = checkTariff(LODGE, JSON.stringify({...HALL_TARIFF, name}));
  if (checked.kind === 'refused') throw new Error(checked.what);
  return checked;
}
const save = (name: string, change: Partial<NewDraft> = {}, actor = ADA) =>
  act((tx) => drafts.save(tx, actor, {site: 'lodge', role: 'student', note: '', tariff: tariffNamed(name), ...change}));
async function saved(name: string, change: Partial<NewDraft> = {}): Promise<string> {
  const done = await save(name, change);
  if (done.kind === 'refused') throw new Error(done.what);
  return done.id;
}
const seen = async () => scheduleHash(await wholeScheduleOf(cloud.store.reading, 'lodge'));
const publish = async (id: string, from?: Instant, actor = ADA, pin?: string) => {
  const schedule = await wholeScheduleOf(cloud.store.reading, 'lodge');
  const {role = 'student'} = (await draftOf(cloud.store.reading, 'lodge', id)) ?? {};
  const pinned = {schedule: pin ?? scheduleHash(schedule), against: inForceAt(schedule[role], from ?? cloud.now)};
  return await act((tx) => drafts.publish(tx, actor, {site: 'lodge', id, from, seen: pinned}));
};
const scheduled = async (role: 'student' | 'carrier' = 'student') => {
  const entries = (await wholeScheduleOf(cloud.store.reading, 'lodge'))[role];
  const names = await cloud.store.reading.selectFrom('tariff').select(['hash', 'name']).execute();
  return entries.map(({from, tariff}) => [from === 0 ? 'ever' : (from - NOON) / DAY, names.find(({hash}) => hash === tariff)?.name]);
};
const sent = async () => {
  const rows = await cloud.store.reading.selectFrom('down_log').select('kind').where('site', '=', 'lodge').orderBy('seq').execute();
  return rows.map(({kind}) => kind);
};
const versions = async () => await versionsOf(cloud.store.reading, 'lodge', {most: 50});

describe('a draft', () => {
  test('is kept with who saved it, and changes nothing of the schedule', async () => {
    const before = await sent();
    const id = await saved('October', {note: ' from the carrier’s letter '});
    expect(await openDrafts(cloud.store.reading, 'lodge')).toMatchObject([
      {id, name: 'October', role: 'student', note: 'from the carrier’s letter', by: 'ada of the staff', at: NOON, ended: undefined},
    ]);
    expect(await sent()).toEqual(before);
    expect(await scheduled()).toEqual([['ever', 'Hall']]);
  });

  test('saved twice is one, and one of another role is another', async () => {
    const id = await saved('October');
    expect(await saved('October')).toBe(id);
    expect(await saved('October', {role: 'carrier'})).not.toBe(id);
    expect(await openDrafts(cloud.store.reading, 'lodge')).toHaveLength(2);
  });

  test('is laid aside, and then nobody can publish it; the same tariff can be saved again', async () => {
    const id = await saved('October');
    expect(await act((tx) => drafts.discard(tx, ADA, {site: 'lodge', id}))).toEqual({kind: 'done'});
    expect(await openDrafts(cloud.store.reading, 'lodge')).toEqual([]);
    expect((await draftOf(cloud.store.reading, 'lodge', id))?.ended).toBe('discarded');
    expect(await publish(id)).toMatchObject({code: 'draft-gone'});
    expect(await act((tx) => drafts.discard(tx, ADA, {site: 'lodge', id}))).toMatchObject({code: 'draft-gone'});
    expect(await saved('October')).not.toBe(id);
  });

  test('belongs to its site, and is an admin’s', async () => {
    const id = await saved('October');
    expect(
      await act((tx) => drafts.publish(tx, ADA, {site: 'hall', id, from: undefined, seen: {schedule: '', against: undefined}})),
    ).toMatchObject({code: 'draft-gone'});
    expect(await save('November', {}, CARL)).toMatchObject({code: 'not-allowed'});
    expect(await publish(id, undefined, CARL)).toMatchObject({code: 'not-allowed'});
    expect(await act((tx) => drafts.discard(tx, CARL, {site: 'lodge', id}))).toMatchObject({code: 'not-allowed'});
    expect(await save('October', {note: 'x'.repeat(201)})).toMatchObject({code: 'note-invalid'});
  });
});

describe('publishing', () => {
  test('puts it into the schedule from its date on, sends it down, and ends the draft', async () => {
    const id = await saved('October');
    expect(await publish(id, at(10))).toEqual({kind: 'done'});
    expect(await scheduled()).toEqual([
      ['ever', 'Hall'],
      [10, 'October'],
    ]);
    expect((await sent()).slice(-2)).toEqual(['tariff', 'schedule']);
    expect((await draftOf(cloud.store.reading, 'lodge', id))?.ended).toBe('published');
    expect(await publish(id, at(11))).toMatchObject({code: 'draft-gone'});
  });

  test('without a date begins now, and a date that is past is refused', async () => {
    cloud.now = at(2);
    expect(await publish(await saved('October'), at(1))).toMatchObject({code: 'time-past'});
    expect(await publish(await saved('October'))).toEqual({kind: 'done'});
    expect(await scheduled()).toEqual([
      ['ever', 'Hall'],
      [2, 'October'],
    ]);
  });

  test('is of what was seen: after another’s change it is refused, and nothing is written', async () => {
    const [first, second] = [await saved('October'), await saved('November')];
    const pin = await seen();
    expect(await publish(first, at(10))).toEqual({kind: 'done'});
    const before = await sent();
    expect(await publish(second, at(20), ADA, pin)).toMatchObject({code: 'schedule-changed'});
    expect(await sent()).toEqual(before);
    expect(await publish(second, at(20))).toEqual({kind: 'done'});
  });

  test('is compared with what is in force when it begins: if another tariff began meanwhile, it is refused', async () => {
    await publish(await saved('October'), at(1));
    const id = await saved('November');
    const schedule = await wholeScheduleOf(cloud.store.reading, 'lodge');
    const pinned = {schedule: scheduleHash(schedule), against: inForceAt(schedule.student, cloud.now)};
    cloud.now = at(2);
    const wanted = {site: 'lodge', id, from: undefined, seen: pinned};
    expect(await act((tx) => drafts.publish(tx, ADA, wanted))).toMatchObject({code: 'schedule-changed'});
  });

  test('of what the carrier charges stands beside the prices of students, and each leaves the other as it is', async () => {
    expect(await publish(await saved('Costs', {role: 'carrier'}))).toEqual({kind: 'done'});
    expect([await scheduled(), await scheduled('carrier')]).toEqual([[['ever', 'Hall']], [[0, 'Costs']]]);
    expect(await publish(await saved('October'), at(5))).toEqual({kind: 'done'});
    expect(await scheduled('carrier')).toEqual([[0, 'Costs']]);
    const down = await cloud.store.reading.selectFrom('down_log').select('body').where('kind', '=', 'schedule').orderBy('seq').execute();
    const last = JSON.parse(down.at(-1)?.body.toString() ?? '') as {entries: unknown[]; carrier: unknown[]};
    expect([last.entries.length, last.carrier.length]).toEqual([2, 1]);
  });
});

describe('versions', () => {
  test('are every schedule with who, when, by which act, and what changed beside the one before', async () => {
    await publish(await saved('October'), at(10));
    cloud.now = at(1);
    const range = {
      site: 'lodge',
      prefix: '+992372',
      to: {kind: 'new', destination: 'Dushanbe', perMinute: '1', initialSeconds: 60, nextSeconds: 60},
      from: at(-3),
    } as const;
    expect(await act((tx) => createAddRange(given()).publish(tx, ADA, range))).toMatchObject({kind: 'done'});
    const hall = (await wholeScheduleOf(cloud.store.reading, 'lodge')).student[0]?.tariff;
    const found = await versions();
    const by = 'ada of the staff';
    expect(found).toMatchObject([
      // The one in force is amended from the date on, the later one from its beginning.
      {act: 'add-range', by, at: at(1), changes: [{from: at(-3)}, {from: at(10)}]},
      {act: 'publish', by, at: NOON, changes: [{role: 'student', from: at(10), before: undefined}]},
      {act: 'create', by, at: NOON, changes: [{role: 'student', from: 0, before: undefined, after: hall}]},
    ]);
    const seq = found[0]?.seq ?? 0;
    expect((await versionAt(cloud.store.reading, 'lodge', seq))?.changes).toEqual(found[0]?.changes);
    expect(await versionAt(cloud.store.reading, 'hall', seq)).toBeUndefined();
  });

  test('are final', async () => {
    await expect(act(({db}) => db.updateTable('schedule_version').set({at: 1}).execute())).rejects.toThrow('final');
    await expect(act(({db}) => db.deleteFrom('schedule_version').execute())).rejects.toThrow('final');
  });
});

describe('going back', () => {
  const rollBack = async (version: number, actor = ADA) => {
    const pin = await seen();
    return await act((tx) => drafts.rollBack(tx, actor, {site: 'lodge', version, seen: pin}));
  };

  test('puts what an earlier version said in force from now on; what is past keeps its tariff', async () => {
    const [first] = await versions();
    await publish(await saved('October'), at(10));
    await publish(await saved('November'), at(20));
    cloud.now = at(12);
    expect(await rollBack(first?.seq ?? 0)).toEqual({kind: 'done'});
    expect(await scheduled()).toEqual([
      ['ever', 'Hall'],
      [10, 'October'],
      [12, 'Hall'],
    ]);
    expect((await versions())[0]).toMatchObject({act: 'roll-back', by: 'ada of the staff'});
  });

  test('takes again what the earlier version planned', async () => {
    await publish(await saved('October'), at(10));
    const [planned] = await versions();
    await publish(await saved('Instead'), at(10));
    cloud.now = at(1);
    expect(await rollBack(planned?.seq ?? 0)).toEqual({kind: 'done'});
    expect(await scheduled()).toEqual([
      ['ever', 'Hall'],
      [10, 'October'],
    ]);
  });

  test('is refused where nothing would change, of what is no version, and to a clerk', async () => {
    const [only] = await versions();
    expect(await rollBack(only?.seq ?? 0)).toMatchObject({code: 'nothing-to-change'});
    expect(await rollBack(9_999)).toMatchObject({code: 'version-unknown'});
    expect(await rollBack(only?.seq ?? 0, CARL)).toMatchObject({code: 'not-allowed'});
    const version = only?.seq ?? 0;
    expect(await act((tx) => drafts.rollBack(tx, ADA, {site: 'lodge', version, seen: 'other'}))).toMatchObject({code: 'schedule-changed'});
  });

  test('to a time without costs of the carrier leaves those as they are', () => {
    const entry = (from: number, tariff: string) => ({from, tariff});
    const current = {student: [entry(0, 'a'), entry(5, 'b')], carrier: [entry(3, 'c')]};
    expect(rolledBack(current, {student: [entry(0, 'a')], carrier: []}, 7 as Instant)).toEqual({
      student: [entry(0, 'a'), entry(5, 'b'), entry(7, 'a')],
      carrier: [entry(3, 'c')],
    });
  });
});

test('the one step of old writes a version too', async () => {
  await act((tx) =>
    createPublish(given()).tariff(tx, ADA, {site: 'lodge', text: JSON.stringify({...HALL_TARIFF, name: 'X'}), from: at(3)}),
  );
  expect((await versions()).map(({act: done}) => done)).toEqual(['publish', 'create']);
});
