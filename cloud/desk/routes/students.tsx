// Students: the list, one of them, and what is done to one.
import type {Errors} from '../../../shared/ui/form.tsx';
import {go, page, type Answer, type Handle} from '../../../shared/web/answer.ts';
import {pageOf} from '../../../shared/web/query.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {actorOf, commit, isRefusal, refusalText} from '../acting.ts';
import {studentAddress} from '../pages/addresses.ts';
import {StudentPage, type Slice} from '../pages/student.tsx';
import {StatementPage, StatementsPage} from '../pages/statement.tsx';
import {CloseStudentPage, EditStudentPage} from '../pages/student-acts.tsx';
import {NewStudentPage, StudentsPage, type StudentFields} from '../pages/students.tsx';
import {cutOf, numberedPlaceIn, placeText} from '../places.ts';
import {readCodes} from '../rows/codes.ts';
import {readPayments} from '../rows/payments.ts';
import {readSite, readSites, type Site} from '../rows/sites.ts';
import {readStudent, readStudents, readTenancies, STUDENT_FILTERS, type Student} from '../rows/students.ts';
import {attempt, costsFor, fieldOf, isSure, onlyFor, pageIn, readList, tell, type RouteGround} from './ground.tsx';

const LEDGER_SHOWN = 25;
const CALLS_SHOWN = 25;
const DEFAULT_LANGUAGE = 'en-GB';

/** Beside which field a no belongs. */
const FIELD_OF: Readonly<Record<string, string>> = {
  'name-invalid': 'name',
  'email-invalid': 'email',
  'email-taken': 'email',
  'email-missing': 'email',
  'language-invalid': 'language',
  'site-unknown': 'site',
};

export type OfStudent = {readonly student: Student; readonly site: Site};

/** A page of one student: whoever is not there has none. */
export function ofStudent(
  {reading}: RouteGround,
  act: (visit: SignedStaffVisit, of: OfStudent) => Answer | Promise<Answer>,
): Handle<SignedStaffVisit> {
  return async (visit) => {
    const student = await readStudent(reading, visit.part);
    const site = student === undefined ? undefined : await readSite(reading, student.site);
    return student === undefined || site === undefined ? {kind: 'missing'} : await act(visit, {student, site});
  };
}

/** The same, of an account that is open. */
export function ofOpenStudent(ground: RouteGround, act: Parameters<typeof ofStudent>[1]): Handle<SignedStaffVisit> {
  return onlyFor(
    'clerk',
    ofStudent(ground, (visit, of) => (of.student.closedAt === undefined ? act(visit, of) : go(studentAddress(of.student.account)))),
  );
}

export function studentRoutes(ground: RouteGround): readonly StaffRoute[] {
  const {reading, words} = ground;
  return [
    {
      path: '/desk/students',
      signed: true,
      get: async ({query, setting}) => {
        const filter = STUDENT_FILTERS.find((each) => each === query.get('show')) ?? 'all';
        const wish = {filter, search: (query.get('find') ?? '').trim(), page: pageOf(query.get('page'))};
        const names = new Map((await readSites(reading)).map(({id, name}) => [id, name]));
        const found = await readList(ground, readStudents(reading, wish, setting.now));
        return page(<StudentsPage wish={wish} found={found} nameOf={(site) => names.get(site) ?? site} />);
      },
    },
    {
      path: '/desk/students/new',
      signed: true,
      get: onlyFor('clerk', async ({query}) => newForm(ground, {...NOTHING_TYPED, site: query.get('site') ?? ''}, {})),
      post: onlyFor('clerk', (visit) => create(ground, visit)),
    },
    {path: '/desk/students/:part', signed: true, get: ofStudent(ground, (visit, of) => show(ground, visit, of))},
    {path: '/desk/students/:part/statement', signed: true, get: ofStudent(ground, (visit, of) => statements(ground, visit, of))},
    {
      path: '/desk/students/:part/edit',
      signed: true,
      get: ofOpenStudent(ground, (_, {student}) =>
        page(<EditStudentPage student={student} fields={{...student, email: student.email ?? ''}} />),
      ),
      post: ofOpenStudent(ground, (visit, of) => edit(ground, visit, of)),
    },
    {
      path: '/desk/students/:part/invite',
      signed: true,
      get: ({part}) => go(studentAddress(part)),
      post: ofOpenStudent(ground, async (visit, {student}) => {
        await attempt(visit, words, async () => {
          const done = await commit(ground.transact, (tx) => ground.students.invite(tx, actorOf(visit.session), student.account));
          return isRefusal(done) ? refusalText(done) : words.student.invited(done.email);
        });
        return go(studentAddress(student.account));
      }),
    },
    {
      path: '/desk/students/:part/close',
      signed: true,
      get: ofOpenStudent(ground, (_, {student}) => page(<CloseStudentPage student={student} />)),
      post: ofOpenStudent(ground, async (visit, {student}) => {
        if (!isSure(visit)) return page(<CloseStudentPage student={student} />);
        await attempt(visit, words, async () => {
          const done = await commit(ground.transact, (tx) => ground.students.close(tx, actorOf(visit.session), student.account));
          return isRefusal(done) ? refusalText(done) : words.student.closedDone(student.name);
        });
        return go(studentAddress(student.account));
      }),
    },
  ];
}

