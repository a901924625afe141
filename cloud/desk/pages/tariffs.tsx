// The tariffs of a site: what applies when, what is on its way, every schedule that was ever sent.
import type {ComponentChildren, VNode} from 'preact';
import {Age, Time, timeText} from '../../../shared/ui/figures.tsx';
import {Empty, Notice, Panel, Pager} from '../../../shared/ui/parts.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {StateBadge} from '../../../shared/ui/state.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Draft} from '../../tariff/drafts.ts';
import type {PublishedTariff, ScheduleRole} from '../../tariff/published.ts';
import type {EntryChange, ScheduleVersion} from '../../tariff/versions.ts';
import type {Site} from '../rows/sites.ts';
import {compareAddress, draftAddress, siteAddress, tariffsAddress, versionAddress} from './addresses.ts';
import {ConfirmPage, Frame} from './frame.tsx';
import {useFigures, useMay, useWords} from './ground.ts';
import {AddLink} from './students.tsx';

export type Schedules = Readonly<Record<ScheduleRole, readonly PublishedTariff[]>>;

export type TariffsView = {
  readonly site: Site;
  /** Newest first. */
  readonly schedules: Schedules;
  readonly drafts: readonly Draft[];
  readonly versions: readonly ScheduleVersion[];
  /** Of tariffs, by hash. */
  readonly names: ReadonlyMap<string, string>;
  readonly newest: string | undefined;
  readonly older: string | undefined;
};

export function TariffsPage({site, schedules, drafts, versions, names, newest, older}: TariffsView): VNode {
  const {tariffs: words} = useWords();
  const may = useMay('admin');
  const at = tariffsAddress(site.id);
  return (
    <Frame
      current="sites"
      title={words.title(site.name)}
      lead={words.lead}
      aside={
        <>
          <p class="as-of">
            <a href={siteAddress(site.id)}>{site.name}</a>
          </p>
          {may ? <AddLink href={`${at}/draft`} label={words.add} /> : null}
        </>
      }
    >
      <SchedulePanel role="student" tariffs={schedules.student} />
      {schedules.carrier.length === 0 ? null : <SchedulePanel role="carrier" tariffs={schedules.carrier} />}
      <p class="soft">{words.rule}</p>
      <Panel title={words.drafts}>
        <DraftTable drafts={drafts} />
      </Panel>
      <Panel title={words.versions}>
        <p class="soft">{words.versionsLead}</p>
        <VersionTable site={site} versions={versions} names={names} />
        <Pager page={undefined} previous={newest} next={older} />
      </Panel>
    </Frame>
  );
}

function SchedulePanel({role, tariffs}: {readonly role: ScheduleRole; readonly tariffs: readonly PublishedTariff[]}): VNode {
  const {tariffs: words} = useWords();
  return (
    <Panel title={words.scheduleOf[role]}>
      <ScheduleTable caption={words.scheduleList[role]} tariffs={tariffs} />
    </Panel>
  );
}

/** As it is, and what is planned; newest first. */
export function ScheduleTable({caption, tariffs}: {readonly caption: string; readonly tariffs: readonly PublishedTariff[]}): VNode {
  const {tariffs: words, sites} = useWords();
  const {columns, states} = words;
  const {now} = useSetting();
  if (tariffs.length === 0) return <Empty title={sites.noTariff} />;
  return (
    <Table
      caption={caption}
      rows={tariffs}
      rowKey={({from}) => String(from)}
      dim={({isInForce, from}) => !isInForce && from <= now}
      columns={[
        {head: columns.name, kind: 'key', cell: ({name}) => name},
        {
          head: columns.state,
          cell: ({isInForce, from}) => (
            <StateBadge state={isInForce ? 'ok' : 'off'} word={isInForce ? states.inForce : from > now ? states.planned : states.past} />
          ),
        },
        {head: columns.from, cell: ({from}) => (from === 0 ? words.always : <Time at={from} />)},
        {head: columns.hash, kind: 'wide', cell: ({hash}) => <code class="hash">{hash}</code>},
      ]}
    />
  );
}

function DraftTable({drafts}: {readonly drafts: readonly Draft[]}): VNode {
  const {tariffs: words} = useWords();
  const {draftColumns: columns} = words;
  if (drafts.length === 0) return <Empty title={words.noDrafts}>{words.noDraftsHow}</Empty>;
  return (
    <Table
      caption={words.draftsList}
      rows={drafts}
      rowKey={({id}) => id}
      columns={[
        {
          head: columns.name,
          kind: 'key',
          cell: ({id, name, hash}) => (
            <a href={draftAddress(id)}>
              {name}
              <code class="under">{shortHash(hash)}</code>
            </a>
          ),
        },
        {head: columns.role, cell: ({role}) => words.roles[role]},
        {head: columns.by, cell: ({by}) => by},
        {head: columns.at, cell: ({at}) => <Age at={at} />},
        {head: columns.note, kind: 'wide', cell: ({note}) => note},
      ]}
    />
  );
}

/** Enough to tell two tariffs apart by eye. */
const HASH_SHOWN = 10;

export function shortHash(hash: string): string {
  return hash.slice(0, HASH_SHOWN);
}

type Versions = Pick<TariffsView, 'site' | 'versions' | 'names'>;

