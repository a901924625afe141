// Many students from a list: pasted, read, rehearsed, asked in figures, then done whole or not at all.
import type {Refusal} from '../../../shared/failure/refusal.ts';
import {go, page, type Answer, type FormLimits} from '../../../shared/web/answer.ts';
import {micros} from '../../../shared/money/micros.ts';
import type {Errors} from '../../../shared/ui/form.tsx';
import type {Imported, ImportRefusal, ImportWish} from '../../people/import.ts';
import type {RosterProblem} from '../../people/roster.ts';
import type {Tx} from '../../store/open.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {actorOf, commit, rehearse, refusalText, withTimesIn} from '../acting.ts';
import {figuresIn} from '../pages/ground.ts';
import {ImportConfirmPage, ImportPage, type ImportFields} from '../pages/import.tsx';
import {readSite, readSites, type Site} from '../rows/sites.ts';
import {fieldOf, isSure, onlyFor, tell, type RouteGround} from './ground.tsx';

/** The longest list there may be, percent-encoded. */
const LIST_FORM: FormLimits = {bytes: 1_000_000, fields: 20};
/** Nobody of the list has a password yet. */
const LIST_OF_NEW = '/desk/students?show=uninvited';

export function importRoutes(ground: RouteGround): readonly StaffRoute[] {
  return [
    {
      path: '/desk/import',
      signed: true,
      form: LIST_FORM,
      get: onlyFor('clerk', ({query}) => form(ground, {site: query.get('site') ?? '', list: '', invite: true})),
      post: onlyFor('clerk', (visit) => bring(ground, visit)),
    },
  ];
}

type Wrong = {readonly errors?: Errors; readonly trouble?: string; readonly problems?: readonly RosterProblem[]};

async function form({reading, roster}: RouteGround, fields: ImportFields, wrong?: Wrong): Promise<Answer> {
  const sites = await readSites(reading);
  return page(<ImportPage sites={sites} fields={fields} most={roster.most} {...wrong} />, wrong === undefined ? 200 : 422);
}

async function bring(ground: RouteGround, visit: SignedStaffVisit): Promise<Answer> {
  const {reading, roster, words} = ground;
  // As it was pasted: a line that is cut off in front would shift the numbers of the others.
  const fields = {site: fieldOf(visit, 'site'), list: visit.form.get('list') ?? '', invite: fieldOf(visit, 'invite') === 'yes'};
  const site = await readSite(reading, fields.site);
  const read = roster.read(fields.list);
  const problems = read.kind === 'rows' || fields.list.trim() === '' ? [] : read.problems;
  const listWrong =
    read.kind === 'rows' ? {} : {list: problems.length === 0 ? words.roster.listMissing : wrongText(ground, visit, problems)};
  if (site === undefined || read.kind === 'invalid')
    return await form(ground, fields, {errors: {...(site === undefined && {site: words.roster.siteWrong}), ...listWrong}, problems});
  const plan = {site, fields, wish: {site: site.id, rows: read.rows, from: visit.setting.now}};
  return await (isSure(visit) ? take(ground, visit, plan) : ask(ground, visit, plan));
}

type Plan = {readonly site: Site; readonly fields: ImportFields; readonly wish: ImportWish};

async function ask(ground: RouteGround, visit: SignedStaffVisit, plan: Plan): Promise<Answer> {
  const would = await rehearse(ground.transact, (tx) => ground.roster.take(tx, actorOf(visit.session), plan.wish));
  if (would.kind !== 'done') return await again(ground, visit, plan, would);
  const {site, fields, wish} = plan;
  const invited = invitedOf(plan, would).length;
  return page(<ImportConfirmPage site={site} fields={fields} rows={wish.rows} newLines={would.newLines.length} invited={invited} />);
}

async function take(ground: RouteGround, visit: SignedStaffVisit, plan: Plan): Promise<Answer> {
  const {site, wish} = plan;
  const done = await commit(ground.transact, (tx) => takeAndInvite(ground, tx, visit, plan));
  if (done.kind !== 'done') return await again(ground, visit, plan, done);
  const {roster: words} = ground.words;
  const {count, money} = figuresIn(visit.setting.locale);
  const sum = micros(wish.rows.reduce((total, {opening}) => total + opening, 0));
  const invited = invitedOf(plan, done).length;
  const said = words.done(count(done.accounts.length), site.name, money(sum, site.currency));
  tell(visit, invited === 0 ? said : `${said} ${words.doneInvited(count(invited))}`);
  return go(LIST_OF_NEW);
}

async function takeAndInvite(
  ground: RouteGround,
  tx: Tx,
  visit: SignedStaffVisit,
  plan: Plan,
): Promise<Imported | ImportRefusal | Refusal> {
  const actor = actorOf(visit.session);
  const taken = await ground.roster.take(tx, actor, plan.wish);
  if (taken.kind !== 'done') return taken;
  for (const account of invitedOf(plan, taken)) {
    const invited = await ground.students.invite(tx, actor, account);
    if (invited.kind === 'refused') return invited;
  }
  return taken;
}

/** Everybody with an address, if that is wanted; accounts stand in the order of the rows. */
function invitedOf({fields, wish}: Plan, {accounts}: Pick<Imported, 'accounts'>): readonly string[] {
  return fields.invite ? accounts.filter((_, index) => wish.rows[index]?.email !== '') : [];
}

async function again(ground: RouteGround, visit: SignedStaffVisit, {site, fields}: Plan, no: ImportRefusal | Refusal): Promise<Answer> {
  if (no.kind === 'refused') return await form(ground, fields, {trouble: refusalText(no)});
  const problems = no.problems.map((problem) => withTimesIn(problem, {...visit.setting, zone: site.zone}));
  return await form(ground, fields, {errors: {list: wrongText(ground, visit, problems)}, problems});
}

function wrongText({words}: RouteGround, {setting}: SignedStaffVisit, problems: readonly RosterProblem[]): string {
  return words.roster.listWrong(figuresIn(setting.locale).count(problems.length));
}
