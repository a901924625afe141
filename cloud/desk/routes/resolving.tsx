// Bills by hand, write-offs, and the second person's word. What is asked goes to the box; the page of the reason shows its answer.
import {micros, type Micros} from '../../../shared/money/micros.ts';
import {go, page, type Answer, type Handle} from '../../../shared/web/answer.ts';
import type {Call} from '../../books/calls.ts';
import type {Proposal} from '../../books/resolving.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {actorOf, commit, isRefusal, refusalText} from '../acting.ts';
import {lineIn, reasonAddress} from '../pages/addresses.ts';
import {BillConfirmPage, BillPage, DecidePage, WriteOffPage, type BillFields} from '../pages/resolving.tsx';
import {readSite, readSites, type Site} from '../rows/sites.ts';
import {readStaffNames} from '../rows/staff.ts';
import {readStudent} from '../rows/students.ts';
import {attempt, fieldOf, isSure, onlyFor, tell, type RouteGround} from './ground.tsx';
import {wrongOf} from './students.tsx';

/** Of one call, in major units: more than any box lets a call cost. */
const LIMITS = {least: 0, most: 1_000};
const MICROS_OF_UNIT = 1_000_000;
/** Beside which field a no belongs. */
const FIELD_OF: Readonly<Record<string, string>> = {'amount-wrong': 'amount', 'reason-missing': 'reason', 'payer-unknown': 'payer'};

type OfCall = {readonly site: Site; readonly call: Call};

export function resolvingRoutes(ground: RouteGround): readonly StaffRoute[] {
  const bill = ofCall(ground, (visit, of) => takeBill(ground, visit, of));
  const writeOff = ofCall(ground, (visit, of) => takeWriteOff(ground, visit, of));
  const decide = onlyFor('clerk', (visit: SignedStaffVisit) => takeDecision(ground, visit));
  return [
    {
      path: '/desk/calls/:part/bill',
      signed: true,
      get: ofCall(ground, (_, of) => form(of, {amount: '', destination: '', payer: '', reason: ''})),
      post: bill,
    },
    {path: '/desk/calls/:part/write-off', signed: true, get: ofCall(ground, (_, of) => page(<WriteOffPage {...of} />)), post: writeOff},
    {path: '/desk/proposals/:part', signed: true, get: decide, post: decide},
  ];
}

/** A page of one call that waits; whatever does not wait any more has none but the list. */
function ofCall(
  {reading, books}: RouteGround,
  act: (visit: SignedStaffVisit, of: OfCall) => Answer | Promise<Answer>,
): Handle<SignedStaffVisit> {
  return onlyFor('clerk', async (visit) => {
    const named = lineIn(visit.part);
    const site = named === undefined ? undefined : await readSite(reading, named.site);
    if (named === undefined || site === undefined || !/^\d{1,15}$/.test(named.extension)) return {kind: 'missing'};
    const seq = Number(named.extension);
    const call = (await books.callsAt(reading, site.id, [seq])).get(seq);
    if (call === undefined || call.upSeq !== seq) return {kind: 'missing'};
    return call.state === 'unbillable' ? await act(visit, {site, call}) : go('/desk/unbillable');
  });
}

function form(of: OfCall, fields: BillFields, wrong?: Parameters<typeof BillPage>[0]['errors'], trouble?: string): Answer {
  const isWrong = wrong !== undefined || trouble !== undefined;
  return page(
    <BillPage {...of} fields={fields} most={micros(LIMITS.most * MICROS_OF_UNIT)} errors={wrong ?? {}} trouble={trouble} />,
    isWrong ? 422 : 200,
  );
}

async function takeBill(ground: RouteGround, visit: SignedStaffVisit, of: OfCall): Promise<Answer> {
  const {transact, resolving} = ground;
  const {unbillable: words} = ground.words;
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
    return page(
      <BillConfirmPage {...of} fields={fields} amount={amount} payerName={payerName} secondAbove={resolving.secondPersonAbove} />,
    );
  }
  const {destination, reason} = fields;
  const wanted = {site: site.id, callSeq: call.upSeq, amount, destination, payer, reason};
  const done = await commit(transact, (tx) => resolving.bill(tx, actorOf(visit.session), wanted));
  if (isRefusal(done)) {
    const {errors, trouble} = wrongOf(done, FIELD_OF);
    return form(of, fields, errors, trouble);
  }
  tell(visit, done.waitsFor === 'box' ? words.billAsked : words.billProposed);
  return go(reasonAddress(site.id, call.reason ?? ''));
}

type BillReading = {readonly amount: Micros} | {readonly errors: Readonly<Record<string, string>>};

function readBill(
  {amounts, words: {unbillable: words}}: RouteGround,
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
  if (!isSure(visit)) return page(<WriteOffPage {...of} />);
  await attempt(visit, words, async () => {
    const act = {site: site.id, callSeq: call.upSeq, reason: words.unbillable.offReason};
    const done = await commit(transact, (tx) => resolving.writeOff(tx, actorOf(visit.session), act));
    return isRefusal(done) ? refusalText(done) : words.unbillable.offAsked;
  });
  return go(reasonAddress(site.id, call.reason ?? ''));
}

async function takeDecision(ground: RouteGround, visit: SignedStaffVisit): Promise<Answer> {
  const {reading, transact, resolving, books, words} = ground;
  const found = await proposalOf(ground, visit.part);
  if (found === undefined) return {kind: 'missing'};
  const {site, proposal} = found;
  const call = (await books.callsAt(reading, site.id, [proposal.callSeq])).get(proposal.callSeq);
  if (call === undefined) return {kind: 'missing'};
  const isOwn = proposal.by === visit.session.subject;
  const isNo = (visit.query.get('answer') ?? fieldOf(visit, 'answer')) === 'no';
  if (!isSure(visit)) {
    const names = await readStaffNames(reading);
    const payerName = await nameOfPayer(ground, proposal.payer ?? call.payer);
    const shown = {site, call, proposal, payerName, writtenBy: names.get(proposal.by) ?? proposal.by};
    return page(<DecidePage {...shown} isOwn={isOwn} isNo={isNo} />);
  }
  await attempt(visit, words, async () => {
    const decision = {proposal: proposal.id, approve: !isNo};
    const done = await commit(transact, (tx) => resolving.decide(tx, actorOf(visit.session), decision));
    if (isRefusal(done)) return refusalText(done);
    return isNo ? words.unbillable.dropped : words.unbillable.approved;
  });
  return go(reasonAddress(site.id, call.reason ?? ''));
}

async function proposalOf({reading, books}: RouteGround, id: string): Promise<{site: Site; proposal: Proposal} | undefined> {
  for (const site of await readSites(reading)) {
    const proposal = (await books.openProposals(reading, site.id)).find((each) => each.id === id);
    if (proposal !== undefined) return {site, proposal};
  }
  return undefined;
}
