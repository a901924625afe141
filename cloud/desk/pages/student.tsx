// One student: what is left and of when that is, the telephones, who pays for what from when to when, all that moved.
import type {ComponentChildren, VNode} from 'preact';
import {Age, Money, Time} from '../../../shared/ui/figures.tsx';
import {addressWith} from '../../../shared/ui/list.tsx';
import {Empty, Facts, Notice, Pager, Panel, type Fact} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Call} from '../../books/calls.ts';
import type {StudentOverview} from '../../books/overview.ts';
import type {StatementLine} from '../../books/statement.ts';
import type {Automatic, Method} from '../../payment/methods.ts';
import type {PaymentLine} from '../rows/payments.ts';
import type {Site} from '../rows/sites.ts';
import type {Student, Tenancy} from '../rows/students.ts';
import {lineAddress, siteAddress, studentAddress} from './addresses.ts';
import {AllowancePanel, type AllowancePanelView} from './allowances.tsx';
import {CodePanel, type CodesView} from './codes.tsx';
import {CallTable, LockBadge, ReasonList, TenancyBadge} from './cells.tsx';
import type {Costs} from './cost.tsx';
import {FormNumber} from './forms.tsx';
import {Frame} from './frame.tsx';
import {LedgerTable} from './statement.tsx';
import {useFigures, useMay, useWords} from './ground.ts';
import {PaymentTable, type MicrosOfMinor} from './payments.tsx';
import {StudentBadge} from './students.tsx';

/** One page of a list on this page. */
export type Slice<R> = {readonly rows: readonly R[]; readonly before: string | undefined; readonly next: string | undefined};

export type StudentView = {
  readonly student: Student;
  readonly site: Site;
  readonly overview: StudentOverview;
  readonly tenancies: readonly Tenancy[];
  readonly granted: AllowancePanelView['granted'];
  readonly codes: CodesView['codes'];
  readonly codeLength: CodesView['codeLength'];
  readonly ledger: Slice<StatementLine>;
  readonly calls: Slice<Call>;
  readonly costs: Costs | undefined;
  readonly payments: readonly PaymentLine[];
  readonly automatic: Automatic | undefined;
  readonly methods: readonly Method[];
  readonly microsOfMinor: MicrosOfMinor;
};

export function StudentPage(view: StudentView): VNode {
  const {student: words, students} = useWords();
  const {student} = view;
  return (
    <Frame
      current="students"
      title={student.name}
      lead={<code>{student.account}</code>}
      back={{href: '/desk/students', label: students.back}}
    >
      {student.closedAt === undefined ? null : <ClosedNotice at={student.closedAt} />}
      <div class="columns">
        <Panel title={words.standing}>
          <Standing {...view} />
        </Panel>
        <Panel title={words.account}>
          <Facts facts={useAccountFacts(view)} />
          <Acts {...view} />
        </Panel>
      </div>
      <Panel id="lines" title={words.tenancies}>
        {view.tenancies.length === 0 ? (
          <Empty title={words.noTenancies}>{words.noTenanciesHow}</Empty>
        ) : (
          <TenancyTable tenancies={view.tenancies} overview={view.overview} />
        )}
      </Panel>
      <AllowancePanel {...view} free={view.overview.free} />
      <CodePanel {...view} />
      <LedgerPanel {...view} />
      <CallPanel {...view} />
      <Panel id="payments" title={words.payments}>
        {view.payments.length === 0 ? (
          <Empty title={words.paymentsEmpty}>{words.paymentsEmptyHow}</Empty>
        ) : (
          <PaymentTable payments={view.payments} microsOfMinor={view.microsOfMinor} />
        )}
      </Panel>
    </Frame>
  );
}

function ClosedNotice({at}: {readonly at: NonNullable<Student['closedAt']>}): VNode {
  const {students} = useWords();
  return (
    <Notice state="off" title={students.states.closed}>
      <p>
        <Age at={at} />
      </p>
    </Notice>
  );
}

function Standing({student, overview}: StudentView): VNode {
  const {student: words} = useWords();
  const {box, phones} = overview;
  return (
    <>
      <p class="standing-figure">
        <Money amount={overview.balance} currency={student.currency} />
      </p>
      <p class="as-of">
        {box.kind === 'never' ? (
          words.never
        ) : box.kind === 'online' ? (
          <>
            {words.asOf} <Time at={box.asOf} />, {words.online}
          </>
        ) : (
          <>
            {words.asOf} <Age at={box.heardAt} />, {words.silent} <Time at={box.heardAt} />
          </>
        )}
      </p>
      {phones.map(({extension, label, state, reasons}) => (
        <p key={extension}>
          <LockBadge isLocked={state === 'locked'} word={words.phoneState[state]} />{' '}
          <a href={lineAddress(student.site, extension)}>
            {extension}
            {label === '' ? null : ` · ${label}`}
          </a>
          <ReasonList reasons={reasons} />
        </p>
      ))}
    </>
  );
}

