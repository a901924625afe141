// What staff decide for a line: the form, the question before it is done, the decision in force.
import type {VNode} from 'preact';
import {Age, Time, timeText} from '../../../shared/ui/figures.tsx';
import {Submit} from '../../../shared/ui/form.tsx';
import type {OverrideFields} from '../../../shared/ui/override.tsx';
import {Facts, Notice, Panel, type Fact} from '../../../shared/ui/parts.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {StateBadge} from '../../../shared/ui/state.tsx';
import type {OverrideAct} from '../given.ts';
import {hasEnded, isCovered, spentUnder, type Line, type Override} from '../rows/lines.ts';
import {Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';
import {LockBadge, lineAddress} from './line-cells.tsx';

type Asked = {
  readonly line: Line;
  readonly act: OverrideAct;
  readonly fields: OverrideFields;
  readonly currency: string | undefined;
  /** Are locks set at the switchboard at all? */
  readonly isSet: boolean;
};

/** What will happen, in figures, before it does. */
export function OverrideConfirmPage(asked: Asked): VNode {
  const {line, act, fields} = asked;
  const words = useWords().override.confirm;
  const {extension} = line;
  const locks = act.act === 'lock';
  return (
    <Frame current="lines" title={locks ? words.lock(extension) : words.unlock(extension)}>
      <Panel title={words.will}>
        <ul class="will">
          {locks ? <WillLock {...asked} /> : <WillUnlock {...asked} />}
          {asked.isSet ? null : <li>{words.notTouched}</li>}
          {line.override === undefined ? null : <li>{words.replaces}</li>}
        </ul>
        <Facts facts={[{term: words.reason, value: act.reason}]} />
        <form method="post" action={`${lineAddress(extension)}/override`} class="actions">
          {Object.entries(fields).map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <input type="hidden" name="sure" value="yes" />
          <Submit kind={locks ? 'danger' : 'main'}>{locks ? words.submitLock(extension) : words.submitUnlock(extension)}</Submit>
          <a class="button" href={lineAddress(extension)}>
            {words.back}
          </a>
        </form>
      </Panel>
    </Frame>
  );
}

function WillLock({act}: Asked): VNode {
  const words = useWords().override.confirm;
  const setting = useSetting();
  return (
    <>
      <li>{words.lockBars}</li>
      <li>{act.expires === undefined ? words.lockOpen : words.lockUntil(timeText(act.expires, setting))}</li>
    </>
  );
}

function WillUnlock({line, act, currency = ''}: Asked): VNode {
  const words = useWords().override.confirm;
  const setting = useSetting();
  const {money} = useFigures();
  const {limit = 0, expires = setting.now} = act;
  const balance = line.payer?.balance;
  return (
    <>
      <li>{words.unlockOpens}</li>
      <li>{words.unlockUntil(timeText(expires, setting), money(limit, currency))}</li>
      {balance === undefined ? (
        <li>{words.nobody}</li>
      ) : (
        <>
          <li>{words.balance(money(balance.amount, balance.currency))}</li>
          <li>{words.lowest(money(balance.amount - limit, balance.currency))}</li>
        </>
      )}
    </>
  );
}

/** The decision in force, and the way to take it back. */
export function CurrentOverride({line}: {readonly line: Line}): VNode | null {
  const words = useWords().override.current;
  const {now} = useSetting();
  const {override} = line;
  if (override === undefined) return null;
  const inForce = override.act === 'lock' ? !hasEnded(override, now) : isCovered(line, now);
  return (
    <div class="current-override">
      <p class="state-line">
        {override.act === 'lock' && inForce ? (
          <LockBadge word={words.lock} />
        ) : (
          <StateBadge state={inForce ? 'ok' : 'off'} word={override.act === 'lock' ? words.lock : words.unlock} />
        )}
      </p>
      {inForce ? null : (
        <Notice state="off" title={words.over}>
          <p>{words.overWhy}</p>
        </Notice>
      )}
      <Facts facts={overrideFacts(override, line, {words, money: useFigures().money})} />
      <p class="actions">
        <a class="button" href={`${lineAddress(line.extension)}/take-back`}>
          {words.takeBack}
        </a>
      </p>
    </div>
  );
}

type FactGround = {readonly words: ReturnType<typeof useWords>['override']['current']; readonly money: (a: number, c: string) => string};

function overrideFacts(override: Override, {payer}: Line, {words, money}: FactGround): readonly Fact[] {
  const {reason, by, givenAt, expires, limit} = override;
  const currency = payer?.balance?.currency;
  return [
    {term: words.reason, value: reason},
    {term: words.by, value: by},
    {term: words.given, value: <Age at={givenAt} />},
    {term: words.ends, value: expires === undefined ? words.open : <Time at={expires} />},
    ...(limit === undefined || currency === undefined
      ? []
      : [{term: words.limit, value: words.spent(money(spentUnder(override, payer), currency), money(limit, currency))}]),
  ];
}

export function TakeBackPage({line}: {readonly line: Line}): VNode {
  const {override, lines} = useWords();
  const words = override.current;
  const {extension, state} = line;
  // A lock by staff is a reason itself, and goes with it.
  const left = (state?.reasons ?? []).filter((reason) => reason !== 'staff');
  return (
    <Frame current="lines" title={words.takeBackTitle(extension)}>
      <Panel title={override.confirm.will}>
        <ul class="will">
          <li>{words.takeBackWhat}</li>
          <li>
            {left.length === 0
              ? words.takeBackOpens
              : words.takeBackLocks(left.map((reason) => lines.reasons[reason] ?? reason).join(', '))}
          </li>
        </ul>
        <form method="post" action={`${lineAddress(extension)}/take-back`} class="actions">
          <Submit>{words.submit}</Submit>
          <a class="button" href={lineAddress(extension)}>
            {override.confirm.back}
          </a>
        </form>
      </Panel>
    </Frame>
  );
}
