// A page of one site: whoever is not there has none.
import type {Answer, Handle} from '../../../shared/web/answer.ts';
import type {SignedStaffVisit} from '../../web/route.ts';
import {readSite, type Site} from '../rows/sites.ts';
import type {RouteGround} from './ground.tsx';

export function ofSite(
  {reading}: Pick<RouteGround, 'reading'>,
  act: (visit: SignedStaffVisit, site: Site) => Answer | Promise<Answer>,
): Handle<SignedStaffVisit> {
  return async (visit) => {
    const site = await readSite(reading, visit.part);
    return site === undefined ? {kind: 'missing'} : await act(visit, site);
  };
}
