// Who may open what: every address of the desk, for everybody. The table is the rule; an address that is not in it fails.
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {createDesk} from '../../../cloud/desk/desk.ts';
import type {StaffRole} from '../../../cloud/web/route.ts';
import {readTariff} from '../../../shared/tariff/read.ts';
import {get, openDesk, post, type DeskRig, type StaffName} from '../../rig/desk/rig.ts';
import {TARIFF} from '../../rig/desk/seen.ts';

type Rule = {readonly get?: StaffRole | 'everybody'; readonly post?: StaffRole | 'everybody'; readonly at?: string};

const TARIFF_HASH = tariffHashOf(TARIFF);
const COMPARED = `/desk/sites/north/compare?role=student&before=${TARIFF_HASH}&after=${TARIFF_HASH}`;

function tariffHashOf(text: string): string {
  const reading = readTariff(text);
  return reading.kind === 'tariff' ? reading.hash : '';
}

/** The least role for looking, and for sending. `at`: an address that is there. */
const RULES: Readonly<Record<string, Rule>> = {
  '/desk/sign-in': {get: 'everybody', post: 'everybody'},
  '/desk/sign-out': {get: 'viewer', post: 'viewer'},
  '/desk/welcome/:part': {get: 'everybody', post: 'everybody', at: '/desk/welcome/none'},
  '/desk/forgot': {get: 'everybody', post: 'everybody'},
  '/desk': {get: 'viewer'},
  '/desk/sites': {get: 'viewer'},
  '/desk/sites/new': {get: 'admin', post: 'admin'},
  '/desk/sites/:part': {get: 'viewer', at: '/desk/sites/north'},
  '/desk/sites/:part/mode': {get: 'admin', post: 'admin', at: '/desk/sites/north/mode'},
  '/desk/sites/:part/dial-plan': {get: 'admin', post: 'admin', at: '/desk/sites/north/dial-plan'},
  '/desk/sites/:part/waiting-limits': {get: 'admin', post: 'admin', at: '/desk/sites/north/waiting-limits'},
  '/desk/sites/:part/tariffs': {get: 'viewer', at: '/desk/sites/north/tariffs'},
  '/desk/sites/:part/tariffs/draft': {get: 'admin', post: 'admin', at: '/desk/sites/north/tariffs/draft'},
  '/desk/sites/:part/compare': {get: 'viewer', at: COMPARED},
  '/desk/versions/:part': {get: 'viewer', at: '/desk/versions/north~:version'},
  '/desk/versions/:part/back': {get: 'admin', post: 'admin', at: '/desk/versions/north~:version/back'},
  '/desk/drafts/:part': {get: 'viewer', post: 'admin', at: '/desk/drafts/d-north'},
  '/desk/drafts/:part/publish': {get: 'admin', post: 'admin', at: '/desk/drafts/d-north/publish'},
  '/desk/drafts/:part/discard': {get: 'admin', post: 'admin', at: '/desk/drafts/d-north/discard'},
  '/desk/sites/:part/box': {get: 'admin', post: 'admin', at: '/desk/sites/north/box'},
  '/desk/sites/:part/revoke': {get: 'admin', post: 'admin', at: '/desk/sites/north/revoke'},
  '/desk/students': {get: 'viewer'},
  '/desk/students/new': {get: 'clerk', post: 'clerk'},
  '/desk/students/:part': {get: 'viewer', at: '/desk/students/amara'},
  '/desk/students/:part/statement': {get: 'viewer', at: '/desk/students/amara/statement'},
  '/desk/students/:part/edit': {get: 'clerk', post: 'clerk', at: '/desk/students/amara/edit'},
  '/desk/students/:part/invite': {get: 'viewer', post: 'clerk', at: '/desk/students/amara/invite'},
  '/desk/students/:part/close': {get: 'clerk', post: 'clerk', at: '/desk/students/amara/close'},
  '/desk/students/:part/cash': {get: 'clerk', post: 'clerk', at: '/desk/students/amara/cash'},
  '/desk/students/:part/line': {get: 'clerk', post: 'clerk', at: '/desk/students/amara/line'},
  '/desk/students/:part/code': {get: 'clerk', post: 'clerk', at: '/desk/students/amara/code'},
  '/desk/codes/:part/end': {get: 'clerk', post: 'clerk', at: '/desk/codes/c-ben/end'},
  '/desk/sites/:part/allowances': {get: 'viewer', at: '/desk/sites/north/allowances'},
  // Of one student a clerk may decide: `?account=`, or one that is a student's.
  '/desk/sites/:part/allowance': {get: 'admin', post: 'admin', at: '/desk/sites/north/allowance'},
  '/desk/allowances/:part/edit': {get: 'admin', post: 'admin', at: '/desk/allowances/north~a-north/edit'},
  '/desk/allowances/:part/end': {get: 'admin', post: 'admin', at: '/desk/allowances/north~a-north/end'},
  '/desk/import': {get: 'clerk', post: 'clerk'},
  '/desk/tenancies/:part/move': {get: 'clerk', post: 'clerk', at: '/desk/tenancies/t-amara/move'},
  '/desk/tenancies/:part/end': {get: 'clerk', post: 'clerk', at: '/desk/tenancies/t-amara/end'},
  '/desk/lines': {get: 'viewer'},
  '/desk/lines/new': {get: 'clerk', post: 'clerk'},
  '/desk/lines/:part': {get: 'viewer', at: '/desk/lines/north~2101'},
  '/desk/lines/:part/edit': {get: 'clerk', post: 'clerk', at: '/desk/lines/north~2101/edit'},
  '/desk/lines/:part/override': {get: 'viewer', post: 'clerk', at: '/desk/lines/north~2101/override'},
  '/desk/lines/:part/take-back': {get: 'clerk', post: 'clerk', at: '/desk/lines/north~2101/take-back'},
  '/desk/payments': {get: 'viewer'},
  '/desk/payments/:part': {get: 'viewer'},
  '/desk/payments/:part/ask': {get: 'viewer', post: 'clerk'},
  '/desk/unbillable': {get: 'viewer'},
  '/desk/calls/:part': {get: 'viewer', at: '/desk/calls/north~1'},
  '/desk/calls/:part/bill': {get: 'clerk', post: 'clerk', at: '/desk/calls/north~1/bill'},
  '/desk/calls/:part/write-off': {get: 'clerk', post: 'clerk', at: '/desk/calls/north~1/write-off'},
  '/desk/proposals/:part': {get: 'clerk', post: 'clerk', at: '/desk/proposals/p-north'},
  '/desk/sites/:part/range': {get: 'admin', post: 'admin', at: '/desk/sites/north/range'},
  '/desk/ranges/:part': {get: 'viewer', post: 'admin', at: `/desk/ranges/${'a'.repeat(32)}`},
  '/desk/sites/:part/rerating': {get: 'viewer', post: 'admin', at: '/desk/sites/north/rerating'},
  '/desk/sites/:part/re-rate': {get: 'admin', post: 'admin', at: '/desk/sites/north/re-rate'},
  '/desk/sites/:part/move-calls': {get: 'clerk', post: 'clerk', at: '/desk/sites/north/move-calls'},
  '/desk/rerating/:part': {get: 'viewer', post: 'clerk', at: '/desk/rerating/r-north'},
  '/desk/mail': {get: 'viewer'},
  '/desk/audit': {get: 'viewer'},
  '/desk/staff': {get: 'admin', post: 'admin'},
  '/desk/staff/:part': {get: 'admin', at: '/desk/staff/carl'},
  '/desk/staff/:part/role': {get: 'viewer', post: 'admin', at: '/desk/staff/carl/role'},
  '/desk/staff/:part/invite': {get: 'viewer', post: 'admin', at: '/desk/staff/carl/invite'},
  '/desk/staff/:part/disable': {get: 'admin', post: 'admin', at: '/desk/staff/carl/disable'},
  '/desk/staff/:part/enable': {get: 'viewer', post: 'admin', at: '/desk/staff/carl/enable'},
  '/desk/account': {get: 'viewer'},
  '/desk/account/password': {get: 'viewer', post: 'viewer'},
  '/desk/account/sign-out-everywhere': {get: 'viewer', post: 'viewer'},
};

