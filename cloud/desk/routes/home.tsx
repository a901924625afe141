// The first page, and its parts while it is open.
import type {Instant} from '../../../shared/time/instant.ts';
import type {LiveView} from '../../web/live.ts';
import type {StaffRoute, StaffSession} from '../../web/route.ts';
import {HOME_LIVE, HomePage, homeParts, type HomeView, type SiteTile} from '../pages/home.tsx';
import {commonZone, readBoxes, readSites} from '../rows/sites.ts';
import {readTrouble} from '../rows/trouble.ts';
import {pageOfAll, type RouteGround} from './ground.tsx';

export function homeRoutes(ground: RouteGround): readonly StaffRoute[] {
  return [
    {path: '/desk', signed: true, get: async ({setting}) => pageOfAll(ground, <HomePage {...await homeView(ground, setting.now)} />)},
  ];
}

export function homeLive(ground: RouteGround): LiveView<StaffSession> {
  return {
    path: HOME_LIVE,
    // An admin is shown how to make a site.
    topic: (_, {role}) => role,
    read: async (_, session) =>
      ground.drawing.parts(session, homeParts(await homeView(ground, ground.clock.now())), await commonZone(ground.reading)),
  };
}

async function homeView({reading, books, amounts, outbox}: RouteGround, now: Instant): Promise<HomeView> {
  const boxes = await readBoxes(reading, now);
  const tiles: SiteTile[] = [];
  for (const site of await readSites(reading)) {
    const totals = await books.siteTotals(reading, {site: site.id, zone: site.zone, now});
    tiles.push({site, totals, box: boxes.find((box) => box.site === site.id && box.verdict !== 'old')});
  }
  const {trouble: mail} = await outbox.look();
  return {trouble: await readTrouble(reading, now, mail), tiles, microsOfMinor: amounts.microsOfMinor};
}
