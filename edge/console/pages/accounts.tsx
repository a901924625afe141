// All accounts of payers: what is left, and what stands in the way.
import type {VNode} from 'preact';
import {micros, type Currency} from '../../../shared/money/micros.ts';
import {Money} from '../../../shared/ui/figures.tsx';
import {SearchedList} from '../../../shared/ui/list.tsx';
import {StateBadge} from '../../../shared/ui/state.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import {ACCOUNT_FILTERS, type Account, type AccountFilter, type AccountPage as Found} from '../rows/accounts.ts';
import {Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';
import {accountAddress, lineAddress} from './line-cells.tsx';
import {ListFault} from './list.tsx';

export type AccountsView = {
  readonly filter: AccountFilter;
  readonly search: string;
  readonly page: number;
  readonly floor: number;
  readonly found: Found | undefined;
};

export function AccountsPage({filter, search, page, floor, found}: AccountsView): VNode {
  const {money: words} = useWords();
  return (
    <Frame current="accounts" title={words.title} lead={words.lead}>
      {found === undefined ? (
        <ListFault />
      ) : (
        <SearchedList
          address="/accounts"
          words={words}
          filters={ACCOUNT_FILTERS.map((each) => [each, found.counts[each]])}
          filter={filter}
          search={search}
          page={page}
          hasMore={found.hasMore}
          isEmpty={found.accounts.length === 0}
        >
          <AccountTable accounts={found.accounts} floor={floor} />
        </SearchedList>
      )}
    </Frame>
  );
}

function AccountTable({accounts, floor}: {readonly accounts: readonly Account[]; readonly floor: number}): VNode {
  const {money: words} = useWords();
  const {columns} = words;
  return (
    <Table
      caption={words.list}
      rows={accounts}
      rowKey={(account) => account.id}
      dim={(account) => account.isClosed}
      columns={[
        {
          head: columns.account,
          kind: 'key',
          cell: ({id, name}) => (
            <a href={accountAddress(id)}>
              {name ?? id}
              {name === undefined ? null : <span class="under soft">{id}</span>}
            </a>
          ),
        },
        {
          head: columns.balance,
          kind: 'figure',
          cell: ({balance, currency}) => <Money amount={micros(balance)} currency={currency as Currency} />,
        },
        {head: columns.state, cell: (account) => <AccountState account={account} floor={floor} />},
        {head: columns.automatic, kind: 'wide', cell: (account) => <Automatic account={account} />},
        {head: columns.lines, cell: (account) => <AccountLines account={account} />},
      ]}
    />
  );
}

export function AccountState({account, floor}: {readonly account: Account; readonly floor: number}): VNode {
  const {states} = useWords().money;
  if (account.isClosed) return <StateBadge state="off" word={states.closed} />;
  if (!account.isDescribed) return <StateBadge state="warning" word={states.undescribed} />;
  if (account.isRefused) return <StateBadge state="fault" word={states.refused} />;
  if (account.balance <= floor) return <StateBadge state="fault" word={states.floor} />;
  return account.isWarned ? <StateBadge state="warning" word={states.warned} /> : <StateBadge state="ok" word={states.good} />;
}

export function Automatic({account}: {readonly account: Account}): VNode {
  const {money: words} = useWords();
  const {money} = useFigures();
  const {automatic, currency} = account;
  if (automatic === undefined) return <span class="soft">{words.noAutomatic}</span>;
  return <span>{words.automatic(money(automatic.threshold, currency), money(automatic.target, currency))}</span>;
}

export function AccountLines({account}: {readonly account: Account}): VNode {
  const {money: words} = useWords();
  const {count} = useFigures();
  const {lines, lineCount} = account;
  if (lines.length === 0) return <span class="soft">{words.noLines}</span>;
  return (
    <span class="line-links">
      {lines.map((extension) => (
        <a key={extension} class="figure" href={lineAddress(extension)}>
          {extension}
        </a>
      ))}
      {lineCount > lines.length ? <span class="soft">{words.moreLines(count(lineCount - lines.length))}</span> : null}
    </span>
  );
}
