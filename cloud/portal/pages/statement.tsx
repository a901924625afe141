// Statements: a document that someone shows a parent. Letterhead, period, opening, lines, closing, tax.
import type {VNode} from 'preact';
import {datedText, DatedTime, dateText, Duration, Money, monthText, timeText} from '../../../shared/ui/figures.tsx';
import {Empty, Facts, Notice} from '../../../shared/ui/parts.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {Table} from '../../../shared/ui/table.tsx';
import {later} from '../../../shared/time/instant.ts';
import type {Month} from '../../../shared/time/month.ts';
import type {MonthSummary, Statement, StatementLine} from '../../books/statement.ts';
import type {BoxLink} from '../../books/overview.ts';
import {Frame} from './frame.tsx';
import {CoveredBy, useFreeSum} from './free.tsx';
import {useFigures, usePerson, useWords} from './ground.ts';

export function MonthsPage({months, present}: {readonly months: readonly MonthSummary[]; readonly present: string}): VNode {
  const {statement: words} = useWords();
  const {site} = usePerson();
  const setting = useSetting();
  return (
    <Frame current="statements" title={words.title} lead={words.lead}>
      {months.length === 0 ? (
        <Empty title={words.empty}>{words.emptyHow}</Empty>
      ) : (
        <Table
          caption={words.list}
          rows={months}
          rowKey={({month}) => month}
          columns={[
            {
              head: words.columns.month,
              kind: 'key',
              cell: ({month, from}) => (
                <>
                  <a href={`/statement/${month}`}>{monthText(from, setting)}</a>
                  {month === present ? <span class="soft"> {words.running}</span> : null}
                </>
              ),
            },
            {head: words.columns.opening, kind: 'figure', cell: ({opening}) => <Money amount={opening} currency={site.currency} />},
            {head: words.columns.closing, kind: 'figure', cell: ({closing}) => <Money amount={closing} currency={site.currency} />},
            {
              head: words.columns.file,
              kind: 'act',
              cell: ({month, from}) => (
                <a href={`/statement/${month}?form=csv`} aria-label={words.csvOf(monthText(from, setting))}>
                  {words.csvShort}
                </a>
              ),
            },
          ]}
        />
      )}
    </Frame>
  );
}

export type StatementView = {
  readonly month: Month;
  readonly statement: Statement;
  readonly isOver: boolean;
  readonly box: BoxLink;
};

export function StatementPage({month, statement, isOver, box}: StatementView): VNode {
  const {statement: words} = useWords();
  const person = usePerson();
  const setting = useSetting();
  const {rounded} = useFigures();
  const free = useFreeSum(statement.lines);
  const {from} = statement;
  const name = monthText(from, setting);
  return (
    <Frame current="statements" title={words.pageTitle(name)} head={<Letterhead statement={statement} name={name} />}>
      {isOver ? null : <Notice state="off" title={words.unfinished} />}
      {box.kind === 'silent' && box.heardAt < statement.to ? (
        <Notice state="warning" title={words.linkDown(timeText(box.heardAt, setting, true))} />
      ) : null}
      <section class="panel" aria-label={words.summary}>
        <Facts
          facts={[
            {term: words.opening, value: <Money amount={statement.opening} currency={person.site.currency} />},
            {term: words.credits, value: <Money amount={statement.credits} currency={person.site.currency} />},
            {term: words.debits, value: <Money amount={statement.debits} currency={person.site.currency} />},
            {
              term: words.closing,
              value: (
                <strong>
                  <Money amount={statement.closing} currency={person.site.currency} />
                </strong>
              ),
            },
            {term: words.tax, value: rounded(statement.tax)},
            ...(free === undefined ? [] : [{term: words.free, value: free}]),
          ]}
        />
        <p class="help">
          {words.proof} {words.taxNote}
        </p>
      </section>
      {statement.lines.length === 0 ? <Empty title={words.noLines}>{words.noLinesHow}</Empty> : <Lines lines={statement.lines} />}
      <p class="actions">
        <a class="button" href={`/statement/${month}?form=csv`}>
          {words.csv}
        </a>
        <a class="go" href="/statement">
          {words.back}
        </a>
        <span class="help">{words.print}</span>
      </p>
    </Frame>
  );
}

function Letterhead({statement: {from, to}, name}: {readonly statement: Statement; readonly name: string}): VNode {
  const {statement: words} = useWords();
  const {site, name: person, account} = usePerson();
  const setting = useSetting();
  return (
    <header class="letterhead">
      <p class="letterhead-site">{site.name}</p>
      <h1>{words.pageTitle(name)}</h1>
      <Facts
        facts={[
          {term: words.of, value: person},
          {term: words.account, value: account},
          // Half-open: the last day is the one before the next month.
          {term: words.period, value: words.periodSays(dateText(from, setting), dateText(later(to, -1), setting))},
          {term: words.drawn, value: dateText(setting.now, setting)},
        ]}
      />
    </header>
  );
}

function Lines({lines}: {readonly lines: readonly StatementLine[]}): VNode {
  const {statement: words} = useWords();
  const {site} = usePerson();
  const {lineColumns: columns} = words;
  return (
    <div class="lines">
      <Table
        caption={words.linesList}
        rows={lines}
        rowKey={({seq, logSeq}) => `${seq}.${logSeq}`}
        columns={[
          {head: columns.when, kind: 'key', cell: ({at}) => <DatedTime at={at} />},
          {head: columns.what, kind: 'wide', cell: (line) => <What line={line} />},
          {head: columns.length, kind: 'figure', cell: ({call}) => (call === undefined ? '' : <Duration seconds={call.seconds} />)},
          {head: columns.amount, kind: 'figure', cell: ({amount}) => <Money amount={amount} currency={site.currency} />},
          {head: columns.balance, kind: 'figure', cell: ({balanceAfter}) => <Money amount={balanceAfter} currency={site.currency} />},
        ]}
      />
    </div>
  );
}

function What({line: {code, call, covered}}: {readonly line: StatementLine}): VNode {
  const {statement: words} = useWords();
  const setting = useSetting();
  return (
    <>
      {words.codes[code] ?? code}
      {call?.destination === undefined ? null : `: ${call.destination}`}
      {call?.number === undefined ? null : <span class="under soft figure">{call.number}</span>}
      {code !== 'CALL_ADJ' || call === undefined ? null : (
        <span class="under soft">{words.callOf(datedText(call.startedAt, setting))}</span>
      )}
      <CoveredBy covered={covered} />
    </>
  );
}
