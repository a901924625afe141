// One account: what moved on it, with the balance after each, and its calls with their working.
import type {VNode} from 'preact';
import {micros, type Currency} from '../../../shared/money/micros.ts';
import {Age, Money, Time} from '../../../shared/ui/figures.tsx';
import {addressWith, type Cut} from '../../../shared/ui/list.tsx';
import {Empty, Facts, Pager, Panel, type Fact} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Account, Movement} from '../rows/accounts.ts';
import type {Call} from '../rows/calls.ts';
import type {SiteReader} from '../rows/site.ts';
import {AccountLines, AccountState, Automatic} from './accounts.tsx';
import {CallTable} from './call-table.tsx';
import {Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';
import {accountAddress} from './line-cells.tsx';

export type AccountView = {
  readonly account: Account;
  readonly floor: number;
  readonly movements: Cut<Movement>;
  readonly calls: Cut<Call>;
  readonly pricedBy: SiteReader['pricedBy'];
};

export function AccountPage({account, floor, movements, calls, pricedBy}: AccountView): VNode {
  const {money: words} = useWords();
  const at = (wish: {money?: number | undefined; calls?: number | undefined}): string =>
    addressWith(accountAddress(account.id), {money: wish.money ?? '', calls: wish.calls ?? ''}, {});
  return (
    <Frame
      current="accounts"
      title={account.name ?? words.pageTitle(account.id)}
      lead={account.name === undefined ? undefined : <code>{account.id}</code>}
      aside={
        <p class="as-of">
          <a href="/accounts">{words.back}</a>
        </p>
      }
    >
      <Panel title={words.facts}>
        <AccountFacts account={account} floor={floor} />
      </Panel>
      <Panel id="ledger" title={words.ledger}>
        {movements.rows.length === 0 ? (
          <Empty title={words.ledgerEmpty}>{words.ledgerEmptyHow}</Empty>
        ) : (
          <MovementTable movements={movements.rows} currency={account.currency} />
        )}
        <Pager
          page={undefined}
          previous={movements.before === undefined ? undefined : `${at({calls: calls.before})}#ledger`}
          next={movements.next === undefined ? undefined : `${at({money: movements.next, calls: calls.before})}#ledger`}
        />
      </Panel>
      <Panel id="calls" title={words.calls}>
        {calls.rows.length === 0 ? (
          <Empty title={words.callsEmpty}>{words.callsEmptyHow}</Empty>
        ) : (
          <CallTable caption={words.callsList} calls={calls.rows} pricedBy={pricedBy} withLine />
        )}
        <Pager
          page={undefined}
          previous={calls.before === undefined ? undefined : `${at({money: movements.before})}#calls`}
          next={calls.next === undefined ? undefined : `${at({money: movements.before, calls: calls.next})}#calls`}
        />
      </Panel>
    </Frame>
  );
}

function AccountFacts({account, floor}: Pick<AccountView, 'account' | 'floor'>): VNode {
  const {money: words} = useWords();
  const {count} = useFigures();
  const currency = account.currency as Currency;
  const facts: Fact[] = [
    {
      term: words.balance,
      value: (
        <span class="balance">
          <Money amount={micros(account.balance)} currency={currency} />
        </span>
      ),
    },
    {term: words.columns.state, value: <AccountState account={account} floor={floor} />},
    {term: words.warnedFact, value: account.isWarned ? words.warnedYes : words.warnedNo},
    {term: words.columns.automatic, value: <Automatic account={account} />},
    {term: words.columns.lines, value: <AccountLines account={account} />},
  ];
  if (account.requestedAt !== undefined) facts.push({term: words.asked, value: <Age at={account.requestedAt} />});
  if (account.refusals > 0) {
    facts.push({
      term: words.states.refused,
      value: (
        <>
          {words.refusals(count(account.refusals))}
          <span class="under soft">
            {account.askAgainAt === undefined ? (
              words.notAskedAgain
            ) : (
              <>
                {words.askAgain} <Age at={account.askAgainAt} />
              </>
            )}
          </span>
        </>
      ),
    });
  }
  if (account.watched > 0) {
    facts.push({
      term: words.watched,
      value: (
        <>
          <Money amount={micros(account.watched)} currency={currency} />
          <span class="under soft">{words.watchedHelp}</span>
        </>
      ),
    });
  }
  return <Facts facts={facts} />;
}

function MovementTable({movements, currency}: {readonly movements: readonly Movement[]; readonly currency: string}): VNode {
  const {money: words} = useWords();
  const {ledgerColumns: columns} = words;
  const of = currency as Currency;
  return (
    <Table
      caption={words.ledgerList}
      rows={movements}
      rowKey={(movement) => String(movement.seq)}
      columns={[
        {head: columns.when, kind: 'key', cell: ({at}) => <Time at={at} />},
        {
          head: columns.what,
          kind: 'wide',
          cell: ({code, destination}) => (
            <>
              {words.codes[code] ?? code}
              {destination === undefined ? null : `: ${destination}`} <code>{code}</code>
            </>
          ),
        },
        {head: columns.amount, kind: 'figure', cell: ({amount}) => <Money amount={micros(amount)} currency={of} />},
        {head: columns.after, kind: 'figure', cell: ({balanceAfter}) => <Money amount={micros(balanceAfter)} currency={of} />},
      ]}
    />
  );
}
