// A program of ours as a child process: its output by lines, its end, and its ending. Its standard input is held open as long as
// we live, so that a child which listens to it ends with us even if we are killed.
import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import process from 'node:process';
import {createInterface} from 'node:readline';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';

export type Child = {
  readonly process: ChildProcess;
  /** Resolves with the first line of standard output that `wanted` accepts; rejects with what was said if it ends before. */
  readonly line: (wanted: (line: string) => boolean) => Promise<string>;
  readonly ended: Promise<number>;
  /** SIGTERM, and after the deadline SIGKILL. */
  readonly stop: () => Promise<void>;
};

/** Tests run from the sources, and start what was built from them. */
const built = new URL(import.meta.url.endsWith('.ts') ? '../../dist/' : '../../', import.meta.url);
const STOP_MS = 7_000;
/** For the error message of a child that dies. */
const LINES_KEPT = 20;

export type ChildOptions = {
  /** Hears each line of standard error. */
  readonly onError?: (line: string) => void;
  readonly environment?: NodeJS.ProcessEnv;
};

/** `script` from the root of what was built, such as `provisioning/spbs.js`. */
export function startChild(script: string, words: readonly string[], {onError, environment = process.env}: ChildOptions = {}): Child {
  const path = fileURLToPath(new URL(script, built));
  const child = spawn(process.execPath, [path, ...words], {stdio: ['pipe', 'pipe', 'pipe'], env: environment});
  const said: string[] = [];
  const keep = (line: string): void => {
    said.push(line);
    if (said.length > LINES_KEPT) said.shift();
  };
  const waiting = new Set<(line: string) => void>();
  createInterface({input: child.stdout}).on('line', (line) => {
    keep(line);
    for (const hear of waiting) hear(line);
  });
  createInterface({input: child.stderr}).on('line', (line) => {
    keep(line);
    onError?.(line);
  });
  const ended = once(child, 'close').then(() => child.exitCode ?? 1);
  return {
    process: child,
    ended,
    line: (wanted) =>
      new Promise((resolve, reject) => {
        const hear = (line: string): void => {
          if (!wanted(line)) return;
          waiting.delete(hear);
          resolve(line);
        };
        waiting.add(hear);
        void ended.then((code) => reject(new Error(`${script} ended with ${code}:\n${said.join('\n')}`)));
      }),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(STOP_MS, undefined, {ref: false})]);
      child.kill('SIGKILL');
      await ended;
    },
  };
}
