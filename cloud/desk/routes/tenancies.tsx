// Lines given, moved and ended: typed, rehearsed, asked in figures, done.
import {must} from '../../../shared/assert/assert.ts';
import type {Errors} from '../../../shared/ui/form.tsx';
import {later, type Instant} from '../../../shared/time/instant.ts';
import {go, type Answer, type Handle} from '../../../shared/web/answer.ts';
import type {Refusal} from '../../../shared/failure/refusal.ts';
import type {ConcernedCall, TenancyDone, TenancyRefusal} from '../../people/tenancies.ts';
import type {Tx} from '../../store/open.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {actorOf, commit, isRefusal, rehearse, withTimesIn} from '../acting.ts';
import {moveCallsAddress, studentAddress} from '../pages/addresses.ts';
import {TenancyConfirmPage, TenancyPage, type TenancyAct, type TenancyFields} from '../pages/student-acts.tsx';
import {readSite, type Site} from '../rows/sites.ts';
import {readStudent, readStudentName, readTenancy} from '../rows/students.ts';
import {readTypedTime, typedTime} from '../typed-time.ts';
import {fieldOf, isSure, onlyFor, pageIn, tell, type RouteGround} from './ground.tsx';
import {ofOpenStudent, wrongOf} from './students.tsx';

export function tenancyRoutes(ground: RouteGround): readonly StaffRoute[] {
  return [
    {
      path: '/desk/students/:part/line',
      signed: true,
      get: ofOpenStudent(ground, (visit, {student, site}) => empty(visit, {kind: 'start', student}, site)),
      post: ofOpenStudent(ground, (visit, {student, site}) => plan(ground, visit, {act: {kind: 'start', student}, site})),
    },
    ...(['move', 'end'] as const).map((kind): StaffRoute => ({
      path: `/desk/tenancies/:part/${kind}`,
      signed: true,
      get: ofTenancy(ground, kind, (visit, {act, site}) => empty(visit, act, site)),
      post: ofTenancy(ground, kind, (visit, of) => plan(ground, visit, of)),
    })),
  ];
}

type Planning = {readonly act: TenancyAct; readonly site: Site};

/** Of a tenancy that is not over. */
function ofTenancy(
  {reading}: RouteGround,
  kind: 'move' | 'end',
  act: (visit: SignedStaffVisit, of: Planning) => Answer | Promise<Answer>,
): Handle<SignedStaffVisit> {
  return onlyFor('clerk', async (visit) => {
    const tenancy = await readTenancy(reading, visit.part, visit.setting.now);
    const student = tenancy === undefined ? undefined : await readStudent(reading, tenancy.account);
    const site = tenancy === undefined ? undefined : await readSite(reading, tenancy.site);
    if (tenancy === undefined || student === undefined || site === undefined) return {kind: 'missing'};
    if (tenancy.state === 'past' || tenancy.state === 'void') return go(studentAddress(student.account));
    return await act(visit, {act: {kind, student, tenancy}, site});
  });
}

function empty({setting, query}: SignedStaffVisit, act: TenancyAct, site: Site): Answer {
  const now = typedTime(setting.now, site.zone);
  const fields = {extension: query.get('line') ?? '', ...now, untilDate: '', untilTime: ''};
  return pageIn(site.zone, <TenancyPage act={act} site={site} fields={fields} />);
}

async function plan(ground: RouteGround, visit: SignedStaffVisit, {act, site}: Planning): Promise<Answer> {
  const {transact, reading, words} = ground;
  const fields = fieldsOf(visit);
  const again = (wrong: {errors?: Errors; trouble?: string}): Answer =>
    pageIn(site.zone, <TenancyPage act={act} site={site} fields={fields} {...wrong} />, 422);
  const read = readTimes(fields, act, site.zone, ground);
  if (read.kind === 'wrong') return again({errors: read.errors});
  const work = (tx: Tx): Promise<TenancyDone | TenancyRefusal> => doIt(ground, tx, {visit, act, fields, read});
  if (!isSure(visit)) {
    const would = await rehearse(transact, work);
    if (would.kind === 'refused') return again(wrongHere(would, visit, site));
    const {concerned} = would;
    const {at, until, isTwice} = read;
    const names = await namesOf(ground, concerned);
    return pageIn(
      site.zone,
      <TenancyConfirmPage
        act={act}
        fields={fields}
        at={at}
        until={until}
        isTwice={isTwice}
        concerned={concerned}
        currency={site.currency}
        names={names}
      />,
    );
  }
  const done = await commit(transact, work);
  // Sent twice: what the first one did is there to be seen.
  if (isRefusal(done)) return again(wrongHere(done, visit, site));
  const {name, account} = act.student;
  const said = {
    start: () => words.tenancy.doneStart(name, fields.extension),
    move: () => words.tenancy.doneMove(name, fields.extension),
    end: () => words.tenancy.doneEnd(act.kind === 'start' ? '' : act.tenancy.extension),
  }[act.kind]();
  const move = callsToMove(done.concerned, site);
  tell(visit, move === undefined ? said : `${said} ${words.tenancy.offered}`);
  if (move !== undefined) return go(move);
  return go((await readStudentName(reading, account)) === undefined ? '/desk/students' : studentAddress(account));
}