const WHO: readonly (readonly [StaffName, StaffRole])[] = [
  ['vera', 'viewer'],
  ['carl', 'clerk'],
  ['ada', 'admin'],
];
const RANK = {everybody: 0, viewer: 1, clerk: 2, admin: 3} as const;

let rig: DeskRig;
let payment = '';
let version = 0;
beforeAll(async () => {
  rig = await openDesk();
  payment = rig.payments.newId();
  const wish = {id: payment, site: 'north', account: 'ben', amount: '5', by: 'carl', reason: 'receipt'};
  await rig.store.transact((tx) => rig.payments.takeCash(tx, wish));
  for (const seconds of [60, 61]) await rig.house.call('amara', {at: rig.now(), seconds, number: '992371111111', state: 'unbillable'});
  await rig.house.grant('north', {allowance: 'a-north'});
  const bill = {site: 'north', call_seq: 2, amount: 21_000_000, destination: 'Tajikistan', payer: null, reason: 'dear', by: 'vera'};
  const proposal = {id: 'p-north', ...bill, at: 0, decision: null, decided_by: null, decided_at: null};
  await rig.store.transact(({db}) => db.insertInto('resolution_proposal').values(proposal).execute());
  const to = {kind: 'existing', destination: 'Tajikistan'} as const;
  const range = {id: 'a'.repeat(32), site: 'north', prefix: '992', wish: JSON.stringify({site: 'north', prefix: '992', to, from: 0})};
  const dropped = {...range, hash: '', schedule: '', calls: 0, total: 0, is_dear: 1, by: 'vera', at: 0, down_seq: null} as const;
  await rig.store.transact(({db}) =>
    db
      .insertInto('range_addition')
      .values({...dropped, decision: 'refused', decided_by: 'vera', decided_at: 0})
      .execute(),
  );
  const late = {cause: 'tariff-late', site: 'north'} as const;
  const row = {
    id: 'r-north',
    site: 'north',
    cause: late.cause,
    wish: JSON.stringify(late),
    hash: '',
    calls: 0,
    more: 0,
    less: 0,
    reason: 'late',
  };
  await rig.store.transact(({db}) =>
    db
      .insertInto('rerating')
      .values({...row, by: 'vera', at: 0, decision: null, decided_by: null, decided_at: null})
      .execute(),
  );
  const draft = {id: 'd-north', site: 'north', role: 'student', hash: TARIFF_HASH, note: '', by: 'vera', at: 0} as const;
  await rig.store.transact(async (tx) => {
    await rig.given.publish.tariff(tx, {id: 'ada', role: 'admin'}, {site: 'north', text: TARIFF});
    await tx.db.insertInto('tariff_draft').values(draft).execute();
    version = (await tx.db.selectFrom('schedule_version').select('down_seq').executeTakeFirstOrThrow()).down_seq;
  });
  const code = {id: 'c-ben', site: 'north', account: 'ben', code: '1234', from_at: 0, to_at: null};
  await rig.store.transact(({db}) => db.insertInto('account_code').values(code).execute());
});
afterAll(() => rig.close());

