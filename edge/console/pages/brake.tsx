// Before lines are locked that wait behind the brake: what will happen, in figures.
import type {VNode} from 'preact';
import {Submit} from '../../../shared/ui/form.tsx';
import {Empty, Notice, Panel} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Line} from '../rows/lines.ts';
import {Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';
import {LineName, PayerBalance, PayerName, ReasonList} from './line-cells.tsx';

export type BrakeView = {
  readonly isHeld: boolean;
  readonly waiting: readonly Line[];
  readonly allLines: number;
  readonly mayLock: boolean;
  /** What the person saw before, if that was another number. */
  readonly seen: number | undefined;
};

export function BrakePage({isHeld, waiting, allLines, mayLock, seen}: BrakeView): VNode {
  const {flow, lines: lineWords} = useWords();
  const {count} = useFigures();
  const words = flow.brake;
  if (!isHeld) {
    return (
      <Frame current="flow" title={words.nothing} lead={words.nothingWhy}>
        <p class="actions">
          <a class="button" href="/">
            {flow.title}
          </a>
        </p>
      </Frame>
    );
  }
  const number = count(waiting.length);
  return (
    <Frame current="flow" title={words.pageTitle(number)} lead={words.why}>
      {seen === undefined ? null : <Notice state="warning" title={words.moved(count(seen), number)} />}
      {mayLock ? null : <Notice state="off" title={words.notTouched} />}
      <Panel title={words.will}>
        <ul class="will">
          {waiting.length === 0 ? <li>{words.willNone}</li> : <WillLock waiting={waiting} allLines={allLines} />}
          <li>{words.willGoOn}</li>
        </ul>
        <form method="post" action="/brake" class="actions">
          <input type="hidden" name="seen" value={String(waiting.length)} />
          <Submit kind="danger">{words.submit(number)}</Submit>
          <a class="button" href="/">
            {words.back}
          </a>
        </form>
      </Panel>
      <Panel title={words.list}>
        {waiting.length === 0 ? (
          <Empty title={words.willNone} />
        ) : (
          <Table
            caption={words.list}
            rows={waiting}
            rowKey={(line) => line.extension}
            columns={[
              {head: lineWords.columns.extension, kind: 'key', cell: (line) => <LineName line={line} />},
              {head: lineWords.columns.why, cell: (line) => <ReasonList line={line} />},
              {head: lineWords.columns.payer, cell: (line) => <PayerName payer={line.payer} />},
              {head: lineWords.balance, kind: 'figure', cell: (line) => <PayerBalance payer={line.payer} />},
            ]}
          />
        )}
      </Panel>
    </Frame>
  );
}

function WillLock({waiting, allLines}: Pick<BrakeView, 'waiting' | 'allLines'>): VNode {
  const {brake} = useWords().flow;
  const {count, money} = useFigures();
  return (
    <>
      <li>
        <strong>{brake.willLock(count(waiting.length), count(allLines))}</strong>
      </li>
      <li>{brake.willBar}</li>
      {totalOf(waiting).map(({amount, currency}) => (
        <li key={currency}>{brake.willOwe(money(amount, currency))}</li>
      ))}
      <li>{brake.willOpen}</li>
    </>
  );
}

/** Each account once, however many lines it pays for; a site has one currency. */
function totalOf(lines: readonly Line[]): readonly {readonly amount: number; readonly currency: string}[] {
  const balances = new Map(lines.flatMap(({payer}) => (payer?.balance === undefined ? [] : [[payer.account, payer.balance] as const])));
  const sums = new Map<string, number>();
  for (const {amount, currency} of balances.values()) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  return [...sums].map(([currency, amount]) => ({amount, currency}));
}
