// What forms of the desk have in common: what is wrong above them, the way back beside the button.
import type {ComponentChildren, VNode} from 'preact';
import {Field, FormTrouble, Submit, type Errors, type FormState} from '../../../shared/ui/form.tsx';
import {useGround, useWords} from './ground.ts';

export {FormTrouble, type FormState};

/** Makes two clicks one. */
export function FormNumber(): VNode {
  return <input type="hidden" name="form" value={useGround().newForm()} />;
}

/** One column, and at its end what the button does and the way back. */
export function DeskForm({
  action,
  errors,
  trouble,
  submit,
  back,
  between,
  withFile = false,
  children,
}: FormState & {
  readonly action: string;
  readonly submit: string;
  readonly back: string;
  /** Stands below what is wrong and above the form. */
  readonly between?: ComponentChildren;
  /** The route's limits say so too. */
  readonly withFile?: boolean;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <>
      <FormTrouble errors={errors} trouble={trouble} />
      {between}
      <form method="post" action={action} class="panel form" noValidate {...(withFile ? {encType: 'multipart/form-data'} : {})}>
        <FormNumber />
        {children}
        <p class="actions">
          <Submit>{submit}</Submit>
          <a class="button is-quiet" href={back}>
            {useWords().frame.nothing}
          </a>
        </p>
      </form>
    </>
  );
}

/** A date and a time, typed on the clock of the site. */
export function DateAndTime({
  names = ['date', 'time'],
  labels,
  help,
  values,
  errors = {},
  required = true,
}: {
  readonly names?: readonly [date: string, time: string];
  readonly labels: readonly [date: string, time: string];
  readonly help: readonly [date: string, time: string];
  readonly values: readonly [date: string, time: string];
  readonly errors?: Errors | undefined;
  readonly required?: boolean;
}): VNode {
  return (
    <>
      {names.map((name, index) => (
        <Field
          key={name}
          name={name}
          label={labels[index] ?? ''}
          help={help[index]}
          value={values[index]}
          width="short"
          required={required}
          error={errors[name]}
        />
      ))}
    </>
  );
}