/** Of a session of its own; the newest of ten are kept. */
async function cookieOf(person: StaffName): Promise<string> {
  rig.pass(1_000);
  return await rig.cookie(person);
}

function addressOf(path: string): string {
  const at = RULES[path]?.at ?? path;
  return at.replace(':part', payment).replace(':version', String(version));
}

/** Answers of a page or a form that somebody may see; to be signed out by oneself is one. */
const LET_IN = new Set([200, 303, 409, 410, 422]);

function outcomeOf({status, headers}: Response): string {
  const to = headers.get('location') ?? '';
  if (to.startsWith('/desk/sign-in') && !to.includes('why=out')) return 'to the door';
  if (status === 404) return 'missing';
  return LET_IN.has(status) ? 'let in' : String(status);
}

describe('the desk', () => {
  test('has the addresses of the table, and the ways in it', () => {
    const found = createDesk(rig.given).routes.map(({path, ...route}) => [path, 'get' in route, 'post' in route]);
    const ruled = Object.entries(RULES).map(([path, rule]) => [path, rule.get !== undefined, rule.post !== undefined]);
    expect(new Set(found.map(String))).toEqual(new Set(ruled.map(String)));
  });

  test.for(Object.entries(RULES))('%s is for whom the table says', async ([path, rule]) => {
    const address = addressOf(path);
    const heard: Record<string, string> = {};
    const ruled: Record<string, string> = {};
    for (const way of ['get', 'post'] as const) {
      const least = rule[way];
      if (least === undefined) continue;
      const ask = async (cookie: string): Promise<string> =>
        outcomeOf(way === 'get' ? await get(rig, address, cookie) : await post(rig, address, {}, cookie));
      heard[`${way} stranger`] = await ask('');
      ruled[`${way} stranger`] = least === 'everybody' ? 'let in' : 'to the door';
      for (const [person, role] of WHO) {
        heard[`${way} ${role}`] = await ask(await cookieOf(person));
        ruled[`${way} ${role}`] = RANK[role] >= RANK[least] ? 'let in' : 'missing';
      }
    }
    expect(heard).toEqual(ruled);
  });

  test('answers like an address that is not there', async () => {
    const cookie = await cookieOf('vera');
    const [forbidden, missing] = [await get(rig, '/desk/staff', cookie), await get(rig, '/desk/nothing', cookie)];
    expect(await forbidden.text()).toBe(await missing.text());
  });

  test('a role that was taken away bites on the next request', async () => {
    const cookie = await cookieOf('carl');
    expect((await get(rig, '/desk/students/new', cookie)).status).toBe(200);
    await rig.store.transact((tx) => rig.given.staff.changeRole(tx, {id: 'ada', role: 'admin'}, {id: 'carl', role: 'viewer'}));
    expect((await get(rig, '/desk/students/new', cookie)).status).toBe(404);
    await rig.store.transact((tx) => rig.given.staff.changeRole(tx, {id: 'ada', role: 'admin'}, {id: 'carl', role: 'clerk'}));
  });

  test('shows a viewer no button that he may not press', async () => {
    const text = await (await get(rig, '/desk/students/amara', await cookieOf('vera'))).text();
    expect(text).toContain('Amara Obi');
    for (const way of ['cash', 'line', 'edit', 'close', 'invite']) expect(text).not.toContain(`/desk/students/amara/${way}`);
  });
});
