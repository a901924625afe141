// Bills by hand, write-offs, and the second person's word. What is asked goes to the box; the page of the call shows its answer.
import {micros, type Micros} from '../../../shared/money/micros.ts';
import {go, type Answer, type Handle} from '../../../shared/web/answer.ts';
import type {Call} from '../../books/calls.ts';
import type {Proposal} from '../../books/resolving.ts';
import type {LiveView} from '../../web/live.ts';
import type {SignedStaffVisit, StaffRoute, StaffSession} from '../../web/route.ts';
import {actorOf, commit, isRefusal, refusalText} from '../acting.ts';
import {callAddress, lineIn, proposalAddress} from '../pages/addresses.ts';
import {CALL_LIVE, callParts, CallPage, type CallView} from '../pages/call.tsx';
import {BillConfirmPage, BillPage, DecidePage, ProposalOverPage, WriteOffPage, type BillFields} from '../pages/resolving.tsx';
import {readBoxes, readSite, type Site} from '../rows/sites.ts';
import {readStaffNames} from '../rows/staff.ts';
import {readStudent} from '../rows/students.ts';
import {attempt, costsFor, fieldOf, isSure, onlyFor, pageIn, tell, type RouteGround} from './ground.tsx';
import {wrongOf} from './students.tsx';

/** Of one call, in major units: more than any box lets a call cost. */
const LIMITS = {least: 0, most: 1_000};
const MICROS_OF_UNIT = 1_000_000;
/** Beside which field a no belongs. */
const FIELD_OF: Readonly<Record<string, string>> = {
  'amount-wrong': 'amount',
  'reason-missing': 'reason',
  'payer-unknown': 'payer',
  'payer-closed': 'payer',
};

type OfCall = {readonly site: Site; readonly call: Call};

export function resolvingRoutes(ground: RouteGround): readonly StaffRoute[] {
  const bill = ofCall(ground, (visit, of) => takeBill(ground, visit, of));
  const writeOff = ofCall(ground, (visit, of) => takeWriteOff(ground, visit, of));
  const look = async ({part, session}: SignedStaffVisit): Promise<Answer> => {
    const of = await callIn(ground, part);
    return of === undefined ? {kind: 'missing'} : pageIn(of.site.zone, <CallPage {...await viewOf(ground, of, session)} />);
  };
  const decide = onlyFor('clerk', (visit: SignedStaffVisit) => takeDecision(ground, visit));
  return [
    {path: '/desk/calls/:part', signed: true, get: look},
    {
      path: '/desk/calls/:part/bill',
      signed: true,
      get: ofCall(ground, (_, of) => form(of, {amount: '', destination: '', payer: '', reason: ''})),
      post: bill,
    },
    {
      path: '/desk/calls/:part/write-off',
      signed: true,
      get: ofCall(ground, (_, of) => pageIn(of.site.zone, <WriteOffPage {...of} />)),
      post: writeOff,
    },
    {path: '/desk/proposals/:part', signed: true, get: decide, post: decide},
  ];
}

export function callLive(ground: RouteGround): LiveView<StaffSession> {
  return {
    path: CALL_LIVE,
    // Whoever may do something is shown what.
    topic: (part, {role}) => `${part} ${role}`,
    read: async (part, session) => {
      const of = await callIn(ground, part);
      return of === undefined ? [] : ground.drawing.parts(session, callParts(await viewOf(ground, of, session)), of.site.zone);
    },
  };
}

/** By the site and the up row in its address. */
async function callIn({reading, books}: RouteGround, part: string): Promise<OfCall | undefined> {
  const named = lineIn(part);
  const site = named === undefined ? undefined : await readSite(reading, named.site);
  if (named === undefined || site === undefined || !/^\d{1,15}$/.test(named.extension)) return undefined;
  const seq = Number(named.extension);
  const call = (await books.callsAt(reading, site.id, [seq])).get(seq);
  return call?.upSeq === seq ? {site, call} : undefined;
}

