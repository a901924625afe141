// Errors in the API's own shape: https://docs.stripe.com/api/errors
export type ErrorBody = {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error';
  message: string;
  code?: string;
  decline_code?: string;
  param?: string;
  payment_intent?: unknown;
  setup_intent?: unknown;
  payment_method?: unknown;
  charge?: string;
  doc_url?: string;
};

/** An answer that is an error. `kept`: the idempotency layer remembers it, because the work had begun. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  readonly kept: boolean;

  constructor(status: number, body: ErrorBody, kept = false) {
    super(body.message);
    this.status = status;
    this.body =
      body.code === undefined ? body : {...body, doc_url: `https://stripe.com/docs/error-codes/${body.code.replaceAll('_', '-')}`};
    this.kept = kept;
  }
}

export function invalid(message: string, param?: string, code?: string): ApiError {
  return new ApiError(400, {
    type: 'invalid_request_error',
    message,
    ...(param === undefined ? {} : {param}),
    ...(code === undefined ? {} : {code}),
  });
}

export function missing(param: string): ApiError {
  return invalid(`Missing required param: ${param}.`, param, 'parameter_missing');
}

export function noSuch(what: string, id: string, {param = 'id', status = 404} = {}): ApiError {
  return new ApiError(status, {type: 'invalid_request_error', code: 'resource_missing', message: `No such ${what}: '${id}'`, param});
}
