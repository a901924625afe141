// Many students from a list: the form, what is wrong in the list beside its lines, and what will happen before it does.
import type {VNode} from 'preact';
import {Count, Money} from '../../../shared/ui/figures.tsx';
import {TextArea, Tick} from '../../../shared/ui/form.tsx';
import {Panel} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {RosterProblem, RosterRow} from '../../people/roster.ts';
import type {Site} from '../rows/sites.ts';
import {DeskForm, type FormState} from './forms.tsx';
import {ConfirmPage, Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';
import {SiteSelect} from './students.tsx';

const PATH = '/desk/import';
const STUDENTS = '/desk/students';

/** As typed. */
export type ImportFields = {readonly site: string; readonly list: string; readonly invite: boolean};

export function ImportPage({
  sites,
  fields,
  most,
  problems = [],
  errors = {},
  trouble,
}: FormState & {
  readonly sites: readonly Site[];
  readonly fields: ImportFields;
  readonly most: number;
  readonly problems?: readonly RosterProblem[] | undefined;
}): VNode {
  const {roster: words, students} = useWords();
  const {count} = useFigures();
  return (
    <Frame current="students" title={words.title} lead={words.lead} back={{href: STUDENTS, label: students.back}}>
      <DeskForm
        action={PATH}
        errors={errors}
        trouble={trouble}
        submit={words.next}
        back={STUDENTS}
        between={<Problems problems={problems} list={fields.list} />}
      >
        <SiteSelect sites={sites} value={fields.site} label={words.site} error={errors['site']} />
        <TextArea name="list" label={words.list} help={words.listHelp(count(most))} value={fields.list} rows={16} error={errors['list']} />
        <Tick name="invite" label={words.invite} help={words.inviteHelp} ticked={fields.invite} />
      </DeskForm>
    </Frame>
  );
}

/** A line that is longer is shown so far. */
const TEXT_SHOWN = 100;

function Problems({problems, list}: {readonly problems: readonly RosterProblem[]; readonly list: string}): VNode | null {
  const {roster: words} = useWords();
  const {problemColumns: columns} = words;
  if (problems.length === 0) return null;
  const lines = list.split(/\r\n|\n|\r/);
  return (
    <Panel title={words.problems}>
      <Table
        caption={words.problemsList}
        rows={problems.map((problem, index) => ({...problem, index, text: lines[problem.at - 1]?.slice(0, TEXT_SHOWN) ?? ''}))}
        rowKey={({index}) => String(index)}
        columns={[
          {head: columns.line, kind: 'key', cell: ({at}) => <Count value={at} />},
          {head: columns.what, kind: 'wide', cell: ({what}) => what},
          {head: columns.text, cell: ({text}) => <code class="hash">{text}</code>},
        ]}
      />
    </Panel>
  );
}

export type ImportPlan = {
  readonly site: Site;
  readonly fields: ImportFields;
  readonly rows: readonly RosterRow[];
  readonly newLines: number;
  readonly invited: number;
};

export function ImportConfirmPage(plan: ImportPlan): VNode {
  const {roster: words} = useWords();
  const {count} = useFigures();
  const {site, fields, rows} = plan;
  return (
    <ConfirmPage
      current="students"
      title={words.confirm(count(rows.length), site.name)}
      will={useWill(plan)}
      action={PATH}
      fields={{site: site.id, list: fields.list, ...(fields.invite && {invite: 'yes'})}}
      submit={words.submit(count(rows.length))}
      back={PATH}
    >
      <RosterTable site={site} rows={rows} />
    </ConfirmPage>
  );
}

function useWill({site, rows, newLines, invited}: ImportPlan): readonly string[] {
  const {will} = useWords().roster;
  const {count, money} = useFigures();
  const lines = rows.filter(({line}) => line !== '').length;
  const openings = rows.filter(({opening}) => opening > 0);
  const sum = openings.reduce((total, {opening}) => total + opening, 0);
  return [
    will.students(count(rows.length), site.name),
    lines === 0 ? will.noLines : will.lines(count(lines)),
    ...(newLines === 0 ? [] : [will.newLines(count(newLines))]),
    sum === 0 ? will.noOpenings : will.openings(count(openings.length), money(sum, site.currency)),
    invited === 0 ? will.noInvites : will.invites(count(invited)),
  ];
}

function RosterTable({site, rows}: Pick<ImportPlan, 'site' | 'rows'>): VNode {
  const {roster: words} = useWords();
  const {columns} = words;
  return (
    <Table
      caption={words.rows}
      rows={rows}
      rowKey={({at}) => String(at)}
      columns={[
        {head: columns.name, kind: 'key', cell: ({name}) => name},
        {head: columns.email, cell: ({email}) => (email === '' ? null : <span class="hash">{email}</span>)},
        {head: columns.extension, cell: ({line}) => line},
        {
          head: columns.opening,
          kind: 'figure',
          cell: ({opening}) => (opening === 0 ? null : <Money amount={opening} currency={site.currency} />),
        },
        {head: columns.line, kind: 'figure', cell: ({at}) => <Count value={at} />},
      ]}
    />
  );
}
