// A site on a real Asterisk, with SIPp as its telephones and as the carrier.
import type {TestContext} from 'vitest';
import {command} from '../../../provisioning/dialplan-command.ts';
import {needs} from '../../needs.ts';
import type {Student} from '../../simulator/cloud/site.ts';
import {databasePath} from '../box.ts';
import {startSiteOn, type Ground, type Site, type SiteOptions} from '../site.ts';
import {startAsterisk, type AsteriskRig} from './asterisk.ts';
import {AMI_USER, ASTERISK_HOST, TRUNK} from './settings.ts';
import {startSipp, type Sipp} from './sipp.ts';
import {runCommand} from '../terminal.ts';

export type AsteriskSite = Site & {
  readonly asterisk: AsteriskRig;
  readonly sipp: Sipp;
  /** The switchboard in the words of the box's configuration, with the true secret unless another is given. */
  readonly switchboard: (secret?: string) => Readonly<Record<string, unknown>>;
  /** Installs what `spbs dialplan` makes of the site. */
  readonly installDialplan: () => Promise<void>;
};

export type AsteriskSiteOptions = Pick<SiteOptions, 'policy'> & {
  /** What the box believes the secret in manager.conf to be. */
  readonly secret?: string;
};

/** Asterisk without our dialplan yet. Skips the test where there is no Asterisk or no SIPp. */
export async function startAsteriskSite(
  context: TestContext,
  students: readonly Student[],
  {secret, ...options}: AsteriskSiteOptions = {},
): Promise<AsteriskSite> {
  const lines = students.map(({extension}) => extension);
  const {ground, installDialplan, ...parts} = await startAsteriskGround(context, lines, secret);
  parts.asterisk.installDialplan('');
  const site = await startSiteOn(ground, students, options);
  return {...site, ...parts, installDialplan: () => installDialplan(databasePath(site.folder))};
}

export type AsteriskGround = Pick<AsteriskSite, 'asterisk' | 'sipp' | 'switchboard'> & {
  readonly ground: Ground;
  /** Installs what `spbs dialplan` makes of the site in a box's database. */
  readonly installDialplan: (database: string) => Promise<void>;
};

/** What any site can stand on: Asterisk with the rig's dialplan. Skips the test where there is no Asterisk or no SIPp. */
export async function startAsteriskGround(context: TestContext, lines: readonly string[], secret?: string): Promise<AsteriskGround> {
  const program = needs(context, 'sipp');
  const asterisk = await startAsterisk(needs(context, 'asterisk'), lines);
  const {settings} = asterisk;
  const sipp = await startSipp(program, settings);
  const switchboard = (told = settings.secret) => ({
    kind: 'ami',
    host: ASTERISK_HOST,
    port: settings.amiPort,
    username: AMI_USER,
    secret: told,
  });
  const ground = {
    // Rotated names belong in the pattern; the rig's cdr.conf says usegmtime=yes.
    feed: {name: 'asterisk', door: 'folder', folder: asterisk.cdrFolder, pattern: 'Master.csv*', profile: 'asterisk-csv', zone: 'UTC'},
    switchboard: switchboard(secret),
    stop: async () => {
      await sipp.dispose();
      await asterisk.dispose();
    },
  };
  const installDialplan = async (database: string): Promise<void> =>
    asterisk.installDialplan(await printed(['--site', database, '--trunk', TRUNK]));
  return {ground, asterisk, sipp, switchboard, installDialplan};
}

async function printed(words: readonly string[]): Promise<string> {
  const {code, out, err} = await runCommand(command, words);
  if (code !== 0) throw new Error(`spbs dialplan ended with ${code}: ${err}`);
  return out;
}
