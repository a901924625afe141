// What a tariff would change: prefix by prefix, and for the calls of a month. It fills itself once it is worked out.
import type {ComponentChildren, VNode} from 'preact';
import {micros, type Currency} from '../../../shared/money/micros.ts';
import {CHANGES, type Change, type Side} from '../../../shared/tariff/diff.ts';
import {Count, Money, Time, timeText} from '../../../shared/ui/figures.tsx';
import {Filters, type FilterChoice} from '../../../shared/ui/list.tsx';
import {Empty, Facts, Notice, Panel} from '../../../shared/ui/parts.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {Table, type Column} from '../../../shared/ui/table.tsx';
import type {Effect, Shown, Sum} from '../../tariff/effect.ts';
import type {GroupShown, Preview} from '../../tariff/preview.ts';
import type {PreviewState} from '../../tariff/previews.ts';
import {callAddress} from './addresses.ts';
import {PayerLink} from './cells.tsx';
import {useFigures, useWords} from './ground.ts';

export type PreviewView = {
  readonly site: {readonly id: string; readonly currency: Currency};
  readonly state: PreviewState;
  /** `October 2026`. */
  readonly month: string;
  readonly months: readonly FilterChoice[];
  /** Of who paid, by account. */
  readonly names: ReadonlyMap<string, string>;
  /** Who paid is of no account where the carrier's prices are compared. */
  readonly isOfStudents: boolean;
};

export function PreviewPart(view: PreviewView): VNode {
  return (
    <div id="preview" class="desk-trouble">
      {view.state.kind === 'ready' ? <Ready {...view} preview={view.state.preview} /> : <NotReady state={view.state} />}
    </div>
  );
}

export function NotReady({state}: {readonly state: Exclude<PreviewState, {kind: 'ready'}>}): VNode {
  const {preview: words} = useWords();
  const {text} = useFigures();
  if (state.kind === 'failed') {
    return (
      <Notice state="fault" title={words.failed}>
        <p>{words.failedWhy}</p>
      </Notice>
    );
  }
  const {progress} = state;
  return (
    <Notice state="off" title={words.working}>
      <p>{progress === undefined ? words.workingTariff : words.workingCalls(text(progress.done), text(progress.total))}</p>
      {progress === undefined ? null : <progress max={Math.max(1, progress.total)} value={progress.done} aria-label={words.working} />}
    </Notice>
  );
}

function Ready(view: PreviewView & {readonly preview: Preview}): VNode {
  return (
    <>
      <TariffPanel {...view} />
      <CallsPanel {...view} effect={view.preview.effect} />
    </>
  );
}

function TariffPanel({preview: {counts, groups, settings, sameCurrency}}: {readonly preview: Preview}): VNode {
  const {preview: words} = useWords();
  const changed = CHANGES.filter((change) => counts[change] > 0);
  return (
    <Panel title={words.changes}>
      {sameCurrency ? null : <p>{words.otherCurrency}</p>}
      <Facts
        facts={[...changed, 'unchanged' as const].map((kind) => ({term: words.counts[kind], value: <Count value={counts[kind]} />}))}
      />
      {changed.length === 0 ? <Empty title={words.same} /> : null}
      {changed.map((change) => (
        <GroupList key={change} change={change} shown={groups[change]} />
      ))}
      {settings.length === 0 ? null : (
        <>
          <h3>{words.settings}</h3>
          <Table
            caption={words.settingsList}
            rows={settings}
            rowKey={({name}) => name}
            columns={[
              {head: words.settingColumns.name, kind: 'key', cell: ({name}) => name},
              {head: words.settingColumns.before, cell: ({before}) => <code class="hash">{brief(before)}</code>},
              {head: words.settingColumns.after, kind: 'wide', cell: ({after}) => <code class="hash">{brief(after)}</code>},
            ]}
          />
        </>
      )}
    </Panel>
  );
}

/** A setting may be a whole calendar. */
const MOST_SETTING = 120;

function brief(text: string): string {
  return text.length <= MOST_SETTING ? text : `${text.slice(0, MOST_SETTING)}…`;
}

