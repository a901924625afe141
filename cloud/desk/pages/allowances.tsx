// Free allowances: those of a site, with what is wrong with their destinations; those of a student, with what is left.
import type {VNode} from 'preact';
import type {Currency} from '../../../shared/money/micros.ts';
import {instant} from '../../../shared/time/instant.ts';
import {dayText} from '../../../shared/ui/figures.tsx';
import {Empty, Notice, Pager, Panel} from '../../../shared/ui/parts.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {StateBadge, StateMark} from '../../../shared/ui/state.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Allowance, Standing} from '../../books/allowances.ts';
import type {MissingIn} from '../../tariff/destinations.ts';
import type {Site} from '../rows/sites.ts';
import type {Student} from '../rows/students.ts';
import {allowanceAddress, siteAddress} from './addresses.ts';
import {PayerLink} from './cells.tsx';
import {Frame} from './frame.tsx';
import {useFigures, useGround, useMay, useWords} from './ground.ts';

/** An allowance with the tariffs that do not know all of its destinations. */
export type AllowanceLine = {
  readonly allowance: Allowance;
  /** Of whom it is, where of one. */
  readonly name: string | undefined;
  readonly missing: readonly MissingIn[];
};

export type AllowancesView = {
  readonly site: Site;
  readonly lines: readonly AllowanceLine[];
  readonly page: number;
  readonly hasMore: boolean;
};

export function AllowancesPage({site, lines, page, hasMore}: AllowancesView): VNode {
  const {allowances: words} = useWords();
  const {count} = useFigures();
  const may = useMay('admin');
  const at = siteAddress(site.id);
  const wrong = lines.filter(({missing}) => missing.length > 0).length;
  const turn = (to: number): string => `${at}/allowances?page=${to}`;
  return (
    <Frame current="sites" title={words.siteTitle(site.name)} lead={words.lead} back={{href: at, label: site.name}}>
      {wrong === 0 ? null : (
        <Notice state="warning" title={words.missing(count(wrong))}>
          <p>{words.missingHow}</p>
        </Notice>
      )}
      {may ? (
        <p class="actions">
          <a class="button is-main" href={`${at}/allowance`}>
            {words.grant}
          </a>
        </p>
      ) : null}
      {lines.length === 0 ? <Empty title={words.empty}>{words.emptyHow}</Empty> : <AllowanceTable site={site} lines={lines} />}
      <Pager page={page} previous={page > 1 ? turn(page - 1) : undefined} next={hasMore ? turn(page + 1) : undefined} />
    </Frame>
  );
}

/** Where it is of use: beside the tariffs, of which one may be new. */
export function MisnamedNotice({site, misnamed}: {readonly site: string; readonly misnamed: number}): VNode | null {
  const {allowances: words} = useWords();
  const {count} = useFigures();
  if (misnamed === 0) return null;
  return (
    <Notice state="warning" title={words.missing(count(misnamed))}>
      <p>
        {words.missingHow} <a href={`${siteAddress(site)}/allowances`}>{words.missingLook}</a>
      </p>
    </Notice>
  );
}

function AllowanceTable({site, lines}: Pick<AllowancesView, 'site' | 'lines'>): VNode {
  const {allowances: words} = useWords();
  const {columns} = words;
  const saying = useSaying(site.currency);
  const [isAdmin, isClerk] = [useMay('admin'), useMay('clerk')];
  return (
    <Table
      caption={words.list}
      rows={lines}
      rowKey={({allowance}) => allowance.allowance}
      dim={({allowance}) => isOver(stateOf(allowance, saying.setting.now))}
      columns={[
        {head: columns.name, kind: 'key', cell: ({allowance}) => allowance.name},
        {
          head: columns.who,
          cell: ({allowance: {account}, name}) => (account === undefined ? words.everybody : <PayerLink account={account} name={name} />),
        },
        {head: columns.what, cell: ({allowance}) => saying.eachText(allowance)},
        {head: columns.where, kind: 'wide', cell: ({allowance, missing}) => <Where allowance={allowance} missing={missing} />},
        {head: columns.when, cell: ({allowance}) => <When allowance={allowance} saying={saying} />},
        {head: columns.state, cell: ({allowance}) => <AllowanceBadge allowance={allowance} />},
        {
          head: columns.acts,
          kind: 'act',
          cell: ({allowance}) =>
            isAdmin || (isClerk && allowance.account !== undefined) ? <Acts site={site} allowance={allowance} /> : null,
        },
      ]}
    />
  );
}

function When({allowance: {from, to}, saying}: {readonly allowance: Allowance; readonly saying: ReturnType<typeof useSaying>}): VNode {
  const {allowances: words} = useWords();
  return (
    <>
      {words.fromDay(saying.dayText(from))}
      <span class="under soft">{to === undefined ? words.openEnd : words.untilDay(saying.dayText(to - 1))}</span>
    </>
  );
}

type AllowanceState = 'now' | 'planned' | 'past' | 'void';

function stateOf({from, to}: Allowance, now: number): AllowanceState {
  if (to !== undefined && to <= from) return 'void';
  if (from > now) return 'planned';
  return to !== undefined && to <= now ? 'past' : 'now';
}

function isOver(state: AllowanceState): boolean {
  return state === 'past' || state === 'void';
}

