// One line: what it should be and is, who pays, what staff decided, its last calls.
import type {VNode} from 'preact';
import {AsOf} from '../../../shared/ui/document.tsx';
import {Age, Time} from '../../../shared/ui/figures.tsx';
import type {Errors} from '../../../shared/ui/form.tsx';
import {OverrideForm, type OverrideFields} from '../../../shared/ui/override.tsx';
import {Empty, Facts, Panel, type Fact} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Mode} from '../../health/status.ts';
import type {Call} from '../rows/calls.ts';
import type {SiteReader} from '../rows/site.ts';
import type {Line, Tenancy} from '../rows/lines.ts';
import {CallTable} from './call-table.tsx';
import {Frame} from './frame.tsx';
import {useWords} from './ground.ts';
import {ActualBadge, LastFailure, PayerBalance, PayerName, ReasonList, WantedBadge, lineAddress} from './line-cells.tsx';
import {CurrentOverride} from './override.tsx';

export type LineView = {
  readonly line: Line;
  readonly mode: Mode | undefined;
  readonly currency: string | undefined;
  readonly tenancies: readonly Tenancy[];
  readonly calls: readonly Call[];
  readonly pricedBy: SiteReader['pricedBy'];
  /** What was typed and is wrong. */
  readonly fields?: OverrideFields | undefined;
  readonly errors?: Errors | undefined;
};

export function LinePage({line, mode, currency, tenancies, calls, pricedBy, fields, errors}: LineView): VNode {
  const {lines: words, override} = useWords();
  return (
    <Frame
      current="lines"
      title={words.pageTitle(line.extension)}
      live={`/live${lineAddress(line.extension)}`}
      aside={
        <p class="as-of">
          <a href="/lines">{words.back}</a>
        </p>
      }
    >
      <div class="columns">
        <div>
          <div aria-live="polite">
            <LineState line={line} mode={mode} />
          </div>
          <PayerPanel line={line} tenancies={tenancies} />
        </div>
        <Panel id="override" title={override.title}>
          {line.override === undefined ? null : <CurrentOverride line={line} />}
          {line.class === 'student' ? (
            <OverrideForm
              action={`${lineAddress(line.extension)}/override`}
              words={override}
              currency={currency}
              fields={fields}
              errors={errors}
            />
          ) : (
            <p>{override.never}</p>
          )}
        </Panel>
      </div>
      <Panel title={words.calls}>
        {calls.length === 0 ? (
          <Empty title={words.noCalls}>{words.noCallsHow}</Empty>
        ) : (
          <CallTable caption={words.callsList} calls={calls} pricedBy={pricedBy} />
        )}
      </Panel>
    </Frame>
  );
}

/** The part that moves: a command is on its way, and then it is confirmed. */
export function LineState({line, mode}: {readonly line: Line; readonly mode: Mode | undefined}): VNode {
  const {lines: words} = useWords();
  const {state} = line;
  const facts: Fact[] = [
    {term: words.columns.wanted, value: <WantedBadge line={line} />},
    {term: words.columns.actual, value: <ActualBadge line={line} isSet={mode === 'bill-and-lock'} />},
    {term: words.columns.why, value: <ReasonList line={line} />},
    {term: words.decidedAt, value: <Age at={state?.decidedAt} />},
    {
      term: words.readAt,
      value: (
        <>
          <Age at={state?.actualAt} />
          {state === undefined ? null : (
            <span class="under soft">
              {words.outgoing[state.actual.outgoing]}, {words.incoming[state.actual.incoming]}
            </span>
          )}
        </>
      ),
    },
  ];
  if (state?.lastFailure !== undefined) facts.push({term: words.columns.failure, value: <LastFailure line={line} />});
  return (
    <Panel id="line-state" title={words.state} aside={<AsOf id="as-of" reload={lineAddress(line.extension)} />}>
      {mode === 'watch' || mode === 'bill' ? <p class="soft">{words.modeNote[mode]}</p> : null}
      <Facts facts={facts} />
    </Panel>
  );
}

function PayerPanel({line, tenancies}: {readonly line: Line; readonly tenancies: readonly Tenancy[]}): VNode {
  const {lines: words} = useWords();
  const present = tenancies.find(({payer}) => payer.account === line.payer?.account);
  const others = tenancies.filter((tenancy) => tenancy !== present);
  return (
    <Panel title={words.tenancy}>
      {line.payer === undefined ? (
        <Empty title={words.vacant}>{words.vacantHow}</Empty>
      ) : (
        <Facts
          facts={[
            {term: words.payer, value: <PayerName payer={line.payer} />},
            {term: words.balance, value: <PayerBalance payer={line.payer} />},
            {term: words.from, value: present === undefined ? null : <Time at={present.from} />},
            {term: words.until, value: present?.to === undefined ? words.open : <Time at={present.to} />},
          ]}
        />
      )}
      {others.length === 0 ? null : (
        <Table
          caption={words.earlier}
          rows={others}
          rowKey={({payer, from}) => `${payer.account} ${from}`}
          columns={[
            {head: words.others, kind: 'key', cell: ({payer}) => <PayerName payer={payer} />},
            {head: words.from, cell: ({from}) => <Time at={from} />},
            {head: words.until, cell: ({to}) => (to === undefined ? words.open : <Time at={to} />)},
          ]}
        />
      )}
    </Panel>
  );
}
