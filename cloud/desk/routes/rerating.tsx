// Corrections of calls: worked out, written down as a proposal, looked at, and decided.
import {go, type Answer, type Handle} from '../../../shared/web/answer.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import type {PlanLine, Wish} from '../../books/rerating-plan.ts';
import type {ProposedRerating} from '../../books/reratings.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {actorOf, commit, isRefusal, refusalText} from '../acting.ts';
import {reratingAddress, siteAddress} from '../pages/addresses.ts';
import {ReratingPage} from '../pages/rerating-proposal.tsx';
import {MoveForm, ReratingsPage, RerateForm, type MoveFields, type RerateFields} from '../pages/rerating.tsx';
import {figuresIn} from '../pages/ground.ts';
import {readSite, type Site} from '../rows/sites.ts';
import {readStaffNames} from '../rows/staff.ts';
import {readStudentName} from '../rows/students.ts';
import {readTypedTime, typedTime} from '../typed-time.ts';
import {fieldOf, onlyFor, pageIn, tell, warn, type RouteGround} from './ground.tsx';
import {ofSite} from './of-site.ts';

/** The largest differences; the sums are of all. */
const LINES_SHOWN = 25;
const WEEK_MS = 7 * 86_400_000;

export function reratingRoutes(ground: RouteGround): readonly StaffRoute[] {
  return [
    {
      path: '/desk/sites/:part/rerating',
      signed: true,
      get: ofSite(ground, (_, site) => list(ground, site)),
      post: onlyFor(
        'admin',
        ofSite(ground, (visit, site) => proposeLate(ground, visit, site)),
      ),
    },
    {
      path: '/desk/sites/:part/re-rate',
      signed: true,
      get: onlyFor(
        'admin',
        ofSite(ground, (visit, site) => rerateForm(ground, site, {...lastWeek(visit, site), tariff: '', account: '', reason: ''})),
      ),
      post: onlyFor(
        'admin',
        ofSite(ground, (visit, site) => proposeByTariff(ground, visit, site)),
      ),
    },
    {
      path: '/desk/sites/:part/move-calls',
      signed: true,
      get: onlyFor(
        'clerk',
        ofSite(ground, (visit, site) => moveForm(site, {...lastWeek(visit, site), ...asked(visit), reason: ''})),
      ),
      post: onlyFor(
        'clerk',
        ofSite(ground, (visit, site) => proposeMove(ground, visit, site)),
      ),
    },
    {path: '/desk/rerating/:part', signed: true, get: ofRerating(ground, show), post: onlyFor('clerk', ofRerating(ground, decide))},
  ];
}

async function list({reading, books}: RouteGround, site: Site): Promise<Answer> {
  const [reratings, late] = await Promise.all([books.reratingsOf(reading, site.id), books.lateCalls(reading, site.id)]);
  return pageIn(site.zone, <ReratingsPage site={site} reratings={reratings} late={late} />);
}

// ---- what is asked

function lastWeek({setting, query}: SignedStaffVisit, site: Site) {
  const to = typedTime(setting.now, site.zone);
  const from = typedTime((setting.now - WEEK_MS) as Instant, site.zone);
  return {
    fromDate: query.get('fromDate') ?? from.date,
    fromTime: query.get('fromTime') ?? '00:00',
    toDate: query.get('toDate') ?? to.date,
    toTime: query.get('toTime') ?? to.time,
  };
}

/** From a page that knows which calls were paid by another. */
function asked({query}: SignedStaffVisit): Pick<MoveFields, 'extension' | 'paidBy' | 'payer'> {
  return {extension: query.get('line') ?? '', paidBy: query.get('paidBy') ?? '', payer: query.get('payer') ?? ''};
}

type Wrong = {readonly errors?: Readonly<Record<string, string>>; readonly trouble?: string};

async function rerateForm({reading, published}: RouteGround, site: Site, fields: RerateFields, wrong?: Wrong): Promise<Answer> {
  const now = (await published.publishedTariffs(reading, site.id, 0 as Instant)).toReversed();
  return pageIn(site.zone, <RerateForm site={site} fields={fields} tariffs={now} {...wrong} />, wrong === undefined ? 200 : 422);
}

