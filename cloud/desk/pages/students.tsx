// All students, and the form of one.
import type {VNode} from 'preact';
import {Money} from '../../../shared/ui/figures.tsx';
import {Field, Select, Tick} from '../../../shared/ui/form.tsx';
import {ListFault, SearchedList} from '../../../shared/ui/list.tsx';
import {StateBadge} from '../../../shared/ui/state.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import {STUDENT_FILTERS, type Student, type StudentPage, type StudentWish} from '../rows/students.ts';
import type {Site} from '../rows/sites.ts';
import {siteAddress, studentAddress} from './addresses.ts';
import {LineLinks} from './cells.tsx';
import {DeskForm, type FormState} from './forms.tsx';
import {Frame} from './frame.tsx';
import {useMay, useWords} from './ground.ts';

const PATH = '/desk/students';

export function StudentsPage({
  wish,
  found,
  nameOf,
}: {
  readonly wish: StudentWish;
  readonly found: StudentPage | undefined;
  readonly nameOf: (site: string) => string;
}): VNode {
  const {students: words, frame} = useWords();
  const mayAdd = useMay('clerk');
  return (
    <Frame
      current="students"
      title={words.title}
      lead={words.lead}
      aside={mayAdd ? <AddLink href={`${PATH}/new`} label={words.add} beside={{href: '/desk/import', label: words.addMany}} /> : undefined}
    >
      {found === undefined ? (
        <ListFault words={frame.list} />
      ) : (
        <SearchedList
          address={PATH}
          words={words}
          filters={STUDENT_FILTERS.map((each) => [each, found.counts[each]])}
          filter={wish.filter}
          search={wish.search}
          page={wish.page}
          hasMore={found.hasMore}
          isEmpty={found.rows.length === 0}
        >
          <StudentTable found={found} nameOf={nameOf} />
        </SearchedList>
      )}
    </Frame>
  );
}

type Link = {readonly href: string; readonly label: string};

export function AddLink({href, label, beside}: Link & {readonly beside?: Link}): VNode {
  return (
    <p class="actions">
      <a class="button is-main" href={href}>
        {label}
      </a>
      {beside === undefined ? null : (
        <a class="button" href={beside.href}>
          {beside.label}
        </a>
      )}
    </p>
  );
}

function StudentTable({found, nameOf}: {readonly found: StudentPage; readonly nameOf: (site: string) => string}): VNode {
  const {students: words} = useWords();
  const {columns} = words;
  return (
    <Table
      caption={words.list}
      rows={found.rows}
      rowKey={({account}) => account}
      dim={({closedAt}) => closedAt !== undefined}
      columns={[
        {
          head: columns.name,
          kind: 'key',
          cell: ({account, name}) => (
            <a href={studentAddress(account)}>
              {name}
              <span class="under soft">{account}</span>
            </a>
          ),
        },
        {
          head: columns.email,
          cell: ({email}) => (email === undefined ? <span class="soft">{words.noEmail}</span> : <span class="hash">{email}</span>),
        },
        {head: columns.lines, cell: ({site, lines}) => <LineLinks site={site} lines={lines} />},
        {head: columns.balance, kind: 'figure', cell: ({balance, currency}) => <Money amount={balance} currency={currency} />},
        {head: columns.state, cell: (student) => <StudentBadge student={student} />},
        {head: columns.site, cell: ({site}) => <a href={siteAddress(site)}>{nameOf(site)}</a>},
      ]}
    />
  );
}

export function StudentBadge({student: {closedAt, isRegistered, email}}: {readonly student: Student}): VNode {
  const {states} = useWords().students;
  if (closedAt !== undefined) return <StateBadge state="off" word={states.closed} />;
  if (isRegistered) return <StateBadge state="ok" word={states.open} />;
  return <StateBadge state="off" word={email === undefined ? states.noEmail : states.uninvited} />;
}

/** As typed. */
export type StudentFields = {
  readonly site: string;
  readonly name: string;
  readonly email: string;
  readonly language: string;
  readonly invite: boolean;
};

export function NewStudentPage({
  sites,
  fields,
  errors = {},
  trouble,
}: FormState & {readonly sites: readonly Site[]; readonly fields: StudentFields}): VNode {
  const {students: words} = useWords();
  const {form} = words;
  return (
    <Frame current="students" title={words.add} lead={words.addLead} back={{href: PATH, label: words.back}}>
      <DeskForm action={`${PATH}/new`} errors={errors} trouble={trouble} submit={form.submit} back={PATH}>
        <SiteSelect sites={sites} value={fields.site} label={form.site} error={errors['site']} />
        <PersonFields fields={fields} errors={errors} />
        <Tick name="invite" label={form.invite} help={form.inviteHelp} ticked={fields.invite} />
      </DeskForm>
    </Frame>
  );
}

export function SiteSelect({
  sites,
  value,
  label,
  error,
}: {
  readonly sites: readonly Site[];
  readonly value: string;
  readonly label: string;
  readonly error: string | undefined;
}): VNode {
  return <Select name="site" label={label} value={value} error={error} choices={sites.map(({id, name}) => ({value: id, label: name}))} />;
}

export function PersonFields({fields, errors = {}}: {readonly fields: Omit<StudentFields, 'site' | 'invite'>} & FormState): VNode {
  const {form} = useWords().students;
  return (
    <>
      <Field name="name" label={form.name} value={fields.name} error={errors['name']} />
      <Field
        name="email"
        label={form.email}
        help={form.emailHelp}
        value={fields.email}
        inputMode="email"
        required={false}
        error={errors['email']}
      />
      <Field
        name="language"
        label={form.language}
        help={form.languageHelp}
        value={fields.language}
        width="short"
        error={errors['language']}
      />
    </>
  );
}
