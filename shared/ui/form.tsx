// Forms: one column, label above, help under it, error beside the field and listed at the top; what was typed is kept.
import type {ComponentChildren, VNode} from 'preact';
import {Notice} from './parts.tsx';
import {useSetting} from './setting.ts';

/** Field name → what is wrong and how to mend it. */
export type Errors = Readonly<Record<string, string>>;

export function ErrorSummary({errors}: {readonly errors: Errors}): VNode | null {
  const {words} = useSetting();
  const entries = Object.entries(errors);
  if (entries.length === 0) return null;
  return (
    <div class="error-summary" role="alert" aria-labelledby="problem" tabIndex={-1}>
      <h2 id="problem">{words.problem}</h2>
      <ul>
        {entries.map(([name, message]) => (
          <li key={name}>
            <a href={`#${name}`}>{message}</a>
          </li>
        ))}
      </ul>
    </div>
  );
}

export type FormState = {
  readonly errors?: Errors | undefined;
  /** A refusal that belongs to no field. */
  readonly trouble?: string | undefined;
};

/** What is wrong with a form, above it. */
export function FormTrouble({errors = {}, trouble}: FormState): VNode {
  return (
    <>
      {trouble === undefined ? null : <Notice state="fault" title={trouble} />}
      <ErrorSummary errors={errors} />
    </>
  );
}

type Common = {
  readonly name: string;
  readonly label: string;
  readonly help?: string | undefined;
  readonly error?: string | undefined;
};

export function Field({
  type = 'text',
  value = '',
  autocomplete = 'off',
  inputMode = 'text',
  width,
  required = true,
  ...common
}: Common & {
  readonly type?: 'text' | 'password';
  readonly value?: string | undefined;
  readonly autocomplete?: 'off' | 'username' | 'current-password' | 'new-password' | 'one-time-code';
  readonly inputMode?: 'text' | 'decimal' | 'numeric' | 'email';
  /** Characters that are expected: the field looks as long as its answer. */
  readonly width?: 'short' | 'middle';
  readonly required?: boolean;
}): VNode {
  const shared = {
    ...described(common),
    value,
    autocomplete,
    inputMode,
    required,
    ...(width === undefined ? {} : {class: `is-${width}`}),
    spellcheck: false,
    autocapitalize: 'none',
  } as const;
  return (
    <FieldFrame {...common} optional={!required}>
      {type === 'password' ? <input type="password" {...shared} /> : <input type="text" {...shared} />}
    </FieldFrame>
  );
}

/** Several lines, as they are: a tariff, a list to import. */
export function TextArea({
  value = '',
  rows,
  required = true,
  ...common
}: Common & {readonly value?: string | undefined; readonly rows: number; readonly required?: boolean}): VNode {
  return (
    <FieldFrame {...common} optional={!required}>
      <textarea
        {...described(common)}
        rows={rows}
        required={required}
        spellcheck={false}
        autocapitalize="none"
        autocomplete="off"
        wrap="off"
      >
        {value}
      </textarea>
    </FieldFrame>
  );
}

/** A file of the reader's; the form that holds it says `multipart/form-data`. */
export function FileField(common: Common): VNode {
  return (
    <FieldFrame {...common} optional>
      <input type="file" {...described(common)} />
    </FieldFrame>
  );
}

export type Choice = {readonly value: string; readonly label: string; readonly help?: string};

export function Select({value, choices, ...common}: Common & {readonly value: string; readonly choices: readonly Choice[]}): VNode {
  return (
    <FieldFrame {...common} optional={false}>
      <select {...described(common)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value} selected={choice.value === value}>
            {choice.label}
          </option>
        ))}
      </select>
    </FieldFrame>
  );
}

export function Choices({
  value,
  choices,
  name,
  label,
  help,
  error,
}: Common & {
  readonly value: string | undefined;
  readonly choices: readonly Choice[];
}): VNode {
  return (
    <fieldset class={error === undefined ? 'field' : 'field has-error'} aria-describedby={describedBy({name, help, error})}>
      <legend>{label}</legend>
      <Under name={name} help={help} error={error} />
      {choices.map((choice, index) => {
        // The error summary's link goes to the first of the choices.
        const id = index === 0 ? name : `${name}-${choice.value}`;
        return (
          <div class="choice" key={choice.value}>
            <input type="radio" id={id} name={name} value={choice.value} checked={choice.value === value} required />
            <label for={id}>
              {choice.label}
              {choice.help === undefined ? null : <span class="help">{choice.help}</span>}
            </label>
          </div>
        );
      })}
    </fieldset>
  );
}

/** Something that is so or not: a box to tick, with its words beside it. */
export function Tick({
  name,
  label,
  help,
  ticked,
}: {
  readonly name: string;
  readonly label: string;
  readonly help?: string | undefined;
  readonly ticked: boolean;
}): VNode {
  return (
    <div class="choice">
      <input type="checkbox" id={name} name={name} value="yes" checked={ticked} />
      <label for={name}>
        {label}
        {help === undefined ? null : <span class="help">{help}</span>}
      </label>
    </div>
  );
}

/** The button says what it does; `danger` for what cannot be taken back. */
export function Submit({
  children,
  kind = 'main',
  id,
}: {
  readonly children: ComponentChildren;
  readonly kind?: 'main' | 'plain' | 'danger';
  readonly id?: string;
}): VNode {
  return (
    <button type="submit" class={`button is-${kind}`} id={id}>
      {children}
    </button>
  );
}

function FieldFrame({
  name,
  label,
  help,
  error,
  optional,
  children,
}: Common & {
  readonly optional: boolean;
  readonly children: ComponentChildren;
}): VNode {
  const {words} = useSetting();
  return (
    <div class={error === undefined ? 'field' : 'field has-error'}>
      <label for={name}>
        {label}
        {optional ? <span class="soft"> ({words.optional})</span> : null}
      </label>
      <Under name={name} help={help} error={error} />
      {children}
    </div>
  );
}

function Under({name, help, error}: Omit<Common, 'label'>): VNode {
  return (
    <>
      {help === undefined ? null : (
        <p class="help" id={`${name}-help`}>
          {help}
        </p>
      )}
      {error === undefined ? null : (
        <p class="error" id={`${name}-error`}>
          {error}
        </p>
      )}
    </>
  );
}

function describedBy({name, help, error}: Omit<Common, 'label'>): string | undefined {
  const ids = [...(help === undefined ? [] : [`${name}-help`]), ...(error === undefined ? [] : [`${name}-error`])];
  return ids.length === 0 ? undefined : ids.join(' ');
}

function described(common: Common): {id: string; name: string; 'aria-describedby': string | undefined; 'aria-invalid': 'true' | undefined} {
  const {name, error} = common;
  return {id: name, name, 'aria-describedby': describedBy(common), 'aria-invalid': error === undefined ? undefined : 'true'};
}
