// A proposal of corrections: what was asked, what it comes to for each student, and the yes to exactly that.
import type {VNode} from 'preact';
import {micros, type Currency} from '../../../shared/money/micros.ts';
import {Money, Time, timeText} from '../../../shared/ui/figures.tsx';
import {Submit} from '../../../shared/ui/form.tsx';
import {Facts, Notice, Panel} from '../../../shared/ui/parts.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {StateBadge} from '../../../shared/ui/state.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Call} from '../../books/calls.ts';
import type {PlanLine, Wish} from '../../books/rerating-plan.ts';
import type {AccountDifference, ProposedRerating} from '../../books/reratings.ts';
import type {Site} from '../rows/sites.ts';
import {masked} from '../unknown-ranges.ts';
import {reratingAddress, siteAddress, studentAddress} from './addresses.ts';
import {FormNumber} from './forms.tsx';
import {Frame} from './frame.tsx';
import {useFigures, useMay, useWords} from './ground.ts';
import {BADGES, stateOf} from './rerating.tsx';

export type ProposalView = {
  readonly site: Site;
  readonly rerating: ProposedRerating;
  /** The largest first. */
  readonly differences: readonly AccountDifference[];
  /** Those of the largest differences. */
  readonly lines: readonly {readonly line: PlanLine; readonly call: Call | undefined}[];
  /** Of all. */
  readonly lineCount: number;
  /** By account or by id of staff. */
  readonly names: ReadonlyMap<string, string>;
  /** What is moved, in micros. */
  readonly sum: number;
  /** Whoever looks wrote it, and it is too much for one person. */
  readonly needsSecond: boolean;
  readonly secondAbove: number;
};

/** A screenful; the sums above are of all. */
const STUDENTS_SHOWN = 100;

export function ReratingPage(view: ProposalView): VNode {
  const {rerating: words} = useWords();
  const {site, rerating} = view;
  const state = stateOf(rerating);
  const title = words.pageTitle[rerating.wish.cause];
  return (
    <Frame
      current="sites"
      title={title}
      lead={<StateBadge state={BADGES[state]} word={words.states[state]} />}
      back={{href: `${siteAddress(site.id)}/rerating`, label: words.back}}
    >
      <Decided {...view} />
      <Panel title={words.proposal}>
        <Facts facts={useFacts(view)} />
      </Panel>
      <Panel title={words.students}>
        <StudentTable {...view} />
      </Panel>
      <Decide {...view} />
      <Panel title={words.calls}>
        <CallTable {...view} />
      </Panel>
    </Frame>
  );
}

function Decided({rerating, names}: ProposalView): VNode {
  const {rerating: words} = useWords();
  const setting = useSetting();
  const {decision, by, at} = rerating;
  const nameOf = (id: string): string => names.get(id) ?? id;
  if (decision === undefined) return <p class="soft">{words.proposed(nameOf(by), timeText(at, setting, true))}</p>;
  const says = words.decided[decision.kind](nameOf(decision.by), timeText(decision.at, setting, true));
  return <Notice state={decision.kind === 'approved' ? 'ok' : decision.kind === 'refused' ? 'off' : 'warning'} title={says} />;
}

function useFacts({site, rerating}: ProposalView) {
  const {rerating: words} = useWords();
  const {text} = useFigures();
  const {wish, calls, more, less, reason, hash} = rerating;
  const money = (amount: number): VNode => <Money amount={micros(amount)} currency={site.currency} />;
  return [
    {term: words.facts.asked, value: useAsked(wish)},
    {term: words.facts.calls, value: text(calls)},
    {term: words.facts.more, value: money(more)},
    {term: words.facts.less, value: money(less)},
    {term: words.facts.reason, value: reason},
    {term: words.facts.hash, value: <code class="hash">{hash}</code>},
  ];
}

function useAsked(wish: Wish): string {
  const {rerating: words} = useWords();
  const setting = useSetting();
  const {asked} = words;
  if (wish.cause === 'tariff-late') return asked.late;
  const [from, to] = [timeText(wish.from, setting), timeText(wish.to, setting)];
  if (wish.cause === 'move') return asked.move(wish.extension, from, to);
  const by = wish.tariff === undefined ? words.bySchedule : asked.tariffNamed(wish.tariff.slice(0, 8));
  return `${asked.tariff(from, to, by)}${wish.account === undefined ? '' : asked.of(wish.account)}`;
}

