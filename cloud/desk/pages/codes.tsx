// Account codes of a student: the list on the student's page, giving one, ending one. A code works as a PIN does: only who may
// give one is shown it.
import type {VNode} from 'preact';
import {Time} from '../../../shared/ui/figures.tsx';
import {Field} from '../../../shared/ui/form.tsx';
import {Empty, Panel} from '../../../shared/ui/parts.tsx';
import {StateBadge} from '../../../shared/ui/state.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {AccountCode} from '../rows/codes.ts';
import type {Student} from '../rows/students.ts';
import {studentAddress} from './addresses.ts';
import {DeskForm, type FormState} from './forms.tsx';
import {ConfirmPage, Frame} from './frame.tsx';
import {useFigures, useMay, useWords} from './ground.ts';

export type CodesView = {
  readonly student: Student;
  readonly codes: readonly AccountCode[];
  /** Digits of a code; undefined where the site has none: then old ones are shown, and none is given. */
  readonly codeLength: number | undefined;
};

export function CodePanel({student, codes, codeLength}: CodesView): VNode | null {
  const {codes: words} = useWords();
  const {columns} = words;
  const may = useMay('clerk');
  if (codeLength === undefined && codes.length === 0) return null;
  const mayGive = may && codeLength !== undefined && student.closedAt === undefined;
  return (
    <Panel
      id="codes"
      title={words.title}
      aside={mayGive ? <a href={`${studentAddress(student.account)}/code`}>{words.give}</a> : undefined}
    >
      <p class="soft">{words.lead}</p>
      {codes.length === 0 ? (
        <Empty title={words.none}>{words.noneHow}</Empty>
      ) : (
        <Table
          caption={words.list}
          rows={codes}
          rowKey={({id}) => id}
          dim={({to}) => to !== undefined}
          columns={[
            {head: columns.code, kind: 'key', cell: ({code}) => (may ? <code>{code}</code> : <span class="soft">{words.hidden}</span>)},
            {
              head: columns.state,
              cell: ({to}) => (
                <StateBadge state={to === undefined ? 'ok' : 'off'} word={to === undefined ? words.states.now : words.states.past} />
              ),
            },
            {head: columns.from, cell: ({from}) => <Time at={from} />},
            {head: columns.to, cell: ({to}) => (to === undefined ? words.openEnd : <Time at={to} />)},
            {head: columns.acts, kind: 'act', cell: (code) => (may && code.to === undefined ? <EndLink code={code} /> : null)},
          ]}
        />
      )}
    </Panel>
  );
}

function EndLink({code: {id, code}}: {readonly code: AccountCode}): VNode {
  return (
    <a class="button" href={`/desk/codes/${encodeURIComponent(id)}/end`}>
      {useWords().codes.end}
      <span class="said"> {code}</span>
    </a>
  );
}

export function GiveCodePage({
  student,
  codeLength,
  code,
  errors = {},
  trouble,
}: FormState & {readonly student: Student; readonly codeLength: number; readonly code: string}): VNode {
  const {codes: words} = useWords();
  const {text} = useFigures();
  const at = studentAddress(student.account);
  return (
    <Frame current="students" title={words.giveTitle(student.name)} lead={words.giveLead} back={{href: at, label: student.name}}>
      <DeskForm action={`${at}/code`} errors={errors} trouble={trouble} submit={words.submit} back={at}>
        <Field
          name="code"
          label={words.code}
          help={words.codeHelp(text(codeLength))}
          value={code}
          inputMode="numeric"
          width="short"
          error={errors['code']}
        />
      </DeskForm>
    </Frame>
  );
}

export function EndCodePage({student, code}: {readonly student: Student; readonly code: AccountCode}): VNode {
  const {codes: words} = useWords();
  const {endWill: will} = words;
  return (
    <ConfirmPage
      current="students"
      title={words.endTitle(student.name)}
      will={[will.now, will.before, will.again]}
      action={`/desk/codes/${encodeURIComponent(code.id)}/end`}
      fields={{}}
      submit={words.endSubmit}
      kind="danger"
      back={studentAddress(student.account)}
    />
  );
}
