// The limits on calls that wait as unbillable: typed, said in a sentence, published with the other rules of the site.
import type {Errors} from '../../../shared/ui/form.tsx';
import {go, page, type Answer} from '../../../shared/web/answer.ts';
import {DOWN_BODIES, UNBILLABLE_LIMITS, type Policy, type UnbillableLimits} from '../../../shared/wire/kinds.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {actorOf, commit, isRefusal, refusalText} from '../acting.ts';
import type {DeskWords} from '../messages.ts';
import {siteAddress} from '../pages/addresses.ts';
import type {FormState} from '../pages/forms.tsx';
import {WaitingLimitsConfirmPage, WaitingLimitsPage, type LimitFields} from '../pages/waiting-limits.tsx';
import {fieldOf, isSure, tell, type RouteGround} from './ground.tsx';
import {ofPolicy, type OfPolicy} from './of-site.ts';

export function waitingLimitRoutes(ground: RouteGround): readonly StaffRoute[] {
  return [
    {
      path: '/desk/sites/:part/waiting-limits',
      signed: true,
      get: ofPolicy(ground, (_, {site, policy}) => page(<WaitingLimitsPage site={site} fields={fieldsOf(limitsOf(policy))} />)),
      post: ofPolicy(ground, (visit, of) => change(ground, visit, of)),
    },
  ];
}

function limitsOf({unbillable}: Policy): UnbillableLimits {
  return unbillable ?? UNBILLABLE_LIMITS;
}

function fieldsOf({calls, minutes, locks}: UnbillableLimits): LimitFields {
  return {calls: String(calls), minutes: String(minutes), locks: locks ? 'yes' : 'no'};
}

type Reading = {readonly kind: 'read'; readonly limits: UnbillableLimits} | {readonly kind: 'wrong'; readonly errors: Errors};

function readLimits({calls, minutes, locks}: LimitFields, {waitingLimits: words}: DeskWords): Reading {
  const read = DOWN_BODIES.policy.shape.unbillable.unwrap().safeParse({
    calls: wholeIn(calls),
    minutes: wholeIn(minutes),
    locks: {yes: true, no: false}[locks],
  });
  if (read.success) return {kind: 'read', limits: read.data};
  const wrong = new Set(read.error.issues.map(({path}) => path[0]));
  return {
    kind: 'wrong',
    errors: {
      ...(wrong.has('calls') ? {calls: words.callsWrong} : {}),
      ...(wrong.has('minutes') ? {minutes: words.minutesWrong} : {}),
      ...(wrong.has('locks') ? {locks: words.locksWrong} : {}),
    },
  };
}

function wholeIn(text: string): number | undefined {
  return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

async function change(ground: RouteGround, visit: SignedStaffVisit, {site, policy}: OfPolicy): Promise<Answer> {
  const {transact, publish, words} = ground;
  const fields = {calls: fieldOf(visit, 'calls'), minutes: fieldOf(visit, 'minutes'), locks: fieldOf(visit, 'locks')};
  const again = (wrong: FormState): Answer => page(<WaitingLimitsPage site={site} fields={fields} {...wrong} />, 422);
  const read = readLimits(fields, words);
  if (read.kind === 'wrong') return again({errors: read.errors});
  const {limits} = read;
  const isSame = JSON.stringify(fieldsOf(limits)) === JSON.stringify(fieldsOf(limitsOf(policy)));
  if (isSame) return isSure(visit) ? go(siteAddress(site.id)) : again({trouble: words.waitingLimits.same});
  if (!isSure(visit)) return page(<WaitingLimitsConfirmPage site={site} fields={fields} limits={limits} />);
  const wanted = {site: site.id, policy: {...policy, unbillable: limits}};
  const done = await commit(transact, (tx) => publish.policy(tx, actorOf(visit.session), wanted));
  if (isRefusal(done)) return again({trouble: refusalText(done)});
  tell(visit, words.waitingLimits.done);
  return go(siteAddress(site.id));
}
