// What a person says of a carrier's file, where it is silent or where the guess would be wrong.
import type {ColumnMap} from './deck-columns.ts';
import type {Encoding} from './deck-text.ts';
import type {DateOrder, DecimalMark, Increments, PriceScale} from './deck-values.ts';
import type {Tariff} from './tariff.ts';

export type ImportWishes = {
  readonly name: string;
  /** Undefined: the file must say it. */
  readonly currency: string | undefined;
  readonly zone: string;
  readonly rounding: Tariff['rounding'];
  readonly prices: Tariff['prices'];
  /** Per cent; undefined for none. */
  readonly tax: string | undefined;
  /** The day whose prices are wanted, such as 2026-11-26. */
  readonly at: string;
  readonly map: ColumnMap;
  /** For rows that say none. */
  readonly increments: Increments | undefined;
  /** Which row counts where two give a prefix different prices and no date decides. */
  readonly duplicates: 'error' | 'first' | 'last';
  /** Rows with errors are left out rather than keeping the file from being used. */
  readonly leavesOutErrors: boolean;
  /** A guess below the limit is used as well. */
  readonly takesUnsure: boolean;
  /** Prefixes of a whole country are marked as catch-alls. */
  readonly marksCatchAlls: boolean;
  readonly encoding?: Encoding | undefined;
  readonly delimiter?: string | undefined;
  readonly mark?: DecimalMark | undefined;
  readonly order?: DateOrder | undefined;
  readonly perSeconds?: PriceScale['seconds'] | undefined;
  readonly hundredths?: boolean | undefined;
};
