// Free allowances: those of a site; granted, changed, ended, each after it was said in figures.
import {instant, type Instant} from '../../../shared/time/instant.ts';
import {go, type Answer, type FormLimits, type Handle} from '../../../shared/web/answer.ts';
import {pageOf} from '../../../shared/web/query.ts';
import type {Allowance} from '../../books/allowances.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {actorOf, commit, isRefusal, refusalText, rehearse} from '../acting.ts';
import {
  ALLOWANCE_FIELDS,
  fieldsOfAllowance,
  namesIn,
  readAllowance,
  usualAllowance,
  type AllowanceFields,
  type AllowanceReading,
} from '../allowance-form.ts';
import {lineIn, siteAddress, studentAddress} from '../pages/addresses.ts';
import {AllowancesPage, type AllowanceLine} from '../pages/allowances.tsx';
import {
  AllowanceConfirmPage,
  AllowanceFormPage,
  EndAllowancePage,
  MOST_PICKED,
  type AllowanceFormView,
  type AllowanceQuestion,
  type Whose,
} from '../pages/allowance-acts.tsx';
import {isAtLeast} from '../pages/ground.ts';
import {countOpenStudents} from '../rows/allowances.ts';
import type {Site} from '../rows/sites.ts';
import {readSite} from '../rows/sites.ts';
import {readStudent, readStudentName} from '../rows/students.ts';
import {attempt, fieldOf, isSure, onlyFor, pageIn, tell, type RouteGround} from './ground.tsx';
import {ofSite} from './of-site.ts';
import {wrongOf} from './students.tsx';

/** 500 names of 100 characters, percent-encoded, and what a search ticks. */
const ALLOWANCE_FORM: FormLimits = {bytes: 400_000, fields: 100};
const SHOWN = 50;
/** Names in one error; each is said by itself below the list. */
const MOST_SAID = 3;

/** Beside which field a no belongs. */
const FIELD_OF: Readonly<Record<string, string>> = {
  'name-invalid': 'name',
  'amount-wrong': 'amount',
  'destinations-full': 'destinations',
  'from-past': 'from',
  'from-fixed': 'from',
  'to-wrong': 'last',
};

export function allowanceRoutes(ground: RouteGround): readonly StaffRoute[] {
  return [
    {path: '/desk/sites/:part/allowances', signed: true, get: ofSite(ground, (visit, site) => list(ground, visit, site))},
    {
      path: '/desk/sites/:part/allowance',
      signed: true,
      form: ALLOWANCE_FORM,
      get: onlyFor(
        'clerk',
        ofSite(ground, (visit, site) => begin(ground, visit, site)),
      ),
      post: onlyFor(
        'clerk',
        ofSite(ground, async (visit, site) => {
          const whose = await whoseOf(ground, visit, site, visit.query.get('account'));
          return whose === undefined ? {kind: 'missing'} : await save(ground, visit, {site, whose, before: undefined});
        }),
      ),
    },
    {
      path: '/desk/allowances/:part/edit',
      signed: true,
      form: ALLOWANCE_FORM,
      get: ofAllowance(ground, ({setting}, of) =>
        form(ground, {...of, fields: fieldsOfAllowance(of.before, of.site.zone), at: setting.now}),
      ),
      post: ofAllowance(ground, (visit, of) => save(ground, visit, of)),
    },
    {
      path: '/desk/allowances/:part/end',
      signed: true,
      get: ofAllowance(ground, (visit, of) => endPage(ground, visit, of)),
      post: ofAllowance(ground, (visit, of) => end(ground, visit, of)),
    },
  ];
}

/** What an act is about: of one student, or of each of a site; of one that is there, or a new one. */
type Of = {readonly site: Site; readonly whose: Whose; readonly before: Allowance | undefined};
type OfOne = Of & {readonly before: Allowance};

function listOf({site, whose}: Pick<Of, 'site' | 'whose'>): string {
  return whose.kind === 'one' ? `${studentAddress(whose.account)}#allowances` : `${siteAddress(site.id)}/allowances`;
}

/** One that runs or will, for whoever may change it. */
function ofAllowance(ground: RouteGround, act: (visit: SignedStaffVisit, of: OfOne) => Promise<Answer>): Handle<SignedStaffVisit> {
  return onlyFor('clerk', async (visit) => {
    const named = lineIn(visit.part);
    const site = named === undefined ? undefined : await readSite(ground.reading, named.site);
    const before = named === undefined ? undefined : await ground.books.allowanceAt(ground.reading, named.site, named.extension);
    if (site === undefined || before === undefined) return {kind: 'missing'};
    const whose = await whoseOf(ground, visit, site, before.account);
    if (whose === undefined) return {kind: 'missing'};
    const isOver = before.to !== undefined && before.to <= visit.setting.now;
    return isOver ? go(listOf({site, whose})) : await act(visit, {site, whose, before});
  });
}

