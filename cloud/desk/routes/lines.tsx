// Lines: the list, one of them, and what staff decide for it.
import {go, page, type Answer, type Handle} from '../../../shared/web/answer.ts';
import {overrideFields, readDecision, type Decision} from '../../../shared/ui/override.tsx';
import {pageOf} from '../../../shared/web/query.ts';
import type {Override} from '../../books/overrides.ts';
import type {OverrideAct} from '../../people/overrides.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {actorOf, commit, isRefusal, refusalText} from '../acting.ts';
import {lineAddress, lineIn} from '../pages/addresses.ts';
import type {FormState} from '../pages/forms.tsx';
import {LinePage, OverrideConfirmPage, TakeBackPage, type LineView} from '../pages/line.tsx';
import {EditLinePage, LINE_CLASSES, LinesPage, NewLinePage, type LineFields} from '../pages/lines.tsx';
import {lastCallsOf, LINE_FILTERS, readLine, readLines, type Line} from '../rows/lines.ts';
import {readBoxes, readSite, readSites, type Site} from '../rows/sites.ts';
import {readTenancies} from '../rows/students.ts';
import {attempt, costsFor, fieldOf, isSure, onlyFor, pageIn, pageOfAll, readList, tell, type RouteGround} from './ground.tsx';
import {wrongOf} from './students.tsx';

const CALLS_SHOWN = 20;

type OfLine = {readonly line: Line; readonly site: Site};

function ofLine({reading}: RouteGround, act: (visit: SignedStaffVisit, of: OfLine) => Answer | Promise<Answer>): Handle<SignedStaffVisit> {
  return async (visit) => {
    const named = lineIn(visit.part);
    const line = named === undefined ? undefined : await readLine(reading, named.site, named.extension, visit.setting.now);
    const site = line === undefined ? undefined : await readSite(reading, line.site);
    return line === undefined || site === undefined ? {kind: 'missing'} : await act(visit, {line, site});
  };
}

export function lineRoutes(ground: RouteGround): readonly StaffRoute[] {
  const {reading} = ground;
  const backTo = (part: string): Answer => {
    const named = lineIn(part);
    return named === undefined ? go('/desk/lines') : go(lineAddress(named.site, named.extension));
  };
  return [
    {
      path: '/desk/lines',
      signed: true,
      get: async ({query, setting}) => {
        const filter = LINE_FILTERS.find((each) => each === query.get('show')) ?? 'all';
        const wish = {filter, search: (query.get('find') ?? '').trim(), page: pageOf(query.get('page'))};
        const names = new Map((await readSites(reading)).map(({id, name}) => [id, name]));
        const found = await readList(ground, readLines(reading, wish, setting.now));
        return pageOfAll(ground, <LinesPage wish={wish} found={found} nameOf={(site) => names.get(site) ?? site} />);
      },
    },
    {
      path: '/desk/lines/new',
      signed: true,
      get: onlyFor('clerk', async ({query}) =>
        newForm(ground, {site: query.get('site') ?? '', extension: '', class: 'student', label: ''}),
      ),
      post: onlyFor('clerk', (visit) => create(ground, visit)),
    },
    {path: '/desk/lines/:part', signed: true, get: ofLine(ground, (visit, of) => show(ground, visit, of))},
    {
      path: '/desk/lines/:part/edit',
      signed: true,
      get: onlyFor(
        'clerk',
        ofLine(ground, (_, {line}) => page(<EditLinePage line={line} fields={{...line, label: line.label ?? ''}} />)),
      ),
      post: onlyFor(
        'clerk',
        ofLine(ground, (visit, of) => edit(ground, visit, of)),
      ),
    },
    {
      path: '/desk/lines/:part/override',
      signed: true,
      // Reached by reloading, or by going back: the form is on the page of the line.
      get: ({part}) => backTo(part),
      post: onlyFor(
        'clerk',
        ofLine(ground, (visit, of) => decide(ground, visit, of)),
      ),
    },
    {
      path: '/desk/lines/:part/take-back',
      signed: true,
      get: onlyFor(
        'clerk',
        ofLine(ground, async (_, {line}) =>
          (await overrideOf(ground, line)) === undefined ? backToLine(line) : page(<TakeBackPage line={line} />),
        ),
      ),
      post: onlyFor(
        'clerk',
        ofLine(ground, (visit, of) => takeBack(ground, visit, of)),
      ),
    },
  ];
}

function backToLine({site, extension}: Line): Answer {
  return go(lineAddress(site, extension));
}

async function overrideOf({books, reading}: RouteGround, {site, extension}: Line): Promise<Override | undefined> {
  return (await books.overridesOf(reading, site)).find((each) => each.extension === extension);
}

