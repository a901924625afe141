// What a person should know of the switchboard, told once and taken back when it is over.
import type {Clock} from '../../shared/time/instant.ts';
import type {DueLine} from './due-lines.ts';
import type {LineRow} from './line-rows.ts';
import type {LineReading, LinkState} from './port.ts';

type Code = 'switchboard.unreachable' | 'switchboard.unconfirmed' | 'switchboard.drift';

/** Both may be called again for what is told or over already. Never inside a transaction. */
export type TroubleGiven = {
  readonly incident: (code: Code, subject: string, detail: string, cure: string) => void;
  readonly ended: (code: Code, subject: string) => void;
};

/** A switchboard that restarts is back within this, and nobody has to know. */
const DOWN_MS = 10_000;
/** A decision that could not be done for so long needs somebody's eyes. */
const UNCONFIRMED_MS = 5 * 60_000;
/** More lines at once have one cause, and one page that shows them all. */
const MOST_LINES_TOLD = 10;
const ALL = 'lines';
const BOARD = 'switchboard';

export class Troubles {
  /** Lines found otherwise than they were left, since the start. */
  drifted = 0;
  readonly #given: TroubleGiven;
  readonly #clock: Clock;
  #down: (Extract<LinkState, {kind: 'down'}> & {readonly sinceMs: number}) | undefined;
  #toldDown: string | undefined;
  readonly #unconfirmed = new Set<string>();
  readonly #drifting = new Set<string>();
  readonly #why = new Map<string, string>();

  constructor(given: TroubleGiven, clock: Clock) {
    this.#given = given;
    this.#clock = clock;
  }

  link(state: LinkState): void {
    if (state.kind === 'down') {
      this.#down = {...state, sinceMs: this.#down?.sinceMs ?? this.#clock.monotonicMs()};
      return;
    }
    this.#down = undefined;
    this.#toldDown = undefined;
    // Told, perhaps, before the box was restarted; and so below.
    this.#given.ended('switchboard.unreachable', BOARD);
  }

  drift({extension, wanted}: LineRow, {outgoing, incoming}: LineReading): void {
    this.drifted++;
    const first = this.#drifting.size === 0;
    this.#drifting.add(extension);
    if (!first) return;
    const detail = `line ${extension} should be ${wanted} and was found otherwise (outgoing ${outgoing}, incoming ${incoming}): the switchboard lost it, or somebody changed it there`;
    this.#given.incident('switchboard.drift', ALL, detail, 'nothing to do: the box sets it again, and any other line that differs');
  }

  failed(extension: string, text: string): void {
    this.#why.set(extension, text);
  }

  settled(extension: string): void {
    this.#why.delete(extension);
    this.#unconfirmed.delete(extension);
    this.#given.ended('switchboard.unconfirmed', extension);
    if (this.#drifting.delete(extension)) this.compared();
  }

  /** All lines were looked at. */
  compared(): void {
    if (this.#drifting.size === 0) this.#given.ended('switchboard.drift', ALL);
  }

  /** The box no longer writes: what it would do is nobody's trouble. */
  quiet(): void {
    for (const extension of this.#unconfirmed) this.#given.ended('switchboard.unconfirmed', extension);
    this.#unconfirmed.clear();
    this.#drifting.clear();
    this.compared();
  }

  /** Now and then, with the lines that could be set and are not. */
  look(waiting: Iterable<DueLine>): void {
    const nowMs = this.#clock.monotonicMs();
    this.#lookAtLink(nowMs);
    for (const {row, sinceMs} of waiting) {
      if (nowMs - sinceMs < UNCONFIRMED_MS || this.#unconfirmed.has(row.extension) || this.#unconfirmed.size >= MOST_LINES_TOLD) continue;
      this.#unconfirmed.add(row.extension);
      const why = this.#why.get(row.extension) ?? 'it waits for its turn';
      const detail = `line ${row.extension} should be ${row.wanted} since ${Math.round((nowMs - sinceMs) / 60_000)} minutes: ${why}`;
      this.#given.incident(
        'switchboard.unconfirmed',
        row.extension,
        detail,
        `the box tries on; set line ${row.extension} at the switchboard by hand if it matters now`,
      );
    }
  }

  #lookAtLink(nowMs: number): void {
    const down = this.#down;
    if (down === undefined || nowMs - down.sinceMs < DOWN_MS || this.#toldDown === down.why) return;
    if (this.#toldDown !== undefined) this.#given.ended('switchboard.unreachable', BOARD);
    this.#toldDown = down.why;
    this.#given.incident('switchboard.unreachable', BOARD, `no line can be locked or unlocked: ${down.why}`, down.cure);
  }
}
