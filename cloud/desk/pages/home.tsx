// What is wrong, first; then each site in a few figures. Both move by themselves.
import type {ComponentChildren, VNode} from 'preact';
import type {Micros} from '../../../shared/money/micros.ts';
import {AsOf} from '../../../shared/ui/document.tsx';
import {Age, Count, Money} from '../../../shared/ui/figures.tsx';
import {Empty, Facts, Notice, Panel} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {SiteTotals} from '../../books/overview.ts';
import type {BoxState} from '../box-facts.ts';
import type {Site} from '../rows/sites.ts';
import {isWell, type DoubtfulPayment, type Incident, type Trouble, type WaitingCalls} from '../rows/trouble.ts';
import {paymentAddress, siteAddress} from './addresses.ts';
import {VerdictBadge, VerdictSays} from './box-state.tsx';
import {DecisionPanel, LateNotice} from './decisions.tsx';
import {Frame, InZone} from './frame.tsx';
import {useFigures, useMay, useWords} from './ground.ts';
import {PaymentStateBadge} from './payment-cells.tsx';

export type SiteTile = {readonly site: Site; readonly totals: SiteTotals; readonly box: BoxState | undefined};

export type HomeView = {
  readonly trouble: Trouble;
  readonly tiles: readonly SiteTile[];
  readonly microsOfMinor: (minor: number, currency: DoubtfulPayment['currency']) => Micros;
};

export const HOME_LIVE = '/desk/live/home';

export function HomePage(view: HomeView): VNode {
  const {home: words} = useWords();
  return (
    <Frame current="home" title={words.title} live={HOME_LIVE} aside={<AsOf id="as-of" reload="/desk" />}>
      {homeParts(view).map(([, part]) => part)}
    </Frame>
  );
}

/** What is sent anew while the page is open; the time stands in the head of the page. */
export function homeParts(view: HomeView): readonly (readonly [id: string, part: VNode])[] {
  return [
    ['trouble', <TroublePart key="trouble" {...view} />],
    ['tiles', <Tiles key="tiles" {...view} />],
  ];
}

function TroublePart({trouble, tiles, microsOfMinor}: HomeView): VNode {
  const {home: words} = useWords();
  const names = new Map(tiles.map(({site}) => [site.id, site.name]));
  const nameOf = (site: string): string => names.get(site) ?? site;
  return (
    <div id="trouble" class="desk-trouble">
      {isWell(trouble) ? (
        <Notice state="ok" title={words.nothing}>
          <p>{words.nothingWhy}</p>
        </Notice>
      ) : null}
      <Suspense trouble={trouble} nameOf={nameOf} />
      <MailDown why={trouble.mail} look />
      <GivenUp count={trouble.mailsGivenUp} />
      <IncidentPanel incidents={trouble.incidents} nameOf={nameOf} />
      <BoxPanel boxes={trouble.boxes} nameOf={nameOf} />
      <PaymentPanel payments={trouble.payments} microsOfMinor={microsOfMinor} nameOf={nameOf} />
      <LateNotice late={trouble.late} nameOf={nameOf} />
      <UnbillablePanel groups={trouble.unbillable} nameOf={nameOf} />
      <DecisionPanel decisions={trouble.decisions} nameOf={nameOf} />
    </div>
  );
}

type Naming = {readonly nameOf: (site: string) => string};

function Suspense({trouble, nameOf}: Naming & Pick<HomeView, 'trouble'>): VNode | null {
  const {home: words} = useWords();
  const {money} = useFigures();
  if (trouble.suspense.length === 0) return null;
  return (
    <Notice state="fault" title={words.suspense}>
      {trouble.suspense.map(({site, amount, currency}) => (
        <p key={site}>{words.suspenseSays(money(amount, currency), nameOf(site))}</p>
      ))}
      <p>{words.suspenseCure}</p>
      <p>
        <a href="/desk/payments?show=person">{words.suspenseLook}</a>
      </p>
    </Notice>
  );
}

/** `look`: where the mail itself is not shown. */
export function MailDown({why, look = false}: {readonly why: string | undefined; readonly look?: boolean}): VNode | null {
  const {home: words} = useWords();
  if (why === undefined) return null;
  return (
    <Notice state="warning" title={words.mailDown}>
      <p>{words.mailDownWhy(why)}</p>
      <p>{words.mailDownCure}</p>
      {look ? (
        <p>
          <a href="/desk/mail">{words.mailLook}</a>
        </p>
      ) : null}
    </Notice>
  );
}

function GivenUp({count}: {readonly count: number}): VNode | null {
  const {home: words} = useWords();
  const {count: figure} = useFigures();
  if (count === 0) return null;
  return (
    <Notice state="warning" title={words.mail}>
      <p>{words.mailSays(figure(count))}</p>
      <p>
        <a href="/desk/mail">{words.mailLook}</a>
      </p>
    </Notice>
  );
}

export function IncidentPanel({incidents, nameOf}: Naming & {readonly incidents: readonly Incident[]}): VNode | null {
  const {home: words} = useWords();
  const {incidentColumns: columns} = words;
  if (incidents.length === 0) return null;
  return (
    <Panel title={words.incidents}>
      <Table
        caption={words.incidentsList}
        rows={incidents}
        rowKey={({site, code, subject}) => `${site} ${code} ${subject}`}
        columns={[
          {head: columns.what, kind: 'key', cell: ({code}) => <code>{code}</code>},
          {
            head: columns.where,
            cell: ({site, subject}) => (
              <>
                {site === '' ? words.cloud : <a href={siteAddress(site)}>{nameOf(site)}</a>}
                {subject === '' ? null : <span class="under soft">{subject}</span>}
              </>
            ),
          },
          {head: columns.since, cell: ({since}) => <Age at={since} />},
          {head: columns.detail, cell: ({detail}) => detail},
          {head: columns.cure, kind: 'wide', cell: ({cure}) => cure},
        ]}
      />
    </Panel>
  );
}

