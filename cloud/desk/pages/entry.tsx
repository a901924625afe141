// The staff's door: signing in, the form behind a link, the link for whoever forgot.
import type {VNode} from 'preact';
import {Field, Submit} from '../../../shared/ui/form.tsx';
import {Notice} from '../../../shared/ui/parts.tsx';
import {Fault, Forgot, LinkSent, type FaultSaid, type ForgotForm} from '../../../shared/ui/saying.tsx';
import {SHORTEST_PASSWORD} from '../../../shared/web/passwords.ts';
import {FormTrouble, type FormState} from './forms.tsx';
import {Frame, SayingPage} from './frame.tsx';
import {useWords} from './ground.ts';

export function SignInPage({
  email = '',
  to,
  errors = {},
  trouble,
  said,
}: FormState & {
  readonly email?: string;
  /** Where to go afterwards. */
  readonly to: string;
  readonly said?: string | undefined;
}): VNode {
  const {signIn: words} = useWords().entry;
  return (
    <Frame title={words.title}>
      {said === undefined ? null : <Notice state="off" title={said} />}
      <FormTrouble errors={errors} trouble={trouble} />
      <form method="post" action="/desk/sign-in" class="panel door form" noValidate>
        <input type="hidden" name="to" value={to} />
        <Field name="email" label={words.email} value={email} autocomplete="username" inputMode="email" error={errors['email']} />
        <Field name="password" label={words.password} type="password" autocomplete="current-password" error={errors['password']} />
        <p class="actions">
          <Submit>{words.submit}</Submit>
          <a class="button is-quiet" href="/desk/forgot">
            {words.forgot}
          </a>
        </p>
        <p class="help">{words.newHere}</p>
      </form>
    </Frame>
  );
}

/** A password that somebody chooses, with the rule it must keep. */
export function NewPassword({
  label,
  error,
  name = 'password',
}: {
  readonly label: string;
  readonly error: string | undefined;
  readonly name?: string;
}): VNode {
  const help = useWords().entry.password.help(SHORTEST_PASSWORD);
  return <Field name={name} label={label} help={help} type="password" autocomplete="new-password" error={error} />;
}

export function FirstAdminPage({
  action,
  name = '',
  email = '',
  errors = {},
  trouble,
}: FormState & {readonly action: string; readonly name?: string; readonly email?: string}): VNode {
  const {welcome: words, password} = useWords().entry;
  return (
    <Frame title={words.first} lead={words.firstLead}>
      <FormTrouble errors={errors} trouble={trouble} />
      <form method="post" action={action} class="panel door form" noValidate>
        <Field name="name" label={words.name} help={words.nameHelp} value={name} error={errors['name']} />
        <Field
          name="email"
          label={words.email}
          help={words.emailHelp}
          value={email}
          autocomplete="username"
          inputMode="email"
          error={errors['email']}
        />
        <NewPassword label={password.label} error={errors['password']} />
        <Submit>{words.firstSubmit}</Submit>
      </form>
    </Frame>
  );
}

export type LinkUse = 'invite' | 'reset';
export type LinkForm = FormState & {
  readonly use: LinkUse;
  readonly action: string;
  readonly person: {readonly name: string; readonly email: string};
};

export function ChoosePasswordPage({use, action, person, errors = {}, trouble}: LinkForm): VNode {
  const {welcome: words, password} = useWords().entry;
  return (
    <Frame title={use === 'invite' ? words.invite(person.name) : words.reset} lead={use === 'invite' ? words.inviteLead : words.resetLead}>
      <FormTrouble errors={errors} trouble={trouble} />
      <form method="post" action={action} class="panel door form" noValidate>
        <p class="field">
          <span class="term">{words.who}</span>
          <strong>{person.email}</strong>
          {/* So that the browser keeps the password under the right name. */}
          <input type="text" name="email" value={person.email} autocomplete="username" readOnly hidden />
        </p>
        <NewPassword label={password.label} error={errors['password']} />
        <Submit>{words.submit}</Submit>
      </form>
    </Frame>
  );
}

/** A link that opens nothing, and how to come by another. */
export function LinkGonePage(): VNode {
  const {welcome: words, forgot} = useWords().entry;
  return (
    <SayingPage title={words.gone} why={words.goneWhy} link={{href: '/desk/forgot', label: forgot.submit}}>
      <p>{words.goneHow}</p>
      <p>{words.goneFirst}</p>
    </SayingPage>
  );
}

export function ForgotPage(form: ForgotForm): VNode {
  const {forgot: words, signIn} = useWords().entry;
  return <Forgot frame={Frame} words={words} label={signIn.email} action="/desk/forgot" back="/desk/sign-in" {...form} />;
}

export function LinkSentPage({email}: {readonly email: string}): VNode {
  return <LinkSent frame={Frame} words={useWords().entry.forgot} email={email} back="/desk/sign-in" />;
}

/** A page that says why there is none. */
export function FaultPage(said: FaultSaid): VNode {
  return <Fault frame={Frame} {...said} />;
}
