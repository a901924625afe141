// One line: how it stands, what is decided by hand, who paid for it when, its last calls.
import type {VNode} from 'preact';
import {micros} from '../../../shared/money/micros.ts';
import {instant} from '../../../shared/time/instant.ts';
import {Age, Money, Time, timeText} from '../../../shared/ui/figures.tsx';
import {Empty, Facts, Panel, type Fact} from '../../../shared/ui/parts.tsx';
import {OverrideForm, type Decision, type OverrideFields} from '../../../shared/ui/override.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {StateBadge} from '../../../shared/ui/state.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Call} from '../../books/calls.ts';
import type {Override} from '../../books/overrides.ts';
import type {Line} from '../rows/lines.ts';
import type {Site} from '../rows/sites.ts';
import type {Tenancy} from '../rows/students.ts';
import {lineAddress, siteAddress} from './addresses.ts';
import {CallTable, LockBadge, PayerLink, ReasonList, TenancyBadge} from './cells.tsx';
import type {Costs} from './cost.tsx';
import type {FormState} from './forms.tsx';
import {ConfirmPage, Frame} from './frame.tsx';
import {useFigures, useMay, useWords} from './ground.ts';
import {ToldBadge} from './lines.tsx';

export type LineView = {
  readonly line: Line;
  readonly site: Site;
  readonly override: Override | undefined;
  readonly tenancies: readonly Tenancy[];
  readonly calls: readonly Call[];
  readonly costs: Costs | undefined;
  readonly fields?: OverrideFields | undefined;
} & FormState;

export function LinePage(view: LineView): VNode {
  const {line: words, override} = useWords();
  const may = useMay('clerk');
  const {line, site, tenancies, calls} = view;
  return (
    <Frame current="lines" title={words.pageTitle(line.extension)} lead={line.label} back={{href: '/desk/lines', label: words.back}}>
      <div class="columns">
        <Panel title={words.state} aside={may ? <a href={`${lineAddress(site.id, line.extension)}/edit`}>{words.edit}</a> : undefined}>
          <Facts facts={useLineFacts(view)} />
          {line.told === undefined ? <p class="soft">{words.untold}</p> : null}
        </Panel>
        <Panel title={override.title}>
          <CurrentOverride {...view} />
          {line.class !== 'student' ? (
            <p>{override.never}</p>
          ) : may ? (
            <OverrideForm
              action={`${lineAddress(site.id, line.extension)}/override`}
              words={override}
              currency={site.currency}
              fields={view.fields}
              errors={view.errors}
            />
          ) : null}
        </Panel>
      </div>
      <Panel title={words.tenancies}>
        {tenancies.length === 0 ? <Empty title={words.noTenancies}>{words.noTenanciesHow}</Empty> : <PayerTable tenancies={tenancies} />}
      </Panel>
      <Panel title={words.calls}>
        {calls.length === 0 ? (
          <Empty title={words.noCalls}>{words.noCallsHow}</Empty>
        ) : (
          <CallTable caption={words.callsList} calls={calls} site={site.id} currency={site.currency} costs={view.costs} />
        )}
      </Panel>
    </Frame>
  );
}

function useLineFacts({line, site}: LineView): readonly Fact[] {
  const {line: words, lines} = useWords();
  const {told, payer} = line;
  return [
    {term: words.wanted, value: <ToldBadge line={line} />},
    {
      term: words.reasons,
      value:
        told === undefined || told.reasons.length === 0 ? (
          <span class="soft">{words.noReasons}</span>
        ) : (
          <ReasonList reasons={told.reasons} />
        ),
    },
    ...(told === undefined ? [] : [{term: words.since, value: <Age at={told.at} />}]),
    {
      term: words.payer,
      value:
        payer === undefined ? (
          line.class === 'student' ? (
            words.vacant
          ) : (
            lines.notForPayers
          )
        ) : (
          <PayerLink account={payer.account} name={payer.name} />
        ),
    },
    ...(payer === undefined ? [] : [{term: words.balance, value: <Money amount={payer.balance} currency={site.currency} />}]),
    {term: words.class, value: lines.classes[line.class]},
    {term: words.site, value: <a href={siteAddress(site.id)}>{site.name}</a>},
  ];
}

