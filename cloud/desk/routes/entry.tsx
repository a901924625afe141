// Signing in and out, the links that were printed or mailed, one's own password.
import type {VNode} from 'preact';
import {figure} from '../../../shared/ui/counted.ts';
import type {Errors} from '../../../shared/ui/form.tsx';
import {go, page, type Answer} from '../../../shared/web/answer.ts';
import {ownPath} from '../../../shared/web/gate.ts';
import type {Busy, TooMany} from '../../people/entry/entry.ts';
import type {StaffRoute, StaffVisit} from '../../web/route.ts';
import {ChoosePasswordPage, FirstAdminPage, ForgotPage, LinkGonePage, LinkSentPage, SignInPage, type LinkUse} from '../pages/entry.tsx';
import {fieldOf, type RouteGround} from './ground.tsx';

const HOME = '/desk';
const MINUTE_MS = 60_000;
const BUSY_SECONDS = 5;
/** RFC 5321, 4.5.3.1.3: no address is longer. */
const LONGEST_EMAIL = 254;

export function entryRoutes(ground: RouteGround): readonly StaffRoute[] {
  return [
    {
      path: '/desk/sign-in',
      signed: false,
      get: (visit) => {
        const to = deskPath(visit.query.get('to'));
        return visit.session === undefined ? page(<SignInPage to={to} said={saidAt(visit, ground)} />) : go(to);
      },
      post: (visit) => signIn(ground, visit),
    },
    {
      path: '/desk/sign-out',
      signed: true,
      get: () => go(HOME),
      post: async ({session}) => {
        await ground.entry.signOut(session);
        return {kind: 'go', to: '/desk/sign-in?why=out', session: {kind: 'end'}};
      },
    },
    {
      // GET shows a form and changes nothing, because scanners of mail open every link; the person's own POST uses it up.
      path: '/desk/welcome/:part',
      signed: false,
      get: (visit) => welcome(ground, visit),
      post: (visit) => welcomed(ground, visit),
    },
    {
      path: '/desk/forgot',
      signed: false,
      get: () => page(<ForgotPage />),
      post: (visit) => forgot(ground, visit),
    },
  ];
}

/** Where to go after signing in: a page of the desk, whatever the address asks for. */
function deskPath(text: string | undefined): string {
  const path = ownPath(text, HOME);
  return path === HOME || path.startsWith(`${HOME}/`) || path.startsWith(`${HOME}?`) ? path : HOME;
}

function saidAt({query}: StaffVisit, {words}: RouteGround): string | undefined {
  const {ended, signedOut} = words.entry.signIn;
  return new Map([
    ['ended', ended],
    ['out', signedOut],
  ]).get(query.get('why') ?? '');
}

async function signIn(ground: RouteGround, visit: StaffVisit): Promise<Answer> {
  const {signIn: words} = ground.words.entry;
  const email = emailOf(visit);
  const password = visit.form.get('password') ?? '';
  const to = deskPath(visit.form.get('to'));
  const again = (errors: Errors): Answer => page(<SignInPage email={email} to={to} errors={errors} />, 422);
  if (email === '') return again({email: words.missingEmail});
  if (password === '') return again({password: words.missingPassword});
  const outcome = await ground.entry.signIn({email, password}, visit);
  if (outcome.kind === 'in') return admit(outcome.secret, to);
  if (outcome.kind === 'wrong') return again({password: words.wrong});
  return later(ground, visit, {outcome, draw: (trouble) => <SignInPage email={email} to={to} trouble={trouble} />});
}

function admit(secret: string, to = HOME): Answer {
  return {kind: 'go', to, session: {kind: 'begin', secret}};
}

type Welcome =
  | {readonly kind: 'first'}
  | {readonly kind: 'person'; readonly use: LinkUse; readonly person: {readonly name: string; readonly email: string}};

/** One address for all three links of staff: which it is, the link says. */
async function useOf({firstAdmin, entry}: RouteGround, secret: string): Promise<Welcome | undefined> {
  if (await firstAdmin.holds(secret)) return {kind: 'first'};
  for (const use of ['invite', 'reset'] as const) {
    const person = await entry.look(use, secret);
    if (person !== undefined) return {kind: 'person', use, person};
  }
  return undefined;
}

