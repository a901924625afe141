// Calls that cannot be billed: the ranges they went to with the money at stake, what waits for a second person, why calls wait.
import type {ComponentChildren, VNode} from 'preact';
import {Age, Count, Duration, Money, Time} from '../../../shared/ui/figures.tsx';
import {CutPager, ListFault} from '../../../shared/ui/list.tsx';
import {Empty, Panel} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Micros} from '../../../shared/money/micros.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import type {Call, UnbillableGroup} from '../../books/calls.ts';
import type {Proposal} from '../../books/resolving.ts';
import type {Site} from '../rows/sites.ts';
import {masked} from '../unknown-ranges.ts';
import {callAddress, lineAddress, proposalAddress, rangeAddress, reasonAddress} from './addresses.ts';
import {Frame} from './frame.tsx';
import {useFigures, useMay, useWords} from './ground.ts';
import {RangeKnown, StakeWay, Standings, UnknownRangeTable, useStakeText, type SiteRange} from './unknown-ranges.tsx';

const PATH = '/desk/unbillable';

export type SiteGroup = UnbillableGroup & {readonly site: Site};

/** A bill or a range that a second person must approve. */
export type WaitingAct = {
  readonly href: string;
  readonly kind: 'bill' | 'range';
  /** The number called, masked; or the prefix. */
  readonly about: string;
  readonly destination: string;
  readonly site: Site;
  readonly amount: Micros;
  readonly by: string;
  readonly at: Instant;
};

/** What was asked of late, and what became of it. */
export type LatelyAct = Omit<WaitingAct, 'kind'> & {
  readonly state:
    | {readonly kind: 'range'; readonly calls: number; readonly ended: number}
    | {readonly kind: 'range-refused' | 'bill-overtaken'};
};

export type UnbillableView = {
  readonly groups: readonly SiteGroup[];
  readonly ranges: readonly SiteRange[];
  /** So many of a site were looked at, and more wait; undefined if all were. */
  readonly lookedAt: number | undefined;
  readonly waiting: readonly WaitingAct[];
  readonly lately: readonly LatelyAct[];
  readonly sites: number;
};

export function UnbillablePage({view}: {readonly view: UnbillableView | undefined}): VNode {
  const {unbillable: words, frame} = useWords();
  return (
    <Frame current="unbillable" title={words.title} lead={words.lead}>
      {view === undefined ? <ListFault words={frame.list} /> : <UnbillableParts {...view} />}
    </Frame>
  );
}

function UnbillableParts({groups, ranges, lookedAt, waiting, lately, sites}: UnbillableView): VNode {
  const {unbillable: words} = useWords();
  const {count} = useFigures();
  const stakeText = useStakeText();
  const calls = ranges.reduce((sum, {range}) => sum + range.calls, 0);
  return (
    <>
      {groups.length === 0 ? <Empty title={words.empty}>{words.emptyHow}</Empty> : null}
      {waiting.length === 0 ? null : (
        <Panel title={words.waiting}>
          <WaitingActs acts={waiting} />
        </Panel>
      )}
      {ranges.length === 0 ? null : (
        <Panel title={words.ranges}>
          <p>{words.atStake(count(calls), stakeText(ranges))}.</p>
          <UnknownRangeTable ranges={ranges} withSite={sites > 1} />
          <p class="soft">
            {words.stakeIs} {lookedAt === undefined ? null : words.stakeNewest(count(lookedAt))}
          </p>
        </Panel>
      )}
      {groups.length === 0 ? null : (
        <Panel title={words.groups}>
          <p class="soft">{words.choose}</p>
          <GroupTable groups={groups} />
        </Panel>
      )}
      {lately.length === 0 ? null : (
        <Panel title={words.lately}>
          <LatelyActs acts={lately} />
        </Panel>
      )}
    </>
  );
}

/** Whoever may not look at it is shown that there is something. */
function LinkIf({may, href, children}: {readonly may: boolean; readonly href: string; readonly children: ComponentChildren}): VNode {
  return may ? <a href={href}>{children}</a> : <>{children}</>;
}

