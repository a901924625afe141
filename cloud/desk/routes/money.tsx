// Cash at the desk: the form, the question in figures, the payment. Its id was made with the form, so that two clicks are one.
import {micros, type Micros} from '../../../shared/money/micros.ts';
import type {Errors} from '../../../shared/ui/form.tsx';
import {go, page, type Answer} from '../../../shared/web/answer.ts';
import type {SignedStaffVisit, StaffRoute} from '../../web/route.ts';
import {studentAddress} from '../pages/addresses.ts';
import {figuresIn} from '../pages/ground.ts';
import {CashConfirmPage, CashPage, type CashFields} from '../pages/student-acts.tsx';
import type {Student} from '../rows/students.ts';
import {fieldOf, isSure, tell, type RouteGround} from './ground.tsx';
import {ofOpenStudent} from './students.tsx';

const LONGEST_REASON = 500;
const MICROS_OF_UNIT = 1_000_000;

export function moneyRoutes(ground: RouteGround): readonly StaffRoute[] {
  return [
    {
      path: '/desk/students/:part/cash',
      signed: true,
      get: ofOpenStudent(ground, (_, {student}) => form(ground, student, {payment: ground.payments.newId(), amount: '', reason: ''})),
      post: ofOpenStudent(ground, (visit, {student}) => take(ground, visit, student)),
    },
  ];
}

function form({amounts}: RouteGround, student: Student, fields: CashFields, wrong?: {errors?: Errors; trouble?: string}): Answer {
  const {least, most} = amounts.limits;
  const limits = {least: micros(least * MICROS_OF_UNIT), most: micros(most * MICROS_OF_UNIT)};
  return page(<CashPage student={student} fields={fields} limits={limits} {...wrong} />, wrong === undefined ? 200 : 422);
}

async function take(ground: RouteGround, visit: SignedStaffVisit, student: Student): Promise<Answer> {
  const {payments, transact} = ground;
  const {cash: words} = ground.words;
  const sent = fieldOf(visit, 'payment');
  // A form without its number is none of ours, or a broken one: the next has a number again.
  const payment = /^[0-9a-f]{32}$/.test(sent) ? sent : payments.newId();
  const fields = {payment, amount: fieldOf(visit, 'amount'), reason: fieldOf(visit, 'reason')};
  const read = readCash(fields, student, ground);
  if (read.kind === 'wrong') return form(ground, student, fields, {errors: read.errors});
  if (!isSure(visit) || sent !== payment) return page(<CashConfirmPage student={student} fields={fields} amount={read.amount} />);
  const {account, site, currency} = student;
  const wish = {id: payment, site, account, amount: fields.amount, by: visit.session.subject, reason: fields.reason};
  const created = await transact((tx) => payments.takeCash(tx, wish));
  if (created.kind === 'refused') {
    const text = words.faults[created.code];
    // Another form for another try: this one's number is used.
    const next = created.code === 'id-taken' ? {...fields, payment: payments.newId()} : fields;
    return form(ground, student, next, created.code.startsWith('amount-') ? {errors: {amount: text}} : {trouble: text});
  }
  const {money} = figuresIn(visit.setting.locale);
  tell(visit, created.kind === 'again' ? words.again : words.done(money(read.amount, currency), student.name));
  return go(studentAddress(account));
}

type CashReading = {readonly kind: 'read'; readonly amount: Micros} | {readonly kind: 'wrong'; readonly errors: Errors};

function readCash({amount, reason}: CashFields, {currency}: Student, {amounts, words: {cash: words}}: RouteGround): CashReading {
  const read = amounts.read(amount, currency, amounts.limits);
  const errors: Record<string, string> = {};
  if (read.kind === 'refused') errors['amount'] = words.faults[read.code];
  if (reason === '') errors['reason'] = words.reasonMissing;
  if (reason.length > LONGEST_REASON) errors['reason'] = words.reasonLong;
  if (read.kind === 'refused' || Object.keys(errors).length > 0) return {kind: 'wrong', errors};
  return {kind: 'read', amount: amounts.microsOfMinor(read.minor, currency)};
}
