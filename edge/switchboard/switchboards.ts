// The driver for the switchboard that the configuration names.
import {readFileSync} from 'node:fs';
import {Failure} from '../../shared/failure/failure.ts';
import type {Log, Secret} from '../../shared/log/log.ts';
import type {Random, Timers} from '../../shared/time/instant.ts';
import {createAmiSwitchboard} from './ami/driver.ts';
import type {Switchboard} from './port.ts';
import {createSimulatedSwitchboard} from './simulated/driver.ts';
import {openWire, type Address} from './wire.ts';

export type SwitchboardSettings =
  /** Calls are billed, no line is ever locked. */
  | {readonly kind: 'none'}
  | {
      readonly kind: 'ami';
      readonly host: string;
      readonly port: number;
      readonly tls: boolean;
      /** PEM file of the authority that signed the switchboard's certificate. */
      readonly authority?: string | undefined;
      readonly username: string;
      readonly secret: Secret;
    }
  | {readonly kind: 'simulated'; readonly host: string; readonly port: number; readonly secret: Secret};

type Given = {readonly timers: Timers; readonly random: Random; readonly log: Log};

/** Undefined for `none`. Throws Failure `file.unreadable` for an authority that cannot be read. */
export function createSwitchboard(settings: SwitchboardSettings, given: Given): Switchboard | undefined {
  if (settings.kind === 'none') return undefined;
  const {host, port, secret} = settings;
  const authority = settings.kind === 'ami' && settings.tls ? {authority: pemIn(settings.authority), serverName: undefined} : undefined;
  const address: Address = {host, port, tls: authority};
  const common = {...given, connect: () => openWire(address), where: `${host}:${port}`, secret};
  return settings.kind === 'ami' ? createAmiSwitchboard({...common, username: settings.username}) : createSimulatedSwitchboard(common);
}

function pemIn(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Failure(
      'file.unreadable',
      `the certificate ${path} cannot be read`,
      'correct switchboard.authority in the configuration',
      cause,
    );
  }
}
