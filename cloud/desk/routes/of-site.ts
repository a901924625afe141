// A page of one site: whoever is not there has none.
import {go, type Answer, type Handle} from '../../../shared/web/answer.ts';
import type {Policy} from '../../../shared/wire/kinds.ts';
import type {SignedStaffVisit} from '../../web/route.ts';
import {siteAddress} from '../pages/addresses.ts';
import {readSite, type Site} from '../rows/sites.ts';
import {onlyFor, type RouteGround} from './ground.tsx';

export function ofSite(
  {reading}: Pick<RouteGround, 'reading'>,
  act: (visit: SignedStaffVisit, site: Site) => Answer | Promise<Answer>,
): Handle<SignedStaffVisit> {
  return async (visit) => {
    const site = await readSite(reading, visit.part);
    return site === undefined ? {kind: 'missing'} : await act(visit, site);
  };
}

export type OfPolicy = {readonly site: Site; readonly policy: Policy};

/** What an admin changes of the rules of a site. What a site without rules needs first is a new site. */
export function ofPolicy(
  ground: Pick<RouteGround, 'reading' | 'published'>,
  act: (visit: SignedStaffVisit, of: OfPolicy) => Answer | Promise<Answer>,
): Handle<SignedStaffVisit> {
  return onlyFor(
    'admin',
    ofSite(ground, async (visit, site) => {
      const policy = await ground.published.policyOf(ground.reading, site.id);
      return policy === undefined ? go(siteAddress(site.id)) : await act(visit, {site, policy});
    }),
  );
}
