// One site: its box by three independent facts, the heads of both logs, its rules, its tariffs.
import type {VNode} from 'preact';
import {micros} from '../../../shared/money/micros.ts';
import type {DialPlanWarning} from '../../../shared/telephone/dial-plan-warnings.ts';
import {AsOf} from '../../../shared/ui/document.tsx';
import {Age, Money, Time, timeText} from '../../../shared/ui/figures.tsx';
import {Empty, Facts, Panel, type Fact} from '../../../shared/ui/parts.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {StateBadge} from '../../../shared/ui/state.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import {UNBILLABLE_LIMITS, type Policy} from '../../../shared/wire/kinds.ts';
import type {PublishedTariff} from '../../tariff/published.ts';
import type {BoxState} from '../box-facts.ts';
import {fieldsOfPolicy, MORE_DIAL_FIELDS} from '../dial-fields.ts';
import type {Heads, readOpenCodes, Site} from '../rows/sites.ts';
import type {Incident} from '../rows/trouble.ts';
import {siteAddress, tariffsAddress} from './addresses.ts';
import {MisnamedNotice} from './allowances.tsx';
import {BoxFacts, VerdictBadge, VerdictSays} from './box-state.tsx';
import {DialPlanWarnings} from './dial-plan.tsx';
import {Frame} from './frame.tsx';
import {useFigures, useMay, useWords} from './ground.ts';
import {LateNotice} from './decisions.tsx';
import {IncidentPanel} from './home.tsx';
import {limitsAddress, WaitingLimitsFact} from './waiting-limits.tsx';
import {ScheduleTable} from './tariffs.tsx';

export type SiteView = {
  readonly site: Site;
  /** Those in service first. */
  readonly boxes: readonly BoxState[];
  readonly heads: Heads | undefined;
  readonly codes: Awaited<ReturnType<typeof readOpenCodes>>;
  readonly incidents: readonly Incident[];
  /** Calls that were priced by a tariff that was late. */
  readonly late: number;
  readonly policy: Policy | undefined;
  /** Newest first. */
  readonly tariffs: readonly PublishedTariff[];
};

function siteLive(site: string): string {
  return `/desk/live/sites/${encodeURIComponent(site)}`;
}

/** `warnings`: of the rules beside the lines. `misnamed`: allowances with destinations that a tariff does not have. */
export function SitePage({
  warnings,
  misnamed,
  ...view
}: SiteView & {readonly warnings: readonly DialPlanWarning[]; readonly misnamed: number}): VNode {
  const {site: words, dialPlan, waitingLimits, allowances, tariffs: tariffWords} = useWords();
  const may = useMay('admin');
  const {site, policy, tariffs} = view;
  const at = siteAddress(site.id);
  return (
    <Frame current="sites" title={site.name} lead={<code>{site.id}</code>} live={siteLive(site.id)} aside={<AsOf id="as-of" reload={at} />}>
      <SiteParts {...view} />
      <Panel title={words.rules} aside={may && policy !== undefined ? <a href={`${at}/mode`}>{words.changeMode}</a> : undefined}>
        <DialPlanWarnings warnings={warnings} />
        <Facts facts={useRules(view)} />
        {may && policy !== undefined ? (
          <p>
            <a class="go" href={`${at}/dial-plan`}>
              {dialPlan.change}
            </a>{' '}
            <a class="go" href={limitsAddress(site.id)}>
              {waitingLimits.change}
            </a>
          </p>
        ) : null}
      </Panel>
      <Panel title={words.tariffs} aside={<a href={tariffsAddress(site.id)}>{tariffWords.look}</a>}>
        <MisnamedNotice site={site.id} misnamed={misnamed} />
        <ScheduleTable caption={tariffWords.scheduleList.student} tariffs={tariffs} />
        <p>
          <a class="go" href={`${at}/rerating`}>
            {words.corrections}
          </a>
        </p>
        <p>
          <a class="go" href={`${at}/allowances`}>
            {allowances.link}
          </a>
        </p>
      </Panel>
    </Frame>
  );
}

/** What is sent anew while the page is open. */
export function siteParts(view: SiteView): readonly (readonly [id: string, part: VNode])[] {
  return [['site-state', <SiteParts key="state" {...view} />]];
}

function SiteParts({site, boxes, heads, codes, incidents, late}: SiteView): VNode {
  const {site: words} = useWords();
  const setting = useSetting();
  const current = boxes.filter(({verdict}) => verdict !== 'old');
  const old = boxes.filter(({verdict}) => verdict === 'old');
  return (
    <div id="site-state" class="desk-trouble">
      {current.length === 0 ? <NoBox site={site} /> : current.map((box) => <BoxPanel key={box.box} site={site} box={box} />)}
      {codes.map(({box, expiresAt}) => (
        <p key={box} class="soft">
          {words.codes(box, timeText(expiresAt, setting, true))}
        </p>
      ))}
      <IncidentPanel incidents={incidents} nameOf={() => site.name} />
      <LateNotice late={late === 0 ? [] : [{site: site.id, calls: late}]} nameOf={() => site.name} />
      {heads === undefined ? null : <HeadPanel heads={heads} />}
      {old.length === 0 ? null : <OldBoxes boxes={old} />}
    </div>
  );
}

