// What an admin does to a site: its mode, its tariffs, its boxes.
import type {VNode} from 'preact';
import type {DialPlanWarning} from '../../../shared/telephone/dial-plan-warnings.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {Time} from '../../../shared/ui/figures.tsx';
import {Field} from '../../../shared/ui/form.tsx';
import {Facts, Panel} from '../../../shared/ui/parts.tsx';
import type {Policy} from '../../../shared/wire/kinds.ts';
import type {BoxState} from '../box-facts.ts';
import type {Site} from '../rows/sites.ts';
import {siteAddress} from './addresses.ts';
import {DialPlanWarnings} from './dial-plan.tsx';
import {DeskForm, type FormState} from './forms.tsx';
import {ConfirmPage, Frame} from './frame.tsx';
import {useFigures, useGround, useWords} from './ground.ts';
import {ModeChoices} from './sites.tsx';

export function ModePage({site, mode, errors = {}}: FormState & {readonly site: Site; readonly mode: string}): VNode {
  const {site: words} = useWords();
  const at = siteAddress(site.id);
  return (
    <Frame current="sites" title={words.modeTitle(site.name)} lead={words.modeLead} back={{href: at, label: site.name}}>
      <DeskForm action={`${at}/mode`} errors={errors} submit={words.modeNext} back={at}>
        <ModeChoices value={mode} error={errors['mode']} />
      </DeskForm>
    </Frame>
  );
}

export function ModeConfirmPage({
  site,
  mode,
  linesLocked,
  warnings,
}: {
  readonly site: Site;
  readonly mode: Policy['mode'];
  readonly linesLocked: number;
  readonly warnings: readonly DialPlanWarning[];
}): VNode {
  const {site: words, sites, lines} = useWords();
  const {text} = useFigures();
  const {session} = useGround();
  const at = siteAddress(site.id);
  const named = sites.modes[mode];
  return (
    <ConfirmPage
      current="sites"
      title={words.modeConfirm(site.name, named)}
      will={[
        words.modeWill[mode],
        ...(mode === 'bill-and-lock' ? [words.modeLines(`${text(linesLocked)} ${lines.title.toLowerCase()}`)] : []),
        words.modeBy(session?.name ?? ''),
      ]}
      action={`${at}/mode`}
      fields={{mode}}
      submit={words.modeSubmit(named)}
      kind={mode === 'bill-and-lock' ? 'danger' : 'main'}
      back={at}
    >
      <DialPlanWarnings warnings={warnings} />
    </ConfirmPage>
  );
}

export function NewBoxPage({site, box, errors = {}}: FormState & {readonly site: Site; readonly box: string}): VNode {
  const {site: words} = useWords();
  const at = siteAddress(site.id);
  return (
    <Frame current="sites" title={words.newBoxTitle(site.name)} lead={words.newBoxLead} back={{href: at, label: site.name}}>
      <DeskForm action={`${at}/box`} errors={errors} submit={words.newBoxSubmit} back={at}>
        <Field name="box" label={words.boxName} help={words.boxNameHelp} value={box} width="middle" error={errors['box']} />
      </DeskForm>
    </Frame>
  );
}

export type NewCode = {
  readonly site: Site;
  readonly box: string;
  readonly code: string;
  readonly expiresAt: Instant;
  readonly fingerprint: string;
  readonly cloud: string;
};

/** Shown once: only the hash of the code is kept. */
export function CodePage({site, box, code, expiresAt, fingerprint, cloud}: NewCode): VNode {
  const {site: words} = useWords();
  return (
    <Frame current="sites" title={words.codeTitle(box)} lead={words.codeLead}>
      <Panel title={words.code}>
        <p class="one-time-code">{code}</p>
        <Facts
          facts={[
            {term: words.codeEnds, value: <Time at={expiresAt} brief />},
            {
              term: words.fingerprint,
              value: (
                <>
                  <code class="hash">{fingerprint}</code>
                  <span class="under soft">{words.fingerprintHelp}</span>
                </>
              ),
            },
          ]}
        />
        <p>{words.onTheBox}</p>
        <pre class="typed">{`spbs enrol --cloud ${cloud} \\\n  --code ${code} \\\n  --fingerprint ${fingerprint}`}</pre>
        <p class="actions">
          <a class="button" href={siteAddress(site.id)}>
            {words.toSite}
          </a>
        </p>
      </Panel>
    </Frame>
  );
}

export function RevokePage({site, box}: {readonly site: Site; readonly box: BoxState}): VNode {
  const {site: words} = useWords();
  const {text} = useFigures();
  const at = siteAddress(site.id);
  const {revokeWill: will} = words;
  return (
    <ConfirmPage
      current="sites"
      title={words.revokeTitle(box.box)}
      will={[will.closed, will.bills, will.waiting(will.rows(text(box.up.here)))]}
      action={`${at}/revoke`}
      fields={{box: box.box}}
      submit={words.revokeSubmit}
      kind="danger"
      back={at}
    />
  );
}
