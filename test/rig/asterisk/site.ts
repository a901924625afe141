// A site on a real Asterisk, with SIPp as its telephones and as the carrier.
import type {TestContext} from 'vitest';
import {needs} from '../../needs.ts';
import type {Student} from '../../simulator/cloud/site.ts';
import {startSiteOn, type Site, type SiteOptions} from '../site.ts';
import {startAsterisk, type AsteriskRig} from './asterisk.ts';
import {AMI_USER} from './settings.ts';
import {startSipp, type Sipp} from './sipp.ts';

export type AsteriskSite = Site & {
  readonly asterisk: AsteriskRig;
  readonly sipp: Sipp;
  /** The switchboard as the box's configuration names it, with this secret or the true one. */
  readonly switchboard: (secret?: string) => Readonly<Record<string, unknown>>;
};

export type AsteriskSiteOptions = Pick<SiteOptions, 'policy'> & {
  /** What the box believes the secret in manager.conf to be. */
  readonly secret?: string;
};

/** Skips the test where there is no Asterisk or no SIPp. */
export async function startAsteriskSite(
  context: TestContext,
  students: readonly Student[],
  {secret, ...options}: AsteriskSiteOptions = {},
): Promise<AsteriskSite> {
  const program = needs(context, 'sipp');
  const lines = students.map(({extension}) => extension);
  const asterisk = await startAsterisk(needs(context, 'asterisk'), lines);
  const sipp = await startSipp(program, asterisk.settings);
  const {amiPort: port, secret: true_} = asterisk.settings;
  const switchboard = (told = true_) => ({kind: 'ami', host: '127.0.0.1', port, username: AMI_USER, secret: told});
  const ground = {
    // Rotated names belong in the pattern; the rig's cdr.conf says usegmtime=yes.
    feed: {name: 'asterisk', door: 'folder', folder: asterisk.cdrFolder, pattern: 'Master.csv*', profile: 'asterisk-csv', zone: 'UTC'},
    switchboard: switchboard(secret),
    stop: async () => {
      await sipp.dispose();
      await asterisk.dispose();
    },
  };
  return {...(await startSiteOn(ground, students, options)), asterisk, sipp, switchboard};
}