function WaitingActs({acts}: {readonly acts: readonly WaitingAct[]}): VNode {
  const {unbillable: words} = useWords();
  const [mayBill, mayAdd] = [useMay('clerk'), useMay('admin')];
  const {waitingColumns: columns} = words;
  return (
    <Table
      caption={words.waitingList}
      rows={acts}
      rowKey={({href}) => href}
      columns={[
        {
          head: columns.what,
          kind: 'key',
          cell: ({href, kind, about, destination}) => (
            <LinkIf may={kind === 'bill' ? mayBill : mayAdd} href={href}>
              {kind === 'bill' ? words.waitingBill(about) : words.waitingRange(about, destination)}
            </LinkIf>
          ),
        },
        {head: columns.site, cell: ({site}) => site.name},
        {head: columns.amount, kind: 'figure', cell: ({site, amount}) => <Money amount={amount} currency={site.currency} />},
        {head: columns.by, cell: ({by}) => by},
        {head: columns.when, cell: ({at}) => <Age at={at} />},
      ]}
    />
  );
}

function LatelyActs({acts}: {readonly acts: readonly LatelyAct[]}): VNode {
  const {unbillable: words} = useWords();
  const {money} = useFigures();
  const mayBill = useMay('clerk');
  const {latelyColumns: columns} = words;
  return (
    <Table
      caption={words.latelyList}
      rows={acts}
      rowKey={({href}) => href}
      columns={[
        {
          head: columns.what,
          kind: 'key',
          cell: ({href, state, about, destination, amount, site}) => (
            <LinkIf may={mayBill || state.kind !== 'bill-overtaken'} href={href}>
              {state.kind === 'bill-overtaken'
                ? words.latelyBill(money(amount, site.currency), about)
                : words.latelyRange(about, destination)}
            </LinkIf>
          ),
        },
        {head: columns.site, cell: ({site}) => site.name},
        {head: columns.state, cell: ({state}) => <LatelyState state={state} />},
        {head: columns.by, cell: ({by}) => by},
        {head: columns.when, cell: ({at}) => <Age at={at} />},
      ]}
    />
  );
}

function LatelyState({state}: Pick<LatelyAct, 'state'>): VNode {
  const {unbillable: words} = useWords();
  const {count} = useFigures();
  if (state.kind !== 'range') return <>{state.kind === 'range-refused' ? words.latelyRefused : words.latelyOvertaken}</>;
  return <>{state.calls === 0 ? words.latelyNoCalls : words.latelyDone(count(state.ended), count(state.calls))}</>;
}

function GroupTable({groups}: {readonly groups: readonly SiteGroup[]}): VNode {
  const {unbillable: words} = useWords();
  const {columns} = words;
  const {text} = useFigures();
  return (
    <Table
      caption={words.groupsList}
      rows={groups}
      rowKey={({site, reason}) => `${site.id} ${reason}`}
      columns={[
        {
          head: columns.reason,
          kind: 'key',
          cell: ({site, reason}) => (
            <a href={reasonAddress(site.id, reason)}>
              {words.reasons[reason] ?? reason}
              <code class="under">{reason}</code>
            </a>
          ),
        },
        {head: columns.site, cell: ({site}) => site.name},
        {head: columns.calls, kind: 'figure', cell: ({calls}) => <Count value={calls} />},
        {head: columns.minutes, kind: 'figure', cell: ({seconds}) => text(Math.ceil(seconds / 60))},
        {head: columns.oldest, cell: ({oldest}) => <Age at={oldest} />},
        {head: columns.newest, cell: ({newest}) => <Age at={newest} />},
        {head: columns.cure, kind: 'wide', cell: ({reason}) => words.cures[reason]},
      ]}
    />
  );
}

type CallsView = {
  readonly site: Site;
  readonly calls: readonly Call[];
  readonly before: string | undefined;
  readonly next: string | undefined;
  /** Bills that wait for a second person. */
  readonly proposals: readonly Proposal[];
};

export type ReasonView = CallsView & {readonly reason: string; readonly ranges: readonly SiteRange[]};

export function ReasonPage({site, reason, calls, before, next, ranges, proposals}: ReasonView): VNode {
  const {unbillable: words} = useWords();
  return (
    <Frame
      current="unbillable"
      title={words.callsTitle(words.reasons[reason] ?? reason, site.name)}
      lead={words.cures[reason]}
      back={{href: PATH, label: words.all}}
    >
      {ranges.length === 0 ? null : (
        <Panel title={words.ranges}>
          <UnknownRangeTable ranges={ranges} withSite={false} />
          <p class="soft">{words.stakeIs}</p>
        </Panel>
      )}
      {calls.length === 0 ? <Empty title={words.noCalls} /> : <WaitingTable site={site} calls={calls} proposals={proposals} />}
      <CutPager path={PATH} keep={{site: site.id, reason}} cut={{before, next}} />
    </Frame>
  );
}

