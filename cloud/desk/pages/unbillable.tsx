// Calls that cannot be billed: by site and reason, and the calls of one reason with what their numbers have in common.
import type {VNode} from 'preact';
import {Age, Count, Duration, Time} from '../../../shared/ui/figures.tsx';
import {CutPager, ListFault} from '../../../shared/ui/list.tsx';
import {Empty, Panel} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Call, UnbillableGroup} from '../../books/calls.ts';
import type {Site} from '../rows/sites.ts';
import {masked, unknownRanges} from '../unknown-ranges.ts';
import type {Proposal} from '../../books/resolving.ts';
import {callAddress, lineAddress, proposalAddress, rangeAddress} from './addresses.ts';
import {Frame} from './frame.tsx';
import {useFigures, useMay, useWords} from './ground.ts';

const PATH = '/desk/unbillable';

export type SiteGroup = UnbillableGroup & {readonly site: Site};

export function UnbillablePage({groups}: {readonly groups: readonly SiteGroup[] | undefined}): VNode {
  const {unbillable: words, frame} = useWords();
  return (
    <Frame current="unbillable" title={words.title} lead={words.lead}>
      {groups === undefined ? (
        <ListFault words={frame.list} />
      ) : groups.length === 0 ? (
        <Empty title={words.empty}>{words.emptyHow}</Empty>
      ) : (
        <Panel title={words.groups}>
          <p class="soft">{words.choose}</p>
          <GroupTable groups={groups} />
        </Panel>
      )}
    </Frame>
  );
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
            <a href={`${PATH}?${new URLSearchParams({site: site.id, reason}).toString()}`}>
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

export type ReasonView = {
  readonly site: Site;
  readonly reason: string;
  readonly calls: readonly Call[];
  readonly before: string | undefined;
  readonly next: string | undefined;
  /** The newest of the reason, to look for what they have in common. */
  readonly sample: readonly Call[];
  /** Bills that wait for a second person. */
  readonly proposals: readonly Proposal[];
};

export function ReasonPage({site, reason, calls, before, next, sample, proposals}: ReasonView): VNode {
  const {unbillable: words} = useWords();
  const {count} = useFigures();
  const ranges = reason === 'no-destination' || reason === 'range-unconfirmed' ? unknownRanges(sample) : [];
  const {prefixColumns} = words;
  const {text} = useFigures();
  const mayAdd = useMay('admin');
  return (
    <Frame
      current="unbillable"
      title={words.callsTitle(words.reasons[reason] ?? reason, site.name)}
      lead={words.cures[reason]}
      back={{href: PATH, label: words.all}}
    >
      {ranges.length === 0 ? null : (
        <Panel title={words.prefixes}>
          <p class="soft">{words.prefixesOf(count(sample.length))}</p>
          <Table
            caption={words.prefixesList}
            rows={ranges}
            rowKey={({prefix}) => prefix}
            columns={[
              {head: prefixColumns.prefix, kind: 'key', cell: ({prefix}) => <code>{prefix}…</code>},
              {head: prefixColumns.calls, kind: 'figure', cell: ({calls: number}) => <Count value={number} />},
              {head: prefixColumns.minutes, kind: 'figure', cell: ({seconds}) => text(Math.ceil(seconds / 60))},
              {
                head: words.actsColumn,
                kind: 'act',
                cell: ({prefix}) =>
                  mayAdd && prefix.startsWith('+') ? <a href={rangeAddress(site.id, prefix)}>{words.addRange}</a> : null,
              },
            ]}
          />
        </Panel>
      )}
      {calls.length === 0 ? <Empty title={words.noCalls} /> : <WaitingTable site={site} calls={calls} proposals={proposals} />}
      <CutPager path={PATH} keep={{site: site.id, reason}} cut={{before, next}} />
    </Frame>
  );
}

function WaitingTable({site, calls, proposals}: Pick<ReasonView, 'site' | 'calls' | 'proposals'>): VNode {
  const {unbillable: words} = useWords();
  const {callColumns: columns} = words;
  return (
    <Table
      caption={words.callsList}
      rows={calls}
      rowKey={({id}) => id}
      columns={[
        {head: columns.when, kind: 'key', cell: ({startedAt}) => <Time at={startedAt} />},
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
  if (proposal !== undefined) {
    return (
      <>
        {words.proposed(money(proposal.amount, site.currency))} {may ? <a href={proposalAddress(proposal.id)}>{words.look}</a> : null}
      </>
    );
  }
  if (asked !== undefined && asked.answer === undefined) {
    const {amount, by} = asked;
    return <>{amount === undefined ? words.askedOff(by) : words.askedBill(money(amount, site.currency), by)}</>;
  }
  const answer = asked?.answer;
  const at = callAddress(site.id, upSeq);
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