async function welcome(ground: RouteGround, visit: StaffVisit): Promise<Answer> {
  const found = await useOf(ground, visit.part);
  const action = `/desk/welcome/${visit.part}`;
  if (found === undefined) return page(<LinkGonePage />, 410);
  if (found.kind === 'first') return page(<FirstAdminPage action={action} />);
  return page(<ChoosePasswordPage use={found.use} action={action} person={found.person} />);
}

async function welcomed(ground: RouteGround, visit: StaffVisit): Promise<Answer> {
  const found = await useOf(ground, visit.part);
  if (found === undefined) return page(<LinkGonePage />, 410);
  return found.kind === 'first' ? makeFirst(ground, visit) : spend(ground, visit, found);
}

async function makeFirst(ground: RouteGround, visit: StaffVisit): Promise<Answer> {
  const {welcome: words, password} = ground.words.entry;
  const typed = {name: fieldOf(visit, 'name'), email: emailOf(visit), action: `/desk/welcome/${visit.part}`};
  const again = (errors: Errors): Answer => page(<FirstAdminPage {...typed} errors={errors} />, 422);
  const outcome = await ground.firstAdmin.make({...typed, secret: visit.part, password: visit.form.get('password') ?? ''});
  switch (outcome.kind) {
    case 'in':
      return admit(outcome.secret);
    case 'gone':
      return page(<LinkGonePage />, 410);
    case 'bad-name':
      return again({name: words.nameWrong});
    case 'bad-email':
      return again({email: words.emailWrong});
    case 'weak':
      return again({password: password.faults[outcome.fault]});
    case 'busy':
      return later(ground, visit, {outcome, draw: (trouble) => <FirstAdminPage {...typed} trouble={trouble} />});
  }
}

async function spend(ground: RouteGround, visit: StaffVisit, {use, person}: Extract<Welcome, {kind: 'person'}>): Promise<Answer> {
  const form = {use, person, action: `/desk/welcome/${visit.part}`};
  const outcome = await ground.entry.spend({use, secret: visit.part, password: visit.form.get('password') ?? ''}, visit);
  switch (outcome.kind) {
    case 'in':
      return admit(outcome.secret);
    case 'gone':
      return page(<LinkGonePage />, 410);
    case 'weak':
      return page(<ChoosePasswordPage {...form} errors={{password: ground.words.entry.password.faults[outcome.fault]}} />, 422);
    case 'busy':
      return later(ground, visit, {outcome, draw: (trouble) => <ChoosePasswordPage {...form} trouble={trouble} />});
  }
}

async function forgot(ground: RouteGround, visit: StaffVisit): Promise<Answer> {
  const email = emailOf(visit);
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) return page(<ForgotPage email={email} errors={{email: ground.words.entry.forgot.missing}} />, 422);
  const outcome = await ground.entry.forgot(email, visit.address);
  if (outcome.kind === 'taken') return page(<LinkSentPage email={email} />);
  return later(ground, visit, {outcome, draw: (trouble) => <ForgotPage email={email} trouble={trouble} />});
}

function emailOf({form}: Pick<StaffVisit, 'form'>): string {
  return (form.get('email') ?? '').trim().slice(0, LONGEST_EMAIL + 1);
}

type Postponed = {readonly outcome: TooMany | Busy; readonly draw: (trouble: string) => VNode};

/** Not now: how long to wait, in words and for machines. */
function later({words: {entry: words}}: RouteGround, visit: StaffVisit, {outcome, draw}: Postponed): Answer {
  if (outcome.kind === 'busy') return {kind: 'page', page: draw(words.busy), status: 503, retryAfterSeconds: BUSY_SECONDS};
  const minutes = figure(Math.ceil(outcome.waitMs / MINUTE_MS), visit.setting.locale);
  return {kind: 'page', page: draw(words.tooMany(minutes)), status: 429, retryAfterSeconds: Math.ceil(outcome.waitMs / 1000)};
}
