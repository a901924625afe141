// How a site dials: the fields, for a new site and for one that is there; what would change; what does not fit together.
import type {VNode} from 'preact';
import type {DialPlanWarning} from '../../../shared/telephone/dial-plan-warnings.ts';
import {Field, TextArea, type Errors} from '../../../shared/ui/form.tsx';
import {Notice} from '../../../shared/ui/parts.tsx';
import {DIAL_FIELDS, MORE_DIAL_FIELDS, type DialFields} from '../dial-fields.ts';
import type {Site} from '../rows/sites.ts';
import {siteAddress} from './addresses.ts';
import {DeskForm, type FormState} from './forms.tsx';
import {ConfirmPage, Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';

type Part = {readonly fields: DialFields; readonly errors: Errors};

export function DialPlanFields({fields, errors}: Part): VNode {
  const {form} = useWords().sites;
  return (
    <>
      {DIAL_FIELDS.map((name) => (
        <Field
          key={name}
          name={name}
          label={form[name]}
          help={form[`${name}Help`]}
          value={fields[name]}
          width={name === 'alwaysOpen' ? 'middle' : 'short'}
          required={name === 'extensionDigits'}
          error={errors[name]}
        />
      ))}
      <MoreFields fields={fields} errors={errors} />
    </>
  );
}

/** What few sites need: open where something is in it, or is wrong. */
function MoreFields({fields, errors}: Part): VNode {
  const {dialPlan: words} = useWords();
  const isOpen = MORE_DIAL_FIELDS.some((name) => fields[name] !== '' || errors[name] !== undefined);
  return (
    <details open={isOpen}>
      <summary>{words.more}</summary>
      {MORE_DIAL_FIELDS.map((name) => {
        const common = {name, label: words.fields[name], help: words.help[name], value: fields[name], required: false, error: errors[name]};
        return name === 'shortCodes' ? <TextArea key={name} rows={4} {...common} /> : <Field key={name} width="middle" {...common} />;
      })}
    </details>
  );
}

export function DialPlanPage({site, fields, errors = {}, trouble}: FormState & {readonly site: Site; readonly fields: DialFields}): VNode {
  const {dialPlan: words} = useWords();
  const at = siteAddress(site.id);
  return (
    <Frame current="sites" title={words.title(site.name)} lead={words.lead} back={{href: at, label: site.name}}>
      <DeskForm action={`${at}/dial-plan`} errors={errors} trouble={trouble} submit={words.next} back={at}>
        <DialPlanFields fields={fields} errors={errors} />
      </DeskForm>
    </Frame>
  );
}

export function DialPlanConfirmPage({
  site,
  before,
  fields,
  warnings,
}: {
  readonly site: Site;
  readonly before: DialFields;
  readonly fields: DialFields;
  readonly warnings: readonly DialPlanWarning[];
}): VNode {
  const {dialPlan: words, sites} = useWords();
  const at = siteAddress(site.id);
  const changed = [
    ...DIAL_FIELDS.map((name) => ({name, label: sites.form[name]})),
    ...MORE_DIAL_FIELDS.map((name) => ({name, label: words.fields[name]})),
  ].filter(({name}) => before[name] !== fields[name]);
  return (
    <ConfirmPage
      current="sites"
      title={words.confirm(site.name)}
      will={[...changed.map(({name, label}) => words.will(label, lined(before[name]), lined(fields[name]))), words.told]}
      action={`${at}/dial-plan`}
      fields={fields}
      submit={words.submit}
      back={at}
    >
      <DialPlanWarnings warnings={warnings} />
    </ConfirmPage>
  );
}

function lined(text: string): string {
  return text.split('\n').join(', ');
}

/** A screenful; the rest is counted. */
const WARNINGS_SHOWN = 10;

export function DialPlanWarnings({warnings}: {readonly warnings: readonly DialPlanWarning[]}): VNode | null {
  const {dialPlan: words} = useWords();
  const {text} = useFigures();
  if (warnings.length === 0) return null;
  const more = warnings.length - WARNINGS_SHOWN;
  return (
    <Notice state="warning" title={words.warningsTitle}>
      <ul>
        {warnings.slice(0, WARNINGS_SHOWN).map(({kind, subject, other}) => (
          <li key={`${kind} ${subject}`}>{words.warnings[kind](subject, other)}</li>
        ))}
      </ul>
      {more > 0 ? <p>{words.moreWarnings(text(more))}</p> : null}
    </Notice>
  );
}
