// One call: what it is, what it costs and by which tariff; where it waited, how it stands now and what was asked for it. What stands
// now changes by itself.
import type {VNode} from 'preact';
import {Age, Duration, Time, timeText} from '../../../shared/ui/figures.tsx';
import {Empty, Facts, Panel, type Fact} from '../../../shared/ui/parts.tsx';
import {useSetting} from '../../../shared/ui/setting.ts';
import {Table} from '../../../shared/ui/table.tsx';
import type {Call} from '../../books/calls.ts';
import type {Cost} from '../../books/costs.ts';
import type {Asking, Fate, RangeOfCall} from '../../books/fates.ts';
import type {Proposal} from '../../books/resolving.ts';
import type {PricedBy} from '../../tariff/versions.ts';
import type {BoxState} from '../box-facts.ts';
import type {Site} from '../rows/sites.ts';
import {masked} from '../unknown-ranges.ts';
import {additionAddress, callAddress, lineAddress, proposalAddress, studentAddress, versionAddress} from './addresses.ts';
import {CallCorrections, type Correction} from './call-corrections.tsx';
import {CallPrice, CallWorking, PayerLink} from './cells.tsx';
import {CallCost} from './cost.tsx';
import {FateSays, SecondSays, type Sent} from './fate.tsx';
import {Frame} from './frame.tsx';
import {useFigures, useMay, useWords} from './ground.ts';
import {shortHash} from './tariffs.tsx';

type OfCall = {readonly site: Site; readonly call: Call};

/** What it is, for whoever decides about it. */
export function CallFacts({site, call, payerName}: OfCall & {readonly payerName?: string | undefined}): VNode {
  const {resolving, unbillable} = useWords();
  const {callFacts: terms} = resolving;
  const {number, startedAt, seconds, extension, payer, reason, detail} = call;
  const why = reason === undefined ? undefined : (unbillable.reasons[reason] ?? reason);
  const facts: readonly (Fact | undefined)[] = [
    {term: terms.number, value: number === undefined ? unbillable.noNumber : <span class="figure">{masked(number)}</span>},
    {term: terms.when, value: <Time at={startedAt} />},
    {term: terms.duration, value: <Duration seconds={seconds} />},
    {term: terms.line, value: extension === undefined ? unbillable.noLine : <a href={lineAddress(site.id, extension)}>{extension}</a>},
    payer === undefined ? undefined : {term: terms.payer, value: <PayerLink account={payer} name={payerName} />},
    why === undefined ? undefined : {term: terms.reason, value: detail === undefined ? why : `${why}: ${detail}`},
    {term: terms.site, value: site.name},
  ];
  return <Facts facts={facts.filter((fact) => fact !== undefined)} />;
}

export type CallView = OfCall & {
  readonly payerName: string | undefined;
  /** Undefined: it never waited. */
  readonly fate: Fate | undefined;
  /** By which entry of which schedule; undefined where no tariff priced it, or none that we sent. */
  readonly pricedBy: PricedBy | undefined;
  /** What the carrier charges, for whoever may know it. */
  readonly cost: Cost | undefined;
  /** In their order. */
  readonly corrections: readonly Correction[];
  readonly sent: Sent | undefined;
  readonly box: BoxState | undefined;
  readonly askings: readonly Asking[];
  readonly ranges: readonly RangeOfCall[];
  readonly proposals: readonly (Proposal & {readonly byName: string})[];
};

export const CALL_LIVE = '/desk/live/calls/:part';

export function CallPage(view: CallView): VNode {
  const {resolving: words, unbillable, tariffs} = useWords();
  const {site, call, fate, payerName} = view;
  const number = call.number === undefined ? unbillable.noNumber : masked(call.number);
  const address = callAddress(site.id, call.upSeq);
  const {payer} = call;
  const isStudents = fate === undefined && payer !== undefined && payerName !== undefined;
  const student = isStudents ? {href: studentAddress(payer), label: payerName} : undefined;
  return (
    <Frame
      current={fate === undefined ? 'students' : 'unbillable'}
      title={fate === undefined ? tariffs.callTitle(number) : words.callTitle(number)}
      back={student ?? {href: '/desk/unbillable', label: unbillable.all}}
      live={address.replace('/desk/', '/desk/live/')}
    >
      {callParts(view).map(([, part]) => part)}
      <CallCorrections site={site} corrections={view.corrections} />
      <noscript>
        <p>
          <a href={address}>{words.again}</a>
        </p>
      </noscript>
    </Frame>
  );
}

export function callParts(view: CallView): readonly (readonly [id: string, part: VNode])[] {
  const {fate} = view;
  return [
    ...(fate === undefined ? [] : [['call-now', <CallNow key="call-now" {...view} fate={fate} />] as const]),
    ['call-what', <CallWhat key="call-what" {...view} />],
    ['call-price', <CallCosts key="call-price" {...view} />],
    ...(fate === undefined ? [] : [['call-past', <CallPast key="call-past" {...view} />] as const]),
  ];
}

