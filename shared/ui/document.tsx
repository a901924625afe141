// A whole page: head, skip link, banner with navigation, main. Server-rendered; works without script.
import type {ComponentChildren, VNode} from 'preact';
import {render} from 'preact-render-to-string';
import {Time} from './figures.tsx';
import {Notice} from './parts.tsx';
import {SettingContext, useSetting, type Setting} from './setting.ts';

export type NavEntry = {
  readonly href: string;
  readonly label: string;
  readonly current: boolean;
  /** Things that wait there for a person. */
  readonly waiting?: ComponentChildren;
};

/** Addresses of what a page loads, all from the same host. */
export type Assets = {readonly style: string; readonly script: string; readonly icon: string};

export type Frame = {
  /** `Lines · North Hall`. */
  readonly title: string;
  readonly assets: Assets;
  /** Where this page's live parts come from; undefined for a page that stands still. */
  readonly live?: string | undefined;
  /** Seconds after which the page looks again what has become of its `#progress`; without script it is loaded anew. */
  readonly again?: number | undefined;
  readonly banner: VNode;
  readonly children: ComponentChildren;
};

export function renderPage(setting: Setting, page: VNode): string {
  return `<!doctype html>${render(<SettingContext.Provider value={setting}>{page}</SettingContext.Provider>)}`;
}

/** A piece of a page, as it is sent to replace the one with the same id. */
export function renderPart(setting: Setting, part: VNode): string {
  return render(<SettingContext.Provider value={setting}>{part}</SettingContext.Provider>);
}

export function Document({title, assets, live, again, banner, children}: Frame): VNode {
  const {locale, words} = useSetting();
  return (
    <html lang={locale}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{title}</title>
        <link rel="icon" type="image/svg+xml" href={assets.icon} />
        <link rel="stylesheet" href={assets.style} />
        {live === undefined && again === undefined ? null : <script type="module" src={assets.script} />}
        {again === undefined ? null : (
          <noscript>
            <meta http-equiv="refresh" content={String(again)} />
          </noscript>
        )}
      </head>
      <body data-live={live} data-again={again}>
        <a class="skip" href="#main">
          {words.skip}
        </a>
        {banner}
        <main id="main" tabIndex={-1}>
          {children}
        </main>
      </body>
    </html>
  );
}

export function Banner({
  brand,
  nav,
  label,
  aside,
}: {
  readonly brand: ComponentChildren;
  readonly nav: readonly NavEntry[];
  /** What the navigation is called. */
  readonly label: string;
  readonly aside?: ComponentChildren;
}): VNode {
  return (
    <header class="banner">
      <div class="brand">{brand}</div>
      {nav.length === 0 ? null : (
        <nav aria-label={label}>
          <ul>
            {nav.map((entry) => (
              <li key={entry.href}>
                <a href={entry.href} aria-current={entry.current ? 'page' : undefined}>
                  {entry.label}
                  {entry.waiting}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      )}
      {aside === undefined ? null : <div class="banner-aside">{aside}</div>}
    </header>
  );
}

export function PageHead({
  title,
  lead,
  aside,
}: {
  readonly title: string;
  readonly lead?: ComponentChildren;
  readonly aside?: ComponentChildren;
}): VNode {
  return (
    <div class="page-head">
      <div>
        <h1>{title}</h1>
        {lead === undefined ? null : <p class="lead">{lead}</p>}
      </div>
      {aside === undefined ? null : <div class="page-aside">{aside}</div>}
    </div>
  );
}

/** `As of 14:02:07 · live`; without script a link to reload; and the words that appear when the box stops answering. */
export function AsOf({id, reload}: {readonly id: string; readonly reload: string}): VNode {
  const {now, words} = useSetting();
  return (
    <p class="as-of" id={id}>
      {words.asOf} <Time at={now} />
      <span class="when-live"> · {words.live}</span>
      <a class="when-still" href={reload}>
        {words.reload}
      </a>
    </p>
  );
}

/** Hidden until the live connection is lost. */
export function StaleNotice(): VNode {
  const {words} = useSetting();
  return (
    <div class="stale" role="status">
      <span>{words.stale}</span>
    </div>
  );
}

/** Where a live page says that it is no longer anybody's; nothing until then. */
export function SessionEndPlace({
  words,
  signIn,
}: {
  readonly words: {readonly ended: string; readonly signIn: string} | undefined;
  readonly signIn: string;
}): VNode {
  return (
    <div id="session-end">
      {words === undefined ? null : (
        <Notice state="warning" title={words.ended}>
          <p>
            <a href={signIn}>{words.signIn}</a>
          </p>
        </Notice>
      )}
    </div>
  );
}