/** Undefined for a student who is not there, and for somebody who may not decide about a whole site. */
async function whoseOf(
  {reading}: RouteGround,
  {session}: SignedStaffVisit,
  site: Site,
  account: string | undefined,
): Promise<Whose | undefined> {
  if (account === undefined)
    return isAtLeast(session.role, 'admin') ? {kind: 'each', students: await countOpenStudents(reading, site.id)} : undefined;
  const student = await readStudent(reading, account);
  return student === undefined || student.site !== site.id ? undefined : {kind: 'one', account, name: student.name};
}

async function list(ground: RouteGround, {query, setting}: SignedStaffVisit, site: Site): Promise<Answer> {
  const {reading, books} = ground;
  const {now} = setting;
  const rank = ({account, to}: Allowance): number => (to !== undefined && to <= now ? 2 : account === undefined ? 0 : 1);
  const all = (await books.allowancesOf(reading, {site: site.id})).toSorted((a, b) => rank(a) - rank(b));
  const page = pageOf(query.get('page'));
  const lines: AllowanceLine[] = [];
  for (const allowance of all.slice((page - 1) * SHOWN, page * SHOWN)) lines.push(await lineOf(ground, site, allowance, now));
  return pageIn(site.zone, <AllowancesPage site={site} lines={lines} page={page} hasMore={all.length > page * SHOWN} />);
}

/** How many that run or will name destinations that a tariff does not have: those of each student, and the first of single ones. */
export async function misnamedOf({reading, books, destinations}: RouteGround, site: Site, now: Instant): Promise<number> {
  const all = (await books.allowancesOf(reading, {site: site.id})).filter(({to}) => to === undefined || to > now);
  let count = 0;
  for (const {destinations: names, from, to} of all.toSorted(eachFirst).slice(0, SHOWN)) {
    const missing = await destinations.missing(site.id, names, {from: instant(from), to, now});
    if (missing.length > 0) count++;
  }
  return count;
}

function eachFirst(a: Allowance, b: Allowance): number {
  return Number(a.account !== undefined) - Number(b.account !== undefined);
}

async function lineOf({reading, destinations}: RouteGround, site: Site, allowance: Allowance, now: Instant): Promise<AllowanceLine> {
  const {account, from, to} = allowance;
  const isOver = to !== undefined && to <= now;
  return {
    allowance,
    name: account === undefined ? undefined : await readStudentName(reading, account),
    missing: isOver ? [] : await destinations.missing(site.id, allowance.destinations, {from: instant(from), to, now}),
  };
}

async function begin(ground: RouteGround, visit: SignedStaffVisit, site: Site): Promise<Answer> {
  const whose = await whoseOf(ground, visit, site, visit.query.get('account'));
  if (whose === undefined) return {kind: 'missing'};
  const {now} = visit.setting;
  return await form(ground, {site, whose, before: undefined, fields: usualAllowance(now, site.zone), at: now});
}

type Typed = Of &
  Pick<AllowanceFormView, 'errors' | 'trouble'> & {
    readonly fields: AllowanceFields;
    readonly at: Instant;
    /** Words to look for in the tariff. */
    readonly find?: string | undefined;
    readonly unknown?: AllowanceFormView['unknown'] | undefined;
  };

async function form(ground: RouteGround, {at, find, unknown = [], ...view}: Typed): Promise<Answer> {
  const {site, errors, trouble} = view;
  const found = await ground.destinations.find(site.id, find ?? '', at);
  const search = find === undefined ? undefined : {words: find, found};
  const isWrong = errors !== undefined || trouble !== undefined;
  return pageIn(site.zone, <AllowanceFormPage {...view} known={found.of} search={search} unknown={unknown} />, isWrong ? 422 : 200);
}

/** A look for destinations, a look at what would happen, or the act itself. */
async function save(ground: RouteGround, visit: SignedStaffVisit, of: Of): Promise<Answer> {
  const {site, before} = of;
  const {now} = visit.setting;
  const at = await pricedAt(ground, site, now);
  const typed = Object.fromEntries(ALLOWANCE_FIELDS.map((name) => [name, fieldOf(visit, name)])) as AllowanceFields;
  const named = await ground.destinations.read(site.id, await namesOf(ground, visit, {site, at, text: typed.destinations}), at);
  const fixed = before === undefined ? {} : {unit: before.unit, period: before.period};
  const fields = {...typed, ...fixed, destinations: named.names.join('\n')};
  const find = fieldOf(visit, 'find');
  if (fieldOf(visit, 'step') === 'find' && find !== '') return await form(ground, {...of, fields, at, find});
  const read = readWhole(ground, {...of, fields, unknown: named.unknown}, now);
  const {unknown} = named;
  if (read.kind === 'wrong') return await form(ground, {...of, fields, at, errors: read.errors, unknown});
  return await act(ground, visit, {...of, fields, at, terms: read.terms, unknown});
}

