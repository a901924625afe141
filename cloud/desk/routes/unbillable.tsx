// The lists of calls that wait: all, of one reason, to one range; with what may be at stake, and what a second person must approve.
import type {Answer} from '../../../shared/web/answer.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import type {RangeAddition} from '../../books/adding-ranges.ts';
import type {Proposal} from '../../books/resolving.ts';
import type {WaitingCall} from '../../books/waiting.ts';
import {additionAddress, proposalAddress} from '../pages/addresses.ts';
import {
  PrefixPage,
  ReasonPage,
  UnbillablePage,
  type LatelyAct,
  type SiteGroup,
  type UnbillableView,
  type WaitingAct,
} from '../pages/unbillable.tsx';
import type {SiteRange} from '../pages/unknown-ranges.tsx';
import {cutOf, numberedPlaceIn, placeText} from '../places.ts';
import {readSite, readSites, type Site} from '../rows/sites.ts';
import {readStaffNames} from '../rows/staff.ts';
import {byMoney, masked, unknownRanges} from '../unknown-ranges.ts';
import {pageIn, pageOfAll, readList, type RouteGround} from './ground.tsx';

const CALLS_SHOWN = 50;
/** Of each site: what was asked earlier is in the audit log. */
const LATELY_SHOWN = 5;
/** The box answers within a minute where it is there. */
const ASKED_LOOKED_AT = 50;
const PREFIX = /^\+[1-9]\d{0,14}$/;

export function unbillableRoute(ground: RouteGround): StaffRoute {
  return {path: '/desk/unbillable', signed: true, get: (visit) => show(ground, visit)};
}

async function show(ground: RouteGround, visit: SignedStaffVisit): Promise<Answer> {
  const {reading, words} = ground;
  const site = await readSite(reading, visit.query.get('site') ?? '');
  const [prefix, reason] = [visit.query.get('prefix') ?? '', visit.query.get('reason') ?? ''];
  if (site !== undefined && PREFIX.test(prefix)) return await toPrefix(ground, visit, {site, prefix});
  if (site !== undefined && Object.hasOwn(words.unbillable.reasons, reason)) return await ofReason(ground, visit, {site, reason});
  return await pageOfAll(ground, <UnbillablePage view={await readList(ground, viewOf(ground))} />);
}

async function ofReason(ground: RouteGround, {query}: SignedStaffVisit, {site, reason}: {site: Site; reason: string}): Promise<Answer> {
  const isOfRange = ground.books.rangeReasons.some((each) => each === reason);
  const ranges = isOfRange ? await rangesOf(ground, site, {reasons: [reason]}) : [];
  return pageIn(site.zone, <ReasonPage {...await pageOf(ground, site, {reason}, query.get('before'))} reason={reason} ranges={ranges} />);
}

async function toPrefix(ground: RouteGround, {query}: SignedStaffVisit, {site, prefix}: {site: Site; prefix: string}): Promise<Answer> {
  const {books} = ground;
  const ranges = await rangesOf(ground, site, {prefix});
  const wish = {reason: books.rangeReasons, prefix};
  return pageIn(
    site.zone,
    <PrefixPage {...await pageOf(ground, site, wish, query.get('before'))} prefix={prefix} range={together(prefix, ranges)} />,
  );
}

/** Numbers that begin with a short prefix fall into several ranges. */
function together(prefix: string, ranges: readonly SiteRange[]): SiteRange['range'] | undefined {
  const [first, ...others] = ranges.map(({range}) => range);
  return others.reduce(
    (sum, each) =>
      sum && {
        prefix,
        calls: sum.calls + each.calls,
        minutes: sum.minutes + each.minutes,
        newest: Math.max(sum.newest, each.newest),
        stake: sum.stake + each.stake,
        unknown: sum.unknown + each.unknown,
        ways: [...sum.ways, ...each.ways],
        standings: {
          known: sum.standings.known + each.standings.known,
          possible: sum.standings.possible + each.standings.possible,
          impossible: sum.standings.impossible + each.standings.impossible,
        },
      },
    first,
  );
}

type Wish = {readonly reason: string | readonly string[]; readonly prefix?: string};

async function pageOf({reading, books}: RouteGround, site: Site, wish: Wish, from: string | undefined) {
  const place = numberedPlaceIn(from);
  const before = place === undefined ? {} : {before: {startedAt: place.at, upSeq: place.seq}};
  const found = await books.unbillableCalls(reading, {site: site.id, ...wish}, {...before, most: CALLS_SHOWN + 1});
  const {rows, next} = cutOf(found, CALLS_SHOWN, ({startedAt, upSeq}) => placeText(startedAt, upSeq));
  return {
    site,
    calls: rows,
    before: place === undefined ? undefined : placeText(place.at, place.seq),
    next,
    proposals: await books.openProposals(reading, site.id),
  };
}

type Which = {readonly reasons?: readonly string[]; readonly prefix?: string};

