// All lines: wanted and actual, with the reasons in words.
import type {VNode} from 'preact';
import {Age} from '../../../shared/ui/figures.tsx';
import {Notice, Pager} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Mode} from '../../health/status.ts';
import {LINE_FILTERS, type Line, type LineFilter, type LinePage} from '../rows/lines.ts';
import {Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';
import {ActualBadge, LastFailure, LineName, PayerBalance, PayerName, ReasonList, WantedBadge} from './line-cells.tsx';
import {EmptyList, Filters, ListFault, SearchForm, addressWith} from './list.tsx';

export type LinesView = {
  readonly filter: LineFilter;
  readonly search: string;
  readonly page: number;
  readonly mode: Mode | undefined;
  /** Undefined: it cannot be read. */
  readonly found: LinePage | undefined;
};

export function LinesPage({filter, search, page, mode, found}: LinesView): VNode {
  const {lines: words} = useWords();
  const {text} = useFigures();
  const at = (wish: {show?: string; page?: number}): string =>
    addressWith('/lines', {show: wish.show ?? filter, find: search, page: wish.page ?? 1}, {show: 'all', find: '', page: 1});
  return (
    <Frame current="lines" title={words.title} lead={words.lead}>
      {mode === 'watch' || mode === 'bill' ? <Notice state="off" title={words.modeNote[mode]} /> : null}
      {found === undefined ? (
        <ListFault />
      ) : (
        <>
          <div class="list-tools">
            <Filters
              label={words.filter}
              choices={LINE_FILTERS.map((each) => ({
                href: at({show: each}),
                label: words.filters[each],
                count: text(found.counts[each]),
                isCurrent: each === filter,
              }))}
            />
            <SearchForm
              action="/lines"
              label={words.search}
              value={search}
              submit={words.searchSubmit}
              clear={{href: addressWith('/lines', {show: filter}, {show: 'all'}), label: words.searchClear}}
              keep={filter === 'all' ? {} : {show: filter}}
            />
          </div>
          {found.lines.length === 0 ? (
            <EmptyList isFiltered={filter !== 'all' || search !== ''} words={words} />
          ) : (
            <LineTable lines={found.lines} isSet={mode === 'bill-and-lock'} />
          )}
          <Pager
            page={page}
            previous={page > 1 ? at({page: page - 1}) : undefined}
            next={found.hasMore ? at({page: page + 1}) : undefined}
          />
        </>
      )}
    </Frame>
  );
}

function LineTable({lines, isSet}: {readonly lines: readonly Line[]; readonly isSet: boolean}): VNode {
  const {lines: words} = useWords();
  const {columns} = words;
  return (
    <Table
      caption={words.list}
      rows={lines}
      rowKey={(line) => line.extension}
      columns={[
        {head: columns.extension, kind: 'key', cell: (line) => <LineName line={line} />},
        {head: columns.wanted, cell: (line) => <WantedBadge line={line} />},
        {
          head: columns.actual,
          cell: (line) => (
            <>
              <ActualBadge line={line} isSet={isSet} />
              <LastFailure line={line} />
            </>
          ),
        },
        {head: columns.why, cell: (line) => <ReasonList line={line} />},
        {head: columns.payer, cell: (line) => <PayerName payer={line.payer} />},
        {head: words.balance, kind: 'figure', cell: (line) => <PayerBalance payer={line.payer} />},
        {head: columns.decided, cell: (line) => <Age at={line.state?.decidedAt} />},
      ]}
    />
  );
}
