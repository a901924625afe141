// The flow, live: is each step working, now? Each part has an id of its own and is sent again when it changes.
import type {VNode} from 'preact';
import {AsOf} from '../../../shared/ui/document.tsx';
import {Age, Time, bytesText} from '../../../shared/ui/figures.tsx';
import {Facts, Notice, Panel} from '../../../shared/ui/parts.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {StateBadge} from '../../../shared/ui/state.tsx';
import type {BoxStatus, Incident, Mode} from '../../health/status.ts';
import {Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';
import {incidentTitle, StageCard} from './stage.tsx';

export type FlowView = {
  readonly status: BoxStatus;
  /** How many lines wait behind the brake; undefined while it is open. */
  readonly braked: number | undefined;
};

const FLOW_LIVE = '/live/flow';

export function FlowPage(view: FlowView): VNode {
  const {flow} = useWords();
  return (
    <Frame current="flow" title={flow.title} lead={flow.lead} live={FLOW_LIVE} aside={<FlowHead {...view} />}>
      <FlowMode {...view} />
      {/* The region stays while its content is replaced: only so is a new incident announced. */}
      <div aria-live="polite">
        <FlowNotices {...view} />
      </div>
      <section aria-labelledby="flow-picture">
        <h2 class="said" id="flow-picture">
          {flow.picture}
        </h2>
        <ol class="flow">
          {view.status.stages.map((stage) => (
            <StageCard key={stage.name} stage={stage} />
          ))}
        </ol>
      </section>
      <FlowBox {...view} />
    </Frame>
  );
}

/** The pieces of the page that move, by their ids. */
export function flowParts(view: FlowView): readonly (readonly [id: string, part: VNode])[] {
  return [
    ['flow-head', <FlowHead key="head" {...view} />],
    ['flow-mode', <FlowMode key="mode" {...view} />],
    ['flow-notices', <FlowNotices key="notices" {...view} />],
    ...view.status.stages.map((stage) => [`stage-${stage.name}`, <StageCard key={stage.name} stage={stage} />] as const),
    ['flow-box', <FlowBox key="box" {...view} />],
  ];
}

function FlowHead({status}: FlowView): VNode {
  const {flow} = useWords();
  return (
    <div class="flow-head" id="flow-head">
      <StateBadge state={status.light} word={flow.lights[status.light]} />
      <AsOf id="as-of" reload="/" />
    </div>
  );
}

const MODES: readonly Mode[] = ['watch', 'bill', 'bill-and-lock'];

function FlowMode({status}: FlowView): VNode {
  const {mode: words} = useWords().flow;
  const {mode} = status;
  return (
    <section class="mode" id="flow-mode" aria-labelledby="mode-title">
      <h2 id="mode-title">{words.title}</h2>
      <ol class="mode-steps">
        {MODES.map((step) => (
          <li key={step} class={step === mode ? 'is-present' : undefined} aria-current={step === mode ? 'step' : undefined}>
            {words.steps[step]}
            {step === mode ? <span class="mode-now"> · {words.present}</span> : null}
          </li>
        ))}
      </ol>
      <p class="mode-says">
        {mode === undefined ? words.none : words.says[mode]} <span class="soft">{mode === undefined ? null : words.how}</span>
      </p>
    </section>
  );
}

/** All at once would hide the flow. */
const INCIDENTS_IN_FRONT = 4;

function FlowNotices({status, braked}: FlowView): VNode {
  const {flow} = useWords();
  const {count} = useFigures();
  // The brake has its own notice, with the way out.
  const incidents = status.incidents.filter((incident) => incident.code !== 'credit.brake' || braked === undefined);
  const front = incidents.slice(0, INCIDENTS_IN_FRONT);
  const behind = incidents.slice(INCIDENTS_IN_FRONT);
  return (
    <div id="flow-notices" class="notices">
      {braked === undefined ? null : <BrakeNotice lines={braked} status={status} />}
      {front.map((incident) => (
        <IncidentNotice key={`${incident.code} ${incident.subject}`} incident={incident} />
      ))}
      {behind.length === 0 ? null : (
        <details>
          <summary>{flow.incidents.more(count(behind.length))}</summary>
          {behind.map((incident) => (
            <IncidentNotice key={`${incident.code} ${incident.subject}`} incident={incident} />
          ))}
        </details>
      )}
    </div>
  );
}

function IncidentNotice({incident}: {readonly incident: Incident}): VNode {
  const {incidents} = useWords().flow;
  const {code, detail, cure, severity, beganAt} = incident;
  return (
    <Notice state={severity} title={incidentTitle(incident, incidents.titles)}>
      <p>{detail}</p>
      <p>
        <strong>{incidents.cure}:</strong> {cure}
      </p>
      <p class="soft">
        <code>{code}</code> · {incidents.begun} <Age at={beganAt} />
      </p>
    </Notice>
  );
}

function BrakeNotice({lines, status}: {readonly lines: number; readonly status: BoxStatus}): VNode {
  const {brake} = useWords().flow;
  const {count} = useFigures();
  const since = status.stages
    .flatMap((stage) => stage.reasons)
    .flatMap((reason) => (reason.kind === 'brake' ? [reason.since] : []))
    .at(0);
  return (
    <Notice state="fault" title={brake.title(count(lines))}>
      <p>{brake.why}</p>
      <p class="soft">
        <code>credit.brake</code>
        {since === undefined ? null : (
          <>
            {' '}
            · {brake.since} <Age at={since} />
          </>
        )}
      </p>
      <p class="actions">
        <a class="button is-main" href="/brake" id="brake-look">
          {brake.look(count(lines))}
        </a>
      </p>
    </Notice>
  );
}

function FlowBox({status}: FlowView): VNode {
  const {flow} = useWords();
  const {box: words} = flow;
  const {locale} = useSetting();
  const {text} = useFigures();
  const {disk, heads} = status;
  return (
    <Panel id="flow-box" title={words.title}>
      <Facts
        facts={[
          {term: words.name, value: status.site === undefined ? flow.siteUnknown : `${status.site} · ${status.box ?? ''}`},
          {term: words.version, value: status.version},
          {term: words.started, value: <Time at={status.startedAt} />},
          {
            term: words.disk,
            value: disk === undefined ? words.unknown : words.diskOf(bytesText(disk.freeBytes, locale), bytesText(disk.totalBytes, locale)),
          },
          {term: words.memory, value: bytesText(status.memoryBytes, locale)},
          {term: words.lag, value: flow.milliseconds(text(status.eventLoopLag.maxMs))},
          {term: words.clock, value: words.clocks[status.clock]},
          {term: words.up, value: words.head(text(heads.up.seq), String(heads.up.epoch))},
          {term: words.down, value: words.head(text(heads.down.seq), String(heads.down.epoch))},
        ]}
      />
    </Panel>
  );
}
