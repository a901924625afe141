// The frame around every page: brand, four entries of navigation, the way out, the note about what was just done.
import type {ComponentChildren, VNode} from 'preact';
import {useContext} from 'preact/hooks';
import {BrandMark} from '../../../shared/ui/brand.tsx';
import {Banner, Document, PageHead} from '../../../shared/ui/document.tsx';
import {Notice} from '../../../shared/ui/parts.tsx';
import {Saying, type Said} from '../../../shared/ui/saying.tsx';
import {PersonContext, useGround, useWords} from './ground.ts';

export type PageName = 'home' | 'payments' | 'statements' | 'account';

const ADDRESSES: Readonly<Record<PageName, string>> = {
  home: '/',
  payments: '/payments',
  statements: '/statement',
  account: '/account',
};

export function Frame({
  current,
  title,
  head,
  lead,
  aside,
  again,
  children,
}: {
  /** Which entry of the navigation this page belongs to. */
  readonly current?: PageName | undefined;
  readonly title: string;
  /** Instead of title and lead. */
  readonly head?: ComponentChildren;
  readonly lead?: ComponentChildren;
  readonly aside?: ComponentChildren;
  /** Seconds after which the page looks again by itself. */
  readonly again?: number | undefined;
  readonly children?: ComponentChildren;
}): VNode {
  const {note, assets} = useGround();
  const words = useWords().frame;
  const person = useContext(PersonContext);
  return (
    <Document
      title={words.title(title, person?.site.name ?? words.brand)}
      assets={assets}
      again={again}
      banner={<PortalBanner current={current} />}
    >
      {note === undefined ? null : <Notice state={note.state} title={note.text} />}
      {head ?? <PageHead title={title} lead={lead} aside={aside} />}
      {children}
    </Document>
  );
}

function PortalBanner({current}: {readonly current: PageName | undefined}): VNode {
  const {isSigned} = useGround();
  const words = useWords().frame;
  const person = useContext(PersonContext);
  const brand = (
    <a class="brand-link portal-brand" href="/">
      <BrandMark />
      <span class="brand-name">{words.brand}</span>
      {person === undefined ? null : <span class="brand-site">{person.site.name}</span>}
    </a>
  );
  if (!isSigned) return <Banner brand={brand} nav={[]} label={words.navigation} />;
  return (
    <Banner
      brand={brand}
      label={words.navigation}
      nav={Object.entries(ADDRESSES).map(([name, href]) => ({
        href,
        label: words.nav[name as PageName],
        current: name === current,
      }))}
      aside={
        <form method="post" action="/sign-out" class="sign-out">
          <button type="submit" class="button is-quiet">
            {words.signOut}
          </button>
        </form>
      }
    />
  );
}

/** A page that says why there is none, or that something is over, and where to go on. */
export function SayingPage(said: Said): VNode {
  return <Saying frame={Frame} {...said} />;
}
