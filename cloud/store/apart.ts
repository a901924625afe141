// Work that takes seconds is done apart: in a thread of its own, with a connection of its own that can only read.
// In: the database, a module that does the work, tasks. Out: what it made of each, and how far it has come meanwhile.
// Never true: the cloud's own thread waits for it; two such works at once; memory that is kept when nothing is to be done.
import {Worker} from 'node:worker_threads';
import type {Reader} from './open.ts';

/** Of something countable: calls, for instance. */
export type Progress = {readonly done: number; readonly total: number};

/** What the module exports as `work`. */
export type Work<Task, Result> = (reading: Reader, task: Task, tell: (progress: Progress) => void) => Promise<Result>;

export type Apart<Task, Result> = {
  /** Rejects if the thread could not do it; what the task itself refuses is a value. */
  readonly run: (task: Task, tell?: (progress: Progress) => void) => Promise<Result>;
  /** What is under way is given up. */
  readonly close: () => Promise<void>;
};

export type ThreadData = {readonly database: string; readonly module: string; readonly task: unknown};
export type ThreadSays = {readonly kind: 'progress'; readonly progress: Progress} | {readonly kind: 'done'; readonly result: unknown};

/** Two tariffs of 300,000 prefixes as text, as trees and compiled take a third of it. */
const MOST_HEAP_MB = 1_024;

export function createApart<Task, Result>({database, module}: {readonly database: string; readonly module: URL}): Apart<Task, Result> {
  let last: Promise<unknown> = Promise.resolve();
  let current: Worker | undefined;
  let isClosed = false;

  const start = async (task: Task, tell: (progress: Progress) => void): Promise<Result> => {
    if (isClosed) throw new Error('the cloud is closing');
    const workerData: ThreadData = {database, module: module.href, task};
    const worker = new Worker(new URL('./apart-thread.js', import.meta.url), {
      workerData,
      resourceLimits: {maxOldGenerationSizeMb: MOST_HEAP_MB},
    });
    current = worker;
    try {
      return await resultOf<Result>(worker, tell);
    } finally {
      current = undefined;
      await worker.terminate();
    }
  };

  return {
    run: (task, tell = () => undefined) => {
      const result = last.then(() => start(task, tell));
      last = result.catch(() => undefined);
      return result;
    },
    close: async () => {
      isClosed = true;
      await current?.terminate();
    },
  };
}

function resultOf<Result>(worker: Worker, tell: (progress: Progress) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    worker.on('message', (says: ThreadSays) => {
      if (says.kind === 'progress') tell(says.progress);
      else resolve(says.result as Result);
    });
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the thread ended with code ${code} before its work was done`)));
  });
}
