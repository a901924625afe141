// Who calls whom, and for how long, out of one seed.

export type TrafficOptions = {
  readonly callsPerLinePerHour: number;
  /** Numbers that people dial, after the digits for an outside line. */
  readonly destinations: readonly string[];
};

export type PlannedCall = {
  readonly line: string;
  readonly direction: 'outgoing' | 'incoming' | 'internal';
  /** Destination, caller, or another line. */
  readonly other: string;
  readonly ringSeconds: number;
  /** 0: nobody answers. */
  readonly talkSeconds: number;
};

/** Mean and longest of a conversation, in seconds. */
const MEAN_TALK = 180;
const LONGEST_TALK = 3_600;
const UNANSWERED = 0.12;
const INCOMING = 0.2;
const INTERNAL = 0.1;

/** Mulberry32: a number from 0 to 1 at every call, the same ones for the same seed. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Seconds until the next call of the whole switchboard: calls come independently of each other. */
export function secondsToNextCall(lines: number, options: TrafficOptions, random: () => number): number {
  return (exponential(random) * 3_600) / (lines * options.callsPerLinePerHour);
}

export function planCall(lines: readonly string[], options: TrafficOptions, random: () => number): PlannedCall {
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? '';
  const line = pick(lines);
  const kind = random();
  const direction = kind < INCOMING ? 'incoming' : kind < INCOMING + INTERNAL ? 'internal' : 'outgoing';
  const other = {
    incoming: () => `020794${String(Math.floor(random() * 100_000)).padStart(5, '0')}`,
    internal: () => pick(lines.length > 1 ? lines.filter((extension) => extension !== line) : lines),
    outgoing: () => pick(options.destinations),
  }[direction]();
  const ringSeconds = 1 + Math.floor(random() * 20);
  const talkSeconds = random() < UNANSWERED ? 0 : 1 + Math.min(LONGEST_TALK, Math.floor(exponential(random) * MEAN_TALK));
  return {line, direction, other, ringSeconds, talkSeconds};
}

function exponential(random: () => number): number {
  return -Math.log(1 - random());
}