async function show(ground: RouteGround, {setting, session}: SignedStaffVisit, of: OfLine, more: Partial<LineView> = {}): Promise<Answer> {
  const {reading, books} = ground;
  const {line, site} = of;
  const seqs = await lastCallsOf(reading, line, CALLS_SHOWN);
  const calls = await books.callsAt(reading, site.id, seqs);
  return pageIn(
    site.zone,
    <LinePage
      {...of}
      override={await overrideOf(ground, line)}
      tenancies={await readTenancies(reading, {site: site.id, extension: line.extension}, setting.now)}
      calls={seqs.map((seq) => calls.get(seq)).filter((call) => call !== undefined)}
      costs={await costsFor(ground, session, {site: site.id, calls: [...calls.values()]})}
      {...more}
    />,
    more.errors === undefined ? 200 : 422,
  );
}

async function decide(ground: RouteGround, visit: SignedStaffVisit, of: OfLine): Promise<Answer> {
  const {line, site} = of;
  const {override: words} = ground.words;
  if (line.class !== 'student') return backToLine(line);
  const fields = overrideFields(visit.form);
  const {now, locale} = visit.setting;
  const read = readDecision(fields, {now, locale, currency: site.currency, words: words.errors});
  if (read.kind === 'wrong') return show(ground, visit, of, {fields, errors: read.errors});
  if (!isSure(visit)) {
    const [box] = await readBoxes(ground.reading, now, site.id);
    const replaces = (await overrideOf(ground, line)) !== undefined;
    const isOnline = box?.verdict === 'ok' || box?.verdict === 'behind';
    return pageIn(
      site.zone,
      <OverrideConfirmPage line={line} decision={read.decision} fields={fields} replaces={replaces} isOnline={isOnline} />,
    );
  }
  const done = await commit(ground.transact, (tx) => ground.overrides.give(tx, actorOf(visit.session), actFor(line, read.decision)));
  if (isRefusal(done)) return show(ground, visit, of, {fields, errors: {act: refusalText(done)}});
  tell(visit, words.done[read.decision.act](line.extension));
  return backToLine(line);
}

function actFor({site, extension}: Line, {act, reason, expires, limit}: Decision): OverrideAct {
  const named = {site, extension, reason};
  if (act === 'lock') return {...named, act, ...(expires === undefined ? {} : {expires})};
  // The form was read: an unlock has both.
  return {...named, act, expires: expires ?? (0 as NonNullable<typeof expires>), limit: limit ?? 0};
}

async function takeBack(ground: RouteGround, visit: SignedStaffVisit, {line}: OfLine): Promise<Answer> {
  const override = await overrideOf(ground, line);
  if (override === undefined || !isSure(visit)) return backToLine(line);
  const {site, extension} = line;
  // What is taken back had a reason; a fact wants one.
  const act = {site, extension, act: 'end' as const, reason: override.reason};
  await attempt(visit, ground.words, async () => {
    const done = await commit(ground.transact, (tx) => ground.overrides.give(tx, actorOf(visit.session), act));
    return isRefusal(done) ? refusalText(done) : ground.words.override.done.end(extension);
  });
  return backToLine(line);
}

/** Beside which field a no belongs. */
const FIELD_OF: Readonly<Record<string, string>> = {
  'site-unknown': 'site',
  'line-taken': 'extension',
  'extension-invalid': 'extension',
  'label-invalid': 'label',
};

async function newForm({reading}: RouteGround, fields: LineFields, wrong?: FormState): Promise<Answer> {
  return page(<NewLinePage sites={await readSites(reading)} fields={fields} {...wrong} />, wrong === undefined ? 200 : 422);
}

function lineFields(visit: SignedStaffVisit): LineFields {
  return {
    site: fieldOf(visit, 'site'),
    extension: fieldOf(visit, 'extension'),
    class: fieldOf(visit, 'class'),
    label: fieldOf(visit, 'label'),
  };
}

async function create(ground: RouteGround, visit: SignedStaffVisit): Promise<Answer> {
  const {lines, transact, words} = ground;
  const fields = lineFields(visit);
  const kind = LINE_CLASSES.find((each) => each === fields.class);
  if (kind === undefined) return newForm(ground, fields, {errors: {class: words.lines.form.classWrong}});
  const done = await commit(transact, (tx) => lines.create(tx, actorOf(visit.session), {...fields, class: kind}));
  if (isRefusal(done)) return newForm(ground, fields, wrongOf(done, FIELD_OF));
  tell(visit, words.lines.made(fields.extension));
  return go(lineAddress(fields.site, fields.extension));
}

async function edit(ground: RouteGround, visit: SignedStaffVisit, {line}: OfLine): Promise<Answer> {
  const {lines, transact, words} = ground;
  const {site, extension} = line;
  const fields = {...lineFields(visit), site, extension};
  const again = (wrong: FormState): Answer => page(<EditLinePage line={line} fields={fields} {...wrong} />, 422);
  const kind = LINE_CLASSES.find((each) => each === fields.class);
  if (kind === undefined) return again({errors: {class: words.lines.form.classWrong}});
  const change = {site, extension, class: kind, label: fields.label};
  const done = await commit(transact, (tx) => lines.change(tx, actorOf(visit.session), change));
  if (isRefusal(done)) return again(wrongOf(done, FIELD_OF));
  tell(visit, words.lines.saved(extension));
  return backToLine(line);
}
