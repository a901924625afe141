// The cloud's web server: the portal for students at `/`, the desk for staff at `/desk`, addresses for machines between them.
// In: what the rooms hand over, and a face for each audience. Out: a listener for `createServer(SERVER_LIMITS, app)`.
// Never true: a page of one audience for a session of the other; a page without a sign-in that no room declared open.
import type {RequestListener} from 'node:http';
import type {VNode} from 'preact';
import {assert} from '../../shared/assert/assert.ts';
import type {Log} from '../../shared/log/log.ts';
import type {Timers} from '../../shared/time/instant.ts';
import type {Setting} from '../../shared/ui/setting.ts';
import type {Session} from '../../shared/web/answer.ts';
import {door, type Door, type DoorGiven} from '../../shared/web/door.ts';
import type {Cookie} from '../../shared/web/gate.ts';
import {createLiveHub, type Part} from '../../shared/web/live.ts';
import type {MachineRoute} from '../../shared/web/machine.ts';
import {createNotes, type Note, type Notes} from '../../shared/web/notes.ts';
import type {AssetShelf} from '../../shared/web/shelf.ts';
import {createWeb} from '../../shared/web/web.ts';
import {FAULT_WORDS, type FaultText, type FaultWords} from './faults.ts';
import {liveRoutes} from './live.ts';
import type {Audience, RoomRoutes, StaffSession, StudentSession} from './route.ts';

/** Who looks at a page, and what is told once on it. */
export type Looker<S extends Session> = {
  readonly session: S | undefined;
  readonly setting: Setting;
  readonly note: Note | undefined;
};

/** How one audience is known, and how its pages are drawn. */
export type Face<S extends Session> = {
  readonly sessionOf: (secret: string) => Promise<S | undefined>;
  readonly settingNow: (session: S | undefined) => Setting;
  /** The whole page as HTML. */
  readonly render: (page: VNode, looker: Looker<S>) => string;
  readonly fault: (text: FaultText, reference: string | undefined) => VNode;
};

/** For a probe: nothing about anybody. */
export type Probe = {readonly ok: boolean; readonly facts: Readonly<Record<string, string | number | boolean>>};

export type CloudWebGiven = {
  readonly rooms: readonly RoomRoutes[];
  readonly student: Face<StudentSession>;
  readonly staff: Face<StaffSession> & {
    /** Asked while a live page is open; does not count as seen. */
    readonly stands: (session: StaffSession) => Promise<boolean>;
    /** The last words to a live page whose session has ended. */
    readonly farewell: () => readonly Part[];
  };
  /** Origins of the hosted pages for paying, such as `https://checkout.stripe.com`. */
  readonly payees: readonly string[];
  readonly probe: () => Probe | Promise<Probe>;
  readonly shelf: AssetShelf;
  readonly timers: Timers;
  readonly randomBytes: (bytes: number) => Buffer;
  readonly log: Log;
  readonly words?: FaultWords;
};

export type CloudWeb = {
  readonly app: RequestListener;
  /** After anything that a live page shows may have changed; as often as you like. */
  readonly changed: () => void;
  /** Ends the live pages, so that the server can close. */
  readonly close: () => void;
};

/** Students keep theirs on their own telephone; `Lax`, because the hosted page for paying sends the browser back. */
const STUDENT_COOKIE: Cookie = {name: 'spbs', sameSite: 'Lax', lastsSeconds: 90 * 86_400};
/** Ends with the browser: desks are shared. */
const STAFF_COOKIE: Cookie = {name: 'spbs-desk', sameSite: 'Strict'};
/** A few pages for each of the staff of many houses. */
const MOST_WATCHERS = 200;
const REFERENCE_BYTES = 6;

export function createCloudWeb(given: CloudWebGiven): CloudWeb {
  const {rooms, student, staff, payees, timers, log, words = FAULT_WORDS} = given;
  for (const room of rooms) assertPlaces(room);
  const notes = createNotes();
  const trouble = (error: unknown): void => log.error('a live page of the desk failed', {error: String(error)});
  const hub = createLiveHub({timers, trouble, mostWatchers: MOST_WATCHERS});
  const live = liveRoutes(
    rooms.flatMap((room) => room.live ?? []),
    {hub, stands: staff.stands, farewell: staff.farewell, full: words.full, trouble},
  );
  const portal = doorOf(
    student,
    {notes, words, audience: 'student'},
    {
      home: '/',
      signIn: '/sign-in',
      cookie: STUDENT_COOKIE,
      formTargets: payees,
      routes: rooms.flatMap((room) => room.student ?? []),
      raw: [],
    },
  );
  const desk = doorOf(
    staff,
    {notes, words, audience: 'staff'},
    {
      home: '/desk',
      signIn: '/desk/sign-in',
      cookie: STAFF_COOKIE,
      routes: rooms.flatMap((room) => room.staff ?? []),
      raw: live,
    },
  );
  const app = createWeb({
    name: 'cloud',
    doors: [portal, desk],
    machine: [healthRoute(given), ...rooms.flatMap((room) => room.machine ?? [])],
    shelf: given.shelf,
    timers,
    reference: () => given.randomBytes(REFERENCE_BYTES).toString('hex'),
    log,
  });
  return {app, changed: hub.changed, close: hub.close};
}

/** The path decides which cookie is asked for: a page of the desk elsewhere would be a student's. */
function assertPlaces({student = [], staff = [], live = []}: RoomRoutes): void {
  const isOfDesk = ({path}: {readonly path: string}): boolean => path === '/desk' || path.startsWith('/desk/');
  for (const route of student) assert(!isOfDesk(route), `${route.path} is a page for students below /desk`);
  for (const route of [...staff, ...live]) assert(isOfDesk(route), `${route.path} is a page for staff outside /desk`);
}

type DoorGround = {readonly notes: Notes; readonly words: FaultWords; readonly audience: Audience};
type Place<S extends Session> = Pick<DoorGiven<S>, 'home' | 'signIn' | 'cookie' | 'formTargets' | 'routes' | 'raw'>;

function doorOf<S extends Session>(face: Face<S>, {notes, words, audience}: DoorGround, place: Place<S>): Door {
  const {sessionOf, settingNow, render, fault} = face;
  return door<S>({
    ...place,
    notes,
    sessionOf,
    settingNow,
    render: (page, {session, setting}) => render(page, {session, setting, note: session === undefined ? undefined : notes.take(session)}),
    fault: (name, reference) => fault(words[audience][name], reference),
  });
}

function healthRoute({probe}: Pick<CloudWebGiven, 'probe'>): MachineRoute {
  return {
    path: '/health',
    method: 'GET',
    act: async () => {
      const {ok, facts} = await probe();
      return {status: ok ? 200 : 503, type: 'application/json; charset=utf-8', text: `${JSON.stringify({ok, ...facts})}\n`};
    },
  };
}
