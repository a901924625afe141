// The tariffs of a site: the schedule, drafts, versions; a new draft; an earlier schedule put in force again; two side by side.
import {readSite, type Site} from '../rows/sites.ts';
import {go, page, type Answer, type FormLimits, type Handle} from '../../../shared/web/answer.ts';
import type {LiveView} from '../../web/live.ts';
import type {SignedStaffVisit, StaffRoute, StaffSession} from '../../web/route.ts';
import type {PublishedTariff, Schedule, ScheduleRole} from '../../tariff/published.ts';
import type {ScheduleVersion} from '../../tariff/versions.ts';
import {actorOf, commit, isRefusal, refusalText} from '../acting.ts';
import {compareAddress, draftAddress, lineIn, tariffsAddress, versionAddress} from '../pages/addresses.ts';
import {ComparePage, NewDraftPage, type CompareView, type DraftFields} from '../pages/draft.tsx';
import type {FormState} from '../pages/forms.tsx';
import {PreviewPart} from '../pages/preview.tsx';
import {BackConfirmPage, TariffsPage, VersionPage, type Schedules, type TariffsView, type VersionView} from '../pages/tariffs.tsx';
import {fieldOf, isSure, onlyFor, pageIn, tell, type RouteGround} from './ground.tsx';
import {ofSite} from './of-site.ts';
import {monthIn, previewOf} from './previews.ts';
import {wrongOf} from './students.tsx';

/** The longest tariff there may be, and the other fields. A pasted one is percent-encoded only where there is no file. */
const DRAFT_FORM: FormLimits = {bytes: 34_000_000, fields: 20, files: true};
/** More than one looks through on one page. */
const VERSIONS_SHOWN = 20;
/** What of a file with mistakes stands in the form again, to be mended there. */
const LONGEST_SHOWN = 500_000;
const ROLES = ['student', 'carrier'] as const;
const HASH = /^[0-9a-f]{64}$/;
const COMPARE_LIVE = '/desk/live/compare/:part';

export function tariffRoutes(ground: RouteGround): readonly StaffRoute[] {
  return [
    {
      path: '/desk/sites/:part/tariffs',
      signed: true,
      get: ofSite(ground, async ({query}, site) =>
        pageIn(site.zone, <TariffsPage {...await tariffsView(ground, site, query.get('before'))} />),
      ),
    },
    {
      path: '/desk/sites/:part/tariffs/draft',
      signed: true,
      form: DRAFT_FORM,
      get: onlyFor(
        'admin',
        ofSite(ground, (_, site) => page(<NewDraftPage site={site} fields={{role: 'student', tariff: '', note: ''}} />)),
      ),
      post: onlyFor(
        'admin',
        ofSite(ground, (visit, site) => save(ground, visit, site)),
      ),
    },
    {
      path: '/desk/sites/:part/compare',
      signed: true,
      get: ofSite(ground, async ({query}, site) => {
        const view = await compareView(ground, site, {
          role: query.get('role'),
          before: query.get('before'),
          after: query.get('after'),
          month: query.get('month'),
        });
        return view === undefined ? {kind: 'missing'} : pageIn(site.zone, <ComparePage {...view} />);
      }),
    },
    {
      path: '/desk/versions/:part',
      signed: true,
      get: ofVersion(ground, (_, view) => pageIn(view.site.zone, <VersionPage {...view} />)),
    },
    {
      path: '/desk/versions/:part/back',
      signed: true,
      get: onlyFor(
        'admin',
        ofVersion(ground, (_, view) => askBack(view)),
      ),
      post: onlyFor(
        'admin',
        ofVersion(ground, (visit, view) => goBack(ground, visit, view)),
      ),
    },
  ];
}

async function tariffsView(ground: RouteGround, site: Site, before: string | undefined): Promise<TariffsView> {
  const {reading, published} = ground;
  const place = before !== undefined && /^\d{1,15}$/.test(before) ? Number(before) : undefined;
  const versions = await published.versionsOf(reading, site.id, {before: place, most: VERSIONS_SHOWN});
  const at = tariffsAddress(site.id);
  const last = versions.at(-1);
  return {
    site,
    schedules: await schedulesIn(ground, await published.wholeScheduleOf(reading, site.id)),
    drafts: await published.openDrafts(reading, site.id),
    versions,
    names: await namesIn(ground, versions),
    newest: place === undefined ? undefined : at,
    older: versions.length < VERSIONS_SHOWN || last === undefined ? undefined : `${at}?before=${last.seq}`,
  };
}

async function namesIn(
  {reading, published}: RouteGround,
  versions: readonly Pick<ScheduleVersion, 'changes'>[],
): Promise<ReadonlyMap<string, string>> {
  const hashes = versions.flatMap(({changes}) => changes.flatMap(({before, after}) => [before, after]));
  return await published.tariffNames(
    reading,
    hashes.filter((hash) => hash !== undefined),
  );
}

/** As a person reads it, newest first. */
async function schedulesIn({reading, published, clock}: RouteGround, schedule: Schedule): Promise<Schedules> {
  const names = await published.tariffNames(
    reading,
    [...schedule.student, ...schedule.carrier].map(({tariff}) => tariff),
  );
  const told = (role: ScheduleRole): readonly PublishedTariff[] => published.asPublished(schedule[role], names, clock.now()).toReversed();
  return {student: told('student'), carrier: told('carrier')};
}

