// Small things in cells: links to lines and students, phone states, a call's price in a sentence.
import type {VNode} from 'preact';
import type {Currency} from '../../../shared/money/micros.ts';
import {explainPrice} from '../../../shared/tariff/explain.ts';
import {Duration, Money, Time} from '../../../shared/ui/figures.tsx';
import {Icon} from '../../../shared/ui/icon.tsx';
import {Resolved} from '../../../shared/ui/resolution.tsx';
import {StateBadge} from '../../../shared/ui/state.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Call} from '../../books/calls.ts';
import type {Tenancy} from '../rows/students.ts';
import {masked} from '../unknown-ranges.ts';
import {callAddress, lineAddress, studentAddress} from './addresses.ts';
import {CallCost, type Costs} from './cost.tsx';
import {useGround, useWords} from './ground.ts';

export function TenancyBadge({state}: Pick<Tenancy, 'state'>): VNode {
  const {tenancyStates: words} = useWords().student;
  return <StateBadge state={state === 'now' ? 'ok' : 'off'} word={words[state]} />;
}

export function LineLinks({site, lines}: {readonly site: string; readonly lines: readonly string[]}): VNode {
  const {students: words} = useWords();
  if (lines.length === 0) return <span class="soft">{words.noLine}</span>;
  return (
    <span class="line-links">
      {lines.map((extension) => (
        <a key={extension} class="figure" href={lineAddress(site, extension)}>
          {extension}
        </a>
      ))}
    </span>
  );
}

export function PayerLink({account, name}: {readonly account: string; readonly name: string | undefined}): VNode {
  return (
    <a href={studentAddress(account)}>
      {name ?? account}
      {name === undefined ? null : <span class="under soft">{account}</span>}
    </a>
  );
}

/** Open or locked, with its shape: a lock is no fault of anything. */
export function LockBadge({isLocked, word}: {readonly isLocked: boolean; readonly word: string}): VNode {
  if (!isLocked) return <StateBadge state="ok" word={word} />;
  return (
    <span class="badge is-fault">
      <Icon name="lock" />
      {word}
    </span>
  );
}

export function ReasonList({reasons}: {readonly reasons: readonly string[]}): VNode | null {
  const {lines: words} = useWords();
  if (reasons.length === 0) return null;
  return (
    <ul class="plain">
      {reasons.map((reason) => (
        <li key={reason}>{words.reasons[reason] ?? reason}</li>
      ))}
    </ul>
  );
}

export function CallTable({
  caption,
  calls,
  site,
  currency,
  withLine = false,
  costs,
}: {
  readonly caption: string;
  readonly calls: readonly Call[];
  readonly site: string;
  readonly currency: Currency;
  readonly withLine?: boolean;
  /** What the carrier charges, for whoever may know it; undefined for everybody else. */
  readonly costs: Costs | undefined;
}): VNode {
  const {student, allowances} = useWords();
  const {callColumns: columns, resolved, late} = student;
  return (
    <Table
      caption={caption}
      rows={calls}
      rowKey={({id}) => id}
      columns={[
        {
          head: columns.when,
          kind: 'key',
          cell: ({startedAt, upSeq}) => (
            <a href={callAddress(site, upSeq)}>
              <Time at={startedAt} />
            </a>
          ),
        },
        ...(withLine
          ? [
              {
                head: columns.line,
                cell: ({extension}: Call) => (extension === undefined ? null : <a href={lineAddress(site, extension)}>{extension}</a>),
              },
            ]
          : []),
        {head: columns.to, cell: (call) => <CalledWhat call={call} />},
        {head: columns.duration, kind: 'figure', cell: ({seconds}) => <Duration seconds={seconds} />},
        {head: columns.price, kind: 'figure', cell: (call) => <CallPrice call={call} currency={currency} />},
        ...(costs === undefined || costs.size === 0
          ? []
          : [
              {
                head: allowances.cost.column,
                cell: (call: Call) => <CallCost call={call} cost={costs.get(call.upSeq)} currency={currency} />,
              },
            ]),
        {
          head: columns.working,
          kind: 'wide',
          cell: (call) => (
            <>
              <CallWorking call={call} currency={currency} />
              <Resolved call={call} words={resolved} />
              {call.flags.includes('late') ? <span class="under soft">{late}</span> : null}
            </>
          ),
        },
      ]}
    />
  );
}

function CalledWhat({call: {destination, direction, number}}: {readonly call: Call}): VNode {
  const {student: words} = useWords();
  return (
    <>
      {destination === undefined || destination === '' ? (words.directions[direction] ?? direction) : destination}
      {number === undefined ? null : <span class="under soft figure">{masked(number)}</span>}
    </>
  );
}

export function CallPrice({call: {amount, state}, currency}: {readonly call: Call; readonly currency: Currency}): VNode {
  const {student: words} = useWords();
  if (amount === undefined) return <StateBadge state="warning" word={words.callStates[state]} />;
  return (
    <>
      <Money amount={amount} currency={currency} />
      {state === 'billed' ? null : <span class="under soft">{words.callStates[state]}</span>}
    </>
  );
}

export function CallWorking({call, currency}: {readonly call: Call; readonly currency: Currency}): VNode | null {
  const {working, reason, detail, resolution} = call;
  const {language} = useGround();
  const {student, unbillable} = language.words;
  if (reason !== undefined) {
    return (
      <span class="working">
        {unbillable.reasons[reason] ?? reason}
        {detail === undefined ? null : `: ${detail}`}
      </span>
    );
  }
  // A person set the price, or wrote the call off.
  if (working === undefined && resolution !== undefined) return null;
  return <span class="working">{working === undefined ? student.noWorking : explainPrice(working, currency, language.price)}</span>;
}
