// Draws whole pages: in the reader's language, as of now, in the zone of the building.
import type {VNode} from 'preact';
import {renderPage} from '../../shared/ui/document.tsx';
import type {Assets} from '../../shared/ui/document.tsx';
import type {Setting} from '../../shared/ui/setting.ts';
import type {Looker} from '../web/cloud-web.ts';
import type {FaultText} from '../web/faults.ts';
import type {StudentSession} from '../web/route.ts';
import type {Clock} from '../../shared/time/instant.ts';
import type {Person} from './given.ts';
import type {Language} from './messages.ts';
import {FaultPage} from './pages/entry.tsx';
import {GroundContext, PersonContext} from './pages/ground.ts';

/** Before anybody has signed in there is no building: a time is shown as it is in all of them. */
const ZONE_OF_NOBODY = 'UTC';

export class Drawing {
  readonly #languages: ReadonlyMap<string, Language>;
  readonly #first: Language;
  readonly #assets: Assets;
  readonly #clock: Pick<Clock, 'now'>;

  constructor(languages: readonly [Language, ...Language[]], assets: Assets, clock: Pick<Clock, 'now'>) {
    this.#languages = new Map(languages.map((language) => [language.locale, language]));
    [this.#first] = languages;
    this.#assets = assets;
    this.#clock = clock;
  }

  /** The one asked for; the first if the portal does not speak it. */
  language(locale: string | undefined): Language {
    return this.#languages.get(locale ?? '') ?? this.#first;
  }

  languages(): readonly Language[] {
    return [...this.#languages.values()];
  }

  readonly settingNow = (session: StudentSession | undefined): Setting => {
    const {locale, ui: words} = this.language(session?.language);
    return {locale, zone: session?.zone ?? ZONE_OF_NOBODY, now: this.#clock.now(), words};
  };

  readonly render = (page: VNode, {session, setting, note}: Looker<StudentSession>): string => {
    const ground = {language: this.language(setting.locale), assets: this.#assets, isSigned: session !== undefined, note};
    return renderPage(setting, <GroundContext.Provider value={ground}>{page}</GroundContext.Provider>);
  };

  readonly fault = (text: FaultText, reference: string | undefined): VNode => <FaultPage text={text} reference={reference} />;
}

/** A page of this person's own. */
export function pageOf(person: Person, page: VNode): VNode {
  return <PersonContext.Provider value={person}>{page}</PersonContext.Provider>;
}