function NoBox({site}: {readonly site: Site}): VNode {
  const {site: words, box} = useWords();
  const may = useMay('admin');
  return (
    <Panel title={words.box}>
      <Empty title={box.verdicts.none}>
        {box.says.none} {may ? <a href={`${siteAddress(site.id)}/box`}>{words.newBox}</a> : box.cures.none}
      </Empty>
    </Panel>
  );
}

function BoxPanel({site, box}: {readonly site: Site; readonly box: BoxState}): VNode {
  const {site: words} = useWords();
  const may = useMay('admin');
  const at = siteAddress(site.id);
  return (
    <Panel title={`${words.box} ${box.box}`} aside={<VerdictBadge verdict={box.verdict} />}>
      <p>
        <VerdictSays verdict={box.verdict} />
      </p>
      <BoxFacts box={box} />
      {may ? (
        <p class="actions">
          <a class="button" href={`${at}/box`}>
            {words.newBox}
          </a>
          <a class="button is-quiet" href={`${at}/revoke?box=${encodeURIComponent(box.box)}`}>
            {words.revoke}
          </a>
        </p>
      ) : null}
    </Panel>
  );
}

function HeadPanel({heads}: {readonly heads: Heads}): VNode {
  const {site: words} = useWords();
  const {headColumns: columns} = words;
  const {text} = useFigures();
  return (
    <Panel title={words.heads}>
      <p class="soft">{words.headsLead}</p>
      <Table
        caption={words.headsList}
        rows={(['up', 'down'] as const).map((log) => ({log, ...heads[log]}))}
        rowKey={({log}) => log}
        columns={[
          {head: columns.log, kind: 'key', cell: ({log}) => words.logs[log]},
          {head: columns.row, kind: 'figure', cell: ({seq}) => text(seq)},
          {head: columns.moved, cell: ({movedAt}) => (movedAt === undefined ? words.notMoved : <Age at={movedAt} />)},
          {head: columns.chain, kind: 'wide', cell: ({chain}) => <code class="hash">{chain}</code>},
        ]}
      />
    </Panel>
  );
}

function OldBoxes({boxes}: {readonly boxes: readonly BoxState[]}): VNode {
  const {site: words, home, box} = useWords();
  return (
    <Panel title={words.boxes}>
      <Table
        caption={words.boxes}
        rows={boxes}
        rowKey={({box: id}) => id}
        dim={() => true}
        columns={[
          {head: home.boxColumns.box, kind: 'key', cell: ({box: id}) => id},
          {head: box.facts.enrolled, cell: ({enrolledAt}) => <Time at={enrolledAt} />},
          {head: box.facts.revoked, cell: ({revokedAt}) => <Age at={revokedAt} />},
          {head: home.boxColumns.heard, cell: ({heardAt}) => <Age at={heardAt} />},
        ]}
      />
    </Panel>
  );
}

function useRules({site, policy}: SiteView): readonly Fact[] {
  const {site: words, sites, dialPlan: dialling, waitingLimits} = useWords();
  const {text} = useFigures();
  const own = [
    {term: words.clock, value: site.zone},
    {term: words.currency, value: site.currency},
    {term: words.epoch, value: text(site.epoch)},
  ];
  if (policy === undefined) return [{term: words.mode, value: sites.noRules}, ...own];
  const money = (amount: number): VNode => <Money amount={micros(amount)} currency={site.currency} />;
  return [
    {term: words.mode, value: <StateBadge state={policy.mode === 'bill-and-lock' ? 'ok' : 'off'} word={sites.modes[policy.mode]} />},
    {term: words.floor, value: money(policy.floor)},
    {term: words.warnBelow, value: money(policy.warnBelow)},
    {term: words.dearestCall, value: money(policy.dearestCall)},
    {term: words.longestCall, value: words.hours(text(policy.longestCallHours))},
    {term: waitingLimits.fact, value: <WaitingLimitsFact limits={policy.unbillable ?? UNBILLABLE_LIMITS} />},
    {term: words.country, value: policy.country},
    {term: words.dialPlan, value: policy.dialPlan.outsideLine === '' ? words.noOutsideLine : policy.dialPlan.outsideLine},
    {term: words.alwaysOpen, value: policy.alwaysOpen.length === 0 ? words.none : policy.alwaysOpen.join(', ')},
    ...MORE_DIAL_FIELDS.map((name) => ({term: dialling.fields[name], value: fieldsOfPolicy(policy)[name].replaceAll('\n', ', ')})).filter(
      ({value}) => value !== '',
    ),
    ...own,
  ];
}
