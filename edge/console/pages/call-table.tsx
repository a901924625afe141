// Calls with the working of their price in one sentence. Numbers are cut to what a price matched.
import type {VNode} from 'preact';
import {micros, type Currency} from '../../../shared/money/micros.ts';
import type {AllowanceUse, Working} from '../../../shared/tariff/working.ts';
import {Duration, Money, Time, timeText} from '../../../shared/ui/figures.tsx';
import {Resolved} from '../../../shared/ui/resolution.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {StateBadge} from '../../../shared/ui/state.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {RecordFlag} from '../../record/call-record.ts';
import type {ConsoleWords} from '../messages.ts';
import type {Call} from '../rows/calls.ts';
import type {SiteReader} from '../rows/site.ts';
import {useFigures, useWords, type Figures} from './ground.ts';
import {lineAddress} from './line-cells.tsx';
import {shortHash} from './tariff.tsx';

export function CallTable({
  caption,
  calls,
  pricedBy,
  withLine = false,
}: {
  readonly caption: string;
  readonly calls: readonly Call[];
  readonly pricedBy: SiteReader['pricedBy'];
  readonly withLine?: boolean;
}): VNode {
  const {money} = useWords();
  const {callColumns: columns} = money;
  return (
    <Table
      caption={caption}
      rows={calls}
      rowKey={(call) => call.id}
      columns={[
        {head: columns.when, kind: 'key', cell: (call) => <Time at={call.startedAt} />},
        ...(withLine
          ? [
              {
                head: columns.line,
                cell: ({extension}: Call) => (extension === undefined ? null : <a href={lineAddress(extension)}>{extension}</a>),
              },
            ]
          : []),
        {head: columns.to, cell: (call) => <Destination call={call} />},
        {head: columns.duration, kind: 'figure', cell: (call) => <Duration seconds={call.seconds} />},
        {head: columns.price, kind: 'figure', cell: (call) => <Price call={call} />},
        {
          head: columns.working,
          kind: 'wide',
          cell: (call) => (
            <>
              <CallWorking call={call} />
              <ByTariff call={call} pricedBy={pricedBy} />
              <Resolved call={call} words={money.resolved} />
            </>
          ),
        },
      ]}
    />
  );
}

/** True of every record of a switchboard that prints no year: nothing to look at. */
const ORDINARY: ReadonlySet<string> = new Set<RecordFlag>(['year-inferred']);

function Destination({call}: {readonly call: Call}): VNode {
  const {money} = useWords();
  const {destination, prefix, direction, flags} = call;
  return (
    <>
      {destination === '' ? (money.directions[direction] ?? direction) : destination}
      {prefix === '' ? null : <code class="under">{prefix}…</code>}
      {flags
        .filter((flag) => !ORDINARY.has(flag))
        .map((flag) => (
          <span key={flag} class="under soft">
            {money.flags[flag] ?? flag}
          </span>
        ))}
    </>
  );
}

function Price({call}: {readonly call: Call}): VNode {
  const {money} = useWords();
  const {price, state} = call;
  if (price === undefined) return <StateBadge state={state === 'unbillable' ? 'warning' : 'off'} word={money.callStates[state]} />;
  return (
    <>
      <Money amount={micros(price.amount)} currency={price.currency as Currency} />
      {state === 'billed' ? null : <span class="under soft">{money.callStates[state]}</span>}
    </>
  );
}

function CallWorking({call}: {readonly call: Call}): VNode {
  const words = useWords();
  const figures = useFigures();
  const {working, price, reason, detail} = call;
  if (working === undefined || price === undefined) {
    return (
      <span class="soft">
        {reason === undefined ? null : `${words.unbillable.reasons[reason] ?? reason}: `}
        {detail}
      </span>
    );
  }
  return <span class="working">{workingText(working, price.currency, {words: words.working, figures})}</span>;
}

/** Which tariff that was, and since when it applied; the page of tariffs has the whole schedule. */
function ByTariff({call: {working, startedAt}, pricedBy}: {readonly call: Call; readonly pricedBy: SiteReader['pricedBy']}): VNode | null {
  const {working: words, tariff} = useWords();
  const setting = useSetting();
  if (working?.tariff === undefined) return null;
  const found = pricedBy(working.tariff, startedAt);
  const hash = shortHash(working.tariff);
  return (
    <span class="under soft">
      <a href="/tariff">{found === undefined ? words.byTariff(hash) : words.byTariff(`${found.name ?? tariff.unnamed} (${hash})`)}</a>
      {found?.from === undefined ? null : ` ${words.appliedFrom(timeText(found.from, setting))}`}
    </span>
  );
}

type TextGround = {readonly words: ConsoleWords['working']; readonly figures: Figures};

/** `91 s billed (first 30 s, then by 60 s), 150 s at 0.12 a minute, connection fee £0.05, rounded up to 2 decimals, = £0.35`. */
export function workingText(working: Working, currency: string, {words, figures}: TextGround): string {
  const {allowances = []} = working;
  if (working.segments.length === 0 && allowances.length === 0) {
    return working.destination === '' ? words.free : words.freeClass(working.destination);
  }
  const {text, money} = figures;
  const covered = (unit: AllowanceUse['unit']): readonly string[] => coveredParts(allowances, unit, currency, {words, figures});
  const parts = [
    words.billed(text(working.billedSeconds), words.increments(text(working.initialSeconds), text(working.nextSeconds))),
    ...covered('seconds'),
    ...working.segments.map(({seconds, perMinute, band}) => words.segment(text(seconds), perMinute, band)),
    ...(working.connectionFee > 0 ? [words.fee(money(working.connectionFee, currency))] : []),
    ...(working.bound === undefined ? [] : [words[working.bound]]),
    words.rounding(words.roundings[working.rounding.mode], text(working.rounding.decimals)),
    ...covered('micros'),
    ...taxParts(working, currency, {words, figures}),
    ...(working.answerAllowanceSeconds > 0 ? [words.allowance(text(working.answerAllowanceSeconds))] : []),
  ];
  return `${words.join(parts)} ${words.sum(money(working.gross, currency))}`;
}

/** What free allowances took over, each with what is left of it in its period. */
function coveredParts(
  uses: readonly AllowanceUse[],
  unit: AllowanceUse['unit'],
  currency: string,
  {words, figures: {text, money}}: TextGround,
): readonly string[] {
  const said = unit === 'seconds' ? (value: number): string => `${text(value)} s` : (value: number): string => money(value, currency);
  return uses.filter((use) => use.unit === unit).map(({name, used, left}) => words.covered(said(used), name, said(left)));
}

function taxParts({taxPercent, tax, pricesIncludeTax}: Working, currency: string, {words, figures}: TextGround): readonly string[] {
  if (tax === 0) return [];
  const amount = figures.money(tax, currency);
  return [pricesIncludeTax ? words.taxIn(taxPercent, amount) : words.taxOn(taxPercent, amount)];
}
