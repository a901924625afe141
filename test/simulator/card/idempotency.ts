// One key, one piece of work: https://docs.stripe.com/api/idempotent_requests
import {createHash} from 'node:crypto';
import {ApiError, invalid} from './errors.ts';
import type {Answered} from './objects.ts';

/** The provider forgets a key after a day at the earliest. */
const KEPT_MS = 86_400_000;

export class Idempotency {
  readonly #answers: Record<string, Answered>;
  readonly #working = new Map<string, string>();

  constructor(answers: Record<string, Answered>) {
    this.#answers = answers;
  }

  /**
   * The first answer of that key; or undefined, and the caller works on it and tells by `done`. Throws for another request with the
   * same key, for one that is being worked on, and for a key that the SDK made up: this shop stores its keys before it sends.
   */
  begin(key: string | undefined, request: string): Answered | undefined {
    if (key === undefined) throw invalid('This simulator takes no POST without an Idempotency-Key.', undefined, 'idempotency_key_missing');
    if (key.startsWith('stripe-node-retry-')) {
      throw invalid('This simulator takes no Idempotency-Key that the SDK made up.', undefined, 'idempotency_key_made_up');
    }
    if (key.length > 255) throw invalid('The idempotency key is longer than 255 characters.');
    const known = this.#answers[key];
    const fresh = known !== undefined && Date.now() - known.at < KEPT_MS ? known : undefined;
    const mark = createHash('sha256').update(request).digest('hex');
    if ((fresh?.request ?? this.#working.get(key) ?? mark) !== mark) {
      throw new ApiError(400, {
        type: 'idempotency_error',
        message: `Keys for idempotent requests can only be used with the same parameters they were first used with.`,
      });
    }
    if (this.#working.has(key)) {
      throw new ApiError(409, {
        type: 'idempotency_error',
        code: 'idempotency_key_in_use',
        message: 'There is currently another in-progress request using this Idempotency Key.',
      });
    }
    if (fresh === undefined) this.#working.set(key, mark);
    return fresh;
  }

  /** `kept` is undefined where the work never began: such a request may be sent again, corrected. */
  done(key: string, request: string, kept: Pick<Answered, 'status' | 'body'> | undefined): void {
    this.#working.delete(key);
    if (kept === undefined) return;
    this.#answers[key] = {request: createHash('sha256').update(request).digest('hex'), at: Date.now(), ...kept};
  }
}
