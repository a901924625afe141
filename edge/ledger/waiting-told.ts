// A call that waited on the box before this one, as that box told it: unbillable once more, with what it is rated by again.
import type {AccountId} from '../../shared/journal/transfer.ts';
import type {Instant} from '../../shared/time/instant.ts';
import type {UpBody} from '../../shared/wire/up.ts';
import type {UnbillableCall} from '../rating/priced-call.ts';
import type {WaitingRecord} from './waiting.ts';

export type ToldWaiting = {
  readonly id: string;
  readonly body: UpBody<'unbillable'>;
  readonly personal: Readonly<Record<string, string>>;
};

/** What the recorder doubted, and not the rater. */
const DOUBTS: ReadonlySet<string> = new Set<NonNullable<WaitingRecord['doubt']>['reason']>([
  'time-implausible',
  'duration-implausible',
  'duplicate-suspected',
]);

export function waitingCallOf({id, body, personal}: ToldWaiting): UnbillableCall {
  const {reason, detail, payer, tariff, class: called} = body;
  return {
    kind: 'unbillable',
    id,
    record: recordOf({id, body, personal}),
    number: personal['number'],
    class: called as UnbillableCall['class'],
    // Those of the record among them: nobody tells them apart any more.
    flags: body.flags as UnbillableCall['flags'],
    reason: reason as UnbillableCall['reason'],
    detail,
    payer: payer as AccountId | undefined,
    tariff,
  };
}

/** May another tariff, policy or tenancy price it? Not without word of whether it was answered. */
export function isWhole({body}: ToldWaiting): boolean {
  return body.answered !== undefined;
}

/** The lines that it was made from stay in the spool of the other box. */
function recordOf({body, personal}: ToldWaiting): WaitingRecord {
  const {reason, detail, direction, trunk, charge, answered = 'not-reported'} = body;
  const isDoubt = DOUBTS.has(reason);
  return {
    feed: body.feed,
    lines: [],
    family: '',
    sourceKey: '',
    direction: direction as WaitingRecord['direction'],
    extension: body.extension,
    dialled: dialledOf(direction, personal),
    caller: personal['caller'],
    trunk,
    accountCode: personal['account-code'],
    charge,
    start: body.startedAt as Instant,
    durationSeconds: body.durationSeconds,
    ringSeconds: undefined,
    answered,
    doubt: isDoubt ? ({reason, detail} as WaitingRecord['doubt']) : undefined,
    flags: [],
  };
}

/** It is told only where it is another than the number; that of an incoming call is its caller. */
function dialledOf(direction: string, {dialled, number}: ToldWaiting['personal']): string | undefined {
  return dialled ?? (direction === 'incoming' ? undefined : number);
}
