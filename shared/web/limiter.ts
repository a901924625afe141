// Counts attempts for a key, in bounded memory. Time is monotonic: a clock that is set cannot open the gate.

export type Limiter = {
  /** Counts one attempt. 0 if it may be made, else how long to wait, in milliseconds; a refused attempt is not counted. */
  readonly take: (key: string) => number;
  /** The attempt was a good one. */
  readonly giveBack: (key: string) => void;
  readonly forget: (key: string) => void;
};

export type LimiterGiven = {
  readonly attempts: number;
  readonly windowMs: number;
  /** Beyond this the oldest is forgotten: an attacker buys oblivion for one key at the price of so many others. */
  readonly mostKeys: number;
  readonly monotonicMs: () => number;
};

type Window = {readonly sinceMs: number; count: number};

export function createLimiter({attempts, windowMs, mostKeys, monotonicMs}: LimiterGiven): Limiter {
  const windows = new Map<string, Window>();

  const current = (key: string, nowMs: number): Window => {
    const known = windows.get(key);
    if (known !== undefined && nowMs - known.sinceMs < windowMs) return known;
    const fresh = {sinceMs: nowMs, count: 0};
    // Deleted first, so that the map stays in the order of beginning.
    windows.delete(key);
    windows.set(key, fresh);
    const [oldest] = windows.keys();
    if (windows.size > mostKeys && oldest !== undefined) windows.delete(oldest);
    return fresh;
  };

  return {
    take: (key) => {
      const nowMs = monotonicMs();
      const window = current(key, nowMs);
      if (window.count >= attempts) return window.sinceMs + windowMs - nowMs;
      window.count++;
      return 0;
    },
    giveBack: (key) => {
      const window = windows.get(key);
      if (window !== undefined && window.count > 0) window.count--;
    },
    forget: (key) => void windows.delete(key),
  };
}

/**
 * What counts as one place of an address: an IPv4 address is one; of an IPv6 address the first 64 bits, because a single
 * machine may use all that begin with them.
 */
export function placeOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !address.includes(':')) return mapped ?? address;
  const [front = '', back] = address.replace(/%.*$/, '').toLowerCase().split('::');
  const groups = front === '' ? [] : front.split(':');
  const behind = back === undefined || back === '' ? [] : back.split(':');
  const missing = Math.max(0, 8 - groups.length - behind.length);
  const all = [...groups, ...Array.from({length: missing}, () => '0'), ...behind];
  return `${all.slice(0, 4).join(':')}::/64`;
}
