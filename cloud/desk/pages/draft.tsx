// A draft: saved, looked at beside what is in force, published as it was seen, or laid aside.
import type {ComponentChildren, VNode} from 'preact';
import type {TariffProblem} from '../../../shared/tariff/document.ts';
import {CHANGES} from '../../../shared/tariff/diff.ts';
import type {Instant} from '../../../shared/time/instant.ts';
import {Age, timeText} from '../../../shared/ui/figures.tsx';
import {Choices, Field, FileField, Submit, TextArea} from '../../../shared/ui/form.tsx';
import {Facts, Notice, Panel} from '../../../shared/ui/parts.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import type {Draft} from '../../tariff/drafts.ts';
import type {Preview} from '../../tariff/preview.ts';
import type {ScheduleRole} from '../../tariff/published.ts';
import type {Site} from '../rows/sites.ts';
import {draftAddress, tariffsAddress} from './addresses.ts';
import {DateAndTime, DeskForm, FormNumber, FormTrouble, type FormState} from './forms.tsx';
import {ConfirmPage, Frame} from './frame.tsx';
import {useFigures, useMay, useWords} from './ground.ts';
import {NotReady, PreviewPart, type PreviewView} from './preview.tsx';
import {TariffProblems} from './sites.tsx';

/** As typed; a file that was chosen cannot be chosen again for somebody. */
export type DraftFields = {readonly role: string; readonly tariff: string; readonly note: string};

export function NewDraftPage({
  site,
  fields,
  errors = {},
  trouble,
  problems = [],
}: FormState & {readonly site: Site; readonly fields: DraftFields; readonly problems?: readonly TariffProblem[] | undefined}): VNode {
  const {tariffs: words} = useWords();
  const back = tariffsAddress(site.id);
  return (
    <Frame current="sites" title={words.newTitle(site.name)} lead={words.newLead} back={{href: back, label: words.title(site.name)}}>
      <DeskForm
        action={`${back}/draft`}
        errors={errors}
        trouble={trouble}
        submit={words.save}
        back={back}
        between={<TariffProblems problems={problems} />}
        withFile
      >
        <Choices
          name="role"
          label={words.role}
          value={fields.role}
          choices={(['student', 'carrier'] as const).map((role) => ({value: role, label: words.roles[role], help: words.roleHelp[role]}))}
          error={errors['role']}
        />
        <FileField name="file" label={words.file} help={words.fileHelp} error={errors['file']} />
        <TextArea
          name="tariff"
          label={words.text}
          help={words.textHelp}
          value={fields.tariff}
          rows={14}
          required={false}
          error={errors['tariff']}
        />
        <Field name="note" label={words.note} help={words.noteHelp} value={fields.note} required={false} error={errors['note']} />
      </DeskForm>
    </Frame>
  );
}

export type DraftView = {
  readonly site: Site;
  readonly draft: Draft;
  /** Name of the tariff that it is compared with. */
  readonly against: string | undefined;
  readonly preview: PreviewView;
  readonly live: string;
};

export type DateFields = {readonly date: string; readonly time: string};

export function DraftPage({
  site,
  draft,
  against,
  preview,
  live,
  fields,
  errors,
  trouble,
}: DraftView & FormState & {readonly fields: DateFields}): VNode {
  const {tariffs: words} = useWords();
  const may = useMay('admin');
  const {draftFacts: facts} = words;
  const back = tariffsAddress(site.id);
  return (
    <Frame
      current="sites"
      title={words.draftTitle(draft.name)}
      lead={words.draftLead(words.roles[draft.role], site.name)}
      back={{href: back, label: words.title(site.name)}}
      live={live}
    >
      <FormTrouble errors={errors} trouble={trouble} />
      {draft.ended === undefined ? null : (
        <Notice state="off" title={words.over[draft.ended]}>
          <p>{words.overHow}</p>
        </Notice>
      )}
      <Panel title={words.roles[draft.role]}>
        <Facts
          facts={[
            {term: facts.by, value: draft.by},
            {term: facts.at, value: <Age at={draft.at} />},
            {term: facts.against, value: against ?? words.againstNone},
            ...(draft.note === '' ? [] : [{term: facts.note, value: draft.note}]),
            {term: facts.hash, value: <code class="hash">{draft.hash}</code>},
          ]}
        />
      </Panel>
      <PreviewPart {...preview} />
      {may && draft.ended === undefined ? <PublishPanel site={site} draft={draft} fields={fields} errors={errors} /> : null}
    </Frame>
  );
}

function PublishPanel({
  site,
  draft,
  fields,
  errors,
}: Pick<DraftView, 'site' | 'draft'> & Pick<FormState, 'errors'> & {readonly fields: DateFields}): VNode {
  const {tariffs: words, tenancy} = useWords();
  const at = draftAddress(draft.id);
  return (
    <Panel title={words.publishForm}>
      <form method="post" action={at} class="form" noValidate>
        <FormNumber />
        <DateAndTime
          labels={[words.publishDate, words.publishTime]}
          help={[words.publishNow, tenancy.timeHelp(site.zone)]}
          values={[fields.date, fields.time]}
          errors={errors}
          required={false}
        />
        <p class="actions">
          <Submit>{words.publishNext}</Submit>
          <a class="button is-quiet" href={`${at}/discard`}>
            {words.discard}
          </a>
        </p>
      </form>
    </Panel>
  );
}