function VersionTable({site, versions, names}: Versions): VNode {
  const {tariffs: words} = useWords();
  const {versionColumns: columns} = words;
  return (
    <Table
      caption={words.versionsList}
      rows={versions}
      rowKey={({seq}) => String(seq)}
      columns={[
        {
          head: columns.at,
          kind: 'key',
          cell: ({seq, at}) => (
            <a href={versionAddress(site.id, seq)}>
              <Time at={at} />
              <span class="under">{words.versionTitle(String(seq))}</span>
            </a>
          ),
        },
        {head: columns.act, cell: ({act, by}) => <ActBy act={act} by={by} />},
        {head: columns.changes, kind: 'wide', cell: ({changes}) => <Changes site={site} changes={changes} names={names} />},
      ]}
    />
  );
}

function ActBy({act, by}: Pick<ScheduleVersion, 'act' | 'by'>): VNode {
  const {tariffs: words} = useWords();
  return (
    <>
      {by ?? <span class="soft">{words.unknown}</span>}
      <span class="under soft">{words.acts[act]}</span>
    </>
  );
}

/** A schedule may hold a thousand entries, and all may change. */
const MOST_CHANGES = 20;

function Changes({
  site,
  changes,
  names,
}: {
  readonly site: Pick<Site, 'id'>;
  readonly changes: readonly EntryChange[];
  readonly names: ReadonlyMap<string, string>;
}): VNode {
  const {tariffs: words, preview} = useWords();
  const {text} = useFigures();
  if (changes.length === 0) return <>{words.none}</>;
  return (
    <>
      <ul class="plain">
        {changes.slice(0, MOST_CHANGES).map((change) => (
          <li key={`${change.role} ${change.from}`}>
            <ChangeText change={change} names={names} />
            {change.before === undefined || change.after === undefined ? null : (
              <>
                {' · '}
                <a href={compareAddress(site.id, {role: change.role, before: change.before, after: change.after})}>
                  {words.change.compare}
                </a>
              </>
            )}
          </li>
        ))}
      </ul>
      {changes.length > MOST_CHANGES ? <p class="soft">{preview.cut(text(MOST_CHANGES), text(changes.length))}</p> : null}
    </>
  );
}

function ChangeText({change, names}: {readonly change: EntryChange; readonly names: ReadonlyMap<string, string>}): VNode {
  const {tariffs: words} = useWords();
  const setting = useSetting();
  const name = (hash: string): string => `${names.get(hash) ?? hash} (${shortHash(hash)})`;
  const {before, after, from, role} = change;
  const when = from === 0 ? words.always : timeText(from, setting);
  const what =
    after === undefined
      ? words.change.removed(when, name(before ?? ''))
      : before === undefined
        ? words.change.added(when, name(after))
        : words.change.replaced(when, name(after), name(before));
  return <>{role === 'carrier' ? `${what} ${words.carrierMark}` : what}</>;
}

export type VersionView = {
  readonly site: Site;
  readonly version: ScheduleVersion;
  /** As it said, newest first. */
  readonly schedules: Schedules;
  readonly names: ReadonlyMap<string, string>;
  /** What putting it in force again would change now. */
  readonly back: readonly EntryChange[];
};

export function VersionPage({site, version, schedules, names, back}: VersionView): VNode {
  const {tariffs: words} = useWords();
  const may = useMay('admin');
  const {text} = useFigures();
  const at = versionAddress(site.id, version.seq);
  return (
    <Frame
      current="sites"
      title={words.versionTitle(text(version.seq))}
      lead={site.name}
      back={{href: tariffsAddress(site.id), label: words.title(site.name)}}
    >
      <Panel title={words.versionColumns.changes}>
        <p>
          <Time at={version.at} />: {version.by ?? words.unknown}, {words.acts[version.act]}
        </p>
        <Changes site={site} changes={version.changes} names={names} />
      </Panel>
      <SchedulePanel role="student" tariffs={schedules.student} />
      {schedules.carrier.length === 0 ? null : <SchedulePanel role="carrier" tariffs={schedules.carrier} />}
      {may ? (
        <Panel title={words.back}>
          {back.length === 0 ? (
            <p class="soft">{words.backNothing}</p>
          ) : (
            <>
              <Changes site={site} changes={back} names={names} />
              <p>
                <a class="button" href={`${at}/back`}>
                  {words.back}
                </a>
              </p>
            </>
          )}
        </Panel>
      ) : null}
    </Frame>
  );
}

/** `now`: when it is put in force, as it stands in the first of the changes. */
export function BackConfirmPage({
  site,
  version,
  names,
  back,
  seen,
  isChanged,
}: VersionView & {readonly seen: string; readonly isChanged: boolean}): VNode {
  const {tariffs: words} = useWords();
  const {text} = useFigures();
  const at = versionAddress(site.id, version.seq);
  const will: readonly ComponentChildren[] = [
    ...back.map((change) => <ChangeText key={`${change.role} ${change.from}`} change={change} names={names} />),
    words.backWill.kept,
    words.publishWill.offline,
  ];
  return (
    <ConfirmPage
      current="sites"
      title={words.backTitle(text(version.seq), site.name)}
      will={will}
      action={`${at}/back`}
      fields={{seen}}
      submit={words.backSubmit}
      kind="danger"
      back={at}
    >
      {isChanged ? <Notice state="warning" title={words.changedSince} /> : null}
    </ConfirmPage>
  );
}
