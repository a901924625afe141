// Who may sign in: adding, removing, and one's own password.
import type {Errors} from '../../../shared/ui/form.tsx';
import {go, page, type Answer, type Route, type SignedVisit} from '../../../shared/web/answer.ts';
import {passwordFault} from '../../../shared/web/passwords.ts';
import {figure} from '../messages/figure.ts';
import {PeoplePage, RemovePersonPage, type PeopleView} from '../pages/people.tsx';
import {newPersonErrors} from './entry.tsx';
import type {RouteGround} from './ground.ts';

export function peopleRoutes(ground: RouteGround): readonly Route[] {
  const {people, words, log} = ground;
  return [
    {
      path: '/people',
      signed: true,
      get: (visit) => peoplePage(ground, visit),
      post: (visit) => add(ground, visit),
    },
    {
      path: '/people/password',
      signed: true,
      get: () => go('/people'),
      post: (visit) => changePassword(ground, visit),
    },
    {
      path: '/people/:part/remove',
      signed: true,
      get: ({part, session}) => {
        const name = people.find(part)?.name;
        return name === undefined || name === session.name ? {kind: 'missing'} : page(<RemovePersonPage name={name} />);
      },
      post: ({part, session, notes}) => {
        const name = people.find(part)?.name;
        if (name === undefined || name === session.name) return {kind: 'missing'};
        const done = people.remove(name);
        if (done) log.info('a person was removed from the console', {name, by: session.name});
        const {removed, removeFailed} = words.entry.people;
        notes.leave(session, done ? {state: 'ok', text: removed(name)} : {state: 'fault', text: removeFailed});
        return go('/people');
      },
    },
  ];
}

function peoplePage({people}: RouteGround, {session}: SignedVisit, wrong?: PeopleView['wrong']): Answer {
  return page(<PeoplePage people={people.all()} self={session.name} wrong={wrong} />, wrong === undefined ? 200 : 422);
}

async function add(ground: RouteGround, visit: SignedVisit): Promise<Answer> {
  const {people, passwords, words, clock, log} = ground;
  const name = (visit.form.get('name') ?? '').trim().normalize('NFC');
  const password = visit.form.get('password') ?? '';
  const {setup, people: said, signIn} = words.entry;
  const wrong = (errors: Errors): Answer => peoplePage(ground, visit, {form: 'add', errors, name});
  const errors = newPersonErrors(name, password, ground);
  if (Object.keys(errors).length > 0) return wrong(errors);
  if (people.find(name) !== undefined) return wrong({name: setup.nameTaken});
  const passwordHash = await passwords.hash(password);
  if (passwordHash === undefined) return wrong({password: signIn.busy});
  if (!people.add(name, passwordHash, clock.now())) return wrong({name: said.full});
  log.info('a person was added to the console', {name, by: visit.session.name});
  visit.notes.leave(visit.session, {state: 'ok', text: said.added(name)});
  return go('/people');
}

async function changePassword(ground: RouteGround, visit: SignedVisit): Promise<Answer> {
  const {people, sessions, passwords, oldPasswords, words, log} = ground;
  const {name} = visit.session;
  const {setup, people: said, signIn} = words.entry;
  const wrong = (errors: Errors): Answer => peoplePage(ground, visit, {form: 'password', errors, name: ''});
  const chosen = visit.form.get('new') ?? '';
  const fault = passwordFault(chosen, name);
  if (fault !== undefined) return wrong({new: setup.passwordFaults[fault]});
  // Somebody at an unattended browser may guess as little as somebody at the door.
  const waitMs = oldPasswords.take(name);
  if (waitMs > 0) return wrong({old: signIn.tooMany(figure(Math.ceil(waitMs / 60_000), visit.setting.locale))});
  const matches = await passwords.matches(people.find(name)?.passwordHash, visit.form.get('old') ?? '');
  if (matches === undefined) return wrong({old: signIn.busy});
  if (!matches) return wrong({old: said.oldWrong});
  const passwordHash = await passwords.hash(chosen);
  if (passwordHash === undefined) return wrong({new: signIn.busy});
  oldPasswords.forget(name);
  people.changePassword(name, passwordHash);
  const ended = sessions.endOthers(visit.session);
  log.info('a password of the console was changed', {by: name});
  visit.notes.leave(visit.session, {state: 'ok', text: said.changed(figure(ended, visit.setting.locale))});
  return go('/people');
}
