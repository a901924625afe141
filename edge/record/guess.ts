// Which profile fits? In: lines as a switchboard sent them. Out: every profile with what it makes of them, the best first.
import type {SpooledLine} from '../feed/line.ts';
import type {Profile} from './profile-schema.ts';
import {createRecorder} from './recorder.ts';

export type Guess = {
  readonly profile: string;
  /** From 0, not a single call, to 1: every line is told, and every call has its direction and a time that can be. */
  readonly score: number;
  readonly calls: number;
  readonly notCalls: number;
  readonly rejected: number;
};

/** A call of which the direction or the time is in doubt: the profile may be a near relation of the right one. */
const DOUBTFUL = 0.5;

export function guessProfiles(profiles: readonly Profile[], lines: readonly SpooledLine[], zone: string): readonly Guess[] {
  return profiles
    .map((profile): Guess => {
      const recorder = createRecorder({profile, feed: 'guess', zone, live: false, known: () => false, tail: () => []});
      const outcomes = recorder.read(lines);
      const calls = outcomes.flatMap((outcome) => (outcome.kind === 'call' ? [outcome.record] : []));
      const notCalls = outcomes.filter(({kind}) => kind === 'not-a-call' || kind === 'replay').length;
      const doubtful = calls.filter(({direction, doubt}) => direction === 'unknown' || doubt?.reason === 'time-implausible').length;
      const told = calls.length + notCalls - doubtful * DOUBTFUL;
      return {
        profile: profile.name,
        score: calls.length === 0 ? 0 : told / lines.length,
        calls: calls.length,
        notCalls,
        rejected: lines.length - calls.length - notCalls,
      };
    })
    .toSorted((one, other) => (one.score === other.score ? one.profile.localeCompare(other.profile) : other.score - one.score));
}
