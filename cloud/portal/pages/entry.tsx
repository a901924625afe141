// The door: signing in, the form behind a link that came by e-mail, the link for whoever forgot.
import type {VNode} from 'preact';
import {Field, FormTrouble, Submit, type FormState} from '../../../shared/ui/form.tsx';
import {Notice} from '../../../shared/ui/parts.tsx';
import {Fault, Forgot, LinkSent, type FaultSaid, type ForgotForm} from '../../../shared/ui/saying.tsx';
import {SHORTEST_PASSWORD} from '../../../shared/web/passwords.ts';
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
    <Frame title={words.title} lead={words.lead}>
      {said === undefined ? null : <Notice state="off" title={said} />}
      <FormTrouble errors={errors} trouble={trouble} />
      <form method="post" action="/sign-in" class="panel door form" noValidate>
        <input type="hidden" name="to" value={to} />
        <Field name="email" label={words.email} value={email} autocomplete="username" inputMode="email" error={errors['email']} />
        <Field name="password" label={words.password} type="password" autocomplete="current-password" error={errors['password']} />
        <p class="actions">
          <Submit>{words.submit}</Submit>
          <a class="go" href="/forgot">
            {words.forgot}
          </a>
        </p>
        <p class="help">{words.newHere}</p>
      </form>
    </Frame>
  );
}

/** What a link is for. */
export type LinkUse = 'register' | 'reset';

export type ChoosePassword = FormState & {
  readonly use: LinkUse;
  /** The address of the form: the link itself. */
  readonly action: string;
  readonly email: string;
  readonly name: string;
};

export function ChoosePasswordPage({use, action, email, name, errors = {}, trouble}: ChoosePassword): VNode {
  const {entry} = useWords();
  const words = entry[use];
  return (
    <Frame title={words.title(name)} lead={words.lead}>
      <FormTrouble errors={errors} trouble={trouble} />
      <form method="post" action={action} class="panel door form" noValidate>
        <p class="field">
          <span class="term">{entry.account}</span>
          <strong>{email}</strong>
          {/* So that the browser keeps the password under the right name. */}
          <input type="text" name="email" value={email} autocomplete="username" readOnly hidden />
        </p>
        <NewPassword name="password" label={entry.password.label} error={errors['password']} />
        <Submit>{words.submit}</Submit>
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
  const help = useWords().entry.password.help(SHORTEST_PASSWORD);
  return <Field name={name} label={label} help={help} type="password" autocomplete="new-password" error={error} />;
}

/** A link that opens nothing, and how to come by another. */
export function LinkGonePage({use}: {readonly use: LinkUse}): VNode {
  const {register, reset} = useWords().entry;
  const link = use === 'reset' ? {href: '/forgot', label: reset.again} : {href: '/sign-in', label: register.signIn};
  return (
    <SayingPage title={register.gone} why={register.goneWhy} link={link}>
      <p>{use === 'reset' ? reset.goneHow : register.goneHow}</p>
    </SayingPage>
  );
}

export function ForgotPage(form: ForgotForm): VNode {
  const {forgot: words, signIn} = useWords().entry;
  return <Forgot frame={Frame} words={words} label={signIn.email} action="/forgot" back="/sign-in" {...form} />;
}

export function LinkSentPage({email}: {readonly email: string}): VNode {
  return <LinkSent frame={Frame} words={useWords().entry.forgot} email={email} back="/sign-in" />;
}

/** A page that says why there is none. */
export function FaultPage(said: FaultSaid): VNode {
  return <Fault frame={Frame} {...said} />;
}