/** A page of one call that waits; whatever does not wait any more has none but that of what became of it. */
function ofCall(ground: RouteGround, act: (visit: SignedStaffVisit, of: OfCall) => Answer | Promise<Answer>): Handle<SignedStaffVisit> {
  return onlyFor('clerk', async (visit) => {
    const of = await callIn(ground, visit.part);
    if (of === undefined) return {kind: 'missing'};
    return of.call.state === 'unbillable' ? await act(visit, of) : go(callAddress(of.site.id, of.call.upSeq));
  });
}

async function correctionsOf(ground: RouteGround, site: string, upSeq: number): Promise<CallView['corrections']> {
  const adjustments = await ground.books.adjustmentsOfCall(ground.reading, site, upSeq);
  return await Promise.all(adjustments.map(async (each) => ({...each, name: await nameOfPayer(ground, each.account)})));
}

async function viewOf(ground: RouteGround, {site, call}: OfCall, session: Pick<StaffSession, 'role'>): Promise<CallView> {
  const {reading, books, published, clock} = ground;
  const {upSeq, working, startedAt} = call;
  const tariff = working?.tariff;
  const askings = await books.askingsOf(reading, site.id, upSeq);
  const ranges = await books.rangesOfCall(reading, site.id, upSeq);
  const [asking, range] = [askings[0], ranges[0]];
  // The newest that was asked says what is waited for.
  const isRange = range !== undefined && (asking === undefined || range.downSeq > asking.downSeq);
  const sent = isRange
    ? ({kind: 'schedule', downSeq: range.downSeq, answer: undefined} as const)
    : asking && ({kind: 'desk', downSeq: asking.downSeq, answer: asking.answer} as const);
  const names = await readStaffNames(reading);
  const proposals = await books.proposalsOfCall(reading, site.id, upSeq);
  return {
    site,
    call,
    payerName: await nameOfPayer(ground, call.payer),
    fate: (await books.fatesOf(reading, site.id, [upSeq])).get(upSeq),
    pricedBy: tariff === undefined ? undefined : await published.versionThatPriced(reading, site.id, {tariff, startedAt}),
    cost: (await costsFor(ground, session, {site: site.id, calls: [call]}))?.get(upSeq),
    corrections: await correctionsOf(ground, site.id, upSeq),
    sent,
    box: (await readBoxes(reading, clock.now(), site.id)).find(({verdict}) => verdict !== 'old'),
    askings,
    ranges,
    proposals: proposals.map((proposal) => ({...proposal, byName: names.get(proposal.by) ?? proposal.by})),
  };
}

function form(of: OfCall, fields: BillFields, wrong?: Parameters<typeof BillPage>[0]['errors'], trouble?: string): Answer {
  const isWrong = wrong !== undefined || trouble !== undefined;
  return pageIn(
    of.site.zone,
    <BillPage {...of} fields={fields} most={micros(LIMITS.most * MICROS_OF_UNIT)} errors={wrong ?? {}} trouble={trouble} />,
    isWrong ? 422 : 200,
  );
}

async function takeBill(ground: RouteGround, visit: SignedStaffVisit, of: OfCall): Promise<Answer> {
  const {transact, resolving} = ground;
  const {resolving: words} = ground.words;
  const {site, call} = of;
  const fields = {
    amount: fieldOf(visit, 'amount'),
    destination: fieldOf(visit, 'destination'),
    payer: fieldOf(visit, 'payer'),
    reason: fieldOf(visit, 'reason'),
  };
  const read = readBill(ground, of, fields);
  if ('errors' in read) return form(of, fields, read.errors);
  const {amount} = read;
  const payer = fields.payer === '' ? undefined : fields.payer;
  if (!isSure(visit)) {
    const payerName = await nameOfPayer(ground, payer ?? call.payer);
    const [range] = await ground.books.rangesOfCall(ground.reading, site.id, call.upSeq);
    const question = {...of, fields, amount, payerName, range, secondAbove: resolving.secondPersonAbove};
    return pageIn(site.zone, <BillConfirmPage {...question} />);
  }
  const {destination, reason} = fields;
  const wanted = {site: site.id, callSeq: call.upSeq, amount, destination, payer, reason};
  const done = await commit(transact, (tx) => resolving.bill(tx, actorOf(visit.session), wanted));
  if (isRefusal(done)) {
    const {errors, trouble} = wrongOf(done, FIELD_OF);
    return form(of, fields, errors, trouble);
  }
  tell(visit, done.waitsFor === 'box' ? words.billAsked : words.billProposed);
  return go(callAddress(site.id, call.upSeq));
}

