// Answers that are no pages: live streams, and the two addresses for machines that watch the box.
import type {Request, Response} from 'express';
import type {Session} from '../../shared/web/answer.ts';
import type {RawRoute} from '../../shared/web/door.ts';
import {isLoopback} from '../../shared/web/gate.ts';
import {mayWatch, watch} from '../../shared/web/watch.ts';
import type {ConsoleGiven} from './given.ts';
import type {LiveHub, Part, Watcher} from '../../shared/web/live.ts';
import type {ConsoleWords} from './messages.ts';

export type RawGiven = Pick<ConsoleGiven, 'health'> & {
  readonly hub: LiveHub;
  readonly stands: (session: Session) => boolean;
  readonly farewell: () => readonly Part[];
  readonly flow: () => readonly Part[];
  /** Nothing if there is no such line. */
  readonly line: (extension: string) => readonly Part[];
  readonly words: ConsoleWords;
};

export function rawRoutes(given: RawGiven): readonly RawRoute[] {
  const {flow, line} = given;
  return [
    {path: '/health', act: (_, response) => sendHealth(given, response)},
    {path: '/metrics', act: (request, response, session) => sendMetrics(given, {request, response, session})},
    {path: '/live/flow', act: (request, response, session) => look(given, {request, response, session}, {topic: 'flow', parts: flow})},
    {
      path: '/live/lines/:part',
      act: (request, response, session) => {
        const extension = String(request.params['part']);
        look(given, {request, response, session}, {topic: `line ${extension}`, parts: () => line(extension)});
      },
    },
  ];
}

/** For a probe: one light a stage and how many incidents, nothing about anybody. 503 while anything is at fault. */
function sendHealth({health}: RawGiven, response: Response): void {
  const {light, stages, incidentsOpen, at} = health.snapshot();
  const body = {light, at, stages: Object.fromEntries(stages.map((stage) => [stage.name, stage.light])), incidents: incidentsOpen};
  sendText(response, {status: light === 'fault' ? 503 : 200, type: 'application/json; charset=utf-8', text: `${JSON.stringify(body)}\n`});
}

type Exchange = {readonly request: Request; readonly response: Response; readonly session: Session | undefined};

/**
 * For a collector on this machine, or somebody who has signed in. Counts of calls and lines tell when a house is asleep or
 * away, and a network of residents is not trusted with that; a collector elsewhere comes through a tunnel or an agent here.
 */
async function sendMetrics({health}: RawGiven, {request, response, session}: Exchange): Promise<void> {
  if (session === undefined && !isLoopback(request.socket.remoteAddress, request.headers.host)) {
    sendText(response, {
      status: 403,
      type: 'text/plain; charset=utf-8',
      text: 'metrics are for collectors on this machine, and for people who have signed in\n',
    });
    return;
  }
  sendText(response, {status: 200, type: health.metrics.contentType, text: await health.metrics.metrics()});
}

function look(given: RawGiven, exchange: Exchange, {topic, parts}: Pick<Watcher, 'topic' | 'parts'>): void {
  const {hub, stands, farewell, words} = given;
  const {session, response} = exchange;
  if (!mayWatch(hub, exchange, words.entry.fault.full) || session === undefined) return;
  watch(hub, {topic, parts, session: session.key, holds: () => stands(session), farewell}, response);
}

function sendText(response: Response, {status, type, text}: {status: number; type: string; text: string}): void {
  response.statusCode = status;
  response.setHeader('Content-Type', type);
  response.end(text);
}
