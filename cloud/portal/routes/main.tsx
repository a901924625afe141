// The main page.
import {monthAt} from '../../../shared/time/month.ts';
import type {StudentRoute} from '../../web/route.ts';
import {MainPage} from '../pages/main.tsx';
import {readAutomatic} from '../rows/automatic.ts';
import {ofPerson, type RouteGround} from './ground.ts';

/** One that is not decided is among the newest. */
const PAYMENTS_SEARCHED = 10;
/** What somebody looks for is one of the last. */
const CALLS_SHOWN = 10;

export function mainRoutes(ground: RouteGround): readonly StudentRoute[] {
  const {payments, reading, amounts} = ground;
  return [
    {
      path: '/',
      signed: true,
      get: ofPerson(ground, async ({visit, person, page}) => {
        const {now} = visit.setting;
        const {account, site} = person;
        const newest = await payments.list({site: site.id, account, most: PAYMENTS_SEARCHED});
        return page(
          <MainPage
            overview={await ground.books.overview({site: site.id, account, now, calls: CALLS_SHOWN})}
            automatic={await readAutomatic(reading, amounts, person, now)}
            openPayment={newest.find(({isOver}) => !isOver)}
            month={monthAt(site.zone, now)}
          />,
        );
      }),
    },
  ];
}