/** Names that the tariff does not have are wrong unless they are to be kept. */
function readWhole(
  {words: {allowances: words}}: RouteGround,
  {site, before, fields, unknown}: Of & Pick<AllowanceFormView, 'fields' | 'unknown'>,
  now: Instant,
): AllowanceReading {
  const begun = before !== undefined && before.from <= now ? instant(before.from) : undefined;
  const read = readAllowance(fields, {zone: site.zone, words, begun});
  if (unknown.length === 0 || fields.keep === 'yes') return read;
  const errors = read.kind === 'wrong' ? read.errors : {};
  const named = unknown.slice(0, MOST_SAID).map(({name}) => words.quoted(name));
  const more = unknown.length > MOST_SAID ? [words.unknownMore(String(unknown.length - MOST_SAID))] : [];
  return {kind: 'wrong', errors: {...errors, destinations: words.unknown([...named, ...more].join(', '))}};
}

type Acting = Typed & Pick<AllowanceQuestion, 'terms'>;

async function act(ground: RouteGround, visit: SignedStaffVisit, acting: Acting): Promise<Answer> {
  const {transact, allowances, words} = ground;
  const {site, whose, before, terms, fields, at, unknown = []} = acting;
  const actor = actorOf(visit.session);
  const account = whose.kind === 'one' ? whose.account : undefined;
  const work = (tx: Parameters<typeof allowances.grant>[0]) =>
    before === undefined
      ? allowances.grant(tx, actor, {...terms, site: site.id, account})
      : allowances.change(tx, actor, {...terms, site: site.id, allowance: before.allowance});
  const done = await (isSure(visit) ? commit(transact, work) : rehearse(transact, work));
  if (isRefusal(done)) return await form(ground, {...acting, at, unknown, ...wrongOf(done, FIELD_OF)});
  if (!isSure(visit)) {
    const usage = before === undefined ? undefined : await usageNow(ground, site, before, visit.setting.now);
    const names = unknown.map(({name}) => name);
    const question = {site, whose, before, fields, terms, unknown: names, usage};
    return pageIn(site.zone, <AllowanceConfirmPage {...question} />);
  }
  tell(visit, (before === undefined ? words.allowances.granted : words.allowances.changed)(terms.name));
  return go(listOf({site, whose}));
}

/** Names typed, and those that were ticked in what a search found. */
async function namesOf(
  {destinations}: RouteGround,
  visit: SignedStaffVisit,
  {site, at, text}: {readonly site: Site; readonly at: Instant; readonly text: string},
): Promise<readonly string[]> {
  const ticked = Array.from({length: MOST_PICKED}, (_, place) => fieldOf(visit, `pick-${place}`)).filter((name) => name !== '');
  const all = fieldOf(visit, 'pick-all');
  const found = all === '' ? [] : (await destinations.find(site.id, all, at)).names;
  return namesIn([text, ...ticked, ...found].join('\n'));
}

/** By which tariff names are read: that of now, or the first of all where none is in force yet. */
async function pricedAt({reading, published}: RouteGround, site: Site, now: Instant): Promise<Instant> {
  const tariffs = await published.publishedTariffs(reading, site.id, now);
  return instant(Math.max(now, tariffs[0]?.from ?? now));
}

function usageNow({reading, books}: RouteGround, site: Site, allowance: Allowance, now: Instant) {
  const at = instant(Math.max(now, allowance.from));
  return books.usageOf(reading, {site: site.id, allowance, zone: site.zone, at});
}

async function endPage(ground: RouteGround, {setting}: SignedStaffVisit, {site, whose, before}: OfOne): Promise<Answer> {
  const usage = await usageNow(ground, site, before, setting.now);
  return pageIn(site.zone, <EndAllowancePage site={site} whose={whose} allowance={before} usage={usage} />);
}

async function end(ground: RouteGround, visit: SignedStaffVisit, of: OfOne): Promise<Answer> {
  const {transact, allowances, words} = ground;
  if (!isSure(visit)) return await endPage(ground, visit, of);
  const {site, before} = of;
  await attempt(visit, words, async () => {
    const wanted = {site: site.id, allowance: before.allowance};
    const done = await commit(transact, (tx) => allowances.end(tx, actorOf(visit.session), wanted));
    return isRefusal(done) ? refusalText(done) : words.allowances.ended(before.name);
  });
  return go(listOf(of));
}
