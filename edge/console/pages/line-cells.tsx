// The cells that lists of lines have in common.
import type {VNode} from 'preact';
import {Money} from '../../../shared/ui/figures.tsx';
import {micros, type Currency} from '../../../shared/money/micros.ts';
import {Icon} from '../../../shared/ui/icon.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {StateBadge} from '../../../shared/ui/state.tsx';
import type {LineReading} from '../../switchboard/port.ts';
import {isCovered, type Line, type Payer} from '../rows/lines.ts';
import {useFigures, useWords} from './ground.ts';

export function lineAddress(extension: string): string {
  return `/lines/${encodeURIComponent(extension)}`;
}

export function accountAddress(account: string): string {
  return `/accounts/${encodeURIComponent(account)}`;
}

export function LineName({line}: {readonly line: Pick<Line, 'extension'>}): VNode {
  return (
    <a class="figure" href={lineAddress(line.extension)}>
      {line.extension}
    </a>
  );
}

export function PayerName({payer}: {readonly payer: Payer | undefined}): VNode {
  const {lines} = useWords();
  if (payer === undefined) return <span class="soft">{lines.nobody}</span>;
  return (
    <a href={accountAddress(payer.account)}>
      {payer.name ?? payer.account}
      {payer.name === undefined ? null : <span class="under soft">{payer.account}</span>}
    </a>
  );
}

export function PayerBalance({payer}: {readonly payer: Payer | undefined}): VNode | null {
  if (payer?.balance === undefined) return null;
  return <Money amount={micros(payer.balance.amount)} currency={payer.balance.currency as Currency} />;
}

/** A locked line is no fault: it is shut, which is the state `off`, with a padlock for its shape. */
export function LockBadge({word}: {readonly word: string}): VNode {
  return (
    <span class="badge is-off">
      <Icon name="lock" />
      {word}
    </span>
  );
}

export function WantedBadge({line}: {readonly line: Line}): VNode {
  const {lines} = useWords();
  if (line.state === undefined) return <StateBadge state="off" word={lines.wanted.undecided} />;
  const {wanted} = line.state;
  return wanted === 'locked' ? <LockBadge word={lines.wanted.locked} /> : <StateBadge state="ok" word={lines.wanted.open} />;
}

type ActualState = 'open' | 'locked' | 'partly' | 'unknown';

function actualOf({outgoing, incoming}: LineReading): ActualState {
  if (outgoing === 'unknown') return 'unknown';
  if (outgoing === 'open') return incoming === 'diverted' ? 'partly' : 'open';
  return incoming === 'normal' ? 'partly' : 'locked';
}

/** Is the switchboard, as far as it can be asked, as the line should be? */
function isAsWanted({state}: Line): boolean {
  if (state === undefined) return true;
  const {outgoing} = state.actual;
  return state.isConfirmed && outgoing !== (state.wanted === 'locked' ? 'open' : 'barred');
}

export function ActualBadge({line, isSet}: {readonly line: Line; readonly isSet: boolean}): VNode {
  const {lines} = useWords();
  const actual = line.state === undefined ? 'unknown' : actualOf(line.state.actual);
  const word = lines.actual[actual];
  if (isAsWanted(line) || !isSet) {
    const note = isAsWanted(line) ? null : <span class="under soft">{lines.notSet}</span>;
    return (
      <>
        {actual === 'locked' ? <LockBadge word={word} /> : <StateBadge state={actual === 'open' ? 'ok' : 'off'} word={word} />}
        {note}
      </>
    );
  }
  const failed = (line.state?.failures ?? 0) > 0;
  return (
    <>
      <StateBadge state={failed ? 'fault' : 'warning'} word={word} />
      <span class="under soft">{failed ? lines.notDone : lines.waiting}</span>
    </>
  );
}

/** What went wrong when the line was last set; nothing if it did not. */
export function LastFailure({line}: {readonly line: Line}): VNode | null {
  const {lines} = useWords();
  const {count} = useFigures();
  const {lastFailure, failures = 0} = line.state ?? {};
  if (lastFailure === undefined) return null;
  return (
    <span class="failure">
      {lastFailure} <span class="soft">({lines.failures(count(failures))})</span>
    </span>
  );
}

export function ReasonList({line}: {readonly line: Line}): VNode {
  const {lines} = useWords();
  const {now} = useSetting();
  if (line.class !== 'student') return <span class="soft">{lines.neverLocked[line.class]}</span>;
  const reasons = line.state?.reasons ?? [];
  if (reasons.length === 0) return <span class="soft">{lines.noReason}</span>;
  const aside = line.state?.wanted === 'locked' ? undefined : isCovered(line, now) ? lines.covered : lines.braked;
  return (
    <ul class="plain">
      {reasons.map((reason) => (
        <li key={reason}>
          {lines.reasons[reason] ?? reason} <code>{reason}</code>
        </li>
      ))}
      {aside === undefined ? null : <li class="soft">{aside}</li>}
    </ul>
  );
}
