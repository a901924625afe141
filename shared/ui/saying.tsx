// Pages with little on them, the same on every face: each brings its own frame.
import type {ComponentChildren, FunctionComponent, VNode} from 'preact';
import {Field, FormTrouble, Submit, type FormState} from './form.tsx';

export type Framed = FunctionComponent<{readonly title: string; readonly lead?: ComponentChildren; readonly children?: ComponentChildren}>;

type Link = {readonly href: string; readonly label: string};

export type Said = {readonly title: string; readonly why: string; readonly link: Link; readonly children?: ComponentChildren};

/** A page that says why there is none, or that something is over, and where to go on. */
export function Saying({frame: Frame, title, why, link, children}: Said & {readonly frame: Framed}): VNode {
  return (
    <Frame title={title} lead={why}>
      {children}
      <p class="actions">
        <a class="button" href={link.href}>
          {link.label}
        </a>
      </p>
    </Frame>
  );
}

export type FaultSaid = {
  readonly text: {readonly title: string; readonly why: string; readonly withReference?: string; readonly home: Link};
  /** Under which it is in the log. */
  readonly reference: string | undefined;
};

export function Fault({frame, text, reference}: FaultSaid & {readonly frame: Framed}): VNode {
  return (
    <Saying frame={frame} title={text.title} why={text.why} link={text.home}>
      {reference === undefined ? null : (
        <p>
          {text.withReference} <code>{reference}</code>
        </p>
      )}
    </Saying>
  );
}

export type ForgotForm = FormState & {readonly email?: string};

/** Asks for the address to which a link for a new password goes. */
export function Forgot({
  frame: Frame,
  words,
  label,
  action,
  back,
  email = '',
  errors = {},
  trouble,
}: ForgotForm & {
  readonly frame: Framed;
  readonly words: {readonly title: string; readonly lead: string; readonly submit: string; readonly back: string};
  /** Of the field. */
  readonly label: string;
  readonly action: string;
  /** Where one signs in. */
  readonly back: string;
}): VNode {
  return (
    <Frame title={words.title} lead={words.lead}>
      <FormTrouble errors={errors} trouble={trouble} />
      <form method="post" action={action} class="panel door form" noValidate>
        <Field name="email" label={label} value={email} autocomplete="username" inputMode="email" error={errors['email']} />
        <p class="actions">
          <Submit>{words.submit}</Submit>
          <a class="button is-quiet" href={back}>
            {words.back}
          </a>
        </p>
      </form>
    </Frame>
  );
}

/** The same for an address that we know and for one that we do not. */
export function LinkSent({
  frame,
  words,
  email,
  back,
}: {
  readonly frame: Framed;
  readonly words: {readonly sent: string; readonly sentWhy: (email: string) => string; readonly sentHow: string; readonly back: string};
  readonly email: string;
  /** Where one signs in. */
  readonly back: string;
}): VNode {
  return (
    <Saying frame={frame} title={words.sent} why={words.sentWhy(email)} link={{href: back, label: words.back}}>
      <p>{words.sentHow}</p>
    </Saying>
  );
}
