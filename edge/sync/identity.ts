// Who this box is to its cloud: key, certificate, whom it trusts, where it connects. Written by `spbs enrol`, read at the start.
// Never true: half an identity in place; an old one gone before the cloud has acknowledged a batch of the new one.
import {createPrivateKey, type KeyObject} from 'node:crypto';
import {closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {z} from 'zod';
import {Failure} from '../../shared/failure/failure.ts';
import {verifyingKey} from '../../shared/wire/batch.ts';

export type Identity = z.infer<typeof linkSchema> & {
  readonly key: KeyObject;
  /** PEM, for the connection. */
  readonly keyText: string;
  readonly certificate: string;
  readonly authority: string;
  /** Signs what the cloud says. */
  readonly cloud: KeyObject;
};

const word = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/);
const linkSchema = z.object({
  site: word,
  box: word,
  host: z.string().min(1).max(253),
  port: z.int().min(1).max(65_535),
  epoch: z.int().min(0),
});

/** File names to texts, as `spbs enrol` has them. */
export type IdentityFiles = Readonly<Record<(typeof FILES)[number], string>>;

/** `link.json` last: where it is, all are. */
const FILES = ['key.pem', 'certificate.pem', 'authority.pem', 'cloud.pem', 'link.json'] as const;
const CURE = 'enrol the box again with a new code: spbs enrol';

function paths(dataFolder: string) {
  const at = (name: string): string => join(dataFolder, name);
  return {now: at('identity'), fresh: at('identity.new'), old: at('identity.old')};
}

/** Undefined for a box that was never enrolled. Throws Failure `config.invalid` for one that cannot be used. */
export function readIdentity(dataFolder: string): Identity | undefined {
  const {now, fresh} = paths(dataFolder);
  // The power went between two renames.
  if (!existsSync(now) && existsSync(join(fresh, 'link.json'))) renameSync(fresh, now);
  if (!existsSync(now)) return undefined;
  try {
    const text = (name: (typeof FILES)[number]): string => readFileSync(join(now, name), 'utf8');
    const link = linkSchema.parse(JSON.parse(text('link.json')));
    const keyText = text('key.pem');
    return {
      ...link,
      keyText,
      key: createPrivateKey(keyText),
      certificate: text('certificate.pem'),
      authority: text('authority.pem'),
      cloud: verifyingKey(text('cloud.pem')),
    };
  } catch (cause) {
    throw new Failure('config.invalid', `the identity of the box in ${now} cannot be used`, CURE, cause);
  }
}

/** Throws Failure `config.invalid` if the configuration is of another box. */
export function assertSameBox(identity: Pick<Identity, 'site' | 'box'>, options: {readonly site: string; readonly box: string}): void {
  if (identity.site === options.site && identity.box === options.box) return;
  throw new Failure(
    'config.invalid',
    `this box is enrolled as ${identity.box} of site ${identity.site}; its configuration says ${options.box} of ${options.site}`,
    `set site: ${identity.site} and box: ${identity.box}, or enrol it anew with a data folder of its own`,
  );
}

/** Puts a new identity in place; the one before is kept aside until {@link dropOldIdentity}. */
export function writeIdentity(dataFolder: string, files: IdentityFiles): void {
  const {now, fresh, old} = paths(dataFolder);
  mkdirSync(dataFolder, {recursive: true, mode: 0o700});
  rmSync(fresh, {recursive: true, force: true});
  mkdirSync(fresh, {mode: 0o700});
  for (const name of FILES) {
    writeFileSync(join(fresh, name), files[name], {mode: 0o600});
    sync(join(fresh, name));
  }
  sync(fresh);
  if (existsSync(now)) {
    // One that the cloud never acknowledged is worth nothing; the one before it still may be.
    if (existsSync(old)) rmSync(now, {recursive: true});
    else renameSync(now, old);
  }
  renameSync(fresh, now);
  sync(dataFolder);
}

/** The cloud has acknowledged a batch that this identity signed. */
export function dropOldIdentity(dataFolder: string): void {
  rmSync(paths(dataFolder).old, {recursive: true, force: true});
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}
