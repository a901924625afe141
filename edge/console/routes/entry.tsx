// The first run, signing in and out.
import type {VNode} from 'preact';
import type {Errors} from '../../../shared/ui/form.tsx';
import {go, page, type Answer, type Route, type Visit} from '../../../shared/web/answer.ts';
import {placeOf} from '../../../shared/web/limiter.ts';
import {passwordFault} from '../../../shared/web/passwords.ts';
import {isName} from '../entry/people.ts';
import {ownPath} from '../../../shared/web/gate.ts';
import {figure} from '../messages/figure.ts';
import {SetupPage, SignInPage} from '../pages/entry.tsx';
import type {RouteGround} from './ground.ts';

const MINUTE_MS = 60_000;
const BUSY_SECONDS = 5;

export function entryRoutes(ground: RouteGround): readonly Route[] {
  const {people, sessions, words} = ground;
  return [
    {
      path: '/sign-in',
      signed: false,
      get: (visit) => {
        if (!people.exist()) return go('/setup');
        const to = ownPath(visit.query.get('to'));
        if (visit.session !== undefined) return go(to);
        const {ended, signedOut} = words.entry.signIn;
        const why = visit.query.get('why');
        return page(<SignInPage to={to} said={why === 'ended' ? ended : why === 'out' ? signedOut : undefined} />);
      },
      post: (visit) => (people.exist() ? signIn(ground, visit) : go('/setup')),
    },
    {
      path: '/sign-out',
      signed: true,
      get: () => go('/'),
      post: (visit) => {
        sessions.end(visit.session);
        return {kind: 'go', to: '/sign-in?why=out', session: {kind: 'end'}};
      },
    },
    {
      path: '/setup',
      signed: false,
      // Closed for good once there is somebody: then there is no such page.
      get: () => (people.exist() ? {kind: 'missing'} : page(<SetupPage />)),
      post: (visit) => (people.exist() ? {kind: 'missing'} : setUp(ground, visit)),
    },
  ];
}

async function signIn(ground: RouteGround, visit: Visit): Promise<Answer> {
  const {people, passwords, attempts, words, log} = ground;
  const name = (visit.form.get('name') ?? '').trim();
  const password = visit.form.get('password') ?? '';
  const to = ownPath(visit.form.get('to'));
  const said = words.entry.signIn;
  const again = (errors: Errors): Answer => page(<SignInPage name={name} to={to} errors={errors} />, 422);
  if (name === '') return again({name: said.missingName});
  if (password === '') return again({password: said.missingPassword});
  const waitMs = attempts.take(visit.address, name);
  if (waitMs > 0) return tooMany(waitMs, visit, ground, (trouble) => <SignInPage name={name} to={to} trouble={trouble} />);
  const matches = await passwords.matches(people.find(name)?.passwordHash, password);
  if (matches === undefined) return busy(<SignInPage name={name} to={to} trouble={said.busy} />);
  // Asked again: somebody may have been removed while the password was compared.
  const known = people.find(name);
  if (!matches || known === undefined) {
    log.warn('a sign-in failed', {place: placeOf(visit.address)});
    return again({password: said.wrong});
  }
  log.info('signed in', {by: known.name, place: placeOf(visit.address)});
  return admit(ground, visit, {name: known.name, tried: name, to});
}

type Admitted = {readonly name: string; /** As it was counted. */ readonly tried: string; readonly to: string};

function admit({sessions, attempts, clock}: RouteGround, {address, session}: Visit, {name, tried, to}: Admitted): Answer {
  attempts.succeeded(address, tried);
  // A secret that somebody planted in this browser before is worth nothing afterwards.
  if (session !== undefined) sessions.end(session);
  return {kind: 'go', to, session: {kind: 'begin', secret: sessions.begin(name, clock.now())}};
}

async function setUp(ground: RouteGround, visit: Visit): Promise<Answer> {
  const {people, passwords, attempts, words, clock, log} = ground;
  const name = (visit.form.get('name') ?? '').trim().normalize('NFC');
  const password = visit.form.get('password') ?? '';
  const code = visit.form.get('code') ?? '';
  const {setup} = words.entry;
  const waitMs = attempts.take(visit.address, '');
  if (waitMs > 0) return tooMany(waitMs, visit, ground, (trouble) => <SetupPage name={name} trouble={trouble} />);
  const errors: Errors = {
    ...(code === '' ? {code: setup.codeMissing} : people.codeHolds(code, clock.now()) ? {} : {code: setup.codeWrong}),
    ...newPersonErrors(name, password, ground),
  };
  if (Object.keys(errors).length > 0) return page(<SetupPage name={name} errors={errors} />, 422);
  const passwordHash = await passwords.hash(password);
  if (passwordHash === undefined) return busy(<SetupPage name={name} trouble={words.entry.signIn.busy} />);
  if (!people.addFirst({name, passwordHash, code}, clock.now())) return {kind: 'missing'};
  log.info('the console is set up', {by: name});
  return admit(ground, visit, {name, tried: '', to: '/'});
}

/** What is wrong with a name and a password that somebody chooses. */
export function newPersonErrors(name: string, password: string, {words}: Pick<RouteGround, 'words'>): Errors {
  const {setup} = words.entry;
  const fault = passwordFault(password, name);
  return {
    ...(isName(name) ? {} : {name: setup.nameWrong}),
    ...(fault === undefined ? {} : {password: setup.passwordFaults[fault]}),
  };
}

function tooMany(waitMs: number, {setting}: Visit, {words, log}: RouteGround, draw: (trouble: string) => VNode): Answer {
  log.warn('too many attempts to sign in');
  const minutes = figure(Math.ceil(waitMs / MINUTE_MS), setting.locale);
  return {kind: 'page', page: draw(words.entry.signIn.tooMany(minutes)), status: 429, retryAfterSeconds: Math.ceil(waitMs / 1000)};
}

function busy(content: VNode): Answer {
  return {kind: 'page', page: content, status: 503, retryAfterSeconds: BUSY_SECONDS};
}
