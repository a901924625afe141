// What is done for a call that waits: the bill by hand and its question in figures, the write-off, the second person's word.
import type {VNode} from 'preact';
import type {Micros} from '../../../shared/money/micros.ts';
import {Time} from '../../../shared/ui/figures.tsx';
import {Field} from '../../../shared/ui/form.tsx';
import {Notice, Panel} from '../../../shared/ui/parts.tsx';
import type {Call} from '../../books/calls.ts';
import type {Fate, RangeOfCall} from '../../books/fates.ts';
import type {Proposal} from '../../books/resolving.ts';
import type {Site} from '../rows/sites.ts';
import {masked} from '../unknown-ranges.ts';
import {callAddress, proposalAddress, reasonAddress} from './addresses.ts';
import {CallFacts} from './call.tsx';
import {FateSays} from './fate.tsx';
import {DeskForm, type FormState} from './forms.tsx';
import {ConfirmPage, Frame} from './frame.tsx';
import {useFigures, useWords} from './ground.ts';

type OfCall = {readonly site: Site; readonly call: Call};

/** As typed. */
export type BillFields = {readonly amount: string; readonly destination: string; readonly payer: string; readonly reason: string};

function useCalled({number}: Call): string {
  const {unbillable: words} = useWords();
  return number === undefined ? words.noNumber : masked(number);
}

export function BillPage({
  site,
  call,
  fields,
  most,
  errors = {},
  trouble,
}: OfCall & FormState & {readonly fields: BillFields; readonly most: Micros}): VNode {
  const {resolving: words, unbillable} = useWords();
  const {money} = useFigures();
  const called = useCalled(call);
  const back = reasonAddress(site.id, call.reason ?? '');
  return (
    <Frame current="unbillable" title={words.billTitle(called)} lead={words.billLead} back={{href: back, label: unbillable.all}}>
      <DeskForm
        action={`${callAddress(site.id, call.upSeq)}/bill`}
        errors={errors}
        trouble={trouble}
        submit={words.next}
        back={back}
        between={
          <div class="panel">
            <CallFacts site={site} call={call} />
          </div>
        }
      >
        <Field
          name="amount"
          label={words.amount}
          help={words.amountHelp(money(most, site.currency))}
          value={fields.amount}
          inputMode="decimal"
          width="short"
          error={errors['amount']}
        />
        <Field
          name="destination"
          label={words.destination}
          help={words.destinationHelp}
          value={fields.destination}
          error={errors['destination']}
        />
        <Field name="payer" label={words.payer} help={words.payerHelp} value={fields.payer} required={false} error={errors['payer']} />
        <Field name="reason" label={words.reason} help={words.reasonHelp} value={fields.reason} error={errors['reason']} />
      </DeskForm>
    </Frame>
  );
}

type BillQuestion = OfCall & {
  readonly fields: BillFields;
  readonly amount: Micros;
  readonly payerName: string | undefined;
  readonly secondAbove: Micros;
  /** Was shown to price it, and is on its way. */
  readonly range: RangeOfCall | undefined;
};

export function BillConfirmPage({site, call, fields, amount, payerName, secondAbove, range}: BillQuestion): VNode {
  const {resolving: words} = useWords();
  const {money} = useFigures();
  const text = money(amount, site.currency);
  const second = amount > secondAbove ? [words.billSecond(money(secondAbove, site.currency))] : [];
  const other = range === undefined ? words.billOnce : words.billRange(`+${range.prefix}`, money(range.amount, site.currency));
  return (
    <ConfirmPage
      current="unbillable"
      title={words.billConfirm(text, useCalled(call))}
      will={[words.billWill(text, payerName ?? words.tenant), words.billSaid(fields.destination), ...second, other]}
      action={`${callAddress(site.id, call.upSeq)}/bill`}
      fields={fields}
      submit={words.billSubmit(text)}
      back={reasonAddress(site.id, call.reason ?? '')}
    >
      <CallFacts site={site} call={call} payerName={payerName} />
    </ConfirmPage>
  );
}

export function WriteOffPage({site, call}: OfCall): VNode {
  const {resolving: words} = useWords();
  return (
    <ConfirmPage
      current="unbillable"
      title={words.offTitle(useCalled(call))}
      will={[words.offWill.nobody, words.offWill.never, words.billOnce]}
      action={`${callAddress(site.id, call.upSeq)}/write-off`}
      fields={{}}
      submit={words.offSubmit}
      kind="danger"
      back={reasonAddress(site.id, call.reason ?? '')}
    >
      <CallFacts site={site} call={call} />
    </ConfirmPage>
  );
}

type DecideView = OfCall & {
  readonly proposal: Proposal;
  readonly writtenBy: string;
  readonly payerName: string | undefined;
  /** Whoever looks wrote it. */
  readonly isOwn: boolean;
  /** Whoever looks would rather drop it. */
  readonly isNo: boolean;
};

export function DecidePage({site, call, proposal, writtenBy, payerName, isOwn, isNo}: DecideView): VNode {
  const {resolving: words} = useWords();
  const {money} = useFigures();
  const {amount, destination, reason} = proposal;
  const text = money(amount, site.currency);
  const says = [words.decideBy(writtenBy, reason), words.billWill(text, payerName ?? words.tenant), words.billSaid(destination)];
  const action = proposalAddress(proposal.id);
  const shared = {current: 'unbillable', title: words.decideTitle(text), action, back: '/desk/unbillable'} as const;
  if (isOwn || isNo)
    return (
      <ConfirmPage
        {...shared}
        will={isOwn ? [...says, words.decideOwn] : says}
        fields={{answer: 'no'}}
        submit={isOwn ? words.takeBack : words.refuse}
        kind="danger"
      >
        <CallFacts site={site} call={call} payerName={payerName} />
      </ConfirmPage>
    );
  return (
    <ConfirmPage
      {...shared}
      will={[...says, words.billOnce]}
      fields={{answer: 'yes'}}
      submit={words.approve(text)}
      other={{href: `${action}?answer=no`, label: words.refuse}}
    >
      <CallFacts site={site} call={call} payerName={payerName} />
    </ConfirmPage>
  );
}

type OverView = OfCall & {
  readonly proposal: Proposal & {readonly state: 'overtaken' | 'approved' | 'refused'};
  readonly writtenBy: string;
  readonly decidedBy: string | undefined;
  readonly payerName: string | undefined;
  readonly fate: Fate;
};

/** Nothing is left to decide. */
export function ProposalOverPage({site, call, proposal, writtenBy, decidedBy, payerName, fate}: OverView): VNode {
  const {resolving: words, unbillable} = useWords();
  const {money} = useFigures();
  const {amount, reason, state, decided} = proposal;
  return (
    <Frame
      current="unbillable"
      title={words.overTitle(money(amount, site.currency))}
      lead={words.decideBy(writtenBy, reason)}
      back={{href: '/desk/unbillable', label: unbillable.all}}
    >
      <Notice state={state === 'approved' ? 'ok' : 'warning'} title={words.overStates[state]}>
        {decided === undefined ? null : (
          <p>
            {decidedBy}, <Time at={decided.at} />
          </p>
        )}
      </Notice>
      <Panel title={words.callTitle(call.number === undefined ? unbillable.noNumber : masked(call.number))}>
        <CallFacts site={site} call={call} payerName={payerName} />
        <p>
          <FateSays fate={fate} sent={undefined} box={undefined} currency={site.currency} />
        </p>
        <p>
          <a href={callAddress(site.id, call.upSeq)}>{unbillable.follow}</a>
        </p>
      </Panel>
    </Frame>
  );
}
