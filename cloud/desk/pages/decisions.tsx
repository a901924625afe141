// What waits for somebody's yes, and calls of a late tariff: on the first page, among what is wrong.
import type {VNode} from 'preact';
import {Age, Money} from '../../../shared/ui/figures.tsx';
import {Notice, Panel} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {LateCalls, OpenDecision} from '../rows/decisions.ts';
import {additionAddress, proposalAddress, reratingAddress, siteAddress} from './addresses.ts';
import {useFigures, useWords} from './ground.ts';

type Naming = {readonly nameOf: (site: string) => string};

const ADDRESSES = {bill: proposalAddress, range: additionAddress, correction: reratingAddress};

export function DecisionPanel({decisions, nameOf}: Naming & {readonly decisions: readonly OpenDecision[]}): VNode | null {
  const {home: words} = useWords();
  const {decisionColumns: columns} = words;
  if (decisions.length === 0) return null;
  return (
    <Panel title={words.decisions}>
      <Table
        caption={words.decisionsList}
        rows={decisions}
        rowKey={({id}) => id}
        columns={[
          {head: columns.what, kind: 'key', cell: ({kind, id}) => <a href={ADDRESSES[kind](id)}>{words.decisionKinds[kind]}</a>},
          {head: columns.site, cell: ({site}) => <a href={siteAddress(site)}>{nameOf(site)}</a>},
          {head: columns.amount, kind: 'figure', cell: ({amount, currency}) => <Money amount={amount} currency={currency} />},
          {head: columns.by, cell: ({by}) => by},
          {head: columns.since, cell: ({at}) => <Age at={at} />},
        ]}
      />
    </Panel>
  );
}

export function LateNotice({late, nameOf}: Naming & {readonly late: readonly LateCalls[]}): VNode | null {
  const {home: words} = useWords();
  const {count} = useFigures();
  if (late.length === 0) return null;
  return (
    <Notice state="warning" title={words.late}>
      {late.map(({site, calls}) => (
        <p key={site}>
          {words.lateSays(count(calls), nameOf(site))} <a href={`${siteAddress(site)}/rerating`}>{words.lateLook}</a>
        </p>
      ))}
    </Notice>
  );
}
