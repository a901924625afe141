// The students' portal: server-rendered pages for a telephone, in a hurry; every one works without script.
// In: questions about one account and a handful of acts, asked for the account of the session. Out: routes, and how to draw them.
// Never true: a page of another student's; a card number; a payment made twice by one form; a button that needs script.
import type {VNode} from 'preact';
import type {Setting} from '../../shared/ui/setting.ts';
import type {Looker} from '../web/cloud-web.ts';
import type {FaultText} from '../web/faults.ts';
import type {StudentRoute, StudentSession} from '../web/route.ts';
import {createLimiter} from '../../shared/web/limiter.ts';
import {Drawing} from './drawing.tsx';
import type {PortalGiven} from './given.ts';
import {ENGLISH, type Language} from './messages.ts';
import {accountRoutes} from './routes/account.tsx';
import {automaticRoutes} from './routes/automatic.tsx';
import {entryRoutes} from './routes/entry.tsx';
import {mainRoutes} from './routes/main.tsx';
import {methodRoutes} from './routes/methods.tsx';
import {quoteRoutes} from './routes/quote.tsx';
import {statementRoutes} from './routes/statement.tsx';
import {topUpRoutes} from './routes/top-up.tsx';

export type Portal = {
  readonly routes: readonly StudentRoute[];
  /** A face of the cloud's web server, but for whose session it is. */
  readonly settingNow: (session: StudentSession | undefined) => Setting;
  readonly render: (page: VNode, looker: Looker<StudentSession>) => string;
  readonly fault: (text: FaultText, reference: string | undefined) => VNode;
};

const QUARTER_MS = 15 * 60_000;
/** More than anybody needs who tries each of his cards, and double clicks each time. */
const WISHES = 20;
const MOST_ACCOUNTS = 10_000;

/** `languages`: the first is for whoever has chosen none. */
export function createPortal(given: PortalGiven, languages: readonly [Language, ...Language[]] = [ENGLISH]): Portal {
  const drawing = new Drawing(languages, given.assets, given.clock);
  const {monotonicMs} = given.clock;
  const wishes = createLimiter({attempts: WISHES, windowMs: QUARTER_MS, mostKeys: MOST_ACCOUNTS, monotonicMs});
  const ground = {...given, drawing, wishes};
  return {
    routes: [
      ...entryRoutes(ground),
      ...mainRoutes(ground),
      ...topUpRoutes(ground),
      ...automaticRoutes(ground),
      ...methodRoutes(ground),
      ...statementRoutes(ground),
      ...quoteRoutes(ground),
      ...accountRoutes(ground),
    ],
    settingNow: drawing.settingNow,
    render: drawing.render,
    fault: drawing.fault,
  };
}
