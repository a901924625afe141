// Puts itself around the methods of a library that is loaded already, so that a box can be watched without a hook in it.
import BetterSqlite from 'better-sqlite3';

/** `act` does what the method does. */
export type Around = (self: unknown, words: readonly unknown[], act: () => unknown) => unknown;
type Method = (this: unknown, ...words: unknown[]) => unknown;

export function around(target: object, name: string, does: Around): void {
  const holder = target as Record<string, Method>;
  const method = holder[name];
  if (method === undefined) throw new Error(`nothing is called ${name}`);
  holder[name] = function watched(this: unknown, ...words) {
    return does(this, words, () => Reflect.apply(method, this, words));
  };
}

/** What all statements of SQLite have in common, those that begin and end transactions among them. */
export function statements(): object {
  return Object.getPrototypeOf(new BetterSqlite(':memory:').prepare('SELECT 1')) as object;
}

/** The environment of a process that first loads one of the modules here. */
export function loading(module: string): Readonly<Record<string, string>> {
  const built = import.meta.url.endsWith('.ts') ? `../../dist/test/crash/${module}.js` : `${module}.js`;
  return {NODE_OPTIONS: `--import ${new URL(built, import.meta.url).href}`};
}
