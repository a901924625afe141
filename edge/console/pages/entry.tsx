// The door: the first run, signing in, and pages that say why not.
import type {ComponentChildren, VNode} from 'preact';
import {Field, FormTrouble, Submit, type FormState} from '../../../shared/ui/form.tsx';
import {Notice} from '../../../shared/ui/parts.tsx';
import {SHORTEST_PASSWORD} from '../../../shared/web/passwords.ts';
import {Frame} from './frame.tsx';
import {useWords} from './ground.ts';

export function SignInPage({
  name = '',
  to,
  errors = {},
  trouble,
  said,
}: FormState & {
  readonly name?: string;
  /** Where to go afterwards. */
  readonly to: string;
  readonly said?: string | undefined;
}): VNode {
  const {entry} = useWords();
  const {signIn} = entry;
  return (
    <Frame title={signIn.title} lead={signIn.lead}>
      {said === undefined ? null : <Notice state="off" title={said} />}
      <FormTrouble errors={errors} trouble={trouble} />
      <form method="post" action="/sign-in" class="panel door form" noValidate>
        <input type="hidden" name="to" value={to} />
        <Field name="name" label={signIn.name} value={name} autocomplete="username" error={errors['name']} />
        <Field name="password" label={signIn.password} type="password" autocomplete="current-password" error={errors['password']} />
        <Submit>{signIn.submit}</Submit>
      </form>
    </Frame>
  );
}

export function SetupPage({
  name = '',
  errors = {},
  trouble,
}: FormState & {
  readonly name?: string;
}): VNode {
  const {entry} = useWords();
  const {setup} = entry;
  return (
    <Frame title={setup.title} lead={setup.lead}>
      <FormTrouble errors={errors} trouble={trouble} />
      <form method="post" action="/setup" class="panel door form" noValidate>
        <Field name="code" label={setup.code} help={setup.codeHelp} autocomplete="one-time-code" width="middle" error={errors['code']} />
        <Field name="name" label={setup.name} help={setup.nameHelp} value={name} autocomplete="username" error={errors['name']} />
        <NewPassword name="password" label={setup.password} error={errors['password']} />
        <Submit>{setup.submit}</Submit>
      </form>
    </Frame>
  );
}

/** A password that somebody chooses, with the rule it must keep. */
export function NewPassword({
  name,
  label,
  error,
}: {
  readonly name: string;
  readonly label: string;
  readonly error: string | undefined;
}): VNode {
  const {setup} = useWords().entry;
  const help = setup.passwordHelp(SHORTEST_PASSWORD);
  return <Field name={name} label={label} help={help} type="password" autocomplete="new-password" error={error} />;
}

/** A page that says why there is none. */
export function FaultPage({
  title,
  why,
  children,
}: {
  readonly title: string;
  readonly why: string;
  readonly children?: ComponentChildren;
}): VNode {
  const {fault} = useWords().entry;
  return (
    <Frame title={title} lead={why}>
      {children}
      <p class="actions">
        <a class="button" href="/">
          {fault.home}
        </a>
      </p>
    </Frame>
  );
}
