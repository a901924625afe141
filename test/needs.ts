// What a test needs from the machine. The only way by which a test may be skipped: it says what is missing and how to get it.
import {execFileSync} from 'node:child_process';
import {accessSync, constants, existsSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import process from 'node:process';
import type {TestContext} from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Read by the runner, which lists what was skipped for want of what. */
    needs?: Missing;
  }
}

type Missing = {
  readonly component: Component;
  readonly cure: string;
  /** Nobody could have it: Debian offers none today. Any other skip fails `npm test -- --all`. */
  readonly excused: boolean;
};

type Component = keyof typeof components;

const components = {
  chromium: {find: () => onPath('chromium', 'chromium-browser', 'google-chrome'), cure: 'apt-get install chromium fonts-dejavu-core'},
  socat: {find: () => onPath('socat'), cure: 'apt-get install socat'},
  'python3-stripe': {find: () => debianModule('stripe'), cure: 'apt-get install python3-stripe'},
  mosquitto: {find: () => onPath('mosquitto_pub'), cure: 'apt-get install mosquitto-clients'},
  sipp: {find: () => onPath('sipp'), cure: 'apt-get install sip-tester'},
  php: {find: phpWithSoap, cure: 'apt-get install php8.2-cli php8.2-soap'},
  asterisk: {find: asteriskTree, cure: 'as root: apt-get install debootstrap && bash test/rig/asterisk/prepare.sh'},
} as const;

/** Skips the test unless the component is there; returns its path. Call it first, in the test or in `beforeEach`. */
export function needs(context: TestContext, component: Component): string {
  const path = components[component].find();
  if (path !== undefined) return path;
  const {cure} = components[component];
  // Set by .ci/run after it has asked every suite of Debian that could have it.
  const excused = component === 'asterisk' && process.env['SPBS_DEBIAN_HAS_NO_ASTERISK'] === '1';
  context.task.meta.needs = {component, cure, excused};
  context.skip(`needs ${component}: ${cure}`);
}

function onPath(...names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(executable);
}

/** Debian packs the SOAP server of PHP by itself. */
function phpWithSoap(): string | undefined {
  const php = onPath('php');
  if (php === undefined) return undefined;
  return execFileSync(php, ['-m'], {encoding: 'utf8'}).split('\n').includes('soap') ? php : undefined;
}

/** Debian's own Python, which has its module; a Python of another maker on the path has not. */
function debianModule(name: string): string | undefined {
  return existsSync(join('/usr/lib/python3/dist-packages', name)) ? '/usr/bin/python3' : undefined;
}

/** The Debian tree that test/rig/asterisk/prepare.sh makes; it runs by chroot, which is root's. */
function asteriskTree(): string | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const cache = process.env['SPBS_RIG_DIR'] ?? '/var/cache/spbs-rig';
  return ['bullseye', 'sid'].map((suite) => join(cache, `asterisk-${suite}`)).find((tree) => existsSync(join(tree, '.spbs-rig-complete')));
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
