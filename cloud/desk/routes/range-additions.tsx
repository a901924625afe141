// A range that was asked for: the second person's word, then what becomes of its calls, while the box works and after.
import {go, type Answer} from '../../../shared/web/answer.ts';
import type {RangeAddition} from '../../books/adding-ranges.ts';
import type {EffectChange, RangeEffect} from '../../books/range-effect.ts';
import type {LiveView} from '../../web/live.ts';
import type {SignedStaffVisit, StaffRoute, StaffSession} from '../../web/route.ts';
import {actorOf, commit, isRefusal, refusalText} from '../acting.ts';
import {additionAddress} from '../pages/addresses.ts';
import {MOST_LISTED} from '../pages/range.tsx';
import {
  additionParts,
  RangeAdditionPage,
  RangeOvertakenPage,
  RangeProposalPage,
  type AdditionRow,
  type AdditionView,
} from '../pages/range-addition.tsx';
import {isAtLeast} from '../pages/ground.ts';
import {readBoxes, readSite, type Site} from '../rows/sites.ts';
import {readStaffNames} from '../rows/staff.ts';
import {fieldOf, isSure, onlyFor, pageIn, tell, type RouteGround} from './ground.tsx';
import {SHOWN_FORM} from './range.tsx';

const ID = /^[0-9a-f]{32}$/;

type OfAddition = {readonly site: Site; readonly addition: RangeAddition};

export function rangeAdditionRoute(ground: RouteGround): StaffRoute {
  return {
    path: '/desk/ranges/:part',
    signed: true,
    form: SHOWN_FORM,
    get: (visit) => show(ground, visit),
    post: onlyFor('admin', (visit) => decide(ground, visit)),
  };
}

export function rangeAdditionLive(ground: RouteGround): LiveView<StaffSession> {
  return {
    path: '/desk/live/ranges/:part',
    topic: (part) => part,
    read: async (part, session) => {
      const found = await find(ground, part);
      if (found === undefined || found.addition.decided === undefined) return [];
      return ground.drawing.parts(session, additionParts(await viewOf(ground, found)), found.site.zone);
    },
  };
}

async function find({reading, books}: RouteGround, id: string): Promise<OfAddition | undefined> {
  const addition = ID.test(id) ? await books.rangeAddition(reading, id) : undefined;
  const site = addition === undefined ? undefined : await readSite(reading, addition.range.site);
  return addition === undefined || site === undefined ? undefined : {site, addition};
}

async function show(ground: RouteGround, visit: SignedStaffVisit): Promise<Answer> {
  const found = await find(ground, visit.part);
  if (found === undefined) return {kind: 'missing'};
  if (found.addition.decided !== undefined) return pageIn(found.site.zone, <RangeAdditionPage {...await viewOf(ground, found)} />);
  if (!isAtLeast(visit.session.role, 'admin')) return {kind: 'missing'};
  const effect = await ground.ranges.effect(ground.reading, found.addition.range);
  return await ask(ground, visit, {...found, effect});
}

type Effect = Awaited<ReturnType<RouteGround['ranges']['effect']>>;

/** `since`: what the person saw; nothing was done, because it is another now. */
type Question = OfAddition & {readonly effect: Effect; readonly since?: string};

async function ask(ground: RouteGround, visit: SignedStaffVisit, {site, addition, effect, since}: Question): Promise<Answer> {
  const {reading, books} = ground;
  const names = await readStaffNames(reading);
  const askedBy = names.get(addition.by) ?? addition.by;
  if (effect.kind === 'refused') {
    return pageIn(site.zone, <RangeOvertakenPage site={site} addition={addition} askedBy={askedBy} why={refusalText(effect)} />);
  }
  const change = since === undefined ? await changeOf(ground, addition, effect) : books.changeSince(since, effect);
  const view = {site, addition, askedBy, effect, shown: books.shownText(effect), change};
  const isOwn = addition.by === visit.session.subject;
  const isNo = (visit.query.get('answer') ?? fieldOf(visit, 'answer')) === 'no';
  const isLate = since !== undefined;
  return pageIn(site.zone, <RangeProposalPage {...view} isLate={isLate} isOwn={isOwn} isNo={isNo} />, isLate ? 409 : 200);
}

/** Since it was asked for. */
async function changeOf({reading, books}: RouteGround, addition: RangeAddition, effect: RangeEffect): Promise<EffectChange | undefined> {
  if (effect.hash === addition.hash) return undefined;
  const shown = [...(await books.shownCalls(reading, addition.id))].map(([seq, amount]) => `${seq}:${amount}`);
  return books.changeSince([addition.schedule, ...shown].join(' '), effect);
}

async function decide(ground: RouteGround, visit: SignedStaffVisit): Promise<Answer> {
  const {transact, ranges, words} = ground;
  const found = await find(ground, visit.part);
  if (found === undefined) return {kind: 'missing'};
  if (!isSure(visit) || found.addition.decided !== undefined) return await show(ground, visit);
  const approve = fieldOf(visit, 'answer') === 'yes';
  const decision = {id: found.addition.id, approve, hash: fieldOf(visit, 'hash')};
  const done = await commit(transact, (tx) => ranges.decide(tx, actorOf(visit.session), decision));
  if (!isRefusal(done) && done.kind === 'changed')
    return await ask(ground, visit, {...found, effect: done.effect, since: fieldOf(visit, 'shown')});
  const said = approve ? words.range.done : words.range.dropped;
  if (isRefusal(done)) visit.notes.leave(visit.session, {state: 'fault', text: refusalText(done)});
  else tell(visit, said);
  return go(additionAddress(found.addition.id));
}

async function viewOf({reading, books, clock}: RouteGround, {site, addition}: OfAddition): Promise<AdditionView> {
  const names = await readStaffNames(reading);
  const nameOf = (id: string): string => names.get(id) ?? id;
  const shown = await books.shownCalls(reading, addition.id);
  const fates = await books.fatesOf(reading, site.id, [...shown.keys()]);
  const isOpen = (seq: number): boolean => fates.get(seq)?.kind === 'waits';
  // Those that wait on top; the newest of each first.
  const newest = [...shown.keys()].toSorted((a, b) => b - a);
  const order = [...newest.filter(isOpen), ...newest.filter((seq) => !isOpen(seq))].slice(0, MOST_LISTED);
  const calls = await books.callsAt(reading, site.id, order);
  const rows = order.flatMap((seq): readonly AdditionRow[] => {
    const [call, fate, amount] = [calls.get(seq), fates.get(seq), shown.get(seq)];
    return call === undefined || fate === undefined || amount === undefined ? [] : [{call, fate, amount}];
  });
  const boxes = await readBoxes(reading, clock.now(), site.id);
  return {
    site,
    addition,
    askedBy: nameOf(addition.by),
    decidedBy: nameOf(addition.decided?.by ?? addition.by),
    box: boxes.find(({verdict}) => verdict !== 'old'),
    rows,
    ended: [...fates.values()].filter(({kind}) => kind !== 'waits').length,
  };
}