function GroupList({change, shown}: {readonly change: Change; readonly shown: Shown<GroupShown>}): VNode {
  const {preview: words} = useWords();
  const {columns} = words;
  const {count, text} = useFigures();
  const hasBoth = change !== 'added' && change !== 'removed';
  const hasTerms = shown.first.some(({terms}) => terms.length > 0);
  const list: readonly Column<GroupShown>[] = [
    {
      head: columns.destination,
      kind: 'key',
      cell: ({before, after}) => {
        const [old, young] = [before?.destination, after?.destination];
        const name = young ?? old ?? '';
        return old === undefined || old === name ? name : named(name, words.was(old));
      },
    },
    {
      head: columns.ranges,
      cell: ({ranges, moreRanges}) => (
        <>
          {ranges.join(', ')}
          {moreRanges === 0 ? null : <span class="under soft">{words.moreRanges(count(moreRanges))}</span>}
        </>
      ),
    },
    ...(change === 'added'
      ? []
      : [{head: columns.before, kind: 'figure' as const, cell: ({before}: GroupShown) => <Prices side={before} />}]),
    ...(change === 'removed'
      ? []
      : [{head: columns.after, kind: 'figure' as const, cell: ({after}: GroupShown) => <Prices side={after} />}]),
    ...(hasBoth && change !== 'terms'
      ? [
          {
            head: columns.change,
            kind: 'figure' as const,
            cell: ({percentHundredths}: GroupShown) => <Percent hundredths={percentHundredths} />,
          },
        ]
      : []),
    ...(hasTerms ? [{head: columns.terms, kind: 'wide' as const, cell: (group: GroupShown) => <TermList group={group} />}] : []),
  ];
  return (
    <>
      <h3>{words.lists[change]}</h3>
      <Table
        caption={words.lists[change]}
        rows={shown.first}
        rowKey={({ranges, before, after}) => `${ranges[0] ?? ''} ${before?.destination ?? ''} ${after?.destination ?? ''}`}
        columns={list}
      />
      <Cut shown={shown.first.length} all={shown.count} text={text} />
    </>
  );
}

function named(name: string, under: string): VNode {
  return (
    <>
      {name}
      <span class="under soft">{under}</span>
    </>
  );
}

function Cut({shown, all, text}: {readonly shown: number; readonly all: number; readonly text: (value: number) => string}): VNode | null {
  const {preview: words} = useWords();
  return shown === all ? null : <p class="soft">{words.cut(text(shown), text(all))}</p>;
}

/** Prices are shown as the tariff says them. */
function Prices({side}: {readonly side: Side | undefined}): VNode {
  if (side === undefined) return <></>;
  const texts = new Set(side.perMinute.map(({price}) => price));
  if (texts.size === 1) return <>{side.perMinute[0]?.price}</>;
  return (
    <>
      {side.perMinute.map(({band, price}) => (
        <span key={band} class="under">
          {band} {price}
        </span>
      ))}
    </>
  );
}

function Percent({hundredths}: {readonly hundredths: number | undefined}): VNode {
  const {preview: words} = useWords();
  const {locale} = useSetting();
  if (hundredths === undefined) return <>{words.fromNothing}</>;
  const form = new Intl.NumberFormat(locale, {style: 'percent', maximumFractionDigits: 2, signDisplay: 'exceptZero'});
  // A true minus, as in front of money.
  return <>{form.format(hundredths / 10_000).replace('-', '−')}</>;
}

function TermList({group: {terms, before, after}}: {readonly group: GroupShown}): VNode | null {
  const {preview: words} = useWords();
  if (terms.length === 0 || before === undefined || after === undefined) return null;
  const text = (value: string | number | boolean | undefined): string =>
    value === undefined ? words.noTerm : value === true ? words.yes : value === false ? words.no : String(value);
  return (
    <ul class="plain">
      {terms.map((term) => (
        <li key={term}>{words.term(words.terms[term], text(before.terms[term]), text(after.terms[term]))}</li>
      ))}
    </ul>
  );
}

function CallsPanel(view: PreviewView & {readonly effect: Effect}): VNode {
  const {effect, month, months, state, site} = view;
  const {preview: words} = useWords();
  const setting = useSetting();
  const {both, free, unknown} = effect;
  const money = (amount: number): VNode => <Money amount={micros(amount)} currency={site.currency} />;
  const isEmpty = both.calls + free + unknown + effect.unpriced.length === 0;
  return (
    <Panel
      title={words.calls(month)}
      aside={state.kind === 'ready' ? <span class="soft">{words.asOf(timeText(state.at, setting, true))}</span> : undefined}
    >
      <Filters label={words.months} choices={months} />
      {isEmpty ? (
        <Empty title={words.noCalls}>{words.noCallsHow}</Empty>
      ) : (
        <>
          <Facts
            facts={[
              {term: words.facts.both, value: <Count value={both.calls} />},
              {term: words.facts.was, value: money(both.was)},
              {term: words.facts.due, value: money(both.due)},
              {term: words.facts.difference, value: <Difference was={both.was} due={both.due} currency={site.currency} />},
              {term: words.facts.free, value: <Count value={free} />},
              ...(unknown === 0 ? [] : [{term: words.facts.unknown, value: <Count value={unknown} />}]),
            ]}
          />
          <p class="soft">{words.first}</p>
          <Unpriced effect={effect} money={money} />
          <Sums {...view} />
          <Dearest {...view} />
        </>
      )}
    </Panel>
  );
}

