// Lines that could not be read: byte for byte, to be read again or dismissed.
import type {VNode} from 'preact';
import {Age, Time} from '../../../shared/ui/figures.tsx';
import {Submit} from '../../../shared/ui/form.tsx';
import {CutPager, EmptyList, Filters, addressWith, type Cut} from '../../../shared/ui/list.tsx';
import {Panel} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import {REJECTS_COUNTED, type Reject, type WaitingFeed} from '../rows/rejects.ts';
import {RawBytes} from './bytes.tsx';
import {Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';
import {ListFault} from './list.tsx';

export type RejectsView = {
  readonly feed: string | undefined;
  readonly found: {readonly feeds: readonly WaitingFeed[]; readonly rejects: Cut<Reject>} | undefined;
};

export function RejectsPage({feed, found}: RejectsView): VNode {
  const {rejects: words} = useWords();
  if (found === undefined) {
    return (
      <Frame current="rejects" title={words.title} lead={words.lead}>
        <ListFault />
      </Frame>
    );
  }
  const {feeds, rejects} = found;
  return (
    <Frame current="rejects" title={words.title} lead={words.lead}>
      {feeds.length === 0 ? null : <FeedPanel feeds={feeds} />}
      {feeds.length < 2 ? null : <FeedFilters feeds={feeds} feed={feed} />}
      {rejects.rows.length === 0 ? (
        <EmptyList isFiltered={feed !== undefined} words={words} />
      ) : (
        <>
          <p class="soft">{words.legend}</p>
          <RejectTable rejects={rejects.rows} feed={feed} />
        </>
      )}
      <CutPager path="/rejects" keep={{feed: feed ?? ''}} cut={rejects} />
    </Frame>
  );
}

function FeedPanel({feeds}: {readonly feeds: readonly WaitingFeed[]}): VNode {
  const {rejects: words} = useWords();
  const {count} = useFigures();
  return (
    <Panel title={words.feeds}>
      <p class="soft">{words.rerunHelp}</p>
      <ul class="rerun">
        {feeds.map(({feed, count: waiting, newest}) => {
          const number = count(waiting);
          const shown = waiting >= REJECTS_COUNTED ? words.atLeast(number) : number.text;
          return (
            <li key={feed}>
              <span>
                <strong>{feed}</strong>: {words.feedCount({...number, text: shown})}, {words.newest} <Age at={newest} />
              </span>
              <form method="post" action="/rejects/read-again">
                <input type="hidden" name="feed" value={feed} />
                <Submit>{words.rerun(shown, waiting === 1)}</Submit>
              </form>
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}

function FeedFilters({feeds, feed}: {readonly feeds: readonly WaitingFeed[]; readonly feed: string | undefined}): VNode {
  const {rejects: words} = useWords();
  const {text} = useFigures();
  return (
    <Filters
      label={words.feeds}
      choices={[
        {href: '/rejects', label: words.all, count: undefined, isCurrent: feed === undefined},
        ...feeds.map((each) => ({
          href: addressWith('/rejects', {feed: each.feed}, {}),
          label: each.feed,
          count: text(each.count),
          isCurrent: each.feed === feed,
        })),
      ]}
    />
  );
}

function RejectTable({rejects, feed}: {readonly rejects: readonly Reject[]; readonly feed: string | undefined}): VNode {
  const {rejects: words} = useWords();
  const {columns} = words;
  return (
    <Table
      caption={words.list}
      rows={rejects}
      rowKey={(reject) => String(reject.line)}
      columns={[
        {head: columns.line, kind: 'key', cell: ({line}) => <span class="figure">{line}</span>},
        {
          head: columns.at,
          cell: (reject) => (
            <>
              <Time at={reject.receivedAt} />
              <span class="under soft">{reject.feed}</span>
            </>
          ),
        },
        {
          head: columns.reason,
          cell: ({reason, detail}) => (
            <>
              {words.reasons[reason] ?? reason} <code>{reason}</code>
              <span class="under soft">{detail}</span>
            </>
          ),
        },
        {head: columns.bytes, kind: 'wide', cell: ({bytes, length}) => <RawBytes bytes={bytes} length={length} />},
        {
          head: columns.act,
          kind: 'act',
          cell: ({line}) => (
            <form method="post" action="/rejects/dismiss">
              <input type="hidden" name="line" value={String(line)} />
              <input type="hidden" name="feed" value={feed ?? ''} />
              <button type="submit" class="button is-plain" aria-label={words.dismissOf(String(line))}>
                {words.dismiss}
              </button>
            </form>
          ),
        },
      ]}
    />
  );
}
