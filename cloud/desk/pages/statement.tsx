// What moved on an account: as one table, and month by month as the student's statement has it.
import type {VNode} from 'preact';
import {minus, ZERO, type Currency} from '../../../shared/money/micros.ts';
import {Money, Time, monthText} from '../../../shared/ui/figures.tsx';
import {Empty, Facts, Panel} from '../../../shared/ui/parts.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {Table} from '../../../shared/ui/table.tsx';
import type {Covered} from '../../books/allowances.ts';
import type {MonthSummary, Statement, StatementLine} from '../../books/statement.ts';
import type {Student} from '../rows/students.ts';
import {studentAddress} from './addresses.ts';
import {Frame} from './frame.tsx';
import {useFigures, useGround, useWords} from './ground.ts';

/** Each transfer with the balance after it. */
export function LedgerTable({
  caption,
  lines,
  currency,
}: {
  readonly caption: string;
  readonly lines: readonly StatementLine[];
  readonly currency: Currency;
}): VNode {
  const {student: words} = useWords();
  const {ledgerColumns: columns} = words;
  return (
    <Table
      caption={caption}
      rows={lines}
      rowKey={({seq, logSeq}) => `${seq}.${logSeq}`}
      columns={[
        {head: columns.when, kind: 'key', cell: ({at}) => <Time at={at} />},
        {
          head: columns.what,
          kind: 'wide',
          cell: ({code, call, covered}) => (
            <>
              {words.codes[code] ?? code}
              {call?.destination === undefined ? null : `: ${call.destination}`} <code>{code}</code>
              {covered.map((free) => (
                <CoveredBy key={free.name} free={free} currency={currency} />
              ))}
            </>
          ),
        },
        {head: columns.amount, kind: 'figure', cell: ({amount}) => <Money amount={amount} currency={currency} />},
        {head: columns.after, kind: 'figure', cell: ({balanceAfter}) => <Money amount={balanceAfter} currency={currency} />},
      ]}
    />
  );
}

function CoveredBy({free: {name, unit, used}, currency}: {readonly free: Covered; readonly currency: Currency}): VNode {
  const {words, price} = useGround().language;
  const {money} = useFigures();
  return (
    <span class="under soft">{words.allowances.covered(unit === 'seconds' ? price.duration(used) : money(used, currency), name)}</span>
  );
}

export function StatementsPage({student, months}: {readonly student: Student; readonly months: readonly MonthSummary[]}): VNode {
  const {statement: words} = useWords();
  const setting = useSetting();
  const {columns} = words;
  const at = studentAddress(student.account);
  const {currency} = student;
  return (
    <Frame current="students" title={words.title(student.name)} back={{href: at, label: student.name}}>
      <Table
        caption={words.list}
        rows={months}
        rowKey={({month}) => month}
        columns={[
          {
            head: columns.month,
            kind: 'key',
            cell: ({month, from}) => <a href={`${at}/statement?month=${month}`}>{monthText(from, setting)}</a>,
          },
          {head: columns.opening, kind: 'figure', cell: ({opening}) => <Money amount={opening} currency={currency} />},
          {head: columns.closing, kind: 'figure', cell: ({closing}) => <Money amount={closing} currency={currency} />},
        ]}
      />
    </Frame>
  );
}

export function StatementPage({
  student,
  month,
  statement,
}: {
  readonly student: Student;
  readonly month: string;
  readonly statement: Statement;
}): VNode {
  const {statement: words} = useWords();
  const setting = useSetting();
  const {opening, credits, debits, closing, tax, lines, from} = statement;
  const money = (amount: typeof opening): VNode => <Money amount={amount} currency={student.currency} />;
  return (
    <Frame
      current="students"
      title={words.monthTitle(monthText(from, setting), student.name)}
      lead={words.adds}
      back={{href: `${studentAddress(student.account)}/statement`, label: words.back}}
    >
      <Facts
        facts={[
          {term: words.opening, value: money(opening)},
          {term: words.credits, value: money(credits)},
          {term: words.debits, value: money(minus(ZERO, debits))},
          {term: words.closing, value: money(closing)},
          {term: words.tax, value: money(tax)},
        ]}
      />
      <Panel title={words.lines}>
        {lines.length === 0 ? (
          <Empty title={words.empty} />
        ) : (
          <LedgerTable caption={words.linesList} lines={lines} currency={student.currency} />
        )}
      </Panel>
      <p class="actions">
        <a class="button" href={`${studentAddress(student.account)}/statement?month=${month}&form=csv`}>
          {words.csv}
        </a>
      </p>
    </Frame>
  );
}
