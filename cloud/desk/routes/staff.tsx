// Staff and their roles, by admins; one's own password, by everybody.
import {figure} from '../../../shared/ui/counted.ts';
import type {Errors} from '../../../shared/ui/form.tsx';
import {go, page, type Answer, type Handle} from '../../../shared/web/answer.ts';
import type {Refusal} from '../../../shared/failure/refusal.ts';
import type {Tx} from '../../store/open.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {actorOf, commit, isRefusal, refusalText} from '../acting.ts';
import type {FormState} from '../pages/forms.tsx';
import {DisablePage, OwnPage, personAddress, PersonPage, ROLES, StaffPage, type InviteFields} from '../pages/staff.tsx';
import {readStaff, type Person} from '../rows/staff.ts';
import {fieldOf, isSure, onlyFor, pageOfAll, tell, type RouteGround} from './ground.tsx';
import {wrongOf} from './students.tsx';

const MINUTE_MS = 60_000;
const NOTHING_TYPED: InviteFields = {name: '', email: '', role: ''};

function ofPerson(
  {reading}: RouteGround,
  act: (visit: SignedStaffVisit, person: Person) => Answer | Promise<Answer>,
): Handle<SignedStaffVisit> {
  return onlyFor('admin', async (visit) => {
    const person = (await readStaff(reading)).find(({id}) => id === visit.part);
    return person === undefined ? {kind: 'missing'} : await act(visit, person);
  });
}

export function staffRoutes(ground: RouteGround): readonly StaffRoute[] {
  const {staff, words} = ground;
  return [
    {
      path: '/desk/staff',
      signed: true,
      get: onlyFor('admin', () => list(ground, NOTHING_TYPED)),
      post: onlyFor('admin', (visit) => invite(ground, visit)),
    },
    {
      path: '/desk/staff/:part',
      signed: true,
      get: ofPerson(ground, (_, person) => page(<PersonPage person={person} role={person.role} />)),
    },
    {
      path: '/desk/staff/:part/role',
      signed: true,
      get: ({part}) => go(personAddress(part)),
      post: ofPerson(ground, (visit, person) => changeRole(ground, visit, person)),
    },
    {
      path: '/desk/staff/:part/invite',
      signed: true,
      get: ({part}) => go(personAddress(part)),
      post: ofPerson(ground, (visit, person) =>
        actOn(ground, visit, {
          person,
          work: (tx) => staff.inviteAgain(tx, actorOf(visit.session), person.id),
          said: words.staff.invited(person.email),
        }),
      ),
    },
    {
      path: '/desk/staff/:part/disable',
      signed: true,
      get: ofPerson(ground, (_, person) => page(<DisablePage person={person} />)),
      post: ofPerson(ground, (visit, person) =>
        isSure(visit)
          ? actOn(ground, visit, {
              person,
              work: (tx) => staff.disable(tx, actorOf(visit.session), person.id),
              said: words.staff.disabled(person.name),
            })
          : page(<DisablePage person={person} />),
      ),
    },
    {
      path: '/desk/staff/:part/enable',
      signed: true,
      get: ({part}) => go(personAddress(part)),
      post: ofPerson(ground, (visit, person) =>
        actOn(ground, visit, {
          person,
          work: (tx) => staff.enable(tx, actorOf(visit.session), person.id),
          said: words.staff.enabled(person.name),
        }),
      ),
    },
    ...ownRoutes(ground),
  ];
}

async function list(ground: RouteGround, fields: InviteFields, wrong?: FormState): Promise<Answer> {
  return await pageOfAll(
    ground,
    <StaffPage people={await readStaff(ground.reading)} fields={fields} {...wrong} />,
    wrong === undefined ? 200 : 422,
  );
}

async function invite(ground: RouteGround, visit: SignedStaffVisit): Promise<Answer> {
  const {staff, transact, words} = ground;
  const fields = {name: fieldOf(visit, 'name'), email: fieldOf(visit, 'email'), role: fieldOf(visit, 'role')};
  const role = ROLES.find((each) => each === fields.role);
  if (role === undefined) return list(ground, fields, {errors: {role: words.staff.roleWrong}});
  const done = await commit(transact, (tx) => staff.invite(tx, actorOf(visit.session), {...fields, role}));
  if (isRefusal(done)) return list(ground, fields, wrongOf(done));
  tell(visit, words.staff.invited(fields.email));
  return go('/desk/staff');
}

type Acting = {
  readonly person: Person;
  readonly work: (tx: Tx) => Promise<{readonly kind: 'done'} | Refusal>;
  readonly said: string;
};

async function actOn({transact}: RouteGround, visit: SignedStaffVisit, {person, work, said}: Acting): Promise<Answer> {
  const done = await commit(transact, work);
  if (isRefusal(done)) return page(<PersonPage person={person} role={person.role} trouble={refusalText(done)} />, 422);
  tell(visit, said);
  return go(personAddress(person.id));
}

async function changeRole(ground: RouteGround, visit: SignedStaffVisit, person: Person): Promise<Answer> {
  const {staff, words} = ground;
  const role = ROLES.find((each) => each === fieldOf(visit, 'role'));
  if (role === undefined) return page(<PersonPage person={person} role="" errors={{role: words.staff.roleWrong}} />, 422);
  return actOn(ground, visit, {
    person,
    work: (tx) => staff.changeRole(tx, actorOf(visit.session), {id: person.id, role}),
    said: words.staff.roleSet(person.name, words.frame.roles[role]),
  });
}

function ownRoutes(ground: RouteGround): readonly StaffRoute[] {
  return [
    {path: '/desk/account', signed: true, get: () => page(<OwnPage />)},
    {
      path: '/desk/account/password',
      signed: true,
      get: () => go('/desk/account'),
      post: (visit) => changePassword(ground, visit),
    },
    {
      path: '/desk/account/sign-out-everywhere',
      signed: true,
      get: () => go('/desk/account'),
      post: async ({session}) => {
        await ground.entry.signOutEverywhere(session);
        return {kind: 'go', to: '/desk/sign-in?why=out', session: {kind: 'end'}};
      },
    },
  ];
}

async function changePassword({entry, words}: RouteGround, visit: SignedStaffVisit): Promise<Answer> {
  const {own: said} = words.staff;
  const [old, chosen] = [visit.form.get('old') ?? '', visit.form.get('new') ?? ''];
  const again = (errors: Errors, status = 422): Answer => page(<OwnPage errors={errors} />, status);
  if (old === '') return again({old: said.oldMissing});
  const outcome = await entry.changePassword(visit.session, {old, chosen});
  const {locale} = visit.setting;
  switch (outcome.kind) {
    case 'changed':
      tell(visit, said.changed(figure(outcome.ended, locale)));
      return go('/desk/account');
    case 'wrong':
      return again({old: said.oldWrong});
    case 'weak':
      return again({new: words.entry.password.faults[outcome.fault]});
    case 'too-many':
      return again({old: words.entry.tooMany(figure(Math.ceil(outcome.waitMs / MINUTE_MS), locale))}, 429);
    case 'busy':
      return again({old: words.entry.busy}, 503);
  }
}
