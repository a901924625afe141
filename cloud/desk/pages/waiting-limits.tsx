// How many calls of a line may wait as unbillable before staff are told, and whether it is locked then.
import type {VNode} from 'preact';
import {Choices, Field} from '../../../shared/ui/form.tsx';
import type {UnbillableLimits} from '../../../shared/wire/kinds.ts';
import type {Site} from '../rows/sites.ts';
import {siteAddress} from './addresses.ts';
import {DeskForm, type FormState} from './forms.tsx';
import {ConfirmPage, Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';

/** As typed. */
export type LimitFields = {readonly calls: string; readonly minutes: string; readonly locks: string};

export function limitsAddress(site: string): string {
  return `${siteAddress(site)}/waiting-limits`;
}

export function WaitingLimitsPage({
  site,
  fields,
  errors = {},
  trouble,
}: FormState & {readonly site: Site; readonly fields: LimitFields}): VNode {
  const {waitingLimits: words} = useWords();
  const at = siteAddress(site.id);
  return (
    <Frame current="sites" title={words.title(site.name)} lead={words.lead} back={{href: at, label: site.name}}>
      <DeskForm action={limitsAddress(site.id)} errors={errors} trouble={trouble} submit={words.next} back={at}>
        {(['calls', 'minutes'] as const).map((name) => (
          <Field
            key={name}
            name={name}
            label={words[name]}
            help={words[`${name}Help`]}
            value={fields[name]}
            width="short"
            inputMode="numeric"
            error={errors[name]}
          />
        ))}
        <Choices
          name="locks"
          label={words.locks}
          value={fields.locks}
          error={errors['locks']}
          choices={(['no', 'yes'] as const).map((value) => ({value, label: words.choices[value], help: words.help[value]}))}
        />
      </DeskForm>
    </Frame>
  );
}

type Confirmed = {readonly site: Site; readonly fields: LimitFields; readonly limits: UnbillableLimits};

export function WaitingLimitsConfirmPage({site, fields, limits}: Confirmed): VNode {
  const {waitingLimits: words} = useWords();
  const {text} = useFigures();
  return (
    <ConfirmPage
      current="sites"
      title={words.confirm(site.name)}
      will={[words.will(text(limits.calls), text(limits.minutes)), limits.locks ? words.willLock : words.willNotLock]}
      action={limitsAddress(site.id)}
      fields={fields}
      submit={words.submit}
      kind={limits.locks ? 'danger' : 'main'}
      back={siteAddress(site.id)}
    />
  );
}

export function WaitingLimitsFact({limits: {calls, minutes, locks}}: {readonly limits: UnbillableLimits}): VNode {
  const {waitingLimits: words} = useWords();
  const {text} = useFigures();
  return <>{words.says(text(calls), text(minutes), locks)}</>;
}
