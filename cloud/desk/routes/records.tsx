// Payments, unbillable calls, mail, the audit log: what is looked at, and the one thing that can be asked.
import {go, type Answer} from '../../../shared/web/answer.ts';
import {beforeOf} from '../../../shared/web/query.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {paymentAddress} from '../pages/addresses.ts';
import {PaymentPage, PaymentsPage} from '../pages/payments.tsx';
import {AuditPage, MailPage} from '../pages/records.tsx';
import {placeIn, placeText} from '../places.ts';
import {readAudit} from '../rows/audit.ts';
import {readMail} from '../rows/mail.ts';
import {PAYMENT_FILTERS, readAttempts, readHints, readPayments} from '../rows/payments.ts';
import {readSite, readSites} from '../rows/sites.ts';
import {readStaffNames} from '../rows/staff.ts';
import {readStudentName} from '../rows/students.ts';
import {rangeRoute} from './range.tsx';
import {rangeAdditionRoute} from './range-additions.tsx';
import {resolvingRoutes} from './resolving.tsx';
import {unbillableRoute} from './unbillable.tsx';
import {attempt, onlyFor, pageIn, pageOfAll, readList, type RouteGround} from './ground.tsx';

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
    unbillableRoute(ground),
    ...resolvingRoutes(ground),
    rangeRoute(ground),
    rangeAdditionRoute(ground),
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