function useAccountFacts({student, site, automatic, methods}: StudentView): readonly Fact[] {
  const {student: words, students} = useWords();
  const {money} = useFigures();
  const automaticText =
    automatic?.isOn === true
      ? words.automaticOn(
          money(automatic.threshold, student.currency),
          money(automatic.target, student.currency),
          money(automatic.monthlyCap, student.currency),
        )
      : words.automaticOff;
  return [
    {term: students.columns.state, value: <StudentBadge student={student} />},
    {term: words.email, value: student.email === undefined ? words.noEmail : <span class="hash">{student.email}</span>},
    {term: words.site, value: <a href={siteAddress(site.id)}>{site.name}</a>},
    {term: words.registered, value: student.isRegistered ? words.registeredYes : words.registeredNo},
    {term: words.automatic, value: automaticText},
    {term: words.methods, value: methods.length === 0 ? words.noMethods : methods.map(({label}) => label).join(', ')},
  ];
}

function Acts({student}: StudentView): VNode | null {
  const {student: words} = useWords();
  const may = useMay('clerk');
  const at = studentAddress(student.account);
  const statements = (
    <a class="button" href={`${at}/statement`}>
      {words.acts.statement}
    </a>
  );
  if (!may || student.closedAt !== undefined) return <div class="actions">{statements}</div>;
  return (
    <div class="actions">
      <a class="button is-main" href={`${at}/cash`}>
        {words.acts.cash}
      </a>
      <a class="button" href={`${at}/line`}>
        {words.acts.line}
      </a>
      {student.email === undefined ? null : (
        <form method="post" action={`${at}/invite`}>
          <FormNumber />
          <button type="submit" class="button">
            {student.isRegistered ? words.acts.invite : words.acts.inviteFirst}
          </button>
        </form>
      )}
      <a class="button" href={`${at}/edit`}>
        {words.acts.edit}
      </a>
      {statements}
      <a class="button is-quiet" href={`${at}/close`}>
        {words.acts.close}
      </a>
    </div>
  );
}

function TenancyTable({tenancies, overview}: Pick<StudentView, 'tenancies' | 'overview'>): VNode {
  const {student: words} = useWords();
  const {tenancyColumns: columns} = words;
  const may = useMay('clerk');
  const phones = new Map(overview.phones.map((phone) => [phone.extension, phone]));
  return (
    <Table
      caption={words.tenanciesList}
      rows={tenancies}
      rowKey={({id}) => id}
      dim={({state}) => state === 'past' || state === 'void'}
      columns={[
        {head: columns.line, kind: 'key', cell: ({site, extension}) => <a href={lineAddress(site, extension)}>{extension}</a>},
        {head: columns.state, cell: ({state}) => <TenancyBadge state={state} />},
        {head: columns.from, cell: ({from}) => <Time at={from} />},
        {head: columns.to, cell: ({to}) => (to === undefined ? words.openEnd : <Time at={to} />)},
        {
          head: columns.phone,
          cell: ({state, extension}) => {
            const phone = state === 'now' ? phones.get(extension) : undefined;
            return phone === undefined ? null : <LockBadge isLocked={phone.state === 'locked'} word={words.phoneState[phone.state]} />;
          },
        },
        {head: columns.acts, kind: 'act', cell: (tenancy) => (may ? <TenancyActs tenancy={tenancy} /> : null)},
      ]}
    />
  );
}

function TenancyActs({tenancy: {id, state, extension}}: {readonly tenancy: Tenancy}): VNode | null {
  const {student: words} = useWords();
  if (state === 'past' || state === 'void') return null;
  const at = `/desk/tenancies/${encodeURIComponent(id)}`;
  return (
    <>
      {state === 'now' ? (
        <a class="button" href={`${at}/move`}>
          {words.move}
          <span class="said"> {extension}</span>
        </a>
      ) : null}{' '}
      <a class="button" href={`${at}/end`}>
        {words.end}
        <span class="said"> {extension}</span>
      </a>
    </>
  );
}

function LedgerPanel({student, ledger, calls}: StudentView): VNode {
  const {student: words} = useWords();
  return (
    <Panel id="ledger" title={words.ledger}>
      {ledger.rows.length === 0 ? (
        <Empty title={words.ledgerEmpty}>{words.ledgerEmptyHow}</Empty>
      ) : (
        <LedgerTable caption={words.ledgerList} lines={ledger.rows} currency={student.currency} />
      )}
      <SlicePager student={student} part="ledger" slice={ledger} other={['calls', calls.before]} />
    </Panel>
  );
}

function CallPanel({student, site, calls, costs, ledger}: StudentView): VNode {
  const {student: words} = useWords();
  return (
    <Panel id="calls" title={words.calls}>
      {calls.rows.length === 0 ? (
        <Empty title={words.callsEmpty}>{words.callsEmptyHow}</Empty>
      ) : (
        <CallTable caption={words.callsList} calls={calls.rows} site={site.id} currency={student.currency} costs={costs} withLine />
      )}
      <SlicePager student={student} part="calls" slice={calls} other={['ledger', ledger.before]} />
    </Panel>
  );
}

/** Goes on in one list of the page, and leaves the other where it is. */
function SlicePager({
  student,
  part,
  slice,
  other: [otherPart, otherPlace],
}: {
  readonly student: Student;
  readonly part: string;
  readonly slice: Pick<Slice<unknown>, 'before' | 'next'>;
  readonly other: readonly [string, string | undefined];
}): ComponentChildren {
  const at = (place: string | undefined): string =>
    `${addressWith(studentAddress(student.account), {[part]: place ?? '', [otherPart]: otherPlace ?? ''}, {})}#${part}`;
  return (
    <Pager
      page={undefined}
      previous={slice.before === undefined ? undefined : at(undefined)}
      next={slice.next === undefined ? undefined : at(slice.next)}
    />
  );
}
