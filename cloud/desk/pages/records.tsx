// Mail that did not go out, and the audit log.
import type {VNode} from 'preact';
import {instant} from '../../../shared/time/instant.ts';
import {Age, Count, Time} from '../../../shared/ui/figures.tsx';
import {CutPager, ListFault} from '../../../shared/ui/list.tsx';
import {Empty, Notice, Panel} from '../../../shared/ui/parts.tsx';
import {Table, type Column} from '../../../shared/ui/table.tsx';
import type {AuditPage as Found} from '../rows/audit.ts';
import type {Mail} from '../rows/mail.ts';
import {Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';
import {MailDown} from './home.tsx';

export function MailPage({
  trouble,
  found,
}: {
  /** Why nothing goes out at all. */
  readonly trouble: string | undefined;
  readonly found: {readonly givenUp: readonly Mail[]; readonly waiting: readonly Mail[]} | undefined;
}): VNode {
  const {mail: words, frame} = useWords();
  const {columns} = words;
  return (
    <Frame current="mail" title={words.title} lead={words.lead}>
      {found === undefined ? (
        <ListFault words={frame.list} />
      ) : (
        <>
          <MailDown why={trouble} />
          <Panel title={words.givenUp}>
            {found.givenUp.length === 0 ? (
              <Empty title={words.noGivenUp}>{words.noGivenUpHow}</Empty>
            ) : (
              <>
                <p>{words.givenUpHow}</p>
                <MailTable mails={found.givenUp} last={{head: columns.given, cell: ({givenUpAt}) => <Age at={givenUpAt} />}} />
              </>
            )}
          </Panel>
          <Panel title={words.waiting}>
            {found.waiting.length === 0 ? (
              <Empty title={words.noWaiting}>{words.noWaitingHow}</Empty>
            ) : (
              <MailTable mails={found.waiting} last={{head: columns.next, cell: ({nextAt}) => <Age at={nextAt} />}} />
            )}
          </Panel>
        </>
      )}
    </Frame>
  );
}

function MailTable({mails, last}: {readonly mails: readonly Mail[]; readonly last: Column<Mail>}): VNode {
  const {mail: words} = useWords();
  const {columns} = words;
  return (
    <Table
      caption={words.list}
      rows={mails}
      rowKey={({id}) => id}
      columns={[
        {head: columns.to, kind: 'key', cell: ({recipient}) => <span class="hash">{recipient}</span>},
        {head: columns.what, cell: ({template}) => words.templates[template] ?? template},
        {head: columns.asked, cell: ({askedAt}) => <Age at={askedAt} />},
        {head: columns.tries, kind: 'figure', cell: ({attempts}) => <Count value={attempts} />},
        {head: columns.why, kind: 'wide', cell: ({failure}) => failure},
        last,
      ]}
    />
  );
}

export function AuditPage({found}: {readonly found: Found | undefined}): VNode {
  const {audit: words, frame} = useWords();
  return (
    <Frame current="audit" title={words.title} lead={words.lead}>
      {found === undefined ? (
        <ListFault words={frame.list} />
      ) : found.rows.length === 0 ? (
        <Empty title={words.empty}>{words.emptyHow}</Empty>
      ) : (
        <>
          <ChainNotice found={found} />
          <AuditTable found={found} />
          <CutPager path="/desk/audit" keep={{}} cut={found} />
        </>
      )}
    </Frame>
  );
}

function ChainNotice({found: {brokenAt, head = ''}}: {readonly found: Found}): VNode {
  const {audit: words} = useWords();
  const {text} = useFigures();
  return brokenAt === undefined ? (
    <Notice state="ok" title={words.whole}>
      <p class="soft">
        <code class="hash">{words.head(head)}</code>
      </p>
    </Notice>
  ) : (
    <Notice state="fault" title={words.broken(text(brokenAt))}>
      <p>{words.brokenWhy}</p>
    </Notice>
  );
}

function AuditTable({found}: {readonly found: Found}): VNode {
  const {audit: words} = useWords();
  const {columns} = words;
  return (
    <Table
      caption={words.list}
      rows={found.rows}
      rowKey={({seq}) => String(seq)}
      columns={[
        {
          head: columns.when,
          kind: 'key',
          cell: ({seq, at}) => (
            <>
              <Time at={at} />
              <span class="under soft figure">{seq}</span>
            </>
          ),
        },
        {head: columns.who, cell: ({by}) => by},
        {head: columns.what, cell: ({act}) => <code>{act}</code>},
        {head: columns.subject, cell: ({subject}) => <code class="hash">{subject}</code>},
        {head: columns.site, cell: ({site}) => site},
        {head: columns.detail, kind: 'wide', cell: ({detail}) => <Detail detail={detail} />},
      ]}
    />
  );
}

/** Times in a detail are milliseconds since 1970: nothing else in it is as large. */
const FIRST_TIME = 1_000_000_000_000;

function Detail({detail}: {readonly detail: string}): VNode {
  const pairs = pairsIn(detail);
  if (pairs === undefined) return <code class="hash">{detail}</code>;
  return (
    <span class="log-fields">
      {pairs.map(([name, value]) => (
        <span key={name}>
          {name}:{' '}
          {typeof value === 'number' && value >= FIRST_TIME ? <Time at={instant(value)} /> : <code class="hash">{textOf(value)}</code>}
        </span>
      ))}
    </span>
  );
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Undefined for a text that is no object. */
function pairsIn(detail: string): readonly (readonly [string, unknown])[] | undefined {
  try {
    const read = JSON.parse(detail) as unknown;
    return typeof read === 'object' && read !== null ? Object.entries(read) : undefined;
  } catch {
    return undefined;
  }
}
