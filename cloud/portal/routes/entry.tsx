// Signing in and out, and the two links that come by e-mail.
import type {VNode} from 'preact';
import {figure} from '../../../shared/ui/counted.ts';
import type {Errors} from '../../../shared/ui/form.tsx';
import {go, page, type Answer} from '../../../shared/web/answer.ts';
import {ownPath} from '../../../shared/web/gate.ts';
import type {Busy, TooMany} from '../../people/entry/entry.ts';
import type {StudentRoute, StudentVisit} from '../../web/route.ts';
import type {PortalWords} from '../messages.ts';
import {ChoosePasswordPage, ForgotPage, LinkGonePage, LinkSentPage, SignInPage, type LinkUse} from '../pages/entry.tsx';
import type {RouteGround} from './ground.ts';

const MINUTE_MS = 60_000;
const BUSY_SECONDS = 5;
/** RFC 5321, 4.5.3.1.3: no address is longer. */
const LONGEST_EMAIL = 254;

export function entryRoutes(ground: RouteGround): readonly StudentRoute[] {
  return [
    {
      path: '/sign-in',
      signed: false,
      get: (visit) => {
        const to = ownPath(visit.query.get('to'));
        if (visit.session !== undefined) return go(to);
        return page(<SignInPage to={to} said={saidAt(visit, wordsFor(ground, visit))} />);
      },
      post: (visit) => signIn(ground, visit),
    },
    {
      path: '/sign-out',
      signed: true,
      get: () => go('/'),
      post: async ({session}) => {
        await ground.entry.signOut(session);
        return {kind: 'go', to: '/sign-in?why=out', session: {kind: 'end'}};
      },
    },
    linkRoute(ground, 'register'),
    linkRoute(ground, 'reset'),
    {
      path: '/forgot',
      signed: false,
      get: () => page(<ForgotPage />),
      post: (visit) => forgot(ground, visit),
    },
  ];
}

function wordsFor({drawing}: RouteGround, {setting}: StudentVisit): PortalWords['entry'] {
  return drawing.language(setting.locale).words.entry;
}

function saidAt({query}: StudentVisit, {signIn: words}: PortalWords['entry']): string | undefined {
  return new Map([
    ['ended', words.ended],
    ['out', words.signedOut],
    ['everywhere', words.signedOutAll],
  ]).get(query.get('why') ?? '');
}

async function signIn(ground: RouteGround, visit: StudentVisit): Promise<Answer> {
  const {signIn: words} = wordsFor(ground, visit);
  const email = emailOf(visit);
  const password = visit.form.get('password') ?? '';
  const to = ownPath(visit.form.get('to'));
  const again = (errors: Errors): Answer => page(<SignInPage email={email} to={to} errors={errors} />, 422);
  if (email === '') return again({email: words.missingEmail});
  if (password === '') return again({password: words.missingPassword});
  const outcome = await ground.entry.signIn({email, password}, visit);
  if (outcome.kind === 'in') return {kind: 'go', to, session: {kind: 'begin', secret: outcome.secret}};
  if (outcome.kind === 'wrong') return again({password: words.wrong});
  return later(ground, visit, {outcome, draw: (trouble) => <SignInPage email={email} to={to} trouble={trouble} />});
}

/** GET shows a form and changes nothing, because scanners of mail open every link; the person's own POST uses it up. */
function linkRoute(ground: RouteGround, use: LinkUse): StudentRoute {
  const look = ({part}: StudentVisit): ReturnType<RouteGround['entry']['look']> => ground.entry.look(use, part);
  return {
    path: `/${use}/:part`,
    signed: false,
    get: async (visit) => {
      const found = await look(visit);
      return found === undefined
        ? page(<LinkGonePage use={use} />, 410)
        : page(<ChoosePasswordPage use={use} action={`/${use}/${visit.part}`} {...found} />);
    },
    post: async (visit) => {
      const found = await look(visit);
      return found === undefined ? page(<LinkGonePage use={use} />, 410) : await spend(ground, visit, {use, ...found});
    },
  };
}

async function spend(ground: RouteGround, visit: StudentVisit, owner: {use: LinkUse; email: string; name: string}): Promise<Answer> {
  const {password: words} = wordsFor(ground, visit);
  const {use} = owner;
  const form = {...owner, action: `/${use}/${visit.part}`};
  const password = visit.form.get('password') ?? '';
  const outcome = await ground.entry.spend({use, secret: visit.part, password}, visit);
  switch (outcome.kind) {
    case 'in':
      return {kind: 'go', to: '/', session: {kind: 'begin', secret: outcome.secret}};
    case 'gone':
      return page(<LinkGonePage use={use} />, 410);
    case 'weak':
      return page(<ChoosePasswordPage {...form} errors={{password: words.faults[outcome.fault]}} />, 422);
    case 'busy':
      return later(ground, visit, {outcome, draw: (trouble) => <ChoosePasswordPage {...form} trouble={trouble} />});
  }
}

async function forgot(ground: RouteGround, visit: StudentVisit): Promise<Answer> {
  const words = wordsFor(ground, visit);
  const email = emailOf(visit);
  if (!/^[^\s@]+@[^\s@]+$/.test(email)) return page(<ForgotPage email={email} errors={{email: words.forgot.missing}} />, 422);
  const outcome = await ground.entry.forgot(email, visit.address);
  if (outcome.kind === 'too-many')
    return later(ground, visit, {outcome, draw: (trouble) => <ForgotPage email={email} trouble={trouble} />});
  return page(<LinkSentPage email={email} />);
}

function emailOf({form}: StudentVisit): string {
  return (form.get('email') ?? '').trim().slice(0, LONGEST_EMAIL + 1);
}

type Postponed = {readonly outcome: TooMany | Busy; readonly draw: (trouble: string) => VNode};

/** Not now: how long to wait, in words and for machines. */
function later(ground: RouteGround, visit: StudentVisit, {outcome, draw}: Postponed): Answer {
  const words = wordsFor(ground, visit);
  if (outcome.kind === 'busy') return {kind: 'page', page: draw(words.busy), status: 503, retryAfterSeconds: BUSY_SECONDS};
  const minutes = figure(Math.ceil(outcome.waitMs / MINUTE_MS), visit.setting.locale);
  const retryAfterSeconds = Math.ceil(outcome.waitMs / 1000);
  return {kind: 'page', page: draw(words.tooMany(minutes)), status: 429, retryAfterSeconds};
}
