// What every `spbs` command looks like. Commands get the terminal and the machine through `Terminal`, so they run in tests.

/** 0 done · 1 the answer is no · 2 wrong usage · 3 a fault. */
export type ExitCode = 0 | 1 | 2 | 3;

export type Terminal = {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Standard input as chunks; ends at end of file. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Is standard error a terminal? Then progress may be shown. */
  readonly interactive: boolean;
  readonly colour: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted by SIGINT or SIGTERM. */
  readonly stop: AbortSignal;
  /** Of this release. */
  readonly version: string;
};

export type Command = {
  /** One line for `spbs --help`. */
  readonly summary: string;
  /** The whole of `spbs NAME --help`. */
  readonly usage: string;
  /** `args` without the command's own name. A thrown Failure is explained on standard error and exits 3. */
  readonly run: (args: readonly string[], terminal: Terminal) => Promise<ExitCode>;
};
