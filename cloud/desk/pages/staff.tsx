// Who may sign in: the list, one person, one's own access.
import type {VNode} from 'preact';
import {Age} from '../../../shared/ui/figures.tsx';
import {Choices, ErrorSummary, Field, Submit, type Errors} from '../../../shared/ui/form.tsx';
import {Facts, Panel} from '../../../shared/ui/parts.tsx';
import {StateBadge} from '../../../shared/ui/state.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {StaffRole} from '../../web/route.ts';
import type {Person} from '../rows/staff.ts';
import {NewPassword} from './entry.tsx';
import {FormNumber, FormTrouble, type FormState} from './forms.tsx';
import {ConfirmPage, Frame} from './frame.tsx';
import {useGround, useWords} from './ground.ts';

export const ROLES: readonly StaffRole[] = ['viewer', 'clerk', 'admin'];
const PATH = '/desk/staff';
const LIGHTS = {active: 'ok', invited: 'warning', disabled: 'off'} as const;

/** As typed. */
export type InviteFields = {readonly name: string; readonly email: string; readonly role: string};

export function personAddress(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}

export function StaffPage({
  people,
  fields,
  errors = {},
  trouble,
}: FormState & {readonly people: readonly Person[]; readonly fields: InviteFields}): VNode {
  const {staff: words} = useWords();
  return (
    <Frame current="staff" title={words.title} lead={words.lead}>
      <FormTrouble errors={errors} trouble={trouble} />
      <StaffTable people={people} />
      <Panel title={words.invite}>
        <form method="post" action={PATH} class="form" noValidate>
          <FormNumber />
          <p class="soft">{words.inviteHelp}</p>
          <Field name="name" label={words.name} value={fields.name} error={errors['name']} />
          <Field name="email" label={words.email} value={fields.email} inputMode="email" error={errors['email']} />
          <RoleChoices value={fields.role} error={errors['role']} />
          <Submit>{words.inviteSubmit}</Submit>
        </form>
      </Panel>
    </Frame>
  );
}

function RoleChoices({value, error}: {readonly value: string; readonly error: string | undefined}): VNode {
  const {staff: words, frame} = useWords();
  return (
    <Choices
      name="role"
      label={words.role}
      value={value}
      error={error}
      choices={ROLES.map((role) => ({value: role, label: frame.roles[role], help: words.roleHelp[role]}))}
    />
  );
}

function StaffTable({people}: {readonly people: readonly Person[]}): VNode {
  const {staff: words, frame} = useWords();
  const {session} = useGround();
  const {columns} = words;
  return (
    <Table
      caption={words.list}
      rows={people}
      rowKey={({id}) => id}
      dim={({state}) => state === 'disabled'}
      columns={[
        {
          head: columns.name,
          kind: 'key',
          cell: ({id, name}) => (
            <a href={personAddress(id)}>
              {name}
              {id === session?.subject ? <span class="soft"> ({words.you})</span> : null}
            </a>
          ),
        },
        {head: columns.email, cell: ({email}) => <span class="hash">{email}</span>},
        {head: columns.role, cell: ({role}) => frame.roles[role]},
        {head: columns.state, cell: ({state}) => <StateBadge state={LIGHTS[state]} word={words.states[state]} />},
        {head: columns.seen, cell: ({seenAt}) => (seenAt === undefined ? null : <Age at={seenAt} />)},
      ]}
    />
  );
}

export function PersonPage({person, role, errors = {}, trouble}: FormState & {readonly person: Person; readonly role: string}): VNode {
  const {staff: words, frame} = useWords();
  const at = personAddress(person.id);
  return (
    <Frame current="staff" title={words.personTitle(person.name)} back={{href: PATH, label: words.back}}>
      <FormTrouble errors={errors} trouble={trouble} />
      <Panel title={words.columns.state}>
        <Facts
          facts={[
            {term: words.columns.email, value: <span class="hash">{person.email}</span>},
            {term: words.columns.role, value: frame.roles[person.role]},
            {term: words.columns.state, value: <StateBadge state={LIGHTS[person.state]} word={words.states[person.state]} />},
          ]}
        />
        <div class="actions">
          {person.state === 'invited' ? <ActButton action={`${at}/invite`} label={words.again} /> : null}
          {person.state === 'disabled' ? (
            <ActButton action={`${at}/enable`} label={words.enable} />
          ) : (
            <a class="button" href={`${at}/disable`}>
              {words.disable}
            </a>
          )}
        </div>
      </Panel>
      {person.state === 'disabled' ? null : (
        <Panel title={words.role}>
          <form method="post" action={`${at}/role`} class="form" noValidate>
            <RoleChoices value={role} error={errors['role']} />
            <Submit>{words.roleSubmit}</Submit>
          </form>
        </Panel>
      )}
    </Frame>
  );
}

function ActButton({action, label}: {readonly action: string; readonly label: string}): VNode {
  return (
    <form method="post" action={action}>
      <FormNumber />
      <Submit kind="plain">{label}</Submit>
    </form>
  );
}

export function DisablePage({person}: {readonly person: Person}): VNode {
  const {staff: words} = useWords();
  return (
    <ConfirmPage
      current="staff"
      title={words.disableTitle(person.name)}
      will={[words.disableWill.out, words.disableWill.stays]}
      action={`${personAddress(person.id)}/disable`}
      fields={{}}
      submit={words.disableSubmit}
      kind="danger"
      back={personAddress(person.id)}
    />
  );
}

export function OwnPage({errors = {}}: {readonly errors?: Errors}): VNode {
  const {staff, frame} = useWords();
  const {session} = useGround();
  const {own: words} = staff;
  return (
    <Frame title={words.title}>
      <ErrorSummary errors={errors} />
      <Panel title={words.role}>
        <p>{session === undefined ? null : `${frame.roles[session.role]}. ${staff.roleHelp[session.role]}`}</p>
      </Panel>
      <Panel title={words.password}>
        <form method="post" action="/desk/account/password" class="form" noValidate>
          <Field name="old" label={words.old} type="password" autocomplete="current-password" error={errors['old']} />
          <NewPassword name="new" label={words.new} error={errors['new']} />
          <Submit>{words.submit}</Submit>
        </form>
      </Panel>
      <Panel title={words.everywhere}>
        <form method="post" action="/desk/account/sign-out-everywhere" class="form">
          <p class="soft">{words.everywhereHelp}</p>
          <Submit kind="plain">{words.everywhere}</Submit>
        </form>
      </Panel>
    </Frame>
  );
}
