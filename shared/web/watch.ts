// The wire of a live page: a response that stays open as a stream of events.
import type {Request, Response} from 'express';
import type {Session} from './answer.ts';
import type {LiveHub, Stream, Watcher} from './live.ts';

export type Looking = {
  readonly request: Request;
  readonly response: Response;
  readonly session: Session | undefined;
};

/** May this one look? If not, that is answered. 204: a browser does not ask again. */
export function mayWatch(hub: LiveHub, {request, response, session}: Looking, full: string): boolean {
  if (session === undefined || request.method !== 'GET') {
    response.statusCode = 204;
    response.end();
    return false;
  }
  if (!hub.isFull(session.key)) return true;
  response.statusCode = 503;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${full}\n`);
  return false;
}

export function watch(hub: LiveHub, watcher: Watcher, response: Response): void {
  // Gone while something was awaited: nobody would say that he leaves.
  if (response.destroyed) return;
  response.statusCode = 200;
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  response.setHeader('X-Accel-Buffering', 'no');
  response.flushHeaders();
  hub.join(watcher, streamOf(response));
}

function streamOf(response: Response): Stream {
  return {
    write: (text) => response.write(text),
    end: () => response.end(),
    destroy: () => response.destroy(),
    waiting: () => response.writableLength,
    onClose: (act) => response.on('close', act),
  };
}