async function rangesOf(ground: RouteGround, site: Site, which: Which): Promise<readonly SiteRange[]> {
  return staked(ground, site, await ground.books.waitingCalls(ground.reading, {site: site.id, ...which}));
}

async function staked({reading, stakes, books}: RouteGround, site: Site, calls: readonly WaitingCall[]): Promise<readonly SiteRange[]> {
  const worldwide = calls.filter(({number}) => number.startsWith('+'));
  const staking = worldwide.map(({number, startedAt, seconds}) => ({number: number.slice(1), startedAt, seconds}));
  const known = await stakes.of(reading, site.id, staking);
  const stakeOf = new Map(worldwide.map(({upSeq}, index) => [upSeq, known[index]]));
  const asked = (await books.rangeAdditions(reading, site.id, ASKED_LOOKED_AT)).filter(({decided}) => decided?.decision !== 'refused');
  return unknownRanges(calls.map((call) => ({...call, stake: stakeOf.get(call.upSeq)}))).map((range) => {
    const found = asked.find(({prefix, range: {from}}) => range.prefix.startsWith(`+${prefix}`) && from <= range.newest);
    return {site, range, added: found && {href: additionAddress(found.id), isOpen: found.decided === undefined}};
  });
}

async function viewOf(ground: RouteGround): Promise<UnbillableView> {
  const {reading, books} = ground;
  const sites = await readSites(reading);
  const names = await readStaffNames(reading);
  const [groups, ranges, waiting, lately]: [SiteGroup[], SiteRange[], WaitingAct[], LatelyAct[]] = [[], [], [], []];
  let isCut = false;
  for (const site of sites) {
    groups.push(...(await books.unbillableGroups(reading, site.id)).map((group) => ({...group, site})));
    const calls = await books.waitingCalls(reading, {site: site.id});
    isCut ||= calls.length === books.mostWaiting;
    ranges.push(...(await staked(ground, site, calls)));
    const acts = await actsOf(ground, site, names);
    waiting.push(...acts.waiting);
    lately.push(...acts.lately);
  }
  return {
    groups: groups.toSorted((a, b) => b.calls - a.calls),
    ranges: ranges.toSorted((a, b) => byMoney(a.range, b.range)),
    lookedAt: isCut ? books.mostWaiting : undefined,
    waiting: waiting.toSorted((a, b) => b.amount - a.amount),
    lately: lately.toSorted((a, b) => b.at - a.at),
    sites: sites.length,
  };
}

type Acts = {readonly waiting: readonly WaitingAct[]; readonly lately: readonly LatelyAct[]};

async function actsOf(ground: RouteGround, site: Site, names: ReadonlyMap<string, string>): Promise<Acts> {
  const {reading, books} = ground;
  const additions = await books.rangeAdditions(reading, site.id, LATELY_SHOWN);
  const open = await books.openProposals(reading, site.id);
  const overtaken = await books.overtakenProposals(reading, site.id, LATELY_SHOWN);
  const numbers = await numbersOf(ground, site, [...open, ...overtaken]);
  const ofBill = (proposal: Proposal) => ({
    href: proposalAddress(proposal.id),
    about: numbers.get(proposal.callSeq) ?? '',
    destination: proposal.destination,
    site,
    amount: proposal.amount,
    by: names.get(proposal.by) ?? proposal.by,
    at: proposal.at,
  });
  const ofRange = ({id, prefix, range, total, by, at, decided}: RangeAddition) => ({
    href: additionAddress(id),
    about: `+${prefix}`,
    destination: range.to.destination,
    site,
    amount: total,
    by: names.get(decided?.by ?? by) ?? by,
    at: decided?.at ?? at,
  });
  const waiting = [
    ...open.map((proposal) => ({kind: 'bill', ...ofBill(proposal)}) as const),
    ...additions.filter(({decided}) => decided === undefined).map((addition) => ({kind: 'range', ...ofRange(addition)}) as const),
  ];
  const lately: LatelyAct[] = overtaken.map((proposal) => ({...ofBill(proposal), state: {kind: 'bill-overtaken'}}));
  for (const addition of additions) {
    const {decided, id, calls} = addition;
    if (decided?.decision === 'refused') lately.push({...ofRange(addition), state: {kind: 'range-refused'}});
    if (decided?.decision === 'published') {
      const fates = await books.fatesOf(reading, site.id, [...(await books.shownCalls(reading, id)).keys()]);
      const ended = [...fates.values()].filter(({kind}) => kind !== 'waits').length;
      lately.push({...ofRange(addition), state: {kind: 'range', calls, ended}});
    }
  }
  return {waiting, lately};
}

async function numbersOf({reading, books, words}: RouteGround, site: Site, proposals: readonly Proposal[]) {
  const calls = await books.callsAt(
    reading,
    site.id,
    proposals.map(({callSeq}) => callSeq),
  );
  const text = (seq: number): string => {
    const number = calls.get(seq)?.number;
    return number === undefined ? words.unbillable.noNumber : masked(number);
  };
  return new Map(proposals.map(({callSeq}) => [callSeq, text(callSeq)]));
}