function moveForm(site: Site, fields: MoveFields, wrong?: Wrong): Answer {
  return pageIn(site.zone, <MoveForm site={site} fields={fields} {...wrong} />, wrong === undefined ? 200 : 422);
}

const SPAN = ['fromDate', 'fromTime', 'toDate', 'toTime'] as const;

function typed<K extends string>(visit: SignedStaffVisit, names: readonly K[]): Readonly<Record<K, string>> {
  return Object.fromEntries(names.map((name) => [name, fieldOf(visit, name)])) as Record<K, string>;
}

type Span = Readonly<Record<(typeof SPAN)[number], string>>;
type Errors = Record<string, string>;

function readSpan({words: {rerating: words}}: RouteGround, {zone}: Site, fields: Span, errors: Errors) {
  const at = (which: 'from' | 'to'): Instant | undefined => {
    const read = readTypedTime(fields[`${which}Date`], fields[`${which}Time`], zone);
    if (read.kind === 'at') return read.at;
    errors[`${which}${read.what === 'date' ? 'Date' : 'Time'}`] = {date: words.dateWrong, time: words.timeWrong, gap: words.timeGap}[
      read.what
    ];
    return undefined;
  };
  const [from, to] = [at('from'), at('to')];
  return from === undefined || to === undefined ? undefined : {from, to};
}

async function proposeByTariff(ground: RouteGround, visit: SignedStaffVisit, site: Site): Promise<Answer> {
  const fields = typed(visit, [...SPAN, 'tariff', 'account', 'reason']);
  const errors: Errors = {};
  const span = readSpan(ground, site, fields, errors);
  if (fields.reason === '') errors['reason'] = ground.words.rerating.reasonMissing;
  if (fields.account !== '') await mustBeAccount(ground, site, {account: fields.account, field: 'account'}, errors);
  if (span === undefined || Object.keys(errors).length > 0) return await rerateForm(ground, site, fields, {errors});
  const wish: Wish = {
    cause: 'tariff',
    site: site.id,
    ...span,
    ...(fields.tariff === '' ? {} : {tariff: fields.tariff}),
    ...(fields.account === '' ? {} : {account: fields.account}),
  };
  const done = await propose(ground, visit, wish, fields.reason);
  return 'trouble' in done ? await rerateForm(ground, site, fields, done) : done.answer;
}

async function proposeMove(ground: RouteGround, visit: SignedStaffVisit, site: Site): Promise<Answer> {
  const words = ground.words.rerating;
  const fields = typed(visit, [...SPAN, 'extension', 'paidBy', 'payer', 'reason']);
  const errors: Errors = {};
  const span = readSpan(ground, site, fields, errors);
  if (fields.extension === '') errors['extension'] = words.lineMissing;
  if (fields.reason === '') errors['reason'] = words.reasonMissing;
  for (const field of ['paidBy', 'payer'] as const) await mustBeAccount(ground, site, {account: fields[field], field}, errors);
  if (span === undefined || Object.keys(errors).length > 0) return moveForm(site, fields, {errors});
  const {extension, paidBy, payer} = fields;
  const done = await propose(ground, visit, {cause: 'move', site: site.id, extension, ...span, paidBy, payer}, fields.reason);
  return 'trouble' in done ? moveForm(site, fields, done) : done.answer;
}

async function mustBeAccount(
  {reading, words: {rerating: words}}: RouteGround,
  site: Site,
  {account, field}: {readonly account: string; readonly field: string},
  errors: Errors,
): Promise<void> {
  if (account === '') errors[field] = words.accountMissing;
  else if (account !== 'house') {
    const known = await reading.selectFrom('account').select('id').where('site', '=', site.id).where('id', '=', account).executeTakeFirst();
    if (known === undefined) errors[field] = words.accountUnknown;
  }
}

async function proposeLate(ground: RouteGround, visit: SignedStaffVisit, site: Site): Promise<Answer> {
  const {words} = ground;
  const done = await propose(ground, visit, {cause: 'tariff-late', site: site.id}, words.rerating.lateReason);
  if (!('trouble' in done)) return done.answer;
  warn(visit, done.trouble);
  return go(`${siteAddress(site.id)}/rerating`);
}