async function save(ground: RouteGround, visit: SignedStaffVisit, site: Site): Promise<Answer> {
  const {previews, drafts, transact, words} = ground;
  const file = visit.form.get('file') ?? '';
  const text = (file === '' ? (visit.form.get('tariff') ?? '') : file).replaceAll('\r\n', '\n');
  const fields: DraftFields = {
    role: fieldOf(visit, 'role'),
    tariff: text.length <= LONGEST_SHOWN ? text.trimEnd() : '',
    note: fieldOf(visit, 'note'),
  };
  const again = (wrong: FormState & Pick<Parameters<typeof NewDraftPage>[0], 'problems'>): Answer =>
    pageIn(site.zone, <NewDraftPage site={site} fields={fields} {...wrong} />, 422);
  const role = ROLES.find((each) => each === fields.role);
  if (role === undefined) return again({errors: {role: words.tariffs.roleWrong}});
  const field = file === '' ? 'tariff' : 'file';
  if (text.trim() === '') return again({errors: {tariff: words.tariffs.textMissing}});
  if (file.includes('\uFFFD')) return again({errors: {file: words.tariffs.fileNotText}});
  const tariff = await previews.check({id: site.id, currency: site.currency, zone: site.zone}, text.trimEnd());
  if (isRefusal(tariff))
    return again({...wrongOf(tariff, {'tariff-invalid': field, 'currency-differs': field}), problems: tariff.problems});
  const done = await commit(transact, (tx) => drafts.save(tx, actorOf(visit.session), {site: site.id, role, note: fields.note, tariff}));
  if (isRefusal(done)) return again(wrongOf(done, {'note-invalid': 'note'}));
  tell(visit, words.tariffs.saved(tariff.name));
  return go(draftAddress(done.id));
}

type Asked = Readonly<Record<'role' | 'before' | 'after' | 'month', string | undefined>>;

async function compareView(ground: RouteGround, site: Site, asked: Asked): Promise<CompareView | undefined> {
  const {reading, published, clock} = ground;
  const {before = '', after = ''} = asked;
  const role = ROLES.find((each) => each === asked.role);
  if (role === undefined || !HASH.test(before) || !HASH.test(after)) return undefined;
  const names = await published.tariffNames(reading, [before, after]);
  const [old, young] = [names.get(before), names.get(after)];
  if (old === undefined || young === undefined || !(await isOf(ground, site, [before, after]))) return undefined;
  const month = monthIn(asked.month, site.zone, clock.now());
  const preview = await previewOf(ground, {
    site,
    role,
    tariff: after,
    against: before,
    from: undefined,
    month,
    addressOf: (other) => `${compareAddress(site.id, {role, before, after})}&month=${other}`,
  });
  const live = `/desk/live/compare/${encodeURIComponent([site.id, role, before, after, month].join('~'))}`;
  return {site, role, before: old, after: young, preview, live};
}

/** Nothing of another site: each of them was sent to this one. */
async function isOf({reading}: RouteGround, site: Site, hashes: readonly string[]): Promise<boolean> {
  const ids = [...new Set(hashes)].map((hash) => `tariff:${hash}`);
  const rows = await reading.selectFrom('down_log').select('seq').where('site', '=', site.id).where('id', 'in', ids).execute();
  return rows.length === ids.length;
}

export function compareLive(ground: RouteGround): LiveView<StaffSession> {
  return {
    path: COMPARE_LIVE,
    topic: (part) => part,
    read: async (part, session) => {
      const [id = '', role, before, after, month] = part.split('~');
      const site = await readSite(ground.reading, id);
      const view = site === undefined ? undefined : await compareView(ground, site, {role, before, after, month});
      if (site === undefined || view === undefined) return [];
      return ground.drawing.parts(session, [['preview', <PreviewPart key="preview" {...view.preview} />]], site.zone);
    },
  };
}

type BackView = VersionView & {readonly seen: string};

function ofVersion(
  ground: RouteGround,
  act: (visit: SignedStaffVisit, view: BackView) => Answer | Promise<Answer>,
): Handle<SignedStaffVisit> {
  return async (visit) => {
    const named = lineIn(visit.part);
    const site = named === undefined ? undefined : await readSite(ground.reading, named.site);
    if (named === undefined || site === undefined || !/^\d{1,15}$/.test(named.extension)) return {kind: 'missing'};
    const version = await ground.published.versionAt(ground.reading, site.id, Number(named.extension));
    return version === undefined ? {kind: 'missing'} : await act(visit, await versionView(ground, site, version));
  };
}

async function versionView(ground: RouteGround, site: Site, version: ScheduleVersion): Promise<BackView> {
  const {reading, published, clock} = ground;
  const current = await published.wholeScheduleOf(reading, site.id);
  const back = published.changesBetween(current, published.rolledBack(current, version.schedule, clock.now()));
  return {
    site,
    version,
    schedules: await schedulesIn(ground, version.schedule),
    names: await namesIn(ground, [version, {changes: back}]),
    back,
    seen: published.scheduleHash(current),
  };
}

function askBack(view: BackView, isChanged = false): Answer {
  const {site, version, back} = view;
  return back.length === 0
    ? go(versionAddress(site.id, version.seq))
    : pageIn(site.zone, <BackConfirmPage {...view} isChanged={isChanged} />, isChanged ? 409 : 200);
}

async function goBack({transact, drafts, words}: RouteGround, visit: SignedStaffVisit, view: BackView): Promise<Answer> {
  const {site, version} = view;
  if (!isSure(visit)) return askBack(view);
  const wanted = {site: site.id, version: version.seq, seen: fieldOf(visit, 'seen')};
  const done = await commit(transact, (tx) => drafts.rollBack(tx, actorOf(visit.session), wanted));
  if (isRefusal(done) && done.code === 'schedule-changed') return askBack(view, true);
  tell(visit, isRefusal(done) ? refusalText(done) : words.tariffs.backDone);
  return go(tariffsAddress(site.id));
}
