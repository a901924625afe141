// A real box as a process of its own, on a folder of its own, with the stand-in for its cloud.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import {keyPair, StandInCloud} from '../simulator/cloud/stand-in.ts';
import {startChild, type Child} from './child.ts';

export type BoxSettings = {
  /** Holds the configuration, the box's data and the stand-in's. */
  readonly folder: string;
  readonly site: string;
  /** Enrolled under this name: it listens to a real cloud, and to no stand-in. */
  readonly box?: string;
  /** In the words of the configuration file. */
  readonly feeds: readonly Readonly<Record<string, unknown>>[];
  readonly switchboard: Readonly<Record<string, unknown>>;
  /** 0: any free one. */
  readonly consolePort: number;
  /** Each line of the box's log. */
  readonly onLog?: (entry: LogLine) => void;
  /** Hears of the process as soon as there is one, long before it is ready. */
  readonly onStart?: (child: Child) => void;
  /** Beside our own environment. */
  readonly environment?: Readonly<Record<string, string>>;
};

export type LogLine = Readonly<Record<string, string | number | boolean | undefined>> & {readonly msg: string};

export type RunningBox = {
  readonly child: Child;
  readonly address: string;
  /** There while nobody has a password. */
  readonly setupCode: string | undefined;
};

export function dataFolder(folder: string): string {
  return join(folder, 'box');
}

export function databasePath(folder: string): string {
  return join(dataFolder(folder), 'box.db');
}

/** The stand-in of the folder; its log goes on where it ended. */
export function standIn(folder: string): StandInCloud {
  return new StandInCloud(join(folder, 'cloud'), dataFolder(folder));
}

/** Resolves when the box says that it is ready; rejects with its last words if it ends before. */
export async function startBox(settings: BoxSettings): Promise<RunningBox> {
  const child = startChild('provisioning/spbs.js', ['edge', '--config', writeConfiguration(settings), '--json'], {
    onError: (line) => {
      if (line.startsWith('{')) settings.onLog?.(JSON.parse(line) as LogLine);
    },
    environment: {...process.env, ...settings.environment},
  });
  settings.onStart?.(child);
  const ready = await child.line((line) => line.startsWith('{"event":"ready"'));
  const {address, setupCode} = JSON.parse(ready) as {readonly address: string; readonly setupCode?: string};
  return {child, address, setupCode};
}

function writeConfiguration({folder, site, box, feeds, switchboard, consolePort}: BoxSettings): string {
  mkdirSync(folder, {recursive: true, mode: 0o700});
  const path = join(folder, 'edge.yaml');
  const configuration = {
    site,
    'data.folder': dataFolder(folder),
    ...(box === undefined ? {'cloud.key': keyPair(join(folder, 'cloud')).open} : {box}),
    feeds,
    switchboard,
    'console.port': consolePort,
    'log.level': 'debug',
  };
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(configuration, undefined, 2), {mode: 0o600});
  return path;
}
