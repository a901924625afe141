// What lists have in common: filters as links, a search form, the empty state, the fault.
import type {ComponentChildren, VNode} from 'preact';
import {countText} from './figures.tsx';
import {Empty, Notice, Pager} from './parts.tsx';
import {useSetting} from './setting.ts';

export type FilterChoice = {readonly href: string; readonly label: string; readonly count: string | undefined; readonly isCurrent: boolean};

/** Links, so that a view can be kept, sent and opened again. */
export function Filters({label, choices}: {readonly label: string; readonly choices: readonly FilterChoice[]}): VNode {
  return (
    <nav class="filters" aria-label={label}>
      <ul>
        {choices.map(({href, label: name, count, isCurrent}) => (
          <li key={href}>
            <a href={href} aria-current={isCurrent ? 'true' : undefined}>
              {name}
              {count === undefined ? null : <span class="figure"> {count}</span>}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function SearchForm({
  action,
  label,
  value,
  submit,
  clear,
  keep,
}: {
  readonly action: string;
  readonly label: string;
  readonly value: string;
  readonly submit: string;
  readonly clear: {readonly href: string; readonly label: string};
  /** What else the address says. */
  readonly keep: Readonly<Record<string, string>>;
}): VNode {
  return (
    <form method="get" action={action} role="search" class="search">
      {Object.entries(keep).map(([name, kept]) => (
        <input key={name} type="hidden" name={name} value={kept} />
      ))}
      <label for="find">{label}</label>
      <input type="search" id="find" name="find" value={value} autocomplete="off" spellcheck={false} maxLength={100} />
      <button type="submit" class="button">
        {submit}
      </button>
      {value === '' ? null : (
        <a class="button is-quiet" href={clear.href}>
          {clear.label}
        </a>
      )}
    </form>
  );
}

export type EmptyWords = {
  readonly empty: string;
  readonly emptyHow: string;
  readonly emptyFilter: string;
  readonly emptyFilterHow?: string;
};

export function EmptyList({isFiltered, words}: {readonly isFiltered: boolean; readonly words: EmptyWords}): VNode {
  return isFiltered ? <Empty title={words.emptyFilter}>{words.emptyFilterHow}</Empty> : <Empty title={words.empty}>{words.emptyHow}</Empty>;
}

export type SearchWords = EmptyWords & {
  readonly filter: string;
  readonly filters: Readonly<Record<string, string>>;
  readonly search: string;
  readonly searchSubmit: string;
  readonly searchClear: string;
};

/** A list with filters, a search and pages; all of that is in its address. `filters`: with how many there are; `all` is the plain list. */
export function SearchedList({
  address,
  words,
  filters,
  filter,
  search,
  page,
  hasMore,
  isEmpty,
  children,
}: {
  readonly address: string;
  readonly words: SearchWords;
  readonly filters: readonly (readonly [name: string, count: number])[];
  readonly filter: string;
  readonly search: string;
  readonly page: number;
  readonly hasMore: boolean;
  readonly isEmpty: boolean;
  readonly children: ComponentChildren;
}): VNode {
  const {locale} = useSetting();
  const at = (wish: {show?: string; page?: number}): string =>
    addressWith(address, {show: wish.show ?? filter, find: search, page: wish.page ?? 1}, {show: 'all', find: '', page: 1});
  return (
    <>
      <div class="list-tools">
        <Filters
          label={words.filter}
          choices={filters.map(([name, count]) => ({
            href: at({show: name}),
            label: words.filters[name] ?? name,
            count: countText(count, locale),
            isCurrent: name === filter,
          }))}
        />
        <SearchForm
          action={address}
          label={words.search}
          value={search}
          submit={words.searchSubmit}
          clear={{href: addressWith(address, {show: filter}, {show: 'all'}), label: words.searchClear}}
          keep={filter === 'all' ? {} : {show: filter}}
        />
      </div>
      {isEmpty ? <EmptyList isFiltered={filter !== 'all' || search !== ''} words={words} /> : children}
      <Pager page={page} previous={page > 1 ? at({page: page - 1}) : undefined} next={hasMore ? at({page: page + 1}) : undefined} />
    </>
  );
}

/** Said where the database does not answer; the page around it stands. */
export type ListFaultWords = {readonly list: string; readonly listWhy: string; readonly brokenDo: string};

export function ListFault({words}: {readonly words: ListFaultWords}): VNode {
  return (
    <Notice state="fault" title={words.list}>
      <p>{words.listWhy}</p>
      <p>{words.brokenDo}</p>
    </Notice>
  );
}

type Query = Readonly<Record<string, string | number>>;

/** An address without what is the default anyway. */
export function addressWith(path: string, query: Query, defaults: Query): string {
  const pairs = Object.entries(query).filter(([name, value]) => value !== defaults[name] && value !== '');
  return pairs.length === 0 ? path : `${path}?${new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString()}`;
}

/**
 * Rows of a list that is read in its own order; `before` names the place where this page begins and is undefined on the first,
 * `next` is undefined on the last.
 */
export type Cut<R, P extends string | number = number> = {
  readonly rows: readonly R[];
  readonly before: P | undefined;
  readonly next: P | undefined;
};

/** Such a list knows the way on and the way back to its beginning. */
export function CutPager({
  path,
  keep,
  cut,
}: {
  readonly path: string;
  readonly keep: Readonly<Record<string, string>>;
  readonly cut: Pick<Cut<unknown, string | number>, 'before' | 'next'>;
}): VNode {
  return (
    <Pager
      page={undefined}
      previous={cut.before === undefined ? undefined : addressWith(path, keep, {})}
      next={cut.next === undefined ? undefined : addressWith(path, {...keep, before: cut.next}, {})}
    />
  );
}
