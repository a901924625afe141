// The provider's memory: objects by id, oldest first, in a file if it is to survive.
import {randomBytes} from 'node:crypto';
import {existsSync, readFileSync, renameSync, writeFileSync} from 'node:fs';
import {invalid, noSuch} from './errors.ts';
import type {Params} from './form.ts';
import {list, section, text, whole} from './form.ts';
import type {Kept} from './objects.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** `pi_3Qx…`: prefix and 24 letters and digits. */
export function newId(prefix: string, length = 24): string {
  return `${prefix}_${[...randomBytes(length)].map((byte) => ALPHABET[byte % ALPHABET.length]).join('')}`;
}

export function nowS(): number {
  return Math.floor(Date.now() / 1000);
}

function empty(): Kept {
  return {
    customers: {},
    methods: {},
    intents: {},
    setups: {},
    charges: {},
    transactions: {},
    sessions: {},
    events: {},
    numbers: {},
    secrets: {},
    answers: {},
  };
}

export class Store {
  readonly kept: Kept;
  readonly #path: string | undefined;

  constructor(path: string | undefined) {
    this.#path = path;
    this.kept = path !== undefined && existsSync(path) ? {...empty(), ...(JSON.parse(readFileSync(path, 'utf8')) as Kept)} : empty();
  }

  /** Before an answer goes out. */
  save(): void {
    if (this.#path === undefined) return;
    writeFileSync(`${this.#path}.new`, JSON.stringify(this.kept));
    renameSync(`${this.#path}.new`, this.#path);
  }

  /** An object by its id, whatever it is: what `expand` puts in the id's place. */
  any(id: string): object | undefined {
    const {customers, methods, intents, setups, charges, transactions, sessions} = this.kept;
    return [customers, methods, intents, setups, charges, transactions, sessions]
      .map((each) => each[id])
      .find((each) => each !== undefined);
  }

  /** `param` is named where the id came in a parameter, in which case it is a bad request, not an absent page. */
  get<T>(from: Readonly<Record<string, T>>, id: string, {what, param}: {readonly what: string; readonly param?: string}): T {
    const found = Object.hasOwn(from, id) ? from[id] : undefined;
    if (found === undefined) throw noSuch(what, id, param === undefined ? {} : {param, status: 400});
    return found;
  }

  /** A copy of an object with what was asked for put in the place of ids. */
  expanded(value: unknown, params: Params): unknown {
    const copy = structuredClone(value);
    for (const path of list(params, 'expand')) {
      if (typeof path !== 'string') throw invalid('Invalid array', 'expand');
      this.#expand(copy, path, path);
    }
    return copy;
  }

  #expand(at: unknown, path: string, whole: string): void {
    if (Array.isArray(at)) {
      for (const each of at) this.#expand(each, path, whole);
      return;
    }
    const [name = '', ...rest] = path.split('.');
    if (typeof at !== 'object' || at === null || !(name in at)) throw invalid(`This property cannot be expanded (${whole}).`, 'expand');
    const inner: unknown = Reflect.get(at, name);
    const next = typeof inner === 'string' ? structuredClone(this.any(inner)) : inner;
    // An empty place stays empty: there is nothing to expand yet.
    if (next === undefined || next === null) return;
    Reflect.set(at, name, next);
    if (rest.length > 0) this.#expand(next, rest.join('.'), whole);
  }
}

type Listed = {readonly id: string; readonly created: number};

/** One page of a list, the newest first: https://docs.stripe.com/api/pagination */
export function page<T extends Listed>(all: readonly T[], params: Params, url: string): object {
  const limit = whole(params, 'limit') ?? 10;
  if (limit < 1 || limit > 100) throw invalid('Limit must be between 1 and 100.', 'limit', 'parameter_invalid_integer');
  const within = all.filter(({created}) => isWithin(created, params)).toReversed();
  const after = text(params, 'starting_after');
  const before = text(params, 'ending_before');
  const from = after === undefined ? 0 : 1 + placeOf(within, after, 'starting_after');
  const to = before === undefined ? within.length : placeOf(within, before, 'ending_before');
  const rest = within.slice(from, to);
  const data = before === undefined ? rest.slice(0, limit) : rest.slice(-limit);
  return {object: 'list', data, has_more: rest.length > data.length, url};
}

function placeOf(all: readonly Listed[], id: string, param: string): number {
  const place = all.findIndex((each) => each.id === id);
  if (place < 0) throw noSuch('object', id, {param, status: 400});
  return place;
}

function isWithin(created: number, params: Params): boolean {
  if (typeof params['created'] === 'string') return created === whole(params, 'created');
  const range = section(params, 'created');
  const {gt, gte, lt, lte} = {gt: whole(range, 'gt'), gte: whole(range, 'gte'), lt: whole(range, 'lt'), lte: whole(range, 'lte')};
  return created > (gt ?? -1) && created >= (gte ?? 0) && created < (lt ?? Infinity) && created <= (lte ?? Infinity);
}
