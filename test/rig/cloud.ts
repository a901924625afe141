// A real cloud as a process of its own, on a folder of its own, beside whatever providers it is told of.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import process from 'node:process';
import type {CloudReady} from '../../cloud/main.ts';
import type {LogLine} from './box.ts';
import {startChild, type Child} from './child.ts';

export type CloudSettings = {
  /** Holds the configuration and the cloud's data. */
  readonly folder: string;
  /** In the words of the configuration file. */
  readonly options?: Readonly<Record<string, unknown>>;
  readonly onLog?: (entry: LogLine) => void;
  /** Hears of the process as soon as there is one. */
  readonly onStart?: (child: Child) => void;
  readonly environment?: Readonly<Record<string, string>>;
};

export type RunningCloud = CloudReady & {readonly child: Child};

export function cloudFolder(folder: string): string {
  return join(folder, 'cloud');
}

export function cloudDatabase(folder: string): string {
  return join(cloudFolder(folder), 'cloud.db');
}

/** Resolves when the cloud says that it is ready; rejects with its last words if it ends before. */
export async function startCloud(settings: CloudSettings): Promise<RunningCloud> {
  const child = startChild('provisioning/spbs.js', ['cloud', '--config', writeConfiguration(settings), '--json'], {
    onError: (line) => {
      if (line.startsWith('{')) settings.onLog?.(JSON.parse(line) as LogLine);
    },
    environment: {...process.env, ...settings.environment},
  });
  settings.onStart?.(child);
  const ready = await child.line((line) => line.startsWith('{"event":"ready"'));
  return {...(JSON.parse(ready) as CloudReady), child};
}

function writeConfiguration({folder, options = {}}: CloudSettings): string {
  mkdirSync(folder, {recursive: true, mode: 0o700});
  const path = join(folder, 'cloud.yaml');
  const configuration = {'data.folder': cloudFolder(folder), 'web.port': 0, 'link.port': 0, 'log.level': 'debug', ...options};
  // JSON is YAML.
  writeFileSync(path, JSON.stringify(configuration, undefined, 2), {mode: 0o600});
  return path;
}
