// What a simulated card service can be told to do wrong, for the next so many requests.
import {z} from 'zod';

export const order = z
  .object({
    fault: z.enum([
      'decline',
      'soap-fault',
      'hang',
      'lose',
      'late',
      'drip',
      'error',
      'empty',
      'page',
      'truncated',
      'doctype',
      'redirect',
      'other-money',
      'duplicate',
      'huge',
    ]),
    /** For so many requests. */
    times: z.int().min(1).default(1),
    /** Of this operation only, such as Debit. */
    operation: z.string().optional(),
    /** Whether the request is worked on before it goes wrong. */
    worked: z.boolean().optional(),
    /** Of the decline, or of the SOAP fault: one without is a fault that nobody knows. */
    code: z.string().optional(),
    /** Of `late`, and between two bytes of `drip`. */
    ms: z.number().min(0).default(0),
    /** Of `redirect`. */
    to: z.string().optional(),
    /** Of `other-money`. */
    amountMinor: z.string().optional(),
    currency: z.string().optional(),
  })
  .strict();

export type Order = z.infer<typeof order>;
/** What has a default need not be given. */
export type OrderGiven = z.input<typeof order>;

/** Not answered, or answered by somebody before the service: as a rule it was not worked on. */
const NOT_WORKED: ReadonlySet<string> = new Set(['hang', 'error', 'redirect']);

export function isWorkedOn({fault, worked}: Order): boolean {
  return worked ?? !NOT_WORKED.has(fault);
}

/** Orders in the sequence in which they were given. */
export class Orders {
  #waiting: Order[] = [];

  get waiting(): readonly Order[] {
    return this.#waiting;
  }

  give(given: OrderGiven): void {
    this.#waiting.push(order.parse(given));
  }

  clear(): void {
    this.#waiting = [];
  }

  /** The order for this request, which is used up by it. */
  take(operation: string): Order | undefined {
    const found = this.#waiting.find((each) => each.operation === undefined || each.operation === operation);
    if (found === undefined) return undefined;
    const left = {...found, times: found.times - 1};
    this.#waiting = this.#waiting.flatMap((each) => (each === found ? (left.times > 0 ? [left] : []) : [each]));
    return found;
  }
}
