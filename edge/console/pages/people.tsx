// Who may sign in.
import type {VNode} from 'preact';
import {Age, Time} from '../../../shared/ui/figures.tsx';
import {ErrorSummary, Field, Submit, type Errors} from '../../../shared/ui/form.tsx';
import {Panel} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Person} from '../entry/people.ts';
import {NewPassword} from './entry.tsx';
import {Frame} from './frame.tsx';
import {useWords} from './ground.ts';

export type PeopleView = {
  readonly people: readonly Person[];
  readonly self: string;
  /** Which of the two forms was sent and is wrong, and what was typed into it. */
  readonly wrong?: {readonly form: 'add' | 'password'; readonly errors: Errors; readonly name: string} | undefined;
};

export function PeoplePage({people, self, wrong}: PeopleView): VNode {
  const {people: words} = useWords().entry;
  return (
    <Frame current="people" title={words.title} lead={words.lead}>
      <PeopleTable people={people} self={self} />
      <div class="columns">
        <AddPerson errors={wrong?.form === 'add' ? wrong.errors : {}} name={wrong?.form === 'add' ? wrong.name : ''} />
        <ChangePassword errors={wrong?.form === 'password' ? wrong.errors : {}} />
      </div>
    </Frame>
  );
}

function PeopleTable({people, self}: PeopleView): VNode {
  const {people: words} = useWords().entry;
  return (
    <Table
      caption={words.list}
      rows={people}
      rowKey={(person) => person.name}
      columns={[
        {
          head: words.name,
          kind: 'key',
          cell: ({name}) => (
            <>
              {name} {name === self ? <span class="soft">({words.you})</span> : null}
            </>
          ),
        },
        {head: words.since, cell: ({createdAt}) => <Time at={createdAt} />},
        {head: words.seen, kind: 'wide', cell: ({lastSeenAt}) => <Age at={lastSeenAt} />},
        {
          head: words.act,
          kind: 'act',
          cell: ({name}) =>
            name === self ? null : (
              <a class="button" href={`/people/${encodeURIComponent(name)}/remove`} aria-label={words.removeOf(name)}>
                {words.remove}
              </a>
            ),
        },
      ]}
    />
  );
}

function AddPerson({errors, name}: {readonly errors: Errors; readonly name: string}): VNode {
  const {people: words, setup} = useWords().entry;
  return (
    <Panel title={words.add}>
      <form method="post" action="/people" class="form" noValidate>
        <p class="soft">{words.addHelp}</p>
        <ErrorSummary errors={errors} />
        <Field name="name" label={words.name} help={setup.nameHelp} value={name} error={errors['name']} />
        <NewPassword name="password" label={setup.password} error={errors['password']} />
        <Submit>{words.addSubmit}</Submit>
      </form>
    </Panel>
  );
}

function ChangePassword({errors}: {readonly errors: Errors}): VNode {
  const {people: words} = useWords().entry;
  return (
    <Panel title={words.password}>
      <form method="post" action="/people/password" class="form" noValidate>
        <ErrorSummary errors={errors} />
        <Field name="old" label={words.old} type="password" autocomplete="current-password" error={errors['old']} />
        <NewPassword name="new" label={words.new} error={errors['new']} />
        <Submit>{words.changeSubmit}</Submit>
      </form>
    </Panel>
  );
}

export function RemovePersonPage({name}: {readonly name: string}): VNode {
  const {entry, override} = useWords();
  const {people: words} = entry;
  return (
    <Frame current="people" title={words.removeTitle(name)} lead={words.removeWhat(name)}>
      <form method="post" action={`/people/${encodeURIComponent(name)}/remove`} class="actions">
        <Submit kind="danger">{words.removeOf(name)}</Submit>
        <a class="button" href="/people">
          {override.confirm.back}
        </a>
      </form>
    </Frame>
  );
}
