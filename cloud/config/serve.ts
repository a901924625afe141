// How portal and desk are served, as the options say; and the PEM files that they name.
import {readFileSync} from 'node:fs';
import {Failure} from '../../shared/failure/failure.ts';
import type {CloudOptions} from './options.ts';

export type Pair = {readonly cert: string; readonly key: string};

/** `own`: where none is named. Throws Failure `config.invalid` for half a pair, `config.unreadable` for a file. */
export function webPair({'web.certificate': certificate, 'web.key': key}: CloudOptions, own: Pair): Pair {
  if ((certificate === undefined) !== (key === undefined))
    throw new Failure('config.invalid', 'of web.certificate and web.key only one is set', 'set both, or neither');
  return certificate === undefined || key === undefined ? own : {cert: pem(certificate, 'web.certificate'), key: pem(key, 'web.key')};
}

/** Whom a provider's certificate must be of, where an option names one. */
export function authorityOf({authority}: {readonly authority?: string | undefined}, option: string): {readonly authority?: string} {
  return authority === undefined ? {} : {authority: pem(authority, option)};
}

export function hostOf(address: string | undefined): readonly string[] {
  return address === undefined ? [] : [new URL(address).hostname];
}

function pem(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const what = `${option}: the file ${path} cannot be read`;
    throw new Failure('config.unreadable', what, 'correct the option or the rights of the file', cause);
  }
}