function AllowanceBadge({allowance}: {readonly allowance: Allowance}): VNode {
  const {states} = useWords().allowances;
  const state = stateOf(allowance, useSetting().now);
  return <StateBadge state={state === 'now' ? 'ok' : 'off'} word={states[state]} />;
}

function Acts({site, allowance}: {readonly site: Pick<Site, 'id'>; readonly allowance: Allowance}): VNode | null {
  const {allowances: words} = useWords();
  if (isOver(stateOf(allowance, useSetting().now))) return null;
  const at = allowanceAddress(site.id, allowance.allowance);
  return (
    <>
      <a class="button" href={`${at}/edit`}>
        {words.change}
        <span class="said"> {allowance.name}</span>
      </a>{' '}
      <a class="button" href={`${at}/end`}>
        {words.end}
        <span class="said"> {allowance.name}</span>
      </a>
    </>
  );
}

/** Names that fit into a cell; the rest behind a word. */
const MOST_NAMED = 3;

function Where({allowance: {destinations}, missing}: Pick<AllowanceLine, 'allowance' | 'missing'>): VNode {
  const {allowances: words} = useWords();
  const {text} = useFigures();
  const setting = useSetting();
  const [first = words.anywhere] = destinations;
  return (
    <>
      {destinations.length <= MOST_NAMED ? (
        destinations.length === 0 ? (
          words.anywhere
        ) : (
          destinations.join(', ')
        )
      ) : (
        <details>
          <summary>{words.more(first, text(destinations.length - 1))}</summary>
          {destinations.join(', ')}
        </details>
      )}
      {missing.map(({tariff, from, isInForce, names}) => (
        <span key={from} class="under is-warning state-line">
          <StateMark state="warning" />
          {isInForce ? words.missingNow(tariff, names.join(', ')) : words.missingLater(tariff, dayText(from, setting), names.join(', '))}
        </span>
      ))}
    </>
  );
}

/** Amounts and days of allowances, in words. */
export function useSaying(currency: Currency) {
  const {allowances: words} = useWords();
  const {money, count} = useFigures();
  const setting = useSetting();
  /** `60 minutes`, `£5.00 of calls`. */
  const amountText = ({unit}: Pick<Allowance, 'unit'>, amount: number): string => {
    const minutes = Math.round((amount / 60) * 100) / 100;
    return unit === 'seconds' ? words.minutes(count(minutes)) : words.money(money(amount, currency));
  };
  return {
    setting,
    amountText,
    eachText: (allowance: Pick<Allowance, 'unit' | 'amount' | 'period'>): string =>
      words.each(amountText(allowance, allowance.amount), allowance.period),
    dayText: (at: number): string => dayText(instant(at), setting),
  };
}

export type AllowancePanelView = {
  readonly student: Student;
  readonly site: Site;
  /** Those that hold now or will. */
  readonly granted: readonly Allowance[];
  readonly free: readonly Standing[];
};

export function AllowancePanel({student, site, granted, free}: AllowancePanelView): VNode {
  const {allowances: words} = useWords();
  const {columns} = words;
  const saying = useSaying(site.currency);
  const may = useMay('clerk') && student.closedAt === undefined;
  const standing = new Map(free.map((each) => [each.allowance.allowance, each]));
  const at = siteAddress(site.id);
  return (
    <Panel
      id="allowances"
      title={words.title}
      aside={may ? <a href={`${at}/allowance?account=${encodeURIComponent(student.account)}`}>{words.grant}</a> : undefined}
    >
      {granted.length === 0 ? (
        <Empty title={words.studentNone}>{words.studentNoneHow}</Empty>
      ) : (
        <Table
          caption={words.studentList}
          rows={granted}
          rowKey={({allowance}) => allowance}
          columns={[
            {
              head: columns.name,
              kind: 'key',
              cell: ({name, account}) => (
                <>
                  {name}
                  {account === undefined ? <span class="under soft">{words.ofSite}</span> : null}
                </>
              ),
            },
            {head: columns.what, cell: (allowance) => saying.eachText(allowance)},
            {
              head: columns.left,
              cell: (allowance) => {
                const now = standing.get(allowance.allowance);
                return now === undefined ? <AllowanceBadge allowance={allowance} /> : <Left standing={now} site={site} />;
              },
            },
            {head: columns.where, kind: 'wide', cell: (allowance) => <Where allowance={allowance} missing={[]} />},
            {
              head: columns.acts,
              kind: 'act',
              cell: (allowance) => (may && allowance.account !== undefined ? <Acts site={site} allowance={allowance} /> : null),
            },
          ]}
        />
      )}
      <p>
        <a class="go" href={`${at}/allowances`}>
          {words.all}
        </a>
      </p>
    </Panel>
  );
}

function Left({standing: {allowance, left, endsAt}, site}: {readonly standing: Standing; readonly site: Site}): VNode {
  const {allowances: words} = useWords();
  const {money} = useFigures();
  const {price} = useGround().language;
  const saying = useSaying(site.currency);
  const text = (value: number): string => (allowance.unit === 'seconds' ? price.duration(value) : money(value, site.currency));
  return (
    <>
      <span class="figure">{words.leftOf(text(left), text(allowance.amount))}</span>
      {endsAt === undefined ? null : <span class="under soft">{words.untilDay(saying.dayText(endsAt - 1))}</span>}
    </>
  );
}
