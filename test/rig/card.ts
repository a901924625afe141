// The simulated card provider as a process of its own, which may die and come back with its memory.
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import process from 'node:process';
import type {ControlOrder, Taken} from '../simulator/card/control.ts';
import {startChild, type Child} from './child.ts';

export type RunningCard = {
  readonly port: number;
  readonly address: string;
  readonly key: string;
  readonly order: (order: ControlOrder) => Promise<void>;
  /** Everything that it has taken. */
  readonly taken: () => Promise<readonly Taken[]>;
  readonly requests: () => Promise<readonly {readonly request: string; readonly key?: string}[]>;
  /** kill -9. */
  readonly die: () => Promise<void>;
  /** On the same port. */
  readonly comeBack: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

export type CardSettings = {
  readonly key?: string;
  /** Beside our own environment: whom it trusts that its webhooks go to. */
  readonly environment?: Readonly<Record<string, string>>;
};

/** `words` as of `main.js --help`. */
export async function startCard(
  words: readonly string[] = [],
  {key = 'sk_test_bench', environment = {}}: CardSettings = {},
): Promise<RunningCard> {
  const folder = mkdtempSync(join(tmpdir(), 'spbs-card-'));
  const start = async (at: number): Promise<{readonly child: Child; readonly port: number}> => {
    const all = [`--port=${at}`, `--key=${key}`, `--state=${join(folder, 'state.json')}`, '--webhook-retry=100', ...words];
    const child = startChild('test/simulator/card/main.js', all, {environment: {...process.env, ...environment}});
    const ready = await child.line((line) => line.startsWith('{"event":"ready"'));
    return {child, port: (JSON.parse(ready) as {readonly port: number}).port};
  };
  const first = await start(0);
  let {child} = first;
  const address = `http://127.0.0.1:${first.port}`;
  const read = async <T>(path: string): Promise<T> => (await fetch(`${address}/_control/${path}`)).json() as Promise<T>;
  return {
    port: first.port,
    address,
    key,
    order: async (order) => {
      const {ok} = await fetch(`${address}/_control`, {method: 'POST', body: JSON.stringify(order)});
      if (!ok) throw new Error(`the card provider did not take ${JSON.stringify(order)}`);
    },
    taken: () => read('charges'),
    requests: () => read('requests'),
    die: async () => {
      child.process.kill('SIGKILL');
      await child.ended;
    },
    comeBack: async () => {
      ({child} = await start(first.port));
    },
    stop: async () => {
      await child.stop();
      rmSync(folder, {recursive: true});
    },
  };
}
