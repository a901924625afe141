// The thread of apart.ts: one task, with a connection that can only read, and its end.
import {parentPort, workerData} from 'node:worker_threads';
import {must} from '../../shared/assert/assert.ts';
import type {ThreadData, ThreadSays, Work} from './apart.ts';
import {openForReading} from './open.ts';

const {database, module, task} = workerData as ThreadData;
const port = must(parentPort ?? undefined, 'the port of a thread');
const say = (says: ThreadSays): void => port.postMessage(says);

const {work} = (await import(module)) as {readonly work: Work<unknown, unknown>};
const {reading, close} = openForReading(database);
try {
  say({kind: 'done', result: await work(reading, task, (progress) => say({kind: 'progress', progress}))});
} finally {
  await close();
}