/** With its sign: what is paid more, or less. */
function Difference({was, due, currency}: {readonly was: number; readonly due: number; readonly currency: Currency}): VNode {
  return (
    <>
      {due > was ? '+' : ''}
      <Money amount={micros(due - was)} currency={currency} />
    </>
  );
}

function Unpriced({effect: {unpriced}, money}: {readonly effect: Effect; readonly money: (amount: number) => VNode}): VNode | null {
  const {preview: words} = useWords();
  const {unpricedColumns: columns} = words;
  if (unpriced.length === 0) return null;
  return (
    <>
      <h3>{words.unpriced}</h3>
      <Table
        caption={words.unpricedList}
        rows={unpriced}
        rowKey={({reason}) => reason}
        columns={[
          {head: columns.reason, kind: 'key', cell: ({reason}) => words.unpricedReasons[reason]},
          {head: columns.calls, kind: 'figure', cell: ({calls}) => <Count value={calls} />},
          {head: columns.was, kind: 'figure', cell: ({was}) => money(was)},
        ]}
      />
    </>
  );
}

function Sums({effect: {accounts, destinations}, site, names, isOfStudents}: PreviewView & {readonly effect: Effect}): VNode {
  const {preview: words} = useWords();
  return (
    <>
      {isOfStudents ? (
        <SumList
          title={words.byAccount}
          caption={words.byAccountList}
          sums={accounts}
          currency={site.currency}
          head={words.sumColumns.account}
          name={(of) => (names.has(of) ? <PayerLink account={of} name={names.get(of)} /> : of)}
        />
      ) : null}
      <SumList
        title={words.byDestination}
        caption={words.byDestinationList}
        sums={destinations}
        currency={site.currency}
        head={words.sumColumns.destination}
        name={(of) => of}
      />
    </>
  );
}

function SumList({
  title,
  caption,
  sums,
  currency,
  head,
  name,
}: {
  readonly title: string;
  readonly caption: string;
  readonly sums: Shown<Sum>;
  readonly currency: Currency;
  readonly head: string;
  readonly name: (of: string) => ComponentChildren;
}): VNode | null {
  const {sumColumns: columns} = useWords().preview;
  const {text} = useFigures();
  if (sums.count === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <Table
        caption={caption}
        rows={sums.first}
        rowKey={({of}) => of}
        columns={[
          {head, kind: 'key', cell: ({of}) => name(of)},
          {head: columns.calls, kind: 'figure', cell: ({calls}) => <Count value={calls} />},
          {head: columns.was, kind: 'figure', cell: ({was}) => <Money amount={micros(was)} currency={currency} />},
          {head: columns.due, kind: 'figure', cell: ({due}) => <Money amount={micros(due)} currency={currency} />},
          {head: columns.difference, kind: 'figure', cell: (sum) => <Difference {...sum} currency={currency} />},
        ]}
      />
      <Cut shown={sums.first.length} all={sums.count} text={text} />
    </>
  );
}

function Dearest({effect: {dearest}, site, names, isOfStudents}: PreviewView & {readonly effect: Effect}): VNode | null {
  const {preview: words} = useWords();
  const {callColumns, sumColumns: columns} = words;
  const {currency} = site;
  if (dearest.length === 0) return null;
  return (
    <>
      <h3>{words.dearest}</h3>
      <Table
        caption={words.dearestList}
        rows={dearest}
        rowKey={({upSeq}) => String(upSeq)}
        columns={[
          {
            head: callColumns.call,
            kind: 'key',
            cell: ({upSeq, startedAt}) => (
              <a href={callAddress(site.id, upSeq)}>
                <Time at={startedAt} />
              </a>
            ),
          },
          ...(isOfStudents ? [{head: callColumns.account, cell: ({account}: {account: string}) => names.get(account) ?? account}] : []),
          {head: callColumns.destination, kind: 'wide', cell: ({destination}) => destination},
          {head: columns.was, kind: 'figure', cell: ({was}) => <Money amount={micros(was)} currency={currency} />},
          {head: columns.due, kind: 'figure', cell: ({due}) => <Money amount={micros(due)} currency={currency} />},
          {head: columns.difference, kind: 'figure', cell: (call) => <Difference {...call} currency={currency} />},
        ]}
      />
    </>
  );
}
