// Faults to order: for the next so many requests whose `METHOD /path` matches.
export type Fault =
  | {readonly kind: 'delay'; readonly when: 'before' | 'after'; readonly ms: number}
  /** The connection is cut. */
  | {readonly kind: 'drop'; readonly when: 'before' | 'after'}
  /** A useless answer, in place of the work or of its result. */
  | {readonly kind: 'answer'; readonly when: 'before' | 'after'; readonly what: Useless}
  /** Neither worked on nor answered. */
  | {readonly kind: 'hang'}
  /** Fields of the proper answer, set to something else. */
  | {readonly kind: 'alter'; readonly set: Readonly<Record<string, unknown>>};

export type Useless = '500' | '502-html' | 'empty-200' | 'truncated' | '429' | 'word' | 'redirect';

export type Order = {readonly match: RegExp; times: number; readonly fault: Fault};

export class Faults {
  readonly orders: Order[] = [];

  /** What is ordered for a request; used up by it. */
  take(request: string): Fault | undefined {
    const found = this.orders.find(({match, times}) => times > 0 && match.test(request));
    if (found !== undefined) found.times -= 1;
    return found?.fault;
  }
}

export type Answer = {readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string};

const json = {'content-type': 'application/json'};

/** `proper` is what would have been answered. */
export function useless(what: Useless, proper: string): Answer {
  switch (what) {
    case '500':
      return {status: 500, headers: json, body: JSON.stringify({error: {type: 'api_error', message: 'Something went wrong.'}})};
    case '502-html':
      return {status: 502, headers: {'content-type': 'text/html'}, body: '<html><body><h1>502 Bad Gateway</h1></body></html>'};
    case 'empty-200':
      return {status: 200, headers: json, body: ''};
    case 'truncated':
      return {status: 200, headers: json, body: proper.slice(0, Math.floor(proper.length / 2))};
    case '429':
      return {
        status: 429,
        headers: json,
        body: JSON.stringify({error: {type: 'invalid_request_error', code: 'rate_limit', message: 'Too many requests.'}}),
      };
    case 'word':
      return {status: 200, headers: json, body: '"ok"'};
    case 'redirect':
      return {status: 307, headers: {...json, location: '/v1/elsewhere'}, body: '{}'};
  }
}
