// A draft: looked at, published as it was seen, or laid aside.
import {instant, type Instant} from '../../../shared/time/instant.ts';
import {go, type Answer, type Handle} from '../../../shared/web/answer.ts';
import type {LiveView} from '../../web/live.ts';
import type {SignedStaffVisit, StaffRoute, StaffSession} from '../../web/route.ts';
import type {Draft} from '../../tariff/drafts.ts';
import {actorOf, commit, isRefusal, refusalText} from '../acting.ts';
import {draftAddress, tariffsAddress} from '../pages/addresses.ts';
import {DiscardPage, DraftPage, PublishPage, PublishPart, type DateFields, type DraftView, type PublishView} from '../pages/draft.tsx';
import type {FormState} from '../pages/forms.tsx';
import {PreviewPart} from '../pages/preview.tsx';
import {readSite, type Site} from '../rows/sites.ts';
import {readDraftSite} from '../rows/tariffs.ts';
import {readTypedTime} from '../typed-time.ts';
import {attempt, fieldOf, isSure, onlyFor, pageIn, tell, type RouteGround} from './ground.tsx';
import {monthIn, previewOf} from './previews.ts';
import {wrongOf} from './students.tsx';

type OfDraft = {readonly site: Site; readonly draft: Draft};
/** What the address says besides. */
type Asked = {readonly from: Instant | undefined; readonly month: string | undefined};

const NOW = 'now';
const NO_DATE: DateFields = {date: '', time: ''};

export function draftRoutes(ground: RouteGround): readonly StaffRoute[] {
  return [
    {
      path: '/desk/drafts/:part',
      signed: true,
      get: ofDraft(ground, ({query}, of) => draftPage(ground, of, {month: query.get('month'), fields: NO_DATE})),
      post: onlyFor(
        'admin',
        ofOpenDraft(ground, (visit, of) => takeDate(ground, visit, of)),
      ),
    },
    {
      path: '/desk/drafts/:part/publish',
      signed: true,
      get: onlyFor(
        'admin',
        ofOpenDraft(ground, ({query}, of) => ask(ground, of, {from: fromIn(query.get('from')), month: query.get('month')})),
      ),
      post: onlyFor(
        'admin',
        ofOpenDraft(ground, (visit, of) => publish(ground, visit, of)),
      ),
    },
    {
      path: '/desk/drafts/:part/discard',
      signed: true,
      get: onlyFor(
        'admin',
        ofOpenDraft(ground, (_, of) => pageIn(of.site.zone, <DiscardPage {...of} />)),
      ),
      post: onlyFor(
        'admin',
        ofOpenDraft(ground, (visit, of) => discard(ground, visit, of)),
      ),
    },
  ];
}

export function draftLives(ground: RouteGround): readonly LiveView<StaffSession>[] {
  const partsOf = (
    draw: (of: OfDraft, asked: Asked) => Promise<Parameters<RouteGround['drawing']['parts']>[1]>,
  ): LiveView<StaffSession>['read'] => {
    return async (part, session) => {
      const [id = '', month, from] = part.split('~');
      const of = await draftIn(ground, id);
      return of === undefined ? [] : ground.drawing.parts(session, await draw(of, {month, from: fromIn(from)}), of.site.zone);
    };
  };
  return [
    {
      path: '/desk/live/drafts/:part',
      topic: (part) => part,
      read: partsOf(async (of, asked) => [['preview', <PreviewPart key="preview" {...(await viewOf(ground, of, asked)).preview} />]]),
    },
    {
      path: '/desk/live/publish/:part',
      topic: (part, {role}) => `${part} ${role}`,
      read: partsOf(async (of, asked) => [['publish', <PublishPart key="publish" {...await publishView(ground, of, asked)} />]]),
    },
  ];
}

function fromIn(text: string | undefined): Instant | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? instant(Number(text)) : undefined;
}

async function draftIn({reading, published}: RouteGround, id: string): Promise<OfDraft | undefined> {
  const place = await readDraftSite(reading, id);
  const site = place === undefined ? undefined : await readSite(reading, place);
  const draft = site === undefined ? undefined : await published.draftOf(reading, site.id, id);
  return site === undefined || draft === undefined ? undefined : {site, draft};
}

type Act = (visit: SignedStaffVisit, of: OfDraft) => Answer | Promise<Answer>;

function ofDraft(ground: RouteGround, act: Act): Handle<SignedStaffVisit> {
  return async (visit) => {
    const of = await draftIn(ground, visit.part);
    return of === undefined ? {kind: 'missing'} : await act(visit, of);
  };
}

/** One that is over has its page only. */
function ofOpenDraft(ground: RouteGround, act: Act): Handle<SignedStaffVisit> {
  return ofDraft(ground, (visit, of) => (of.draft.ended === undefined ? act(visit, of) : go(draftAddress(of.draft.id))));
}