async function propose(
  ground: RouteGround,
  visit: SignedStaffVisit,
  wish: Wish,
  reason: string,
): Promise<{readonly answer: Answer} | {readonly trouble: string}> {
  const {transact, rerating, words} = ground;
  const plan = await rerating.plan(wish);
  if (plan.kind === 'refused') return {trouble: refusalText(plan)};
  const {count} = figuresIn(visit.setting.locale);
  const done = await commit(transact, (tx) => rerating.propose(tx, actorOf(visit.session), {plan, reason}));
  if (isRefusal(done)) {
    const left = Object.entries(plan.left).map(([why, calls]) =>
      words.rerating.leftSays(words.rerating.leftReasons[why] ?? why, count(calls)),
    );
    const said = done.code === 'nothing-differs' ? words.rerating.nothing(count(plan.looked)) : refusalText(done);
    return {trouble: [said, ...left].join(' ')};
  }
  if (done.rerating !== undefined) return {answer: go(reratingAddress(done.rerating))};
  tell(visit, words.rerating.lateNone);
  return {answer: go(`${siteAddress(wish.site)}/rerating`)};
}

// ---- a proposal

type OfRerating = {readonly site: Site; readonly proposal: ProposedRerating};

function ofRerating(
  ground: RouteGround,
  act: (ground: RouteGround, visit: SignedStaffVisit, of: OfRerating) => Promise<Answer>,
): Handle<SignedStaffVisit> {
  return async (visit) => {
    const {reading, books} = ground;
    const proposal = await books.reratingAt(reading, visit.part);
    const site = proposal === undefined ? undefined : await readSite(reading, proposal.site);
    return proposal === undefined || site === undefined ? {kind: 'missing'} : await act(ground, visit, {site, proposal});
  };
}

async function show(ground: RouteGround, visit: SignedStaffVisit, {site, proposal}: OfRerating): Promise<Answer> {
  const {reading, books, resolving} = ground;
  const differences = await books.differencesOf(reading, proposal.id);
  const all = await books.linesOf(reading, proposal.id);
  const size = ({was, due}: PlanLine): number => Math.abs(due.amount - was.amount);
  const {wish} = proposal;
  // A call that is moved has two lines, which say the same.
  const told = wish.cause === 'move' ? all.filter(({account}) => account === wish.paidBy) : all;
  const lines = told.toSorted((a, b) => size(b) - size(a)).slice(0, LINES_SHOWN);
  const calls = await books.callsAt(
    reading,
    site.id,
    lines.map(({callSeq}) => callSeq),
  );
  const names = new Map(await readStaffNames(reading));
  for (const account of new Set([...differences.slice(0, 100), ...lines].map((each) => each.account))) {
    const name = await readStudentName(reading, account);
    if (name !== undefined) names.set(account, name);
  }
  const sum = books.atStake(proposal);
  const needsSecond = proposal.by === visit.session.subject && sum > resolving.secondPersonAbove;
  return pageIn(
    site.zone,
    <ReratingPage
      site={site}
      rerating={proposal}
      differences={differences}
      lines={lines.map((line) => ({line, call: calls.get(line.callSeq)}))}
      lineCount={told.length}
      names={names}
      sum={sum}
      needsSecond={needsSecond}
      secondAbove={resolving.secondPersonAbove}
    />,
  );
}

async function decide(ground: RouteGround, visit: SignedStaffVisit, {proposal}: OfRerating): Promise<Answer> {
  const {transact, rerating, words} = ground;
  const decision = {rerating: proposal.id, hash: fieldOf(visit, 'hash'), approve: fieldOf(visit, 'answer') === 'yes'};
  const done = await commit(transact, (tx) => rerating.decide(tx, actorOf(visit.session), decision));
  if (isRefusal(done)) warn(visit, refusalText(done));
  else if (done.outcome === 'overtaken') warn(visit, words.rerating.overtaken);
  else tell(visit, done.outcome === 'posted' ? words.rerating.posted : words.rerating.dropped);
  return go(reratingAddress(proposal.id));
}