export function DiscardPage({site, draft}: {readonly site: Site; readonly draft: Draft}): VNode {
  const {tariffs: words} = useWords();
  return (
    <ConfirmPage
      current="sites"
      title={words.discardTitle(draft.name)}
      will={[words.discardWill]}
      action={`${draftAddress(draft.id)}/discard`}
      fields={{site: site.id}}
      submit={words.discardSubmit}
      kind="danger"
      back={draftAddress(draft.id)}
    />
  );
}

export type PublishView = {
  readonly site: Site;
  readonly draft: Draft;
  /** Undefined: now. */
  readonly from: Instant | undefined;
  /** Name of what it replaces. */
  readonly against: string | undefined;
  /** What it replaces was to begin at the same moment. */
  readonly isPlanned: boolean;
  /** What takes over later. */
  readonly next: {readonly name: string; readonly from: Instant} | undefined;
  readonly preview: PreviewView;
  /** What is sent with the answer. */
  readonly fields: Readonly<Record<string, string>>;
  readonly live: string;
  readonly isChanged: boolean;
};

/** Asked only when what it would change is known. */
export function PublishPage(view: PublishView): VNode {
  const {site, draft, live, isChanged} = view;
  const {tariffs: words} = useWords();
  const back = draftAddress(draft.id);
  return (
    <Frame
      current="sites"
      title={words.publishTitle(draft.name, site.name)}
      back={{href: back, label: words.draftTitle(draft.name)}}
      live={live}
    >
      {isChanged ? <Notice state="warning" title={words.changedSince} /> : null}
      <PublishPart {...view} />
    </Frame>
  );
}

export function PublishPart(view: PublishView): VNode {
  const {state} = view.preview;
  return (
    <div id="publish" class="desk-trouble">
      {state.kind === 'ready' ? <PublishQuestion {...view} found={state.preview} /> : <Waiting state={state} />}
    </div>
  );
}

function Waiting({state}: Parameters<typeof NotReady>[0]): VNode {
  const {tariffs: words} = useWords();
  return (
    <>
      <NotReady state={state} />
      {state.kind === 'working' ? <p>{words.publishWaits}</p> : null}
    </>
  );
}

function PublishQuestion(view: PublishView & {readonly found: Preview}): VNode {
  const {draft, fields} = view;
  const {frame, tariffs: words} = useWords();
  const at = draftAddress(draft.id);
  return (
    <Panel title={frame.will}>
      <ul class="will">
        {useWill(view).map((each, index) => (
          <li key={index}>{each}</li>
        ))}
      </ul>
      <form method="post" action={`${at}/publish`} class="actions">
        {Object.entries(fields).map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
        <input type="hidden" name="sure" value="yes" />
        <Submit>{words.publishSubmit}</Submit>
        <a class="button" href={at}>
          {frame.nothing}
        </a>
      </form>
    </Panel>
  );
}

function useWill({
  draft,
  from,
  against,
  next,
  isPlanned,
  found,
  preview,
  site,
}: PublishView & {readonly found: Preview}): readonly ComponentChildren[] {
  const {tariffs, preview: words, site: siteWords} = useWords();
  const setting = useSetting();
  const {count, money} = useFigures();
  const {publishWill: will} = tariffs;
  const {counts, effect} = found;
  const changed = CHANGES.filter((change) => counts[change] > 0).map((change) => words.said[change](count(counts[change])));
  const {both, unpriced} = effect;
  const difference = both.due - both.was;
  const said = difference === 0 ? will.equal : (difference > 0 ? will.more : will.less)(money(Math.abs(difference), site.currency));
  const waiting = unpriced
    .filter(({reason}) => reason !== 'number-erased' && reason !== 'by-hand')
    .reduce((sum, {calls}) => sum + calls, 0);
  return [
    will[draft.role](from === undefined ? will.now : will.from(timeText(from, setting))),
    against === undefined ? will.first : (isPlanned ? will.insteadOfPlanned : will.replaces)(against),
    ...(next === undefined ? [] : [will.until(next.name, timeText(next.from, setting))]),
    changed.length === 0 ? will.same : will.prefixes(changed),
    both.calls === 0
      ? will.noCalls(preview.month)
      : will.calls(preview.month, money(both.was, site.currency), money(both.due, site.currency), said),
    ...(waiting === 0 ? [] : [will.unpriced(count(waiting))]),
    will.kept,
    will.offline,
    <span key="hash" class="hash">
      {siteWords.publishHash(draft.hash)}
    </span>,
  ];
}

export type CompareView = {
  readonly site: Site;
  readonly role: ScheduleRole;
  readonly before: string;
  readonly after: string;
  readonly preview: PreviewView;
  readonly live: string;
};

/** Two tariffs of a site, side by side. */
export function ComparePage({site, role, before, after, preview, live}: CompareView): VNode {
  const {tariffs: words} = useWords();
  return (
    <Frame
      current="sites"
      title={words.compareTitle(after, before)}
      lead={words.compareLead(words.roles[role])}
      back={{href: tariffsAddress(site.id), label: words.title(site.name)}}
      live={live}
    >
      <PreviewPart {...preview} />
    </Frame>
  );
}
