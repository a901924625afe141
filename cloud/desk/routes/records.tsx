// Payments, unbillable calls, mail, the audit log: what is looked at, and the one thing that can be asked.
import {go, type Answer} from '../../../shared/web/answer.ts';
import {beforeOf} from '../../../shared/web/query.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {paymentAddress} from '../pages/addresses.ts';
import {PaymentPage, PaymentsPage} from '../pages/payments.tsx';
import {AuditPage, MailPage} from '../pages/records.tsx';
import {ReasonPage, UnbillablePage, type SiteGroup} from '../pages/unbillable.tsx';
import {cutOf, numberedPlaceIn, placeIn, placeText} from '../places.ts';
import {readAudit} from '../rows/audit.ts';
import {readMail} from '../rows/mail.ts';
import {PAYMENT_FILTERS, readAttempts, readHints, readPayments} from '../rows/payments.ts';
import {readSite, readSites} from '../rows/sites.ts';
import {readStaffNames} from '../rows/staff.ts';
import {readStudentName} from '../rows/students.ts';
import {rangeRoute} from './range.tsx';
import {resolvingRoutes} from './resolving.tsx';
import {attempt, onlyFor, pageIn, pageOfAll, readList, type RouteGround} from './ground.tsx';

const CALLS_SHOWN = 50;
/** Enough to see which ranges they share. */
const SAMPLE = 500;
/** What can be an id of a payment. */
const PAYMENT_ID = /^[\w:.-]{1,200}$/;

export function recordRoutes(ground: RouteGround): readonly StaffRoute[] {
  const {reading} = ground;
  return [
    {path: '/desk/payments', signed: true, get: (visit) => payments(ground, visit)},
    {path: '/desk/payments/:part', signed: true, get: (visit) => payment(ground, visit)},
    {
      path: '/desk/payments/:part/ask',
      signed: true,
      get: ({part}) => go(paymentAddress(part)),
      post: onlyFor('clerk', async (visit) => {
        if (!PAYMENT_ID.test(visit.part) || (await ground.payments.timeline(visit.part)) === undefined) return {kind: 'missing'};
        await attempt(visit, ground.words, async () => {
          await ground.payments.lookNow(visit.part, 'staff');
          return ground.words.payments.asked;
        });
        return go(paymentAddress(visit.part));
      }),
    },
    {path: '/desk/unbillable', signed: true, get: (visit) => unbillable(ground, visit)},
    ...resolvingRoutes(ground),
    rangeRoute(ground),
    {
      path: '/desk/mail',
      signed: true,
      get: async () => {
        const look = await readList(ground, ground.outbox.look());
        return await pageOfAll(ground, <MailPage trouble={look?.trouble} found={await readList(ground, readMail(reading))} />);
      },
    },
    {
      path: '/desk/audit',
      signed: true,
      get: async ({query}) =>
        pageOfAll(ground, <AuditPage found={await readList(ground, readAudit(reading, beforeOf(query.get('before'))))} />),
    },
  ];
}

async function payments(ground: RouteGround, {query}: SignedStaffVisit): Promise<Answer> {
  const {reading, amounts} = ground;
  const filter = PAYMENT_FILTERS.find((each) => each === query.get('show')) ?? 'open';
  const before = placeIn(query.get('before'));
  const found = await readList(ground, readPayments(reading, {filter, before}));
  const names = new Map((await readSites(reading)).map(({id, name}) => [id, name]));
  return await pageOfAll(
    ground,
    <PaymentsPage
      filter={filter}
      before={before === undefined ? undefined : placeText(before.at, before.key)}
      found={found}
      nameOf={(site) => names.get(site) ?? site}
      microsOfMinor={amounts.microsOfMinor}
    />,
  );
}

async function payment(ground: RouteGround, {part}: SignedStaffVisit): Promise<Answer> {
  const {reading} = ground;
  const found = PAYMENT_ID.test(part) ? await ground.payments.timeline(part) : undefined;
  const site = found === undefined ? undefined : await readSite(reading, found.site);
  if (found === undefined || site === undefined) return {kind: 'missing'};
  return pageIn(
    site.zone,
    <PaymentPage
      payment={found}
      student={await readStudentName(reading, found.account)}
      site={site}
      attempts={await readAttempts(reading, found.id)}
      hints={await readHints(reading, found.id)}
      staff={await readStaffNames(reading)}
    />,
  );
}

async function unbillable(ground: RouteGround, {query}: SignedStaffVisit): Promise<Answer> {
  const {reading, books, words} = ground;
  const site = await readSite(reading, query.get('site') ?? '');
  const reason = query.get('reason') ?? '';
  if (site === undefined || !Object.hasOwn(words.unbillable.reasons, reason)) {
    return await pageOfAll(ground, <UnbillablePage groups={await readList(ground, groupsOf(ground))} />);
  }
  const place = numberedPlaceIn(query.get('before'));
  const before = place === undefined ? {} : {before: {startedAt: place.at, upSeq: place.seq}};
  const found = await books.unbillableCalls(reading, {site: site.id, reason}, {...before, most: CALLS_SHOWN + 1});
  const {rows, next} = cutOf(found, CALLS_SHOWN, ({startedAt, upSeq}) => placeText(startedAt, upSeq));
  const sample = await books.unbillableCalls(reading, {site: site.id, reason}, {most: SAMPLE});
  return pageIn(
    site.zone,
    <ReasonPage
      site={site}
      reason={reason}
      calls={rows}
      before={place === undefined ? undefined : placeText(place.at, place.seq)}
      next={next}
      sample={sample}
      proposals={await books.openProposals(reading, site.id)}
    />,
  );
}

async function groupsOf({reading, books}: RouteGround): Promise<readonly SiteGroup[]> {
  const groups: SiteGroup[] = [];
  for (const site of await readSites(reading)) {
    for (const group of await books.unbillableGroups(reading, site.id)) groups.push({...group, site});
  }
  return groups.toSorted((a, b) => b.calls - a.calls);
}
