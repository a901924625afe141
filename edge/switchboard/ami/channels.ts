// Asterisk's channels become the calls of lines. One call has a channel for each party; the line's own one is the call here.
import type {LiveCall} from '../port.ts';
import type {AmiMessage} from './parser.ts';

export type Channel = {
  /** Its uniqueid, which its call record will carry too. */
  readonly id: string;
  /** `101` of `PJSIP/101-0000002a`. */
  readonly endpoint: string;
  /** Is it answered at all? */
  readonly up: boolean;
  /** What its dialplan is at; undefined for a channel that was itself dialled. */
  readonly dialled: string | undefined;
};

/** Of a `CoreShowChannel` event; undefined for channels that belong to no endpoint (Local, mixers, voicemail recorders). */
export function channelOf({fields}: AmiMessage): Channel | undefined {
  const endpoint = /^(?:PJSIP|SIP)\/(.+)-[0-9a-f]{8}$/.exec(fields.get('channel') ?? '')?.[1];
  const id = fields.get('uniqueid');
  if (endpoint === undefined || id === undefined) return undefined;
  const wasDialled = fields.get('application') === 'AppDial';
  const exten = fields.get('exten') ?? '';
  return {id, endpoint, up: fields.get('channelstatedesc') === 'Up', dialled: wasDialled || !/\d/.test(exten) ? undefined : exten};
}

/**
 * `answers`: for each channel the epoch second, with its fraction, at which its call was answered, undefined or 0 if it was not.
 * `now`: the present one by the same clock.
 */
export function callsOf(
  channels: readonly Channel[],
  answers: readonly (number | undefined)[],
  now: number | undefined,
): readonly LiveCall[] {
  return channels.map(({id, endpoint, dialled}, index) => {
    const answered = answers[index];
    const known = answered !== undefined && answered > 0 && now !== undefined;
    return {
      id,
      extension: endpoint,
      dialled,
      answeredSeconds: known ? Math.max(0, Math.round((now - answered) * 1_000) / 1_000) : undefined,
    };
  });
}
