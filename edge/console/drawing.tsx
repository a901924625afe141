// Draws whole pages and the parts of live ones: in one language, as of now, with what waits in the navigation.
import type {VNode} from 'preact';
import {renderPage, renderPart} from '../../shared/ui/document.tsx';
import type {UiWords} from '../../shared/ui/messages.ts';
import type {Setting} from '../../shared/ui/setting.ts';
import type {BoxStatus} from '../health/status.ts';
import type {AssetShelf} from '../../shared/web/shelf.ts';
import type {Part} from '../../shared/web/live.ts';
import type {ConsoleWords} from './messages.ts';
import type {ConsoleGiven} from './given.ts';
import type {Note} from '../../shared/web/notes.ts';
import {FaultPage} from './pages/entry.tsx';
import {flowParts, type FlowView} from './pages/flow.tsx';
import {SessionEnd, WaitingCount} from './pages/frame.tsx';
import {GroundContext, type Ground, type Waiting} from './pages/ground.ts';
import {LineState} from './pages/line.tsx';
import type {Line} from './rows/lines.ts';
import type {FaultName} from '../../shared/web/door.ts';

/** All that is said: another language is another pair of words. */
export type Language = {readonly locale: string; readonly ui: UiWords; readonly words: ConsoleWords};

type DrawingGiven = Pick<ConsoleGiven, 'health' | 'clock'>;
type NamedPart = readonly [id: string, part: VNode];

export class Drawing {
  readonly shelf: AssetShelf;
  readonly #language: Language;
  readonly #given: DrawingGiven;

  constructor(language: Language, shelf: AssetShelf, given: DrawingGiven) {
    this.#language = language;
    this.shelf = shelf;
    this.#given = given;
  }

  setting(): Setting {
    const {locale, ui: words} = this.#language;
    return {locale, zone: this.#given.health.snapshot().zone, now: this.#given.clock.now(), words};
  }

  page(content: VNode, setting: Setting, {person, note}: {person: string | undefined; note: Note | undefined}): string {
    return renderPage(setting, <GroundContext.Provider value={this.#ground(person, note)}>{content}</GroundContext.Provider>);
  }

  fault(name: FaultName, reference: string | undefined): VNode {
    const {fault} = this.#language.words.entry;
    return (
      <FaultPage title={fault[name]} why={fault[`${name}Why`]}>
        {reference === undefined ? null : (
          <>
            <p>
              <code>{reference}</code>
            </p>
            <p>{fault.brokenDo}</p>
          </>
        )}
      </FaultPage>
    );
  }

  flowParts(view: FlowView): readonly Part[] {
    return this.#parts(flowParts(view));
  }

  lineParts(line: Line | undefined): readonly Part[] {
    if (line === undefined) return [];
    return this.#parts([['line-state', <LineState key="state" line={line} mode={this.#given.health.snapshot().mode} />]]);
  }

  farewell(): readonly Part[] {
    return this.#parts([['session-end', <SessionEnd key="end" ended />]]);
  }

  #parts(parts: readonly NamedPart[]): readonly Part[] {
    const setting = this.setting();
    const ground = this.#ground('', undefined);
    const all: readonly NamedPart[] = [
      ...parts,
      ['waiting-rejects', <WaitingCount key="rejects" of="rejects" />],
      ['waiting-unbillable', <WaitingCount key="unbillable" of="unbillable" />],
    ];
    return all.map(([id, part]) => [id, renderPart(setting, <GroundContext.Provider value={ground}>{part}</GroundContext.Provider>)]);
  }

  #ground(person: string | undefined, note: Note | undefined): Ground {
    const status = this.#given.health.snapshot();
    const {words} = this.#language;
    return {words, assets: this.shelf.addresses, site: status.site, person, note, waiting: waitingIn(status)};
  }
}

function waitingIn({stages}: BoxStatus): Waiting {
  const counters = stages.flatMap((stage) => stage.counters);
  const of = (name: string): number => counters.find((counter) => counter.name === name)?.value ?? 0;
  return {rejects: of('rejects-waiting'), unbillable: of('unbillable')};
}
