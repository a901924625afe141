// A simulator as a process of its own that says on which ports it listens.
import process from 'node:process';
import {startChild, type Child} from './child.ts';

export type Service = {
  readonly child: Child;
  /** Pages, where the port speaks something else. */
  readonly port: number;
  readonly web: number | undefined;
  readonly url: string | undefined;
  readonly stop: () => Promise<void>;
};

/** `script` such as `test/simulator/mail/main.js`; `environment` beside our own. */
export async function startService(
  script: string,
  words: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Service> {
  const child = startChild(script, words, {environment: {...process.env, ...environment}});
  const ready = await child.line((line) => line.startsWith('{"event":"ready"'));
  const {port, web, url} = JSON.parse(ready) as {readonly port: number; readonly web?: number; readonly url?: string};
  return {child, port, web, url, stop: child.stop};
}
