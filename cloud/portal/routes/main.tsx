// The main page.
import {civilFromInstant} from '../../../shared/time/zone.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import type {StudentRoute} from '../../web/route.ts';
import {MainPage} from '../pages/main.tsx';
import {ofPerson, type RouteGround} from './ground.ts';

export function mainRoutes(ground: RouteGround): readonly StudentRoute[] {
  return [
    {
      path: '/',
      signed: true,
      get: ofPerson(ground, async ({visit, person, page}) => {
        const overview = await ground.overview(person.account);
        return page(<MainPage overview={overview} month={monthOf(person.site.zone, visit.setting.now)} />);
      }),
    },
  ];
}

/** `2026-11`, as the wall clock of the building has it. */
export function monthOf(zone: string, at: Instant): string {
  const {year, month} = civilFromInstant(zone, at);
  return `${year}-${String(month).padStart(2, '0')}`;
}