export type PrefixView = CallsView & {readonly prefix: string; readonly range: SiteRange['range'] | undefined};

/** The calls to one range, whatever they wait for. */
export function PrefixPage({site, prefix, calls, before, next, range, proposals}: PrefixView): VNode {
  const {unbillable: words} = useWords();
  const {count} = useFigures();
  const mayAdd = useMay('admin');
  const stakeText = useStakeText();
  return (
    <Frame
      current="unbillable"
      title={words.prefixTitle(prefix, site.name)}
      lead={<RangeKnown prefix={prefix} />}
      back={{href: PATH, label: words.all}}
    >
      {range === undefined ? null : (
        <Panel title={words.atStake(count(range.calls), stakeText([{site, range}]))}>
          <p>
            <StakeWay currency={site.currency} range={range} />
          </p>
          <Standings standings={range.standings} />
          <p class="soft">{words.stakeIs}</p>
          {mayAdd ? (
            <p class="actions">
              <a class="button is-main" href={rangeAddress(site.id, prefix)}>
                {words.addRange}
              </a>
            </p>
          ) : null}
        </Panel>
      )}
      {calls.length === 0 ? <Empty title={words.noCallsTo} /> : <WaitingTable site={site} calls={calls} proposals={proposals} />}
      <CutPager path={PATH} keep={{site: site.id, prefix}} cut={{before, next}} />
    </Frame>
  );
}

function WaitingTable({site, calls, proposals}: Pick<CallsView, 'site' | 'calls' | 'proposals'>): VNode {
  const {unbillable: words} = useWords();
  const {callColumns: columns} = words;
  return (
    <Table
      caption={words.callsList}
      rows={calls}
      rowKey={({id}) => id}
      columns={[
        {
          head: columns.when,
          kind: 'key',
          cell: ({startedAt, upSeq}) => (
            <a href={callAddress(site.id, upSeq)}>
              <Time at={startedAt} />
            </a>
          ),
        },
        {
          head: columns.line,
          cell: ({extension}) =>
            extension === undefined ? <span class="soft">{words.noLine}</span> : <a href={lineAddress(site.id, extension)}>{extension}</a>,
        },
        {
          head: columns.number,
          cell: ({number}) =>
            number === undefined ? <span class="soft">{words.noNumber}</span> : <span class="figure">{masked(number)}</span>,
        },
        {head: columns.duration, kind: 'figure', cell: ({seconds}) => <Duration seconds={seconds} />},
        {head: columns.detail, kind: 'wide', cell: ({detail}) => detail},
        {
          head: words.actsColumn,
          kind: 'act',
          cell: (call) => <CallActs site={site} call={call} proposal={proposals.find(({callSeq}) => callSeq === call.upSeq)} />,
        },
      ]}
    />
  );
}

type ActsView = {readonly site: Site; readonly call: Call; readonly proposal: Proposal | undefined};

/** What was asked, or what may be. */
function CallActs({site, call: {upSeq, asked}, proposal}: ActsView): VNode | null {
  const {unbillable: words} = useWords();
  const {money} = useFigures();
  const may = useMay('clerk');
  const at = callAddress(site.id, upSeq);
  if (proposal !== undefined) {
    return (
      <>
        {words.proposed(money(proposal.amount, site.currency))} {may ? <a href={proposalAddress(proposal.id)}>{words.look}</a> : null}
      </>
    );
  }
  if (asked !== undefined && asked.answer === undefined) {
    const {amount, by} = asked;
    return <a href={at}>{amount === undefined ? words.askedOff(by) : words.askedBill(money(amount, site.currency), by)}</a>;
  }
  const answer = asked?.answer;
  return (
    <>
      {answer === undefined ? null : (
        <span class="under soft">
          {words.answers[answer.outcome] ?? answer.outcome}
          {answer.detail === undefined ? null : `: ${answer.detail}`}
        </span>
      )}
      {may ? (
        <>
          <a href={`${at}/bill`}>{words.bill}</a> · <a href={`${at}/write-off`}>{words.writeOff}</a>
        </>
      ) : null}
    </>
  );
}
