// The small parts that every page is put together from.
import type {ComponentChildren, VNode} from 'preact';
import {Icon, type IconName} from './icon.tsx';
import type {State} from './messages.ts';
import {useSetting} from './setting.ts';
import {StateMark} from './state.tsx';

/** A list that is empty says what will appear and how to make it appear. */
export function Empty({
  title,
  icon = 'empty',
  children,
}: {
  readonly title: string;
  readonly icon?: IconName;
  readonly children?: ComponentChildren;
}): VNode {
  return (
    <div class="empty">
      <Icon name={icon} />
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}

/** Something the reader should know before the rest of the page. */
export function Notice({
  state,
  title,
  children,
}: {
  readonly state: State;
  readonly title: string;
  readonly children?: ComponentChildren;
}): VNode {
  return (
    <div class={`notice is-${state}`} role={state === 'fault' ? 'alert' : 'status'}>
      <StateMark state={state} />
      <div>
        <p class="notice-title">{title}</p>
        {children}
      </div>
    </div>
  );
}

export function Panel({
  id,
  title,
  aside,
  children,
}: {
  readonly id?: string | undefined;
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <section class="panel" id={id}>
      <header class="panel-head">
        <h2>{title}</h2>
        {aside === undefined ? null : <div class="panel-aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}

export type Fact = {readonly term: string; readonly value: ComponentChildren};

export function Facts({facts}: {readonly facts: readonly Fact[]}): VNode {
  return (
    <dl class="facts">
      {facts.map(({term, value}) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Addresses are undefined where there is no such page; nothing is shown when there is only one. */
export function Pager({
  page,
  previous,
  next,
}: {
  readonly page: number | undefined;
  readonly previous: string | undefined;
  readonly next: string | undefined;
}): VNode | null {
  const {words} = useSetting();
  if (previous === undefined && next === undefined) return null;
  return (
    <nav class="pager" aria-label={words.pages}>
      {previous === undefined ? null : (
        <a class="button" href={previous} rel="prev">
          {words.previous}
        </a>
      )}
      {page === undefined ? null : <span class="soft">{words.page(page)}</span>}
      {next === undefined ? null : (
        <a class="button" href={next} rel="next">
          {words.next}
        </a>
      )}
    </nav>
  );
}