function StudentTable({site, differences, names}: ProposalView): VNode {
  const {rerating: words} = useWords();
  const {text, count} = useFigures();
  const {studentColumns: columns} = words;
  const money = (amount: number): VNode => <Money amount={micros(amount)} currency={site.currency} />;
  return (
    <>
      <Table
        caption={words.studentsList}
        rows={differences.slice(0, STUDENTS_SHOWN)}
        rowKey={({account}) => account}
        columns={[
          {head: columns.who, kind: 'key', cell: ({account}) => <Who account={account} names={names} />},
          {head: columns.calls, kind: 'figure', cell: ({calls}) => text(calls)},
          {head: columns.was, kind: 'figure', cell: ({was}) => money(was)},
          {head: columns.due, kind: 'figure', cell: ({due}) => money(due)},
          // As it moves the balance: what is dearer is taken off.
          {head: columns.difference, kind: 'figure', cell: ({was, due}) => money(was - due)},
        ]}
      />
      {differences.length > STUDENTS_SHOWN ? <p class="soft">{words.moreStudents(count(differences.length - STUDENTS_SHOWN))}</p> : null}
    </>
  );
}

function Who({account, names}: {readonly account: string; readonly names: ReadonlyMap<string, string>}): VNode {
  const {rerating: words} = useWords();
  if (account === 'house') return <>{words.house}</>;
  return (
    <>
      <a href={studentAddress(account)}>{names.get(account) ?? account}</a> <span class="soft">{account}</span>
    </>
  );
}

function CallTable({site, lines, lineCount, names}: ProposalView): VNode {
  const {rerating: words} = useWords();
  const {count} = useFigures();
  const {callColumns: columns} = words;
  return (
    <>
      <Table
        caption={words.callsList}
        rows={lines}
        rowKey={({line: {callSeq, account}}) => `${callSeq} ${account}`}
        columns={[
          {head: columns.when, kind: 'key', cell: ({call}) => (call === undefined ? '' : <Time at={call.startedAt} />)},
          {head: columns.who, cell: ({line: {account}}) => <Who account={account} names={names} />},
          {head: columns.to, cell: ({call}) => <Called call={call} />},
          {head: columns.was, kind: 'figure', cell: ({line}) => <Amount of={line.was.amount} currency={site.currency} />},
          {head: columns.due, kind: 'figure', cell: ({line}) => <Amount of={line.due.amount} currency={site.currency} />},
        ]}
      />
      {lineCount > lines.length ? <p class="soft">{words.moreCalls(count(lineCount - lines.length))}</p> : null}
    </>
  );
}

function Called({call}: {readonly call: Call | undefined}): VNode {
  if (call === undefined) return <></>;
  const {destination = '', number} = call;
  return (
    <>
      {destination} {number === undefined ? null : <span class="soft figure">{masked(number)}</span>}
    </>
  );
}

function Amount({of, currency}: {readonly of: number; readonly currency: Currency}): VNode {
  return <Money amount={micros(of)} currency={currency} />;
}

/** Nothing for who only looks, nor when it is over. */
function Decide({site, rerating, sum, needsSecond, secondAbove}: ProposalView): VNode | null {
  const {rerating: words} = useWords();
  const {money} = useFigures();
  const may = useMay(rerating.wish.cause === 'move' ? 'clerk' : 'admin');
  if (rerating.decision !== undefined || !may) return null;
  const text = (amount: number): string => money(micros(amount), site.currency);
  const {more, less, hash, id} = rerating;
  const form = (answer: 'yes' | 'no', button: VNode): VNode => (
    <form method="post" action={reratingAddress(id)}>
      <FormNumber />
      <input type="hidden" name="hash" value={hash} />
      <input type="hidden" name="answer" value={answer} />
      {button}
    </form>
  );
  return (
    <Panel title={words.decideTitle}>
      <p>{words.decideSays(text(more), text(less))}</p>
      <p>{words.decideHash}</p>
      {needsSecond ? <p>{words.decideOwn(text(secondAbove))}</p> : null}
      <div class="actions">
        {needsSecond ? null : form('yes', <Submit>{words.approve(text(sum))}</Submit>)}
        {form('no', <Submit kind="danger">{words.refuse}</Submit>)}
      </div>
    </Panel>
  );
}
