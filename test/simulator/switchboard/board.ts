// What a simulated switchboard is made of, and what its control port may ask of it.
import type {FormatName} from './formats.ts';
import type {Output} from './printer.ts';
import type {TrafficOptions} from './traffic.ts';

export type SimulatedOptions = {
  readonly lines: readonly string[];
  readonly host: string;
  /** 0: any free one. */
  readonly controlPort: number;
  readonly secret: string;
  readonly output: Output;
  /** A file that gets a copy of every record. */
  readonly copy?: string | undefined;
  readonly format: FormatName;
  /** IANA zone of the switchboard's clock. */
  readonly zone: string;
  readonly outsideLine: string;
  /** Never barred, with or without the outside line, whatever digits follow. */
  readonly emergency: readonly string[];
  readonly seed: number;
  /** How many seconds of a call pass in one. */
  readonly speed: number;
  readonly traffic: TrafficOptions;
};

export type Misbehaviour = {readonly kind: 'normal' | 'silent' | 'garbage'} | {readonly kind: 'slow'; readonly ms: number};

export type Line = {
  readonly extension: string;
  locked: boolean;
  emergencyAtMs: number | undefined;
  made: number;
  barred: number;
  rung: number;
  diverted: number;
};

export type Attempt = 'made' | 'barred' | 'rung' | 'diverted';

/** The switchboard as its control port sees it. */
export type Board = {
  readonly lines: ReadonlyMap<string, Line>;
  misbehaviour: Misbehaviour;
  /** The next so many records are lost, or printed twice. */
  lose: number;
  repeat: number;
  readonly printed: number;
  readonly traffic: (on: boolean) => void;
  readonly call: (extension: string, number: string, seconds: number) => Attempt;
  readonly incoming: (extension: string, caller: string, seconds: number) => Attempt;
  /** Gives the call's id; undefined if it was barred. */
  readonly begin: (extension: string, number: string, seconds: number) => string | undefined;
  readonly liveCalls: () => readonly {
    readonly id: string;
    readonly extension: string;
    readonly dialled: string | undefined;
    readonly seconds: number;
  }[];
  readonly limit: (id: string, seconds: number) => boolean;
  readonly reboot: (forget: boolean, awayMs: number) => Promise<void>;
  readonly noise: (count: number) => void;
  readonly resend: (count: number) => void;
  readonly again: (count: number) => void;
};
