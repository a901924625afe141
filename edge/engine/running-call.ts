// One call that runs or has just ended, as the box remembers it, and which record is its own.
import type {Instant} from '../../shared/time/instant.ts';
import type {RatedCall} from '../rating/priced-call.ts';
import type {AnsweredCall, RunningPrice} from '../rating/running.ts';

export type RunningCall = AnsweredCall & {
  /** The switchboard's. */
  readonly id: string;
  readonly price: RunningPrice;
  /** What the price was found by: another policy or tariff may find another. */
  readonly ground: readonly unknown[];
  /** How often it has been priced. */
  readonly priced: number;
  seenAt: Instant;
  /** When it was no longer there. */
  goneAt: Instant | undefined;
  /** Its record is in the transaction that is under way. */
  isReleased: boolean;
};

/** Seconds by which a record may be shorter than what was seen of its call: both are rounded. */
const MOST_SECONDS_APART = 3;
/** As the recorder joins the fields of an id. */
const BETWEEN = '\u001F';

/**
 * The call that a record is of: by the switchboard's id where the record carries it, else by line, number and length. Not by the
 * hour: the switchboard's clock may be wrong.
 */
export function matchOf({record, number}: RatedCall, calls: Iterable<RunningCall>): RunningCall | undefined {
  const ofLine = [...calls].filter((call) => call.extension === record.extension && !call.isReleased);
  const named = ofLine.find(({id}) => record.sourceKey.split(BETWEEN).includes(id));
  if (named !== undefined) return named;
  const alike = ofLine
    .filter(({price, dialled}) => (number !== undefined && price.number === number) || dialled === record.dialled)
    .map((call) => ({call, longer: record.durationSeconds - (call.seenAt - call.answeredAt) / 1_000}))
    .toSorted((a, b) => Math.abs(a.longer) - Math.abs(b.longer));
  // A call that is over waits for its record, whatever that says of the length. One that runs may be over by now, unless it has
  // already lasted longer than the record says; a record may be longer, as some count from the seizure of the trunk. If it does run
  // on, the next look brings it back.
  return alike.find(({call, longer}) => call.goneAt !== undefined || longer >= -MOST_SECONDS_APART)?.call;
}