async function show(ground: RouteGround, {query, setting, session}: SignedStaffVisit, {student, site}: OfStudent): Promise<Answer> {
  const {reading, books, payments, amounts, published} = ground;
  const {account} = student;
  const of = {site: site.id, account};
  const shownPayments = await readPayments(reading, {filter: 'all', account});
  const calls = await callSlice(ground, of, query.get('calls'));
  return pageIn(
    site.zone,
    <StudentPage
      student={student}
      site={site}
      overview={await books.studentOverview(reading, {...of, now: setting.now, calls: 0})}
      tenancies={await readTenancies(reading, {account}, setting.now)}
      granted={(await books.allowancesOf(reading, of)).filter(({to}) => to === undefined || to > setting.now)}
      codes={await readCodes(reading, account)}
      codeLength={(await published.policyOf(reading, site.id))?.dialPlan.accountCodes?.length}
      ledger={await ledgerSlice(ground, of, query.get('ledger'))}
      calls={calls}
      costs={await costsFor(ground, session, {site: site.id, calls: calls.rows})}
      payments={shownPayments.rows}
      automatic={await payments.automatic.read(account)}
      methods={await payments.methods.list(site.id, account)}
      microsOfMinor={amounts.microsOfMinor}
    />,
  );
}

async function statements(
  {reading, books, words}: RouteGround,
  {query, setting}: SignedStaffVisit,
  {student, site}: OfStudent,
): Promise<Answer> {
  const of = {site: site.id, account: student.account};
  const months = await books.monthsOf(reading, {...of, zone: site.zone, now: setting.now});
  const asked = months.find(({month}) => month === query.get('month'));
  if (asked === undefined) return pageIn(site.zone, <StatementsPage student={student} months={months} />);
  const {month, from, to} = asked;
  const statement = await books.statement(reading, {...of, from, to});
  if (query.get('form') === 'csv')
    return {
      kind: 'file',
      name: words.statement.fileName(student.account, month),
      type: 'text/csv; charset=utf-8',
      content: books.statementCsv(statement, site, words.statement),
    };
  return pageIn(site.zone, <StatementPage student={student} month={month} statement={statement} />);
}

type Of = {readonly site: string; readonly account: string};
type LedgerLine = Awaited<ReturnType<RouteGround['books']['ledgerPage']>>['lines'][number];
type CallLine = Awaited<ReturnType<RouteGround['books']['callsOf']>>[number];

async function ledgerSlice({reading, books}: RouteGround, of: Of, text: string | undefined): Promise<Slice<LedgerLine>> {
  const place = numberedPlaceIn(text);
  const {lines, more} = await books.ledgerPage(reading, {...of, before: place, most: LEDGER_SHOWN});
  return {
    rows: lines,
    before: place === undefined ? undefined : placeText(place.at, place.seq),
    next: more === undefined ? undefined : placeText(more.at, more.seq),
  };
}

async function callSlice({reading, books}: RouteGround, of: Of, text: string | undefined): Promise<Slice<CallLine>> {
  const place = numberedPlaceIn(text);
  const before = place === undefined ? {} : {before: {startedAt: place.at, upSeq: place.seq}};
  const found = await books.callsOf(reading, of, {...before, most: CALLS_SHOWN + 1});
  return {
    ...cutOf(found, CALLS_SHOWN, ({startedAt, upSeq}) => placeText(startedAt, upSeq)),
    before: place === undefined ? undefined : placeText(place.at, place.seq),
  };
}

const NOTHING_TYPED: StudentFields = {site: '', name: '', email: '', language: DEFAULT_LANGUAGE, invite: true};

type Wrong = {readonly errors?: Errors; readonly trouble?: string};

async function newForm({reading}: RouteGround, fields: StudentFields, wrong: Wrong): Promise<Answer> {
  const isWrong = wrong.errors !== undefined || wrong.trouble !== undefined;
  return page(<NewStudentPage sites={await readSites(reading)} fields={fields} {...wrong} />, isWrong ? 422 : 200);
}

/** A no, beside its field if it has one on this form. */
export function wrongOf(refusal: {readonly code: string; readonly what: string; readonly cure: string}, fields = FIELD_OF): Wrong {
  const field = fields[refusal.code];
  const text = refusalText(refusal);
  return field === undefined ? {trouble: text} : {errors: {[field]: text}};
}

async function create(ground: RouteGround, visit: SignedStaffVisit): Promise<Answer> {
  const {students, transact, words} = ground;
  const fields = {...personFields(visit), site: fieldOf(visit, 'site'), invite: fieldOf(visit, 'invite') === 'yes'};
  const {site, name, email, language} = fields;
  const actor = actorOf(visit.session);
  const isInvited = fields.invite && email !== '';
  const done = await commit(transact, async (tx) => {
    const made = await students.create(tx, actor, {site, name, email, language});
    if (made.kind === 'refused' || !isInvited) return made;
    const invited = await students.invite(tx, actor, made.account);
    return invited.kind === 'refused' ? invited : made;
  });
  if (isRefusal(done)) return newForm(ground, fields, wrongOf(done));
  tell(visit, isInvited ? words.students.madeInvited(name, email) : words.students.made(name));
  return go(studentAddress(done.account));
}

async function edit(ground: RouteGround, visit: SignedStaffVisit, {student}: OfStudent): Promise<Answer> {
  const {students, transact, words} = ground;
  const fields = personFields(visit);
  const done = await commit(transact, (tx) => students.edit(tx, actorOf(visit.session), {account: student.account, ...fields}));
  if (isRefusal(done)) return page(<EditStudentPage student={student} fields={fields} {...wrongOf(done)} />, 422);
  tell(visit, words.student.saved);
  return go(studentAddress(student.account));
}

function personFields(visit: SignedStaffVisit): Pick<StudentFields, 'name' | 'email' | 'language'> {
  return {name: fieldOf(visit, 'name'), email: fieldOf(visit, 'email'), language: fieldOf(visit, 'language')};
}
