// The box's control panel on the local network: server-rendered pages for one engineer on a laptop balanced on a rack.
// In: what the box knows of itself, a store to read, a handful of acts. Out: a request listener; main opens the server.
// Never true: a page without a sign-in but the door; an act without the name of a person; a whole dialled number on a page;
// a request that holds the thread on which calls are billed.
import type {RequestListener} from 'node:http';
import {UI_WORDS} from '../../shared/ui/messages.ts';
import * as fs from 'node:fs';
import {openShelf} from '../../shared/web/shelf.ts';
import {Drawing, type Language} from './drawing.tsx';
import {createLimiter} from '../../shared/web/limiter.ts';
import {createPasswords} from '../../shared/web/passwords.ts';
import {createPeople} from './entry/people.ts';
import {createSessions} from './entry/sessions.ts';
import type {ConsoleGiven} from './given.ts';
import {createLiveHub} from '../../shared/web/live.ts';
import {CONSOLE_WORDS} from './messages.ts';
import {createNotes} from '../../shared/web/notes.ts';
import {rawRoutes} from './raw.ts';
import {createAccountReader} from './rows/accounts.ts';
import {createCallReader} from './rows/calls.ts';
import {createLineReader} from './rows/lines.ts';
import {createRejectReader} from './rows/rejects.ts';
import {createSiteReader} from './rows/site.ts';
import {entryRoutes} from './routes/entry.tsx';
import {flowRoutes, flowView} from './routes/flow.tsx';
import type {RouteGround} from './routes/ground.ts';
import {lineRoutes} from './routes/lines.tsx';
import {moneyRoutes} from './routes/money.tsx';
import {peopleRoutes} from './routes/people.tsx';
import {recordRoutes} from './routes/records.tsx';
import {createAttempts} from '../../shared/web/attempts.ts';
import {door} from '../../shared/web/door.ts';
import {CONSOLE_COOKIE} from '../../shared/web/gate.ts';
import {createWeb} from '../../shared/web/web.ts';

export type Console = {
  /** For `createServer(SERVER_LIMITS, app)` of node:http or node:https. */
  readonly app: RequestListener;
  /** After anything that a page shows may have changed; as often as you like. */
  readonly changed: () => void;
  /** A new one-time code for the first person, to be shown to whoever stands at the box; undefined if there is somebody. */
  readonly setupCode: () => string | undefined;
  /** Ends the live pages, so that the server can close. */
  readonly close: () => void;
};

const ENGLISH: Language = {locale: 'en-GB', ui: UI_WORDS, words: CONSOLE_WORDS};

const QUARTER_MS = 15 * 60_000;
const ATTEMPTS_OF_PERSON = 10;
/** More than there can be people. */
const MOST_PERSONS = 100;
const REFERENCE_BYTES = 6;

export function createConsole(given: ConsoleGiven, language: Language = ENGLISH): Console {
  const {health, clock, timers, log, randomBytes} = given;
  const ground = createGround(given, language);
  const {people, sessions} = ground;
  const notes = createNotes();
  const hub = createLiveHub({timers, trouble: (error) => log.error('a live page of the console failed', {error: String(error)})});
  const drawing = new Drawing(language, openShelf(fs), given);

  const pages = door({
    home: '/',
    signIn: '/sign-in',
    cookie: CONSOLE_COOKIE,
    routes: [
      ...entryRoutes(ground),
      ...flowRoutes(ground),
      ...lineRoutes(ground),
      ...moneyRoutes(ground),
      ...recordRoutes(ground),
      ...peopleRoutes(ground),
    ],
    raw: rawRoutes({
      health,
      hub,
      words: language.words,
      stands: (session) => sessions.stands(session, clock.now()),
      farewell: () => drawing.farewell(),
      flow: () => drawing.flowParts(flowView(ground)),
      line: (extension) => drawing.lineParts(ground.lines.one(extension, clock.now())),
    }),
    notes,
    sessionOf: (secret) => sessions.find(secret, clock.now()),
    settingNow: () => drawing.setting(),
    render: (page, {session, setting}) =>
      drawing.page(page, setting, {person: session?.name, note: session === undefined ? undefined : notes.take(session)}),
    fault: (name, reference) => drawing.fault(name, reference),
  });

  return {
    app: createWeb({
      name: 'console',
      doors: [pages],
      machine: [],
      shelf: drawing.shelf,
      timers,
      reference: () => randomBytes(REFERENCE_BYTES).toString('hex'),
      log,
    }),
    changed: hub.changed,
    setupCode: () => people.newSetupCode(clock.now()),
    close: hub.close,
  };
}

function createGround(given: ConsoleGiven, {words}: Language): RouteGround {
  const {database, reading, clock, randomBytes} = given;
  return {
    ...given,
    words,
    lines: createLineReader(reading),
    calls: createCallReader(reading),
    accounts: createAccountReader(reading),
    rejects: createRejectReader(reading),
    site: createSiteReader(reading),
    people: createPeople(database, randomBytes),
    sessions: createSessions(database, randomBytes),
    passwords: createPasswords(randomBytes),
    attempts: createAttempts(clock.monotonicMs),
    oldPasswords: createLimiter({
      attempts: ATTEMPTS_OF_PERSON,
      windowMs: QUARTER_MS,
      mostKeys: MOST_PERSONS,
      monotonicMs: clock.monotonicMs,
    }),
  };
}
