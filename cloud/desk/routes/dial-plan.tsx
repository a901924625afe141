// The dial plan of a site that is there: typed, shown with what changes and what does not fit, published.
import {dialPlanWarnings, type DialPlanWarning} from '../../../shared/telephone/dial-plan-warnings.ts';
import {countryOf} from '../../../shared/telephone/country.ts';
import {go, page, type Answer} from '../../../shared/web/answer.ts';
import type {Policy} from '../../../shared/wire/kinds.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {actorOf, commit, isRefusal, refusalText} from '../acting.ts';
import {DIAL_FIELDS, fieldsOfPolicy, MORE_DIAL_FIELDS, readDialFields, type DialFields} from '../dial-fields.ts';
import {siteAddress} from '../pages/addresses.ts';
import {DialPlanConfirmPage, DialPlanPage} from '../pages/dial-plan.tsx';
import type {FormState} from '../pages/forms.tsx';
import type {Site} from '../rows/sites.ts';
import {fieldOf, isSure, tell, type RouteGround} from './ground.tsx';
import {ofPolicy, type OfPolicy} from './of-site.ts';

export function dialPlanRoutes(ground: RouteGround): readonly StaffRoute[] {
  return [
    {
      path: '/desk/sites/:part/dial-plan',
      signed: true,
      get: ofPolicy(ground, (_, {site, policy}) => page(<DialPlanPage site={site} fields={fieldsOfPolicy(policy)} />)),
      post: ofPolicy(ground, (visit, of) => change(ground, visit, of)),
    },
  ];
}

/** As typed. */
export function dialFieldsIn(visit: SignedStaffVisit): DialFields {
  const names = [...DIAL_FIELDS, ...MORE_DIAL_FIELDS];
  const typed = Object.fromEntries(names.map((name) => [name, fieldOf(visit, name).replaceAll('\r\n', '\n')]));
  return typed as unknown as DialFields;
}

async function change(ground: RouteGround, visit: SignedStaffVisit, {site, policy}: OfPolicy): Promise<Answer> {
  const {transact, publish, words} = ground;
  const fields = dialFieldsIn(visit);
  const again = (wrong: FormState): Answer => page(<DialPlanPage site={site} fields={fields} {...wrong} />, 422);
  const country = countryOf(policy.country);
  if (country === undefined) return again({trouble: words.dialPlan.warnings['unknown-country'](policy.country, '')});
  const read = readDialFields(fields, country, words, policy.dialPlan);
  if (read.kind === 'wrong') return again({errors: read.errors});
  const {dialPlan, alwaysOpen} = read;
  const before = fieldsOfPolicy(policy);
  const wanted = {...policy, dialPlan, alwaysOpen};
  const after = fieldsOfPolicy(wanted);
  const isSame = JSON.stringify(before) === JSON.stringify(after);
  if (isSame) return isSure(visit) ? go(siteAddress(site.id)) : again({trouble: words.dialPlan.same});
  if (!isSure(visit)) {
    const warnings = await warningsOf(ground, site, wanted);
    return page(<DialPlanConfirmPage site={site} before={before} fields={after} warnings={warnings} />);
  }
  const done = await commit(transact, (tx) => publish.policy(tx, actorOf(visit.session), {site: site.id, policy: wanted}));
  if (isRefusal(done)) return again({trouble: refusalText(done)});
  tell(visit, words.dialPlan.done);
  return go(siteAddress(site.id));
}

/** What rules and lines of a site do to each other. */
export async function warningsOf({reading}: Pick<RouteGround, 'reading'>, site: Site, policy: Policy): Promise<readonly DialPlanWarning[]> {
  const lines = await reading.selectFrom('line').select('extension').where('site', '=', site.id).orderBy('extension').execute();
  return dialPlanWarnings(
    policy,
    lines.map(({extension}) => extension),
  );
}