async function viewOf(ground: RouteGround, {site, draft}: OfDraft, {from, month: asked}: Asked): Promise<DraftView> {
  const {reading, published, clock} = ground;
  const now = clock.now();
  const schedule = (await published.wholeScheduleOf(reading, site.id))[draft.role];
  const against = published.inForceAt(schedule, from ?? now);
  const month = monthIn(asked, site.zone, now);
  const at = draftAddress(draft.id);
  const names = await published.tariffNames(reading, against === undefined ? [] : [against]);
  const preview = await previewOf(ground, {
    site,
    role: draft.role,
    tariff: draft.hash,
    against,
    from,
    month,
    addressOf: (other) => (from === undefined ? `${at}?month=${other}` : `${at}/publish?from=${from}&month=${other}`),
  });
  const live = `/desk/live/drafts/${encodeURIComponent([draft.id, month, from ?? NOW].join('~'))}`;
  return {site, draft, against: names.get(against ?? ''), preview, live};
}

async function draftPage(
  ground: RouteGround,
  of: OfDraft,
  {month, ...state}: FormState & {readonly month: string | undefined; readonly fields: DateFields},
): Promise<Answer> {
  const isWrong = state.errors !== undefined || state.trouble !== undefined;
  const view = await viewOf(ground, of, {from: undefined, month});
  return pageIn(of.site.zone, <DraftPage {...view} {...state} />, isWrong ? 422 : 200);
}

/** Empty: now. */
async function takeDate(ground: RouteGround, visit: SignedStaffVisit, of: OfDraft): Promise<Answer> {
  const {words, clock} = ground;
  const fields = {date: fieldOf(visit, 'date'), time: fieldOf(visit, 'time')};
  const at = `${draftAddress(of.draft.id)}/publish`;
  if (fields.date === '' && fields.time === '') return go(`${at}?from=${NOW}`);
  const again = (name: string, text: string): Promise<Answer> => draftPage(ground, of, {month: undefined, fields, errors: {[name]: text}});
  const typed = readTypedTime(fields.date, fields.time, of.site.zone);
  if (typed.kind === 'wrong') {
    const text = {date: words.tenancy.dateWrong, time: words.tenancy.timeWrong, gap: words.tenancy.timeGap}[typed.what];
    return await again(typed.what === 'date' ? 'date' : 'time', text);
  }
  return typed.at < clock.now() ? await again('date', words.tariffs.datePast) : go(`${at}?from=${typed.at}`);
}

async function publishView(ground: RouteGround, of: OfDraft, asked: Asked, isChanged = false): Promise<PublishView> {
  const {reading, published, clock} = ground;
  const {site, draft} = of;
  const {from} = asked;
  const whole = await published.wholeScheduleOf(reading, site.id);
  const entries = whole[draft.role];
  const begins = from ?? clock.now();
  const next = entries.find((entry) => entry.from > begins);
  const names = await published.tariffNames(reading, next === undefined ? [] : [next.tariff]);
  const {preview, live, against: name} = await viewOf(ground, of, asked);
  const against = published.inForceAt(entries, begins);
  return {
    site,
    draft,
    from,
    against: name,
    isPlanned: entries.some((entry) => entry.from === from),
    next: next === undefined ? undefined : {name: names.get(next.tariff) ?? next.tariff, from: instant(next.from)},
    preview,
    fields: {from: String(from ?? NOW), schedule: published.scheduleHash(whole), against: against ?? ''},
    live: live.replace('/live/drafts/', '/live/publish/'),
    isChanged,
  };
}

async function ask(ground: RouteGround, of: OfDraft, asked: Asked, isChanged = false): Promise<Answer> {
  const view = await publishView(ground, of, asked, isChanged);
  return pageIn(of.site.zone, <PublishPage {...view} />, isChanged ? 409 : 200);
}

async function publish(ground: RouteGround, visit: SignedStaffVisit, of: OfDraft): Promise<Answer> {
  const {transact, drafts, words} = ground;
  const {site, draft} = of;
  const from = fromIn(fieldOf(visit, 'from'));
  const asked = {from, month: undefined};
  if (!isSure(visit)) return await ask(ground, of, asked);
  const against = fieldOf(visit, 'against');
  const seen = {schedule: fieldOf(visit, 'schedule'), against: against === '' ? undefined : against};
  const done = await commit(transact, (tx) => drafts.publish(tx, actorOf(visit.session), {site: site.id, id: draft.id, from, seen}));
  if (isRefusal(done) && done.code === 'schedule-changed') return await ask(ground, of, asked, true);
  if (isRefusal(done)) return await draftPage(ground, of, {month: undefined, fields: NO_DATE, ...wrongOf(done, {'time-past': 'date'})});
  tell(visit, words.tariffs.published(draft.name));
  return go(tariffsAddress(site.id));
}

async function discard(ground: RouteGround, visit: SignedStaffVisit, {site, draft}: OfDraft): Promise<Answer> {
  const {transact, drafts, words} = ground;
  if (!isSure(visit)) return pageIn(site.zone, <DiscardPage site={site} draft={draft} />);
  await attempt(visit, words, async () => {
    const done = await commit(transact, (tx) => drafts.discard(tx, actorOf(visit.session), {site: site.id, id: draft.id}));
    return isRefusal(done) ? refusalText(done) : words.tariffs.discarded(draft.name);
  });
  return go(tariffsAddress(site.id));
}
