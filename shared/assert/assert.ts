// What must never happen stops the process: a wrong balance that is written is worse than a restart.

/** A broken invariant: a fault in this program, never in its input. Nothing catches it but the process's last line. */
export class Bug extends Error {
  override readonly name = 'Bug';
}

/** Stops with a {@link Bug} unless `condition` holds. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Bug(`broken invariant: ${invariant}`);
}

/** The value, which the caller knows to be there. */
export function must<T>(value: T | null | undefined, what: string): T {
  if (value === null || value === undefined) throw new Bug(`missing: ${what}`);
  return value;
}

/** Marks a branch that the type system proves to be unreachable. */
export function unreachable(value: never): never {
  throw new Bug(`unreachable: ${JSON.stringify(value)}`);
}
