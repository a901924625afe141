// One thing after the other, in the order in which they came, and never more waiting than was agreed.

export type Queue<T> = {
  /** False: there is no room. */
  readonly push: (item: T, bytes: number) => boolean;
  /** When nothing is being done any more. */
  readonly settled: () => Promise<void>;
  /** What waits is forgotten; what is being done is finished. */
  readonly close: () => void;
};

export type QueueGiven<T> = {
  readonly most: number;
  readonly mostBytes: number;
  readonly act: (item: T) => Promise<void>;
  /** What `act` threw. */
  readonly failed: (error: unknown) => void;
};

export function createQueue<T>({most, mostBytes, act, failed}: QueueGiven<T>): Queue<T> {
  let waiting: {readonly item: T; readonly bytes: number}[] = [];
  let heldBytes = 0;
  let running: Promise<void> | undefined;
  let isClosed = false;

  const drain = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await act(next.item);
      } catch (error) {
        failed(error);
      }
      heldBytes -= next.bytes;
    }
    running = undefined;
  };

  return {
    push: (item, bytes) => {
      if (isClosed) return true;
      if (waiting.length >= most || heldBytes + bytes > mostBytes) return false;
      waiting.push({item, bytes});
      heldBytes += bytes;
      running ??= Promise.resolve().then(drain);
      return true;
    },
    settled: () => running ?? Promise.resolve(),
    close: () => {
      isClosed = true;
      waiting = [];
    },
  };
}
