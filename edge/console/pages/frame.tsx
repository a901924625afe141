// The frame around every page: navigation with what waits, who is signed in, the note about what was just done.
import type {ComponentChildren, VNode} from 'preact';
import {BrandMark} from '../../../shared/ui/brand.tsx';
import {Banner, Document, PageHead, SessionEndPlace, StaleNotice, type NavEntry} from '../../../shared/ui/document.tsx';
import {Count} from '../../../shared/ui/figures.tsx';
import {Notice} from '../../../shared/ui/parts.tsx';
import {useGround, type Ground} from './ground.ts';

export type PageName = 'flow' | 'lines' | 'accounts' | 'rejects' | 'unbillable' | 'tariff' | 'log' | 'people';

const ADDRESSES: Readonly<Record<PageName, string>> = {
  flow: '/',
  lines: '/lines',
  accounts: '/accounts',
  rejects: '/rejects',
  unbillable: '/unbillable',
  tariff: '/tariff',
  log: '/log',
  people: '/people',
};

export function Frame({
  current,
  title,
  lead,
  aside,
  live,
  children,
}: {
  /** Which entry of the navigation this page belongs to. */
  readonly current?: PageName | undefined;
  readonly title: string;
  readonly lead?: ComponentChildren;
  readonly aside?: ComponentChildren;
  readonly live?: string;
  readonly children?: ComponentChildren;
}): VNode {
  const {words, site, note, assets, person} = useGround();
  return (
    <Document
      title={words.title(title, (person === undefined ? undefined : site) ?? words.entry.brand)}
      assets={assets}
      live={live}
      banner={<ConsoleBanner current={current} />}
    >
      {live === undefined ? null : <StaleNotice />}
      {live === undefined ? null : <SessionEnd />}
      {note === undefined ? null : <Notice state={note.state} title={note.text} />}
      <PageHead title={title} lead={lead} aside={aside} />
      {children}
    </Document>
  );
}

/** Where a live page says that it is no longer anybody's. */
export function SessionEnd({ended = false}: {readonly ended?: boolean}): VNode {
  const {session} = useGround().words.flow;
  return <SessionEndPlace words={ended ? session : undefined} signIn="/sign-in" />;
}

function ConsoleBanner({current}: {readonly current: PageName | undefined}): VNode {
  const {words, site, person} = useGround();
  const brand = (
    <a class="brand-link" href="/">
      <BrandMark />
      <span class="brand-name">{words.entry.brand}</span>
      {person === undefined || site === undefined ? null : <span class="brand-site">{site}</span>}
    </a>
  );
  if (person === undefined) return <Banner brand={brand} nav={[]} label={words.navigation} />;
  return (
    <Banner
      brand={brand}
      label={words.navigation}
      nav={Object.keys(ADDRESSES).map((name) => navEntry(name as PageName, current, {words, person, site}))}
      aside={
        <form method="post" action="/sign-out" class="sign-out">
          <span class="person">{person}</span>
          <button type="submit" class="button is-quiet">
            {words.entry.signOut}
          </button>
        </form>
      }
    />
  );
}

function navEntry(name: PageName, current: PageName | undefined, {words}: Pick<Ground, 'words' | 'person' | 'site'>): NavEntry {
  const label = name === 'people' ? words.entry.people.title : titleOf(name, words);
  const waits = name === 'rejects' || name === 'unbillable';
  return {href: ADDRESSES[name], label, current: name === current, ...(waits ? {waiting: <WaitingCount of={name} />} : {})};
}

function titleOf(name: Exclude<PageName, 'people'>, words: Ground['words']): string {
  return {
    flow: words.flow.title,
    lines: words.lines.title,
    accounts: words.money.title,
    rejects: words.rejects.title,
    unbillable: words.unbillable.title,
    tariff: words.tariff.title,
    log: words.log.title,
  }[name];
}

/** Replaced while a live page is open, so it is there even when nothing waits. */
export function WaitingCount({of}: {readonly of: keyof Ground['waiting']}): VNode {
  const value = useGround().waiting[of];
  return (
    <span class={value === 0 ? 'waiting is-none' : 'waiting'} id={`waiting-${of}`}>
      {value === 0 ? null : <Count value={value} />}
    </span>
  );
}
