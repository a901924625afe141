// One thing at a time for each payment, and only so many at once for all. In: payments to look at. Out: looks, one after the other.
// Never true: two requests in flight for one payment; a look that is joined though it began before it was asked for.

/** Whether the provider gave an answer that says something. */
export type Look = {readonly answered: boolean};

export type Lanes = {
  /** Ends with the look that began after the call. */
  readonly look: (payment: string, source: string) => Promise<Look>;
  readonly busy: (payment: string) => boolean;
  /** All that are busy. */
  readonly payments: () => readonly string[];
  /** When none is busy any more. */
  readonly idle: () => Promise<void>;
};

type Lane = {readonly current: Promise<Look>; waiting: Promise<Look> | undefined};

/** Work on a provider that hangs holds one of these until the adapter's deadline. */
export function createLanes(work: (payment: string, source: string) => Promise<Look>, width: number): Lanes {
  const lanes = new Map<string, Lane>();
  const queue: (() => void)[] = [];
  let free = width;

  const within = async (payment: string, source: string): Promise<Look> => {
    if (free === 0) await new Promise<void>((resolve) => queue.push(resolve));
    else free -= 1;
    try {
      return await work(payment, source);
    } finally {
      const following = queue.shift();
      // The place is handed over, not given back: nobody slips in between.
      if (following === undefined) free += 1;
      else following();
    }
  };

  const run = (payment: string, source: string): Promise<Look> => {
    const lane: Lane = {
      current: within(payment, source).finally(() => {
        if (lane.waiting === undefined) lanes.delete(payment);
      }),
      waiting: undefined,
    };
    lanes.set(payment, lane);
    return lane.current;
  };

  return {
    look: (payment, source) => {
      const lane = lanes.get(payment);
      if (lane === undefined) return run(payment, source);
      lane.waiting ??= follow(lane.current, () => run(payment, source));
      return lane.waiting;
    },
    busy: (payment) => lanes.has(payment),
    payments: () => [...lanes.keys()],
    idle: async () => {
      while (lanes.size > 0) await Promise.allSettled([...lanes.values()].map(({current}) => current));
    },
  };
}

/** After it, however it ended: its own caller hears of a failure. */
async function follow(current: Promise<unknown>, begin: () => Promise<Look>): Promise<Look> {
  await Promise.allSettled([current]);
  return begin();
}
