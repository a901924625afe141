// What became of lines, in figures.
import type {Outcome} from '../edge/record/call-record.ts';

export type Summary = {
  readonly lines: number;
  /** Rows that tell of a call: the calls, and legs of calls that another row tells. */
  readonly legs: number;
  readonly calls: number;
  /** Lines that are no call, by what they are instead; legs among them. */
  readonly notCalls: Readonly<Record<string, number>>;
  readonly rejects: Readonly<Record<string, number>>;
  readonly duplicates: number;
  /** Answered seconds; of calls whose duration can be. */
  readonly seconds: {readonly out: number; readonly in: number; readonly internal: number};
};

export function createSummary() {
  const counts = {lines: 0, calls: 0, duplicates: 0};
  const notCalls: Record<string, number> = {};
  const rejects: Record<string, number> = {};
  const seconds = {outgoing: 0, incoming: 0, internal: 0, unknown: 0};
  return {
    count: (outcome: Outcome): void => {
      counts.lines++;
      switch (outcome.kind) {
        case 'call': {
          const {direction, durationSeconds, doubt} = outcome.record;
          counts.calls++;
          if (doubt?.reason !== 'duration-implausible') seconds[direction] += durationSeconds;
          break;
        }
        case 'not-a-call':
          notCalls[outcome.what] = (notCalls[outcome.what] ?? 0) + 1;
          break;
        case 'rejected':
          rejects[outcome.reason] = (rejects[outcome.reason] ?? 0) + 1;
          break;
        case 'replay':
          counts.duplicates++;
      }
    },
    sofar: (): Summary => ({
      lines: counts.lines,
      legs: counts.calls + (notCalls['leg'] ?? 0),
      calls: counts.calls,
      notCalls: {...notCalls},
      rejects: {...rejects},
      duplicates: counts.duplicates,
      seconds: {out: seconds.outgoing, in: seconds.incoming, internal: seconds.internal},
    }),
  };
}

/** For people. */
export function summaryText({lines, legs, calls, notCalls, rejects, duplicates, seconds}: Summary): string {
  const row = (name: string, value: number, more = ''): string =>
    `${name.padEnd(12)}${value.toLocaleString('en-GB').padStart(12)}${more}\n`;
  const kinds = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .toSorted(([, one], [, other]) => other - one)
      .map(([kind, count]) => row(`  ${kind}`, count))
      .join('');
  const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((total, count) => total + count, 0);
  const talked = `  out ${seconds.out}, in ${seconds.in}, internal ${seconds.internal}\n`;
  return [
    row('lines', lines),
    row('calls', calls, `  out of ${legs.toLocaleString('en-GB')} rows that tell of one`),
    row('no calls', sum(notCalls)) + kinds(notCalls),
    row('duplicates', duplicates),
    row('rejected', sum(rejects)) + kinds(rejects),
    `seconds${talked}`,
  ].join('');
}