function BoxPanel({boxes, nameOf}: Naming & {readonly boxes: readonly BoxState[]}): VNode | null {
  const {home: words} = useWords();
  const {boxColumns: columns} = words;
  if (boxes.length === 0) return null;
  return (
    <Panel title={words.boxes}>
      <Table
        caption={words.boxesList}
        rows={boxes}
        rowKey={({site, box}) => `${site} ${box}`}
        columns={[
          {
            head: columns.box,
            kind: 'key',
            cell: ({site, box}) => (
              <a href={siteAddress(site)}>
                {nameOf(site)}
                <span class="under soft">{box}</span>
              </a>
            ),
          },
          {head: columns.state, cell: ({verdict}) => <VerdictBadge verdict={verdict} />},
          {head: columns.heard, cell: ({heardAt}) => <Age at={heardAt} />},
          {head: columns.why, kind: 'wide', cell: ({verdict}) => <VerdictSays verdict={verdict} />},
        ]}
      />
    </Panel>
  );
}

function PaymentPanel({
  payments,
  microsOfMinor,
  nameOf,
}: Naming & {readonly payments: readonly DoubtfulPayment[]} & Pick<HomeView, 'microsOfMinor'>): VNode | null {
  const {home: words} = useWords();
  const {paymentColumns: columns} = words;
  if (payments.length === 0) return null;
  return (
    <Panel title={words.payments}>
      <Table
        caption={words.paymentsList}
        rows={payments}
        rowKey={({id}) => id}
        columns={[
          {
            head: columns.payment,
            kind: 'key',
            cell: ({id}) => (
              <a href={paymentAddress(id)}>
                <code>{id}</code>
              </a>
            ),
          },
          {
            head: columns.amount,
            kind: 'figure',
            cell: ({minor, currency}) => <Money amount={microsOfMinor(minor, currency)} currency={currency} />,
          },
          {head: columns.state, cell: ({state, needsPerson}) => <PaymentStateBadge state={state} needsPerson={needsPerson} />},
          {head: columns.age, cell: ({since}) => <Age at={since} />},
          {head: columns.site, cell: ({site}) => nameOf(site)},
        ]}
      />
    </Panel>
  );
}

function UnbillablePanel({groups, nameOf}: Naming & {readonly groups: readonly WaitingCalls[]}): VNode | null {
  const {home: words, unbillable} = useWords();
  const {unbillableColumns: columns} = words;
  const {text} = useFigures();
  if (groups.length === 0) return null;
  return (
    <Panel title={words.unbillable}>
      <Table
        caption={words.unbillableList}
        rows={groups}
        rowKey={({site, reason}) => `${site} ${reason}`}
        columns={[
          {
            head: columns.reason,
            kind: 'key',
            cell: ({site, reason}) => (
              <a href={`/desk/unbillable?${new URLSearchParams({site, reason}).toString()}`}>{unbillable.reasons[reason] ?? reason}</a>
            ),
          },
          {head: columns.site, cell: ({site}) => nameOf(site)},
          {head: columns.calls, kind: 'figure', cell: ({calls}) => <Count value={calls} />},
          {head: columns.minutes, kind: 'figure', cell: ({seconds}) => text(Math.ceil(seconds / 60))},
          {head: columns.oldest, cell: ({oldest}) => <Age at={oldest} />},
        ]}
      />
    </Panel>
  );
}

function Tiles({tiles}: Pick<HomeView, 'tiles'>): VNode {
  const {home: words} = useWords();
  const isAdmin = useMay('admin');
  return (
    <div id="tiles" class="desk-tiles">
      {tiles.length === 0 ? (
        <Empty title={words.noSites}>
          {words.noSitesHow} {isAdmin ? <a href="/desk/sites/new">{words.newSite}</a> : null}
        </Empty>
      ) : (
        tiles.map((tile) => <Tile key={tile.site.id} {...tile} />)
      )}
    </div>
  );
}

function Tile({site, totals, box}: SiteTile): VNode {
  const {home: words, box: boxWords} = useWords();
  const {tile} = words;
  const money = (amount: Micros): ComponentChildren => <Money amount={amount} currency={site.currency} />;
  return (
    <InZone zone={site.zone}>
      <section class="panel">
        <header class="panel-head">
          <h2>
            <a href={siteAddress(site.id)}>{site.name}</a>
          </h2>
        </header>
        <Facts
          facts={[
            {
              term: tile.box,
              value:
                box === undefined ? (
                  <span class="soft">{boxWords.verdicts.none}</span>
                ) : (
                  <>
                    <VerdictBadge verdict={box.verdict} />
                    <span class="under">
                      <Age at={box.heardAt} />
                    </span>
                  </>
                ),
            },
            {term: tile.owed, value: money(totals.owed)},
            {term: tile.overdrawn, value: money(totals.overdrawn)},
            {term: tile.calls, value: <Count value={totals.callsToday} />},
            {term: tile.spent, value: money(totals.spentToday)},
            {term: tile.locked, value: <Count value={totals.linesLocked} />},
            {term: tile.students, value: <Count value={totals.students} />},
            {term: tile.unbillable, value: <Count value={totals.unbillable} />},
          ]}
        />
      </section>
    </InZone>
  );
}
