// What a person at the console does, as facts: written to the journal with the person's name, judged by credit control, and
// told to the switchboard after the commit. Works with no link to the cloud.
import type {Clock, Instant} from '../../shared/time/instant.ts';
import {upFact} from '../../shared/wire/up.ts';
import type {CreditControl, Settled} from '../credit/control.ts';
import type {Intake} from '../engine/intake.ts';
import type {Health} from '../health/health.ts';
import type {Journal} from '../ledger/journal.ts';
import type {Transact} from '../store/open.ts';
import type {ConsoleActs} from './given.ts';

export type ActsGiven = {
  readonly transact: Transact;
  readonly intake: Pick<Intake, 'rerunRejects' | 'dismissReject'>;
  readonly credit: Pick<CreditControl, 'takeOverride' | 'releaseBrake' | 'review'>;
  readonly journal: Pick<Journal, 'write' | 'next'>;
  readonly health: Pick<Health, 'ended'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly announce: (settled: Settled) => void;
};

export function createActs({transact, intake, credit, journal, health, clock, announce}: ActsGiven): ConsoleActs {
  const note = (act: string, by: string, about: Readonly<Record<string, unknown>>): void => {
    const at: Instant = clock.now();
    journal.write([upFact('console-act', String(journal.next()), {act, by, at, ...about})]);
  };
  return {
    override: (act, by) => {
      const body = {...act, by};
      const settled = transact(() => {
        journal.write([upFact('override', String(journal.next()), {...body, at: clock.now()})]);
        return credit.review([credit.takeOverride(body)]);
      });
      announce(settled);
    },
    releaseBrake: (by) => {
      const settled = transact(() => {
        note('release-brake', by, {});
        return credit.releaseBrake();
      });
      health.ended('credit.brake', 'site');
      announce(settled);
    },
    rerunRejects: (feed, by) => {
      transact(() => note('rerun-rejects', by, {feed}));
      return intake.rerunRejects(feed);
    },
    dismissReject: (line, by) => {
      transact(() => note('dismiss-reject', by, {line}));
      intake.dismissReject(line);
    },
  };
}
