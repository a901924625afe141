// Account codes given and ended.
import {go, page, type Answer} from '../../../shared/web/answer.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {actorOf, commit, isRefusal, refusalText} from '../acting.ts';
import {studentAddress} from '../pages/addresses.ts';
import {EndCodePage, GiveCodePage} from '../pages/codes.tsx';
import type {FormState} from '../pages/forms.tsx';
import {readCode} from '../rows/codes.ts';
import {readStudent} from '../rows/students.ts';
import {attempt, fieldOf, isSure, onlyFor, tell, type RouteGround} from './ground.tsx';
import {ofOpenStudent, wrongOf, type OfStudent} from './students.tsx';

/** Beside which field a no belongs. */
const FIELD_OF: Readonly<Record<string, string>> = {'code-invalid': 'code', 'code-taken': 'code', 'codes-full': 'code'};

export function codeRoutes(ground: RouteGround): readonly StaffRoute[] {
  return [
    {
      path: '/desk/students/:part/code',
      signed: true,
      get: ofOpenStudent(ground, (_, of) => form(ground, of, {code: ''})),
      post: ofOpenStudent(ground, (visit, of) => give(ground, visit, of)),
    },
    {
      path: '/desk/codes/:part/end',
      signed: true,
      get: onlyFor('clerk', (visit) => end(ground, visit)),
      post: onlyFor('clerk', (visit) => end(ground, visit)),
    },
  ];
}

/** Where the dial plan of the site has no codes there is nothing to give. */
async function form(
  {reading, published}: RouteGround,
  {student, site}: OfStudent,
  typed: FormState & {readonly code: string},
): Promise<Answer> {
  const codeLength = (await published.policyOf(reading, site.id))?.dialPlan.accountCodes?.length;
  if (codeLength === undefined) return go(studentAddress(student.account));
  return page(
    <GiveCodePage student={student} codeLength={codeLength} {...typed} />,
    typed.errors === undefined && typed.trouble === undefined ? 200 : 422,
  );
}

async function give(ground: RouteGround, visit: SignedStaffVisit, of: OfStudent): Promise<Answer> {
  const {transact, accountCodes, words} = ground;
  const {account, name} = of.student;
  const code = fieldOf(visit, 'code');
  const done = await commit(transact, (tx) => accountCodes.give(tx, actorOf(visit.session), {account, code}));
  if (isRefusal(done)) return form(ground, of, {code, ...wrongOf(done, FIELD_OF)});
  tell(visit, words.codes.given(name));
  return go(studentAddress(account));
}

/** Of a code that has not ended. */
async function end(ground: RouteGround, visit: SignedStaffVisit): Promise<Answer> {
  const {reading, transact, accountCodes, words} = ground;
  const code = await readCode(reading, visit.part);
  const student = code === undefined ? undefined : await readStudent(reading, code.account);
  if (code === undefined || student === undefined) return {kind: 'missing'};
  if (code.to !== undefined) return go(studentAddress(student.account));
  if (!isSure(visit)) return page(<EndCodePage student={student} code={code} />);
  await attempt(visit, words, async () => {
    const done = await commit(transact, (tx) => accountCodes.end(tx, actorOf(visit.session), code.id));
    return isRefusal(done) ? refusalText(done) : words.codes.ended(student.name);
  });
  return go(studentAddress(student.account));
}
