// What is done to a student: the forms, and what will happen before it does.
import type {VNode} from 'preact';
import {micros, type Currency, type Micros} from '../../../shared/money/micros.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {Money, Time, timeText} from '../../../shared/ui/figures.tsx';
import {Field} from '../../../shared/ui/form.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {Table} from '../../../shared/ui/table.tsx';
import type {ConcernedCall} from '../../people/tenancies.ts';
import type {Site} from '../rows/sites.ts';
import type {Student, Tenancy} from '../rows/students.ts';
import {studentAddress} from './addresses.ts';
import {DateAndTime, DeskForm, type FormState} from './forms.tsx';
import {ConfirmPage, Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';
import {PersonFields} from './students.tsx';

export function EditStudentPage({
  student,
  fields,
  errors,
  trouble,
}: FormState & {
  readonly student: Student;
  readonly fields: {readonly name: string; readonly email: string; readonly language: string};
}): VNode {
  const {student: words, students} = useWords();
  const at = studentAddress(student.account);
  return (
    <Frame current="students" title={words.editTitle(student.name)} back={{href: at, label: student.name}}>
      <DeskForm action={`${at}/edit`} errors={errors} trouble={trouble} submit={students.form.save} back={at}>
        <PersonFields fields={fields} errors={errors} />
      </DeskForm>
    </Frame>
  );
}

export function CloseStudentPage({student}: {readonly student: Student}): VNode {
  const {student: words} = useWords();
  const {money} = useFigures();
  const {closeWill: will} = words;
  const at = studentAddress(student.account);
  return (
    <ConfirmPage
      current="students"
      title={words.closeTitle(student.name)}
      will={[will.nobody, will.stays, will.balance(money(student.balance, student.currency)), will.automatic]}
      action={`${at}/close`}
      fields={{}}
      submit={words.closeSubmit}
      kind="danger"
      back={at}
    />
  );
}

/** As typed; `payment` was made with the page, so that sending it twice is one payment. */
export type CashFields = {readonly payment: string; readonly amount: string; readonly reason: string};

export function CashPage({
  student,
  fields,
  limits,
  errors = {},
  trouble,
}: FormState & {
  readonly student: Student;
  readonly fields: CashFields;
  readonly limits: {readonly least: Micros; readonly most: Micros};
}): VNode {
  const {cash: words} = useWords();
  const {money} = useFigures();
  const at = studentAddress(student.account);
  const {currency} = student;
  return (
    <Frame current="students" title={words.title(student.name)} lead={words.lead} back={{href: at, label: student.name}}>
      <DeskForm action={`${at}/cash`} errors={errors} trouble={trouble} submit={words.next} back={at}>
        <input type="hidden" name="payment" value={fields.payment} />
        <Field
          name="amount"
          label={words.amount}
          help={words.amountHelp(currency, money(limits.least, currency), money(limits.most, currency))}
          value={fields.amount}
          inputMode="decimal"
          width="short"
          error={errors['amount']}
        />
        <Field name="reason" label={words.reason} help={words.reasonHelp} value={fields.reason} error={errors['reason']} />
      </DeskForm>
    </Frame>
  );
}

export function CashConfirmPage({
  student,
  fields,
  amount,
}: {
  readonly student: Student;
  readonly fields: CashFields;
  readonly amount: Micros;
}): VNode {
  const {cash: words} = useWords();
  const {money} = useFigures();
  const {currency, balance, name} = student;
  const at = studentAddress(student.account);
  const text = money(amount, currency);
  return (
    <ConfirmPage
      current="students"
      title={words.confirm(text, name)}
      will={[words.will(text), words.balance(money(balance, currency), money(micros(balance + amount), currency)), words.unlocks]}
      action={`${at}/cash`}
      fields={fields}
      submit={words.submit(text)}
      back={at}
    />
  );
}

/** As typed. */
export type TenancyFields = {
  readonly extension: string;
  readonly date: string;
  readonly time: string;
  readonly untilDate: string;
  readonly untilTime: string;
};

export type TenancyAct =
  | {readonly kind: 'start'; readonly student: Student}
  | {readonly kind: 'move' | 'end'; readonly student: Student; readonly tenancy: Tenancy};

function addressOf(act: TenancyAct): string {
  return act.kind === 'start'
    ? `${studentAddress(act.student.account)}/line`
    : `/desk/tenancies/${encodeURIComponent(act.tenancy.id)}/${act.kind}`;
}

export function TenancyPage({
  act,
  site,
  fields,
  errors = {},
  trouble,
}: FormState & {readonly act: TenancyAct; readonly site: Site; readonly fields: TenancyFields}): VNode {
  const {tenancy: words} = useWords();
  const {student} = act;
  const back = studentAddress(student.account);
  const [title, lead] = {
    start: () => [words.startTitle(student.name), words.startLead] as const,
    move: () => [words.moveTitle(student.name, lineOf(act)), words.moveLead] as const,
    end: () => [words.endTitle(student.name, lineOf(act)), words.endLead] as const,
  }[act.kind]();
  return (
    <Frame current="students" title={title} lead={lead} back={{href: back, label: student.name}}>
      <DeskForm action={addressOf(act)} errors={errors} trouble={trouble} submit={words.next} back={back}>
        {act.kind === 'end' ? null : (
          <Field
            name="extension"
            label={act.kind === 'start' ? words.line : words.to}
            help={words.lineHelp}
            value={fields.extension}
            width="short"
            error={errors['extension']}
          />
        )}
        <DateAndTime
          labels={[words.date, words.time]}
          help={[words.dateHelp, words.timeHelp(site.zone)]}
          values={[fields.date, fields.time]}
          errors={errors}
        />
        {act.kind === 'start' ? (
          <DateAndTime
            names={['untilDate', 'untilTime']}
            labels={[words.until, words.untilTime]}
            help={[words.untilHelp, words.timeHelp(site.zone)]}
            values={[fields.untilDate, fields.untilTime]}
            errors={errors}
            required={false}
          />
        ) : null}
      </DeskForm>
    </Frame>
  );
}

function lineOf(act: TenancyAct): string {
  return act.kind === 'start' ? '' : act.tenancy.extension;
}

export type TenancyPlan = {
  readonly act: TenancyAct;
  readonly fields: TenancyFields;
  readonly at: Instant;
  readonly until: Instant | undefined;
  /** The clocks show the time twice. */
  readonly isTwice: boolean;
  readonly concerned: readonly ConcernedCall[];
  readonly currency: Currency;
  /** By account. */
  readonly names: ReadonlyMap<string, string>;
};

/** A screenful; the rest is counted. */
const CONCERNED_SHOWN = 20;

export function TenancyConfirmPage(plan: TenancyPlan): VNode {
  const {tenancy: words} = useWords();
  const {count} = useFigures();
  const {act, fields, concerned, isTwice} = plan;
  const {name, account} = act.student;
  const {extension} = fields;
  const title = {
    start: () => words.confirmStart(name, extension),
    move: () => words.confirmMove(name, lineOf(act), extension),
    end: () => words.confirmEnd(name, lineOf(act)),
  }[act.kind]();
  const submit = {start: words.submitStart, move: words.submitMove, end: words.submitEnd}[act.kind];
  const about = concerned.length === 0 ? [words.none] : [words.concerned(count(concerned.length)), words.stays];
  return (
    <ConfirmPage
      current="students"
      title={title}
      will={[...useDates(plan), ...(isTwice ? [words.ambiguous] : []), ...about]}
      action={addressOf(act)}
      fields={fields}
      submit={submit}
      kind={act.kind === 'end' ? 'danger' : 'main'}
      back={studentAddress(account)}
    >
      {concerned.length === 0 ? null : <ConcernedTable {...plan} />}
    </ConfirmPage>
  );
}

function useDates({act, fields, at, until}: TenancyPlan): readonly string[] {
  const {tenancy: words} = useWords();
  const setting = useSetting();
  const from = timeText(at, setting);
  const leaves = act.kind === 'start' ? [] : [words.willLeave(act.tenancy.extension, from)];
  if (act.kind === 'end') return leaves;
  const end = act.kind === 'move' ? act.tenancy.to : until;
  return [
    ...leaves,
    words.willStart(act.student.name, fields.extension, from),
    end === undefined ? words.willOpen : words.willUntil(timeText(end, setting)),
  ];
}

function ConcernedTable({concerned, currency, names}: TenancyPlan): VNode {
  const {tenancy: words} = useWords();
  const {concernedColumns: columns} = words;
  const nameOf = (account: string | undefined): string => (account === undefined ? words.nobody : (names.get(account) ?? account));
  return (
    <>
      <Table
        caption={words.concernedList}
        rows={concerned.slice(0, CONCERNED_SHOWN)}
        rowKey={({id}) => id}
        columns={[
          {head: columns.when, kind: 'key', cell: ({startedAt}) => <Time at={startedAt} />},
          {head: columns.line, cell: ({extension}) => extension},
          {head: columns.paid, cell: ({paidBy}) => nameOf(paidBy)},
          {
            head: columns.amount,
            kind: 'figure',
            cell: ({amount}) => (amount === undefined ? null : <Money amount={micros(amount)} currency={currency} />),
          },
          {head: columns.would, cell: ({payer}) => nameOf(payer)},
        ]}
      />
      {concerned.length > CONCERNED_SHOWN ? <p class="soft">{words.more}</p> : null}
    </>
  );
}
