// Sites: the list, and the form of a new one.
import type {VNode} from 'preact';
import {Age} from '../../../shared/ui/figures.tsx';
import {Choices, Field, TextArea} from '../../../shared/ui/form.tsx';
import {Filters} from '../../../shared/ui/list.tsx';
import {Empty, Panel} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {TariffProblem} from '../../../shared/tariff/document.ts';
import type {Policy} from '../../../shared/wire/kinds.ts';
import type {BoxState} from '../box-facts.ts';
import {MODES, USUAL_COUNTRIES, type SiteFields} from '../new-site.ts';
import type {Site} from '../rows/sites.ts';
import {siteAddress} from './addresses.ts';
import {VerdictBadge} from './box-state.tsx';
import {DialPlanFields} from './dial-plan.tsx';
import {DeskForm, type FormState} from './forms.tsx';
import {Frame} from './frame.tsx';
import {useFigures, useMay, useWords} from './ground.ts';
import {AddLink} from './students.tsx';

const PATH = '/desk/sites';

export type SiteLine = {
  readonly site: Site;
  readonly box: BoxState | undefined;
  readonly mode: Policy['mode'] | undefined;
  readonly tariff: string | undefined;
};

export function SitesPage({sites}: {readonly sites: readonly SiteLine[]}): VNode {
  const {sites: words, box: boxWords} = useWords();
  const {columns} = words;
  const may = useMay('admin');
  return (
    <Frame
      current="sites"
      title={words.title}
      lead={words.lead}
      aside={may ? <AddLink href={`${PATH}/new`} label={words.add} /> : undefined}
    >
      {sites.length === 0 ? (
        <Empty title={words.empty}>{words.emptyHow}</Empty>
      ) : (
        <Table
          caption={words.list}
          rows={sites}
          rowKey={({site}) => site.id}
          columns={[
            {
              head: columns.site,
              kind: 'key',
              cell: ({site}) => (
                <a href={siteAddress(site.id)}>
                  {site.name}
                  <code class="under">{site.id}</code>
                </a>
              ),
            },
            {
              head: columns.box,
              cell: ({box}) =>
                box === undefined ? <span class="soft">{boxWords.verdicts.none}</span> : <VerdictBadge verdict={box.verdict} />,
            },
            {head: columns.heard, cell: ({box}) => <Age at={box?.heardAt} />},
            {head: columns.mode, cell: ({mode}) => (mode === undefined ? words.noRules : words.modes[mode])},
            {head: columns.tariff, kind: 'wide', cell: ({tariff}) => tariff ?? words.noTariff},
            {head: columns.currency, cell: ({site}) => site.currency},
          ]}
        />
      )}
    </Frame>
  );
}

export function NewSitePage({
  fields,
  errors = {},
  trouble,
  problems = [],
}: FormState & {readonly fields: SiteFields; readonly problems?: readonly TariffProblem[] | undefined}): VNode {
  const {sites: words, site} = useWords();
  const {form} = words;
  return (
    <Frame current="sites" title={words.add} lead={words.addLead} back={{href: PATH, label: site.back}}>
      <p class="soft">{form.defaults}</p>
      <Filters
        label={form.defaults}
        choices={USUAL_COUNTRIES.map((country) => ({
          href: `${PATH}/new?country=${country}`,
          label: country,
          count: undefined,
          isCurrent: country === fields.country,
        }))}
      />
      <DeskForm
        action={`${PATH}/new`}
        errors={errors}
        trouble={trouble}
        submit={form.submit}
        back={PATH}
        between={<TariffProblems problems={problems} />}
      >
        <Field name="name" label={form.name} value={fields.name} error={errors['name']} />
        <Field name="id" label={form.id} help={form.idHelp} value={fields.id} width="middle" error={errors['id']} />
        <PlaceFields fields={fields} errors={errors} />
        <ModeChoices value={fields.mode} error={errors['mode']} />
        <DialPlanFields fields={fields} errors={errors} />
        <TextArea name="tariff" label={form.tariff} help={form.tariffHelp} value={fields.tariff} rows={18} error={errors['tariff']} />
      </DeskForm>
    </Frame>
  );
}

type Part = {readonly fields: SiteFields; readonly errors: Readonly<Record<string, string>>};

function PlaceFields({fields, errors}: Part): VNode {
  const {form} = useWords().sites;
  return (
    <>
      <Field name="country" label={form.country} help={form.countryHelp} value={fields.country} width="short" error={errors['country']} />
      <Field
        name="currency"
        label={form.currency}
        help={form.currencyHelp}
        value={fields.currency}
        width="short"
        error={errors['currency']}
      />
      <Field name="zone" label={form.zone} help={form.zoneHelp} value={fields.zone} width="middle" error={errors['zone']} />
    </>
  );
}

export function ModeChoices({value, error}: {readonly value: string; readonly error: string | undefined}): VNode {
  const {sites: words} = useWords();
  return (
    <Choices
      name="mode"
      label={words.form.mode}
      value={value}
      error={error}
      choices={MODES.map((mode) => ({value: mode, label: words.modes[mode], help: words.modeHelp[mode]}))}
    />
  );
}

/** Each problem of a tariff with its line, the first ones on top. */
export function TariffProblems({problems}: {readonly problems: readonly TariffProblem[]}): VNode | null {
  const {sites: words} = useWords();
  const {problemColumns: columns} = words;
  const {text} = useFigures();
  if (problems.length === 0) return null;
  return (
    <Panel title={words.problems}>
      <Table
        caption={words.problemsList}
        rows={problems.map((problem, index) => ({...problem, index}))}
        rowKey={({index}) => String(index)}
        columns={[
          {head: columns.line, kind: 'key', cell: ({line, column}) => <span class="figure">{`${text(line)}:${text(column)}`}</span>},
          {head: columns.where, cell: ({path}) => (path === '' ? null : <code class="hash">{path}</code>)},
          {head: columns.what, kind: 'wide', cell: ({what}) => what},
          {head: columns.cure, cell: ({cure}) => cure},
        ]}
      />
    </Panel>
  );
}
