// The student's own data: who we think they are, language, password, signing out everywhere.
import type {VNode} from 'preact';
import {ErrorSummary, Field, Select, Submit, type Errors} from '../../../shared/ui/form.tsx';
import {Facts, Panel} from '../../../shared/ui/parts.tsx';
import {NewPassword} from './entry.tsx';
import {Frame} from './frame.tsx';
import {usePerson, useWords} from './ground.ts';

export type AccountView = {
  readonly languages: readonly {readonly locale: string; readonly name: string}[];
  readonly errors?: Errors;
};

export function AccountPage({languages, errors = {}}: AccountView): VNode {
  const {account: words, entry} = useWords();
  const person = usePerson();
  return (
    <Frame current="account" title={words.title}>
      <ErrorSummary errors={errors} />
      <Panel title={words.person}>
        <Facts
          facts={[
            {term: words.name, value: person.name},
            {term: words.email, value: <span class="plain">{person.email ?? words.noEmail}</span>},
            {term: words.site, value: person.site.name},
            {term: words.number, value: person.account},
          ]}
        />
        <p class="help">{words.personHelp}</p>
      </Panel>
      <Panel title={words.more}>
        <p class="actions">
          <a class="button" href="/automatic">
            {words.moreLinks.automatic}
          </a>
          <a class="button" href="/methods">
            {words.moreLinks.methods}
          </a>
        </p>
      </Panel>
      {/* One language is no choice. */}
      {languages.length < 2 ? null : <LanguageForm languages={languages} error={errors['language']} />}
      <Panel id="change-password" title={words.password}>
        <form method="post" action="/account/password" class="form" noValidate>
          <input type="text" name="email" value={person.email ?? ''} autocomplete="username" readOnly hidden />
          <Field name="old" label={words.old} type="password" autocomplete="current-password" error={errors['old']} />
          <NewPassword name="new" label={entry.password.label} error={errors['new']} />
          <Submit>{words.changeSubmit}</Submit>
        </form>
      </Panel>
      <Panel title={words.everywhere}>
        <p>{words.everywhereWhat}</p>
        <form method="post" action="/account/sign-out-everywhere" class="actions">
          <Submit kind="plain">{words.everywhereSubmit}</Submit>
        </form>
      </Panel>
    </Frame>
  );
}

function LanguageForm({languages, error}: Pick<AccountView, 'languages'> & {readonly error: string | undefined}): VNode {
  const {account: words} = useWords();
  const person = usePerson();
  return (
    <Panel title={words.language}>
      <form method="post" action="/account/language" class="form" noValidate>
        <Select
          name="language"
          label={words.language}
          value={person.language}
          error={error}
          choices={languages.map(({locale, name}) => ({value: locale, label: name}))}
        />
        <Submit>{words.languageSubmit}</Submit>
      </form>
    </Panel>
  );
}
