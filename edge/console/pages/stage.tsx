// One stage of the flow, and the arrow to the next.
import type {VNode} from 'preact';
import {Age, agoText, moneyText} from '../../../shared/ui/figures.tsx';
import {Icon} from '../../../shared/ui/icon.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {StateBadge, StateMark} from '../../../shared/ui/state.tsx';
import type {Counter, LinkFact, Reason, StageEvent, StageStatus} from '../../health/status.ts';
import type {ConsoleWords} from '../messages.ts';
import {useFigures, useWords, type Figures} from './ground.ts';

/** Nothing of the flow comes after the switchboard; the cloud stands beside all of it. */
const ENDS: ReadonlySet<string> = new Set(['switchboard', 'sync']);

export function StageCard({stage}: {readonly stage: StageStatus}): VNode {
  const {flow} = useWords();
  const words = flow.stages[stage.name];
  return (
    <li class={`stage is-${stage.light}${stage.name === 'sync' ? ' is-beside' : ''}`} id={`stage-${stage.name}`}>
      <div class="stage-head">
        <span class="stage-icon">
          <Icon name={stage.name} />
        </span>
        <h3>{words.name}</h3>
        <StateBadge state={stage.light} />
      </div>
      <p class="stage-does">{words.does}</p>
      <Reasons reasons={stage.reasons} />
      <Last last={stage.last} />
      <dl class="counters">
        {stage.counters.map((counter) => (
          <CounterRow key={counter.name} counter={counter} />
        ))}
      </dl>
      <Links links={stage.links} />
      {ENDS.has(stage.name) ? null : <Pipe />}
    </li>
  );
}

/** The way to the next stage; broken where this one hands nothing on. */
function Pipe(): VNode {
  return (
    <svg class="pipe" viewBox="0 0 28 16" width="28" height="16" aria-hidden="true" focusable="false">
      <path class="pipe-line" d="M0 8h20" />
      <path class="pipe-head" d="m17 2 8 6-8 6z" />
    </svg>
  );
}

const REASONS_SHOWN = 3;

function Reasons({reasons: all}: {readonly reasons: readonly Reason[]}): VNode | null {
  const words = useWords();
  const figures = useFigures();
  if (all.length === 0) return null;
  // Incidents are told above, with their cure; here they speak only where nothing else does.
  const own = all.filter(({kind}) => kind !== 'incident');
  const reasons = own.length === 0 ? all : own;
  const rest = reasons.length - REASONS_SHOWN;
  return (
    <ul class="reasons">
      {reasons.slice(0, REASONS_SHOWN).map((reason, place) => (
        <li key={place}>{reasonText(reason, words, figures)}</li>
      ))}
      {rest > 0 ? <li>{words.flow.reasons.more(figures.count(rest))}</li> : null}
    </ul>
  );
}

/** Subjects that say no more than the title does. */
const PLAIN_SUBJECTS = new Set(['box', 'site', 'lines', 'switchboard', 'ledger', 'cloud']);

export function incidentTitle(
  {code, subject}: {readonly code: string; readonly subject: string},
  titles: Readonly<Record<string, string>>,
): string {
  const title = titles[code] ?? code;
  return PLAIN_SUBJECTS.has(subject) ? title : `${title}: ${subject}`;
}

function reasonText(reason: Reason, words: ConsoleWords, {count}: Figures): string {
  const {reasons} = words.flow;
  switch (reason.kind) {
    case 'incident':
      return incidentTitle(reason, words.flow.incidents.titles);
    case 'link-down':
      return reasons['link-down'](reason.subject, reason.why);
    case 'last-rejected':
      return `${reasons['last-rejected']}: ${words.rejects.reasons[reason.reason] ?? reason.reason}`;
    case 'last-unbillable':
      return `${reasons['last-unbillable']}: ${words.unbillable.reasons[reason.reason] ?? reason.reason}`;
    case 'rejects-waiting':
    case 'rows-waiting':
    case 'unconfirmed':
      return reasons[reason.kind](count(reason.count));
    case 'mode':
      return reasons.mode[reason.mode];
    default:
      return reasons[reason.kind];
  }
}

function Last({last}: {readonly last: StageStatus['last']}): VNode {
  const words = useWords();
  const {locale} = useSetting();
  return (
    <p class="stage-last">
      <span class="soft">{words.flow.last}</span>
      {last === undefined ? (
        <span>{words.flow.nothingYet}</span>
      ) : (
        <>
          <span>{eventText(last.event, words, locale)}</span>
          <Age at={last.at} />
        </>
      )}
    </p>
  );
}

function eventText(event: StageEvent, {flow}: ConsoleWords, locale: string): string {
  const {events} = flow;
  switch (event.kind) {
    case 'line':
    case 'rejected':
      return events[event.kind](event.feed);
    case 'call-record':
      return events['call-record'](event.feed, event.extension);
    case 'priced':
      return events.priced(event.destination, moneyText(event.amount, event.currency, locale));
    case 'unbillable':
      return events.unbillable(event.extension);
    case 'posted':
      return events.posted(moneyText(event.amount, event.currency, locale), event.account);
    case 'decided':
      return events.decided[event.wanted](event.extension);
    case 'warned':
      return events.warned(event.account);
    case 'acknowledged':
      return events.acknowledged[event.log](String(event.upTo));
    case 'command':
      return `${events[event.act](event.extension)}: ${flow.results[event.result]}`;
  }
}

/** Where the things that are counted can be seen. */
const PLACES: Partial<Readonly<Record<Counter['name'], string>>> = {
  'rejects-waiting': '/rejects',
  unbillable: '/unbillable',
  accounts: '/accounts',
  'lines-locked': '/lines?show=locked',
  'lines-unconfirmed': '/lines?show=differing',
};

function CounterRow({counter}: {readonly counter: Counter}): VNode {
  const {flow} = useWords();
  const {text} = useFigures();
  const {name, value} = counter;
  const place = PLACES[name];
  const shown = name.endsWith('-ms') ? flow.milliseconds(text(value)) : text(value);
  return (
    <div class={value === 0 ? 'is-zero' : undefined}>
      <dt>
        {place === undefined ? (
          flow.counters[name]
        ) : (
          <a href={place} id={`counter-${name}`}>
            {flow.counters[name]}
          </a>
        )}
      </dt>
      <dd class="figure">{shown}</dd>
    </div>
  );
}

function Links({links}: {readonly links: readonly LinkFact[]}): VNode | null {
  const {flow} = useWords();
  const setting = useSetting();
  if (links.length === 0) return null;
  return (
    <ul class="links" aria-label={flow.links}>
      {links.map(({subject, means, state, since}) => (
        <li key={subject} class={state.kind === 'up' ? 'is-ok' : 'is-fault'}>
          <StateMark state={state.kind === 'up' ? 'ok' : 'fault'} />
          <span>
            <strong>{subject}</strong> <span class="soft">{flow.means[means] ?? means}</span>
            <span class="link-state">
              {state.kind === 'up' ? flow.linkUp : flow.linkDown} · {agoText(since, setting)}
            </span>
            {state.kind === 'up' ? null : <span class="link-cure">{state.cure}</span>}
          </span>
        </li>
      ))}
    </ul>
  );
}