function CallWhat({site, call, payerName}: CallView): VNode {
  return (
    <Panel id="call-what" title={useWords().resolving.callWhat}>
      <CallFacts site={site} call={call} payerName={payerName} />
    </Panel>
  );
}

/** What it costs, why, and which version of the schedule said so. */
function CallCosts({site, call, cost, pricedBy}: CallView): VNode {
  const {tariffs: words, allowances} = useWords();
  const {pricedFacts: terms} = words;
  const setting = useSetting();
  const {amount, working, destination} = call;
  const facts: readonly (Fact | undefined)[] = [
    {term: terms.price, value: <CallPrice call={call} currency={site.currency} />},
    destination === undefined || destination === '' ? undefined : {term: terms.destination, value: destination},
    cost === undefined ? undefined : {term: allowances.cost.column, value: <CallCost call={call} cost={cost} currency={site.currency} />},
    pricedBy === undefined || working?.tariff === undefined
      ? undefined
      : {
          term: terms.tariff,
          value: (
            <a href={versionAddress(site.id, pricedBy.version)}>
              {pricedBy.name} <code>{shortHash(working.tariff)}</code>
              <span class="under">{words.appliedFrom(pricedBy.from === 0 ? words.always : timeText(pricedBy.from, setting))}</span>
            </a>
          ),
        },
    pricedBy !== undefined || working?.tariff === undefined
      ? undefined
      : {term: terms.tariff, value: <code class="hash">{working.tariff}</code>},
  ];
  return (
    <Panel id="call-price" title={words.priced}>
      <Facts facts={facts.filter((fact) => fact !== undefined)} />
      {amount === undefined ? null : (
        <p>
          <CallWorking call={call} currency={site.currency} />
        </p>
      )}
    </Panel>
  );
}

function CallNow({site, call, fate, sent, box, proposals}: CallView & {readonly fate: Fate}): VNode {
  const {resolving: words, unbillable} = useWords();
  const may = useMay('clerk');
  const at = callAddress(site.id, call.upSeq);
  const open = fate.kind === 'waits' ? proposals.find(({state}) => state === 'open') : undefined;
  const isFree = fate.kind === 'waits' && open === undefined && (sent?.kind !== 'desk' || sent.answer !== undefined);
  return (
    <Panel id="call-now" title={words.callNow}>
      <div role="status">
        {open === undefined ? (
          <FateSays fate={fate} sent={sent} box={box} currency={site.currency} />
        ) : (
          <SecondSays proposal={open} currency={site.currency} />
        )}
      </div>
      {may && isFree ? (
        <p class="actions">
          <a class="button" href={`${at}/bill`}>
            {unbillable.bill}
          </a>
          <a class="button" href={`${at}/write-off`}>
            {unbillable.writeOff}
          </a>
        </p>
      ) : null}
    </Panel>
  );
}

type Past = {readonly key: string; readonly what: VNode | string; readonly by: string; readonly at: Asking['at']; readonly answer: string};

function CallPast({site, askings, ranges, proposals}: CallView): VNode {
  const {resolving: words, unbillable} = useWords();
  const {money} = useFigures();
  const {callPastColumns: columns} = words;
  const inMoney = (amount: number): string => money(amount, site.currency);
  const past: readonly Past[] = [
    ...askings.map(({act, amount, by, at, downSeq, answer}) => ({
      key: `asked ${downSeq}`,
      what: act === 'bill' ? words.askedBill(inMoney(amount ?? 0)) : words.askedOff,
      by,
      at,
      answer: answer === undefined ? words.states.asked : answerText(answer, unbillable.answers),
    })),
    ...ranges.map(({id, prefix, amount, by, at}) => ({
      key: `range ${id}`,
      what: <a href={additionAddress(id)}>{words.askedRange(`+${prefix}`, inMoney(amount))}</a>,
      by,
      at,
      answer: words.published,
    })),
    ...proposals.map(({id, amount, byName, at, state}) => ({
      key: `proposal ${id}`,
      what: <a href={proposalAddress(id)}>{words.proposalOf(inMoney(amount))}</a>,
      by: byName,
      at,
      answer: words.proposalStates[state],
    })),
  ].toSorted((a, b) => b.at - a.at);
  return (
    <Panel id="call-past" title={words.callPast}>
      {past.length === 0 ? (
        <Empty title={words.callPastNone} />
      ) : (
        <Table
          caption={words.callPastList}
          rows={past}
          rowKey={({key}) => key}
          columns={[
            {head: columns.what, kind: 'key', cell: ({what}) => what},
            {head: columns.by, cell: ({by}) => by},
            {head: columns.when, cell: ({at}) => <Age at={at} />},
            {head: columns.answer, kind: 'wide', cell: ({answer}) => answer},
          ]}
        />
      )}
    </Panel>
  );
}

function answerText({outcome, detail}: NonNullable<Asking['answer']>, words: Readonly<Record<string, string>>): string {
  const said = words[outcome] ?? outcome;
  return detail === undefined ? said : `${said}: ${detail}`;
}
