// Draws whole pages and the parts of live ones: in one language, as of now.
import type {VNode} from 'preact';
import {renderPage, renderPart, type Assets} from '../../shared/ui/document.tsx';
import type {Setting} from '../../shared/ui/setting.ts';
import type {Clock} from '../../shared/time/instant.ts';
import type {Part} from '../../shared/web/live.ts';
import type {Looker} from '../web/cloud-web.ts';
import type {FaultText} from '../web/faults.ts';
import type {StaffSession} from '../web/route.ts';
import type {Language} from './messages.ts';
import {FaultPage} from './pages/entry.tsx';
import {SessionEnd} from './pages/frame.tsx';
import {GroundContext, type Ground} from './pages/ground.ts';

/** A page of one site has that site's clock; of several together, that of none. */
const ZONE_OF_SEVERAL = 'UTC';

type DrawingGiven = {
  readonly assets: Assets;
  readonly clock: Pick<Clock, 'now'>;
  /** A number for a form, so that sending it twice is once. */
  readonly newForm: () => string;
};

export class Drawing {
  readonly language: Language;
  readonly #given: DrawingGiven;

  constructor(language: Language, given: DrawingGiven) {
    this.language = language;
    this.#given = given;
  }

  readonly settingNow = (_session?: StaffSession): Setting => {
    const {locale, ui: words} = this.language;
    return {locale, zone: ZONE_OF_SEVERAL, now: this.#given.clock.now(), words};
  };

  readonly render = (page: VNode, {session, setting, note}: Looker<StaffSession>): string =>
    renderPage(setting, <GroundContext.Provider value={this.#ground(session, note)}>{page}</GroundContext.Provider>);

  readonly fault = (text: FaultText, reference: string | undefined): VNode => <FaultPage text={text} reference={reference} />;

  parts(
    session: StaffSession | undefined,
    parts: readonly (readonly [id: string, part: VNode])[],
    zone = ZONE_OF_SEVERAL,
  ): readonly Part[] {
    const setting = {...this.settingNow(), zone};
    const ground = this.#ground(session, undefined);
    return parts.map(([id, part]) => [id, renderPart(setting, <GroundContext.Provider value={ground}>{part}</GroundContext.Provider>)]);
  }

  readonly farewell = (): readonly Part[] => this.parts(undefined, [['session-end', <SessionEnd key="end" ended />]]);

  #ground(session: StaffSession | undefined, note: Ground['note']): Ground {
    const {assets, newForm} = this.#given;
    return {language: this.language, assets, newForm, session, note};
  }
}