function CurrentOverride({line, site, override}: LineView): VNode | null {
  const words = useWords().override.current;
  const may = useMay('clerk');
  const {money} = useFigures();
  const {now} = useSetting();
  if (override === undefined) return null;
  const {act, reason, by, at, expires, limit, from} = override;
  const isOver = expires !== undefined && expires <= now;
  const word = act === 'lock' ? words.lock : words.unlock;
  return (
    <div class="current-override">
      <p class="state-line">{isOver ? <StateBadge state="off" word={word} /> : <LockBadge isLocked={act === 'lock'} word={word} />}</p>
      <Facts
        facts={[
          {term: words.reason, value: reason},
          {term: words.by, value: `${by} ${words.from[from]}`},
          {term: words.given, value: <Age at={instant(at)} />},
          {term: words.ends, value: expires === undefined ? words.open : <Time at={instant(expires)} />},
          ...(limit === undefined ? [] : [{term: words.limit, value: money(limit, site.currency)}]),
        ]}
      />
      {may ? (
        <p class="actions">
          <a class="button" href={`${lineAddress(site.id, line.extension)}/take-back`}>
            {words.takeBack}
          </a>
        </p>
      ) : null}
    </div>
  );
}

function PayerTable({tenancies}: Pick<LineView, 'tenancies'>): VNode {
  const {line: words, student} = useWords();
  const {tenancyColumns: columns} = words;
  return (
    <Table
      caption={words.tenanciesList}
      rows={tenancies}
      rowKey={({id}) => id}
      dim={({state}) => state === 'past' || state === 'void'}
      columns={[
        {head: columns.payer, kind: 'key', cell: ({account, name}) => <PayerLink account={account} name={name} />},
        {head: columns.state, cell: ({state}) => <TenancyBadge state={state} />},
        {head: columns.from, cell: ({from}) => <Time at={from} />},
        {head: columns.to, cell: ({to}) => (to === undefined ? student.openEnd : <Time at={to} />)},
      ]}
    />
  );
}

export type OverrideQuestion = {
  readonly line: Line;
  readonly decision: Decision;
  readonly fields: OverrideFields;
  readonly replaces: boolean;
  readonly isOnline: boolean;
};

/** What will happen, in figures, before it does. */
export function OverrideConfirmPage(question: OverrideQuestion): VNode {
  const {line, decision, fields} = question;
  const words = useWords().override.confirm;
  const {site, extension} = line;
  const locks = decision.act === 'lock';
  return (
    <ConfirmPage
      current="lines"
      title={locks ? words.lock(extension) : words.unlock(extension)}
      will={useWill(question)}
      action={`${lineAddress(site, extension)}/override`}
      fields={fields}
      submit={locks ? words.submitLock(extension) : words.submitUnlock(extension)}
      kind={locks ? 'danger' : 'main'}
      back={lineAddress(site, extension)}
    />
  );
}

function useWill({line, decision, replaces, isOnline}: OverrideQuestion): readonly string[] {
  const words = useWords().override.confirm;
  const setting = useSetting();
  const {money} = useFigures();
  const {currency, payer} = line;
  const {act, expires, limit = 0, reason} = decision;
  const lock = [words.lockBars, expires === undefined ? words.lockOpen : words.lockUntil(timeText(expires, setting))];
  const unlock = [
    words.unlockOpens,
    words.unlockUntil(timeText(expires ?? setting.now, setting), money(limit, currency)),
    payer === undefined ? words.nobody : words.balance(money(payer.balance, currency), money(micros(payer.balance - limit), currency)),
  ];
  return [
    ...(act === 'lock' ? lock : unlock),
    ...(replaces ? [words.replaces] : []),
    ...(isOnline ? [] : [words.offline]),
    words.reason(reason),
  ];
}

export function TakeBackPage({line}: {readonly line: Line}): VNode {
  const words = useWords().override.current;
  const at = lineAddress(line.site, line.extension);
  return (
    <ConfirmPage
      current="lines"
      title={words.takeBackTitle(line.extension)}
      will={[words.takeBackWhat]}
      action={`${at}/take-back`}
      fields={{}}
      submit={words.submit}
      back={at}
    />
  );
}
