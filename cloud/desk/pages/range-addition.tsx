// A range that somebody asked for: while a second person must approve it, and what becomes of its calls once it is published.
import type {VNode} from 'preact';
import type {Micros} from '../../../shared/money/micros.ts';
import {Duration, Money, Time} from '../../../shared/ui/figures.tsx';
import {Empty, Facts, Notice, Panel} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {RangeAddition} from '../../books/adding-ranges.ts';
import type {Call} from '../../books/calls.ts';
import type {Fate} from '../../books/fates.ts';
import type {EffectChange, RangeEffect} from '../../books/range-effect.ts';
import type {BoxState} from '../box-facts.ts';
import type {Site} from '../rows/sites.ts';
import {masked} from '../unknown-ranges.ts';
import {additionAddress, callAddress} from './addresses.ts';
import {FateSays} from './fate.tsx';
import {ConfirmPage, Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';
import {ChangedNotice, MOST_LISTED, PricedTable, priceText, useRangeWill} from './range.tsx';

type OfAddition = {
  readonly site: Site;
  readonly addition: RangeAddition;
  /** Names of staff. */
  readonly askedBy: string;
};

const BACK = '/desk/unbillable';

export type RangeProposalView = OfAddition & {
  readonly effect: RangeEffect;
  readonly shown: string;
  /** Since it was asked for, or since this person looked. */
  readonly change: EffectChange | undefined;
  /** Nothing was done, for that change. */
  readonly isLate: boolean;
  readonly isOwn: boolean;
  readonly isNo: boolean;
};

/** One question to a second person: what it would do now, and what has changed since it was asked for. */
export function RangeProposalPage(view: RangeProposalView): VNode {
  const {site, addition, askedBy, effect, shown, change, isLate, isOwn, isNo} = view;
  const {range: words} = useWords();
  const {money, count} = useFigures();
  const willOf = useRangeWill();
  const {prefix, range, total, calls} = addition;
  const {currency} = site;
  const asked = words.askedBy(askedBy, money(total, currency), count(calls));
  const action = additionAddress(addition.id);
  const will = [asked, ...(isOwn ? [words.own] : []), ...willOf(range, effect, {currency, secondAbove: effect.total})];
  const shared = {
    current: 'unbillable',
    title: words.proposalTitle(`+${prefix}`, range.to.destination),
    above: change === undefined ? null : <ChangedNotice title={isLate ? words.changed : words.since} change={change} />,
    will,
    action,
    back: BACK,
  } as const;
  if (isOwn || isNo) {
    return (
      <ConfirmPage {...shared} fields={{answer: 'no'}} submit={isOwn ? words.takeBack : words.refuse} kind="danger">
        <PricedTable effect={effect} currency={currency} />
      </ConfirmPage>
    );
  }
  return (
    <ConfirmPage
      {...shared}
      fields={{answer: 'yes', hash: effect.hash, shown}}
      submit={words.approve(money(effect.total, currency))}
      other={{href: `${action}?answer=no`, label: words.refuse}}
    >
      <PricedTable effect={effect} currency={currency} />
    </ConfirmPage>
  );
}

/** The tariffs have the prefix by now, say: nothing but dropping it is left. */
export function RangeOvertakenPage({site, addition, askedBy, why}: OfAddition & {readonly why: string}): VNode {
  const {range: words} = useWords();
  const {money, count} = useFigures();
  const {prefix, range, total, calls} = addition;
  return (
    <ConfirmPage
      current="unbillable"
      title={words.proposalTitle(`+${prefix}`, range.to.destination)}
      above={<Notice state="warning" title={`${words.cannot}. ${why}`} />}
      will={[words.askedBy(askedBy, money(total, site.currency), count(calls))]}
      action={additionAddress(addition.id)}
      fields={{answer: 'no'}}
      submit={words.refuse}
      kind="danger"
      back={BACK}
    />
  );
}

export type AdditionRow = {readonly call: Call; readonly amount: Micros; readonly fate: Fate};

export type AdditionView = OfAddition & {
  readonly decidedBy: string;
  readonly box: BoxState | undefined;
  /** Those not done first, at most MOST_LISTED. */
  readonly rows: readonly AdditionRow[];
  /** Of all of them. */
  readonly ended: number;
};

/** What was published, or dropped. */
export function RangeAdditionPage(view: AdditionView): VNode {
  const {range: words, unbillable, resolving} = useWords();
  const {addition, askedBy, decidedBy} = view;
  const {prefix, range, id, decided} = addition;
  const isRefused = decided?.decision === 'refused';
  const title = isRefused ? words.refusedTitle : words.pageTitle;
  return (
    <Frame
      current="unbillable"
      title={title(`+${prefix}`, range.to.destination)}
      lead={isRefused ? words.dropped : words.kept}
      back={{href: BACK, label: unbillable.all}}
      live={isRefused ? undefined : `/desk/live/ranges/${encodeURIComponent(id)}`}
    >
      {isRefused ? null : additionParts(view).map(([, part]) => part)}
      <Panel title={(isRefused ? words.droppedBy : words.publishedBy)(words.by(askedBy, decidedBy))}>
        <AdditionFacts {...view} />
      </Panel>
      {isRefused ? null : (
        <noscript>
          <p>
            <a href={additionAddress(id)}>{resolving.again}</a>
          </p>
        </noscript>
      )}
    </Frame>
  );
}

function AdditionFacts({site, addition}: AdditionView): VNode {
  const {range: words} = useWords();
  const {money, text} = useFigures();
  const {range, calls, total, decided} = addition;
  const {to, from} = range;
  const {facts: terms} = words;
  return (
    <Facts
      facts={[
        {term: terms.site, value: site.name},
        {term: terms.from, value: <Time at={from} />},
        {
          term: terms.price,
          value: to.kind === 'existing' ? words.existing(to.destination) : words.perMinute(priceText(to.perMinute, site.currency, money)),
        },
        ...(decided === undefined ? [] : [{term: terms.when, value: <Time at={decided.at} />}]),
        {term: terms.calls, value: text(calls)},
        {term: terms.total, value: money(total, site.currency)},
      ]}
    />
  );
}

export function additionParts(view: AdditionView): readonly (readonly [id: string, part: VNode])[] {
  return [['range-state', <AdditionState key="range-state" {...view} />]];
}

function AdditionState({site, addition, box, rows, ended}: AdditionView): VNode {
  const {range: words, resolving} = useWords();
  const {count} = useFigures();
  const {columns} = words;
  const sent = {kind: 'schedule', downSeq: addition.downSeq ?? 0, answer: undefined} as const;
  return (
    <Panel id="range-state" title={words.state}>
      {addition.calls === 0 ? (
        <Empty title={words.noCalls}>{words.noCallsHow}</Empty>
      ) : (
        <>
          <p role="status">{resolving.summary(count(ended), count(addition.calls))}</p>
          <Table
            caption={words.rows}
            rows={rows}
            rowKey={({call}) => call.id}
            columns={[
              {
                head: columns.when,
                kind: 'key',
                cell: ({call}) => (
                  <a href={callAddress(site.id, call.upSeq)} id={`call-${call.upSeq}`}>
                    <Time at={call.startedAt} />
                  </a>
                ),
              },
              {head: columns.number, cell: ({call}) => <span class="figure">{masked(call.number ?? '')}</span>},
              {head: columns.duration, kind: 'figure', cell: ({call}) => <Duration seconds={call.seconds} />},
              {head: columns.price, kind: 'figure', cell: ({amount}) => <Money amount={amount} currency={site.currency} />},
              {
                head: columns.state,
                kind: 'wide',
                cell: ({fate}) => <FateSays fate={fate} sent={sent} box={box} currency={site.currency} />,
              },
            ]}
          />
          {addition.calls > rows.length ? <p class="soft">{words.listCut(count(MOST_LISTED), count(addition.calls))}</p> : null}
        </>
      )}
    </Panel>
  );
}