/** Where the calls are moved that one paid and another should have: those of the pair with the most of them, all in one go. */
function callsToMove(concerned: TenancyDone['concerned'], site: Site): string | undefined {
  const pairs = new Map<string, MovedCall[]>();
  for (const call of concerned.filter(isMoved)) {
    const pair = JSON.stringify([call.extension, call.paidBy, call.payer]);
    pairs.set(pair, [...(pairs.get(pair) ?? []), call]);
  }
  const [most] = [...pairs.values()].toSorted((a, b) => b.length - a.length);
  if (most === undefined) return undefined;
  // They stand newest first.
  const [newest, oldest] = [must(most.at(0), 'the newest call'), must(most.at(-1), 'the oldest call')];
  const from = typedTime(oldest.startedAt, site.zone);
  // The minute after the last of them: what is typed has no seconds.
  const to = typedTime(later(newest.startedAt, MINUTE_MS), site.zone);
  const {extension, paidBy, payer} = newest;
  return moveCallsAddress(site.id, {
    line: extension,
    paidBy,
    payer,
    fromDate: from.date,
    fromTime: from.time,
    toDate: to.date,
    toTime: to.time,
  });
}

type MovedCall = ConcernedCall & {readonly paidBy: string; readonly payer: string};

function isMoved(call: ConcernedCall): call is MovedCall {
  return call.paidBy !== undefined && call.payer !== undefined && call.amount !== undefined && call.amount > 0;
}

/** Beside which field a no belongs. */
const FIELD_OF: Readonly<Record<string, string>> = {
  'line-unknown': 'extension',
  'same-line': 'extension',
  'tenancy-overlaps': 'extension',
  'tenancy-ended': 'date',
  'time-order': 'date',
  'time-implausible': 'date',
};

function wrongHere(refusal: Refusal, {setting}: SignedStaffVisit, {zone}: Site): {errors?: Errors; trouble?: string} {
  return wrongOf(withTimesIn(refusal, {...setting, zone}), FIELD_OF);
}

type Doing = {readonly visit: SignedStaffVisit; readonly act: TenancyAct; readonly fields: TenancyFields; readonly read: Times};

function doIt({tenancies}: RouteGround, tx: Tx, {visit, act, fields, read}: Doing): Promise<TenancyDone | TenancyRefusal> {
  const actor = actorOf(visit.session);
  const {at, until} = read;
  const {extension} = fields;
  switch (act.kind) {
    case 'start': {
      const {site, account} = act.student;
      return tenancies.start(tx, actor, {site, extension, account, from: at, ...(until === undefined ? {} : {to: until})});
    }
    case 'move':
      return tenancies.move(tx, actor, {tenancy: act.tenancy.id, extension, at});
    case 'end':
      return tenancies.end(tx, actor, {tenancy: act.tenancy.id, at});
  }
}

type Times = {readonly kind: 'read'; readonly at: Instant; readonly until: Instant | undefined; readonly isTwice: boolean};

function readTimes(
  fields: TenancyFields,
  act: TenancyAct,
  zone: string,
  {words: {tenancy: words}}: RouteGround,
): Times | {readonly kind: 'wrong'; readonly errors: Errors} {
  const errors: Record<string, string> = {};
  const read = (date: string, time: string, [dateField, timeField]: readonly [string, string]) => {
    const typed = readTypedTime(date, time, zone);
    if (typed.kind === 'at') return typed;
    errors[typed.what === 'date' ? dateField : timeField] = {date: words.dateWrong, time: words.timeWrong, gap: words.timeGap}[typed.what];
    return undefined;
  };
  if (act.kind !== 'end' && fields.extension === '') errors['extension'] = words.lineMissing;
  const at = read(fields.date, fields.time, ['date', 'time']);
  const hasEnd = fields.untilDate !== '' || fields.untilTime !== '';
  const until = hasEnd ? read(fields.untilDate, fields.untilTime, ['untilDate', 'untilTime']) : undefined;
  if (at === undefined || Object.keys(errors).length > 0) return {kind: 'wrong', errors};
  return {kind: 'read', at: whichBegins(at.at, act), until: until?.at, isTwice: at.isTwice || until?.isTwice === true};
}

/** A page shows minutes. Whoever takes a tenancy back types the minute in which it began, and means its beginning. */
function whichBegins(at: Instant, act: TenancyAct): Instant {
  if (act.kind === 'start') return at;
  const {from} = act.tenancy;
  return at < from && from - at < MINUTE_MS ? from : at;
}
const MINUTE_MS = 60_000;

async function namesOf({reading}: RouteGround, concerned: TenancyDone['concerned']): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>();
  for (const account of new Set(concerned.flatMap(({paidBy, payer}) => [paidBy, payer]).filter((each) => each !== undefined))) {
    const name = await readStudentName(reading, account);
    if (name !== undefined) names.set(account, name);
  }
  return names;
}

function fieldsOf(visit: SignedStaffVisit): TenancyFields {
  return {
    extension: fieldOf(visit, 'extension'),
    date: fieldOf(visit, 'date'),
    time: fieldOf(visit, 'time'),
    untilDate: fieldOf(visit, 'untilDate'),
    untilTime: fieldOf(visit, 'untilTime'),
  };
}
