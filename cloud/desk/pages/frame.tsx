// The frame around every page: navigation, who is signed in, the note about what was just done.
import type {ComponentChildren, VNode} from 'preact';
import {BrandMark} from '../../../shared/ui/brand.tsx';
import {Banner, Document, PageHead, SessionEndPlace, StaleNotice} from '../../../shared/ui/document.tsx';
import {Notice, Panel} from '../../../shared/ui/parts.tsx';
import {Saying, type Said} from '../../../shared/ui/saying.tsx';
import {SettingContext, useSetting} from '../../../shared/ui/setting.ts';
import {Submit} from '../../../shared/ui/form.tsx';
import {useGround, useMay, useWords} from './ground.ts';

export type PageName = 'home' | 'sites' | 'students' | 'lines' | 'payments' | 'unbillable' | 'mail' | 'audit' | 'staff';

const ADDRESSES: Readonly<Record<PageName, string>> = {
  home: '/desk',
  sites: '/desk/sites',
  students: '/desk/students',
  lines: '/desk/lines',
  payments: '/desk/payments',
  unbillable: '/desk/unbillable',
  mail: '/desk/mail',
  audit: '/desk/audit',
  staff: '/desk/staff',
};

export function Frame({
  current,
  title,
  lead,
  aside,
  back,
  live,
  children,
}: {
  /** Which entry of the navigation this page belongs to. */
  readonly current?: PageName | undefined;
  readonly title: string;
  readonly lead?: ComponentChildren;
  readonly aside?: ComponentChildren;
  /** Where this page was reached from. */
  readonly back?: {readonly href: string; readonly label: string} | undefined;
  readonly live?: string | undefined;
  readonly children?: ComponentChildren;
}): VNode {
  const {note, assets} = useGround();
  const words = useWords().frame;
  return (
    <Document title={words.title(title)} assets={assets} live={live} banner={<DeskBanner current={current} />}>
      {live === undefined ? null : <StaleNotice />}
      {live === undefined ? null : <SessionEnd />}
      {note === undefined ? null : <Notice state={note.state} title={note.text} />}
      <PageHead
        title={title}
        lead={lead}
        aside={
          back === undefined ? (
            aside
          ) : (
            <p class="as-of">
              <a href={back.href}>{back.label}</a>
            </p>
          )
        }
      />
      {children}
    </Document>
  );
}

/** Where a live page says that it is no longer anybody's. */
export function SessionEnd({ended = false}: {readonly ended?: boolean}): VNode {
  const {session} = useWords().frame;
  return <SessionEndPlace words={ended ? session : undefined} signIn="/desk/sign-in" />;
}

function DeskBanner({current}: {readonly current: PageName | undefined}): VNode {
  const {session} = useGround();
  const words = useWords().frame;
  const isAdmin = useMay('admin');
  const brand = (
    <a class="brand-link" href="/desk">
      <BrandMark />
      <span class="brand-name">{words.brand}</span>
    </a>
  );
  if (session === undefined) return <Banner brand={brand} nav={[]} label={words.navigation} />;
  const names = (Object.keys(ADDRESSES) as PageName[]).filter((name) => name !== 'staff' || isAdmin);
  return (
    <Banner
      brand={brand}
      label={words.navigation}
      nav={names.map((name) => ({href: ADDRESSES[name], label: words.nav[name], current: name === current}))}
      aside={
        <form method="post" action="/desk/sign-out" class="sign-out">
          <a class="person" href="/desk/account" title={words.ownPage(session.name)}>
            {session.name} <span class="soft">{words.roles[session.role]}</span>
          </a>
          <button type="submit" class="button is-quiet">
            {words.signOut}
          </button>
        </form>
      }
    />
  );
}

/** Times in here are those of a clock on this site's wall. */
export function InZone({zone, children}: {readonly zone: string; readonly children: ComponentChildren}): VNode {
  const setting = useSetting();
  return <SettingContext.Provider value={{...setting, zone}}>{children}</SettingContext.Provider>;
}

/** A page that says why there is none, or that something is over, and where to go on. */
export function SayingPage(said: Said): VNode {
  return <Saying frame={Frame} {...said} />;
}

export type Confirmation = {
  readonly current: PageName;
  readonly title: string;
  /** What the reader should know before. */
  readonly above?: ComponentChildren;
  /** Each a sentence about what will happen, in figures. */
  readonly will: readonly ComponentChildren[];
  readonly action: string;
  /** What was typed before, sent once more. */
  readonly fields: Readonly<Record<string, string>>;
  readonly submit: string;
  readonly kind?: 'main' | 'danger';
  readonly back: string;
  /** Another answer to the question. */
  readonly other?: {readonly href: string; readonly label: string} | undefined;
  readonly children?: ComponentChildren;
};

/** What will happen, before it does; the second sending carries `sure`. */
export function ConfirmPage({
  current,
  title,
  above,
  will,
  action,
  fields,
  submit,
  kind = 'main',
  back,
  other,
  children,
}: Confirmation): VNode {
  const words = useWords().frame;
  const {newForm} = useGround();
  return (
    <Frame current={current} title={title}>
      {above}
      <Panel title={words.will}>
        <ul class="will">
          {will.map((each, index) => (
            <li key={index}>{each}</li>
          ))}
        </ul>
        {children}
        <form method="post" action={action} class="actions">
          {Object.entries(fields).map(([name, value]) => (
            <input key={name} type="hidden" name={name} value={value} />
          ))}
          <input type="hidden" name="form" value={newForm()} />
          <input type="hidden" name="sure" value="yes" />
          <Submit kind={kind}>{submit}</Submit>
          {other === undefined ? null : (
            <a class="button" href={other.href}>
              {other.label}
            </a>
          )}
          <a class="button is-quiet" href={back}>
            {words.nothing}
          </a>
        </form>
      </Panel>
    </Frame>
  );
}
