// The port: what a switchboard must be able to do for us, whoever made it. One contract suite holds every driver to it.
// LOCK = outgoing calls barred (emergency never), incoming calls diverted to voicemail. UNLOCK = the line's own class.
// Every call is idempotent, has a deadline, and never throws for what a switchboard can do wrong.

export type LineReading = {
  readonly outgoing: 'barred' | 'open' | 'unknown';
  readonly incoming: 'diverted' | 'normal' | 'unknown';
};

/** `confirmed`: read back. `sent`: this switchboard cannot be asked. */
export type CommandResult =
  | {readonly kind: 'confirmed'; readonly reading: LineReading}
  | {readonly kind: 'sent'}
  | {readonly kind: 'failed'; readonly code: 'unreachable' | 'refused' | 'timeout' | 'garbled' | 'mismatch'; readonly detail: string};

export type LiveCall = {
  /** The switchboard's own id of the call. */
  readonly id: string;
  readonly extension: string;
  readonly dialled: string | undefined;
  /** With a fraction where the switchboard tells it; else rounded down. */
  readonly answeredSeconds: number | undefined;
};

export type Capabilities = {
  readonly readsLines: boolean;
  readonly divertsIncoming: boolean;
  readonly reportsLiveCalls: boolean;
  readonly limitsCalls: boolean;
};

export type Switchboard = {
  readonly capabilities: Capabilities;
  readonly lock: (extension: string) => Promise<CommandResult>;
  readonly unlock: (extension: string) => Promise<CommandResult>;
  readonly read: (extension: string) => Promise<LineReading>;
  /** Every line that is not simply open; undefined if the switchboard does not answer. Lines that are absent are open. */
  readonly readAll: () => Promise<ReadonlyMap<string, LineReading> | undefined>;
  readonly liveCalls: () => Promise<readonly LiveCall[] | undefined>;
  /** Ends a live call after so many seconds from now. */
  readonly limit: (callId: string, seconds: number) => Promise<CommandResult>;
  /** Called at every change between up and down, at once with the present state. Returns how to stop listening. */
  readonly onLink: (listen: (state: LinkState) => void) => () => void;
  /** Connects and stays connected until `signal` aborts; resolves when everything is closed. */
  readonly run: (signal: AbortSignal) => Promise<void>;
};

export type LinkState = {readonly kind: 'up'} | {readonly kind: 'down'; readonly why: string; readonly cure: string};
