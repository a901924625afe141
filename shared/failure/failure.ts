// Expected failures are values with a registered code. What happened · why · what to do: for people, without stack traces.
import type {FailureCode} from './codes.ts';

/** A fault of the world (input, network, disk, switchboard), not of this program. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  /** What the person should do about it. */
  readonly cure: string;

  constructor(code: FailureCode, what: string, cure: string, cause?: unknown) {
    super(what, cause === undefined ? undefined : {cause});
    this.code = code;
    this.cure = cure;
  }
}

/** `error[config.invalid]: … \n  why: …\n  do: …` for a terminal. */
export function explain(failure: Failure): string {
  const why = failure.cause instanceof Error ? `\n  why: ${failure.cause.message}` : '';
  return `error[${failure.code}]: ${failure.message}${why}\n  do:  ${failure.cure}`;
}
