// The staff's desk: what is wrong, first; sites and boxes; students, their lines and their money; who did what.
// In: the rooms, and a database to read. Out: routes with their roles, pages that move, and how to draw them.
// Never true: an act without its audit row; an act that takes another role; money or a line moved before it was said in figures.
import type {VNode} from 'preact';
import type {Setting} from '../../shared/ui/setting.ts';
import type {Part} from '../../shared/web/live.ts';
import type {Looker} from '../web/cloud-web.ts';
import type {FaultText} from '../web/faults.ts';
import type {LiveView} from '../web/live.ts';
import type {StaffRoute, StaffSession} from '../web/route.ts';
import {Drawing} from './drawing.tsx';
import type {DeskGiven} from './given.ts';
import {ENGLISH, type Language} from './messages.ts';
import {createOnce} from './once.ts';
import {allowanceRoutes} from './routes/allowances.tsx';
import {codeRoutes} from './routes/codes.tsx';
import {dialPlanRoutes} from './routes/dial-plan.tsx';
import {draftLives, draftRoutes} from './routes/drafts.tsx';
import {entryRoutes} from './routes/entry.tsx';
import {homeLive, homeRoutes} from './routes/home.tsx';
import {importRoutes} from './routes/import.tsx';
import {lineRoutes} from './routes/lines.tsx';
import {moneyRoutes} from './routes/money.tsx';
import {rangeAdditionLive} from './routes/range-additions.tsx';
import {recordRoutes} from './routes/records.tsx';
import {callLive} from './routes/resolving.tsx';
import {reratingRoutes} from './routes/rerating.tsx';
import {siteLiveView, siteRoutes} from './routes/sites.tsx';
import {staffRoutes} from './routes/staff.tsx';
import {studentRoutes} from './routes/students.tsx';
import {compareLive, tariffRoutes} from './routes/tariffs.tsx';
import {tenancyRoutes} from './routes/tenancies.tsx';
import {waitingLimitRoutes} from './routes/waiting-limits.tsx';

export type Desk = {
  readonly routes: readonly StaffRoute[];
  readonly live: readonly LiveView<StaffSession>[];
  /** A face of the cloud's web server, but for whose session it is. */
  readonly settingNow: (session: StaffSession | undefined) => Setting;
  readonly render: (page: VNode, looker: Looker<StaffSession>) => string;
  readonly fault: (text: FaultText, reference: string | undefined) => VNode;
  /** The last words to a live page whose session has ended. */
  readonly farewell: () => readonly Part[];
};

export function createDesk(given: DeskGiven, language: Language = ENGLISH): Desk {
  const drawing = new Drawing(language, {...given, newForm: given.payments.newId});
  const ground = {...given, drawing, words: language.words};
  return {
    routes: sentOnce([
      ...entryRoutes(ground),
      ...homeRoutes(ground),
      ...siteRoutes(ground),
      ...dialPlanRoutes(ground),
      ...waitingLimitRoutes(ground),
      ...tariffRoutes(ground),
      ...draftRoutes(ground),
      ...studentRoutes(ground),
      ...importRoutes(ground),
      ...moneyRoutes(ground),
      ...tenancyRoutes(ground),
      ...codeRoutes(ground),
      ...allowanceRoutes(ground),
      ...lineRoutes(ground),
      ...recordRoutes(ground),
      ...reratingRoutes(ground),
      ...staffRoutes(ground),
    ]),
    live: [homeLive(ground), siteLiveView(ground), callLive(ground), rangeAdditionLive(ground), compareLive(ground), ...draftLives(ground)],
    settingNow: drawing.settingNow,
    render: drawing.render,
    fault: drawing.fault,
    farewell: drawing.farewell,
  };
}

function sentOnce(routes: readonly StaffRoute[]): readonly StaffRoute[] {
  const once = createOnce();
  return routes.map((route) => (route.signed && route.post !== undefined ? {...route, post: once(route.post)} : route));
}