type BillReading = {readonly amount: Micros} | {readonly errors: Readonly<Record<string, string>>};

function readBill(
  {amounts, words: {resolving: words}}: RouteGround,
  {site}: OfCall,
  {amount, destination, reason}: BillFields,
): BillReading {
  const read = amounts.read(amount, site.currency, LIMITS);
  const errors: Record<string, string> = {};
  if (read.kind === 'refused') errors['amount'] = words.amountWrong;
  if (destination === '') errors['destination'] = words.destinationMissing;
  if (reason === '') errors['reason'] = words.reasonHelp;
  if (read.kind === 'refused' || Object.keys(errors).length > 0) return {errors};
  return {amount: amounts.microsOfMinor(read.minor, site.currency)};
}

async function nameOfPayer({reading}: RouteGround, payer: string | undefined): Promise<string | undefined> {
  return payer === undefined ? undefined : ((await readStudent(reading, payer))?.name ?? payer);
}

async function takeWriteOff(ground: RouteGround, visit: SignedStaffVisit, of: OfCall): Promise<Answer> {
  const {transact, resolving, words} = ground;
  const {site, call} = of;
  if (!isSure(visit)) return pageIn(site.zone, <WriteOffPage {...of} />);
  await attempt(visit, words, async () => {
    const act = {site: site.id, callSeq: call.upSeq, reason: words.resolving.offReason};
    const done = await commit(transact, (tx) => resolving.writeOff(tx, actorOf(visit.session), act));
    return isRefusal(done) ? refusalText(done) : words.resolving.offAsked;
  });
  return go(callAddress(site.id, call.upSeq));
}

async function takeDecision(ground: RouteGround, visit: SignedStaffVisit): Promise<Answer> {
  const {reading, transact, resolving, words} = ground;
  const found = await proposalOf(ground, visit.part);
  if (found === undefined) return {kind: 'missing'};
  const {site, call, proposal} = found;
  const {state} = proposal;
  const names = await readStaffNames(reading);
  const nameOf = (id: string): string => names.get(id) ?? id;
  if (state !== 'open') {
    const fate = (await ground.books.fatesOf(reading, site.id, [call.upSeq])).get(call.upSeq);
    if (fate === undefined) return {kind: 'missing'};
    const payerName = await nameOfPayer(ground, call.payer);
    const over = {site, call, proposal: {...proposal, state}, writtenBy: nameOf(proposal.by), payerName, fate};
    return pageIn(site.zone, <ProposalOverPage {...over} decidedBy={proposal.decided && nameOf(proposal.decided.by)} />);
  }
  const isOwn = proposal.by === visit.session.subject;
  const isNo = (visit.query.get('answer') ?? fieldOf(visit, 'answer')) === 'no';
  if (!isSure(visit)) {
    const payerName = await nameOfPayer(ground, proposal.payer ?? call.payer);
    const shown = {site, call, proposal, payerName, writtenBy: nameOf(proposal.by)};
    return pageIn(site.zone, <DecidePage {...shown} isOwn={isOwn} isNo={isNo} />);
  }
  await attempt(visit, words, async () => {
    const decision = {proposal: proposal.id, approve: !isNo};
    const done = await commit(transact, (tx) => resolving.decide(tx, actorOf(visit.session), decision));
    if (isRefusal(done)) return refusalText(done);
    return isNo ? words.resolving.dropped : words.resolving.approved;
  });
  // Its page says what became of it: decided, or overtaken in this very moment.
  return go(isNo ? proposalAddress(proposal.id) : callAddress(site.id, call.upSeq));
}

type OfProposal = OfCall & {readonly proposal: Proposal};

async function proposalOf({reading, books}: RouteGround, id: string): Promise<OfProposal | undefined> {
  const proposal = await books.proposalBy(reading, id);
  const site = proposal === undefined ? undefined : await readSite(reading, proposal.site);
  if (proposal === undefined || site === undefined) return undefined;
  const call = (await books.callsAt(reading, site.id, [proposal.callSeq])).get(proposal.callSeq);
  return call === undefined ? undefined : {site, proposal, call};
}
