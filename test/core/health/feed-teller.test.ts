import {describe, expect, test} from 'vitest';
import {createFeedTeller} from '../../../edge/health/feed-teller.ts';

/** Timers that run when the test says so. */
function handTimers() {
  let waiting: (() => void) | undefined;
  return {
    timers: {
      after: (_delayMs: number, act: () => void) => {
        waiting = act;
        return () => {
          waiting = undefined;
        };
      },
    },
    pass: () => waiting?.(),
  };
}

function teller() {
  const said: string[] = [];
  const {timers, pass} = handTimers();
  const health = {
    link: (_stage: string, {state}: {readonly state: {readonly kind: string}}) => said.push(`link ${state.kind}`),
    incident: (code: string, subject: string, detail: string) => said.push(`${code} ${subject}: ${detail}`),
    ended: (code: string) => said.push(`${code} is over`),
  };
  return {said, pass, ...createFeedTeller(health, timers, 'smdr', 'tcp')};
}

const gone = {kind: 'down', code: 'unreachable', why: 'nobody answers', cure: 'look'} as const;

describe('a feed', () => {
  test('that is back soon is only shown as down', () => {
    const {said, tell} = teller();
    tell(gone);
    tell({kind: 'up'});
    expect(said).toEqual(['link down', 'link up', 'feed.unreachable is over', 'feed.refused is over']);
  });

  test('that stays away is an incident, of the kind that it is now', () => {
    const {said, tell, pass} = teller();
    tell(gone);
    pass();
    expect(said.slice(1)).toEqual(['feed.unreachable smdr: nobody answers', 'feed.refused is over']);
    tell({...gone, code: 'refused', why: 'it said no'});
    pass();
    expect(said.slice(4)).toEqual(['feed.unreachable is over', 'feed.refused smdr: it said no']);
  });

  test('whose box has stopped tells nothing any more', () => {
    const {said, tell, quiet, pass} = teller();
    tell(gone);
    quiet();
    pass();
    expect(said).toEqual(['link down']);
  });
});
