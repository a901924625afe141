// Lines: the list, and the form of one.
import type {VNode} from 'preact';
import {Age, Money} from '../../../shared/ui/figures.tsx';
import {Choices, Field} from '../../../shared/ui/form.tsx';
import {ListFault, SearchedList} from '../../../shared/ui/list.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import {LINE_FILTERS, type Line, type LineClass, type LinePage, type LineWish} from '../rows/lines.ts';
import type {Site} from '../rows/sites.ts';
import {lineAddress, siteAddress} from './addresses.ts';
import {LockBadge, PayerLink, ReasonList} from './cells.tsx';
import {DeskForm, type FormState} from './forms.tsx';
import {Frame} from './frame.tsx';
import {useMay, useWords} from './ground.ts';
import {AddLink, SiteSelect} from './students.tsx';

const PATH = '/desk/lines';
export const LINE_CLASSES: readonly LineClass[] = ['student', 'staff', 'lift', 'emergency'];

export function LinesPage({
  wish,
  found,
  nameOf,
}: {
  readonly wish: LineWish;
  readonly found: LinePage | undefined;
  readonly nameOf: (site: string) => string;
}): VNode {
  const {lines: words, frame} = useWords();
  const may = useMay('clerk');
  return (
    <Frame
      current="lines"
      title={words.title}
      lead={words.lead}
      aside={may ? <AddLink href={`${PATH}/new`} label={words.add} /> : undefined}
    >
      {found === undefined ? (
        <ListFault words={frame.list} />
      ) : (
        <SearchedList
          address={PATH}
          words={words}
          filters={LINE_FILTERS.map((each) => [each, found.counts[each]])}
          filter={wish.filter}
          search={wish.search}
          page={wish.page}
          hasMore={found.hasMore}
          isEmpty={found.rows.length === 0}
        >
          <LineTable lines={found.rows} nameOf={nameOf} />
        </SearchedList>
      )}
    </Frame>
  );
}

function LineTable({lines, nameOf}: {readonly lines: readonly Line[]; readonly nameOf: (site: string) => string}): VNode {
  const {lines: words} = useWords();
  const {columns} = words;
  return (
    <Table
      caption={words.list}
      rows={lines}
      rowKey={({site, extension}) => `${site} ${extension}`}
      columns={[
        {
          head: columns.line,
          kind: 'key',
          cell: ({site, extension, label}) => (
            <a href={lineAddress(site, extension)}>
              <span class="figure">{extension}</span>
              {label === undefined ? null : <span class="under soft">{label}</span>}
            </a>
          ),
        },
        {head: columns.kind, cell: (line) => words.classes[line.class]},
        {head: columns.payer, cell: (line) => <LinePayer line={line} />},
        {head: columns.wanted, cell: (line) => <ToldBadge line={line} />},
        {head: columns.why, kind: 'wide', cell: ({told}) => <ReasonList reasons={told?.reasons ?? []} />},
        {head: columns.since, cell: ({told}) => (told === undefined ? null : <Age at={told.at} />)},
        {head: columns.site, cell: ({site}) => <a href={siteAddress(site)}>{nameOf(site)}</a>},
      ]}
    />
  );
}

function LinePayer({line: {payer, currency, ...line}}: {readonly line: Line}): VNode {
  const {lines: words} = useWords();
  if (payer === undefined) return <span class="soft">{line.class === 'student' ? words.nobody : words.notForPayers}</span>;
  return (
    <>
      <PayerLink account={payer.account} name={payer.name} />{' '}
      <span class="under">
        <Money amount={payer.balance} currency={currency} />
      </span>
    </>
  );
}

export function ToldBadge({line: {told}}: {readonly line: Pick<Line, 'told'>}): VNode {
  const {wanted} = useWords().lines;
  if (told === undefined) return <span class="soft">{wanted.untold}</span>;
  return <LockBadge isLocked={told.wanted === 'locked'} word={wanted[told.wanted]} />;
}

/** As typed. */
export type LineFields = {readonly site: string; readonly extension: string; readonly class: string; readonly label: string};

export function NewLinePage({
  sites,
  fields,
  errors = {},
  trouble,
}: FormState & {readonly sites: readonly Site[]; readonly fields: LineFields}): VNode {
  const {lines: words, line} = useWords();
  const {form} = words;
  return (
    <Frame current="lines" title={words.add} lead={words.addLead} back={{href: PATH, label: line.back}}>
      <DeskForm action={`${PATH}/new`} errors={errors} trouble={trouble} submit={form.submit} back={PATH}>
        <SiteSelect sites={sites} value={fields.site} label={form.site} error={errors['site']} />
        <Field
          name="extension"
          label={form.extension}
          help={form.extensionHelp}
          value={fields.extension}
          width="short"
          error={errors['extension']}
        />
        <ClassAndPlace fields={fields} errors={errors} />
      </DeskForm>
    </Frame>
  );
}

export function EditLinePage({line, fields, errors, trouble}: FormState & {readonly line: Line; readonly fields: LineFields}): VNode {
  const {lines, line: words} = useWords();
  const at = lineAddress(line.site, line.extension);
  return (
    <Frame current="lines" title={words.editTitle(line.extension)} back={{href: at, label: words.pageTitle(line.extension)}}>
      <DeskForm action={`${at}/edit`} errors={errors} trouble={trouble} submit={lines.form.save} back={at}>
        <ClassAndPlace fields={fields} errors={errors} />
      </DeskForm>
    </Frame>
  );
}

function ClassAndPlace({fields, errors = {}}: FormState & {readonly fields: LineFields}): VNode {
  const {lines: words} = useWords();
  const {form} = words;
  return (
    <>
      <Choices
        name="class"
        label={form.class}
        value={fields.class}
        error={errors['class']}
        choices={LINE_CLASSES.map((each) => ({value: each, label: words.classes[each], help: words.classHelp[each]}))}
      />
      <Field name="label" label={form.label} help={form.labelHelp} value={fields.label} required={false} error={errors['label']} />
    </>
  );
}
