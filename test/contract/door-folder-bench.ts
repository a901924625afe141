// A folder into which a switchboard writes, and the box that reads it.
import {appendFileSync, mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {FeedSettings} from '../../edge/feed/settings.ts';
import {Box, type Running, type RunOptions} from './door-box.ts';

/** Half a minute of grace passes in 300 ms. */
export const FAST = 100;

export class FolderBench {
  readonly box = new Box();
  readonly base = mkdtempSync(join(tmpdir(), 'spbs-folder-'));
  readonly folder = join(this.base, 'cdr-csv');

  constructor() {
    mkdirSync(this.folder);
  }

  run(options: RunOptions & {readonly pattern?: string} = {}): Running {
    const {folder} = this;
    const pattern = options.pattern ?? 'Master.csv*';
    const settings: FeedSettings = {name: 'feed', profile: 'asterisk-csv', zone: 'UTC', door: 'folder', folder, pattern};
    return this.box.run(settings, options);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  append(name: string, text: string): void {
    appendFileSync(this.path(name), text);
  }

  rename(from: string, to: string): void {
    renameSync(this.path(from), this.path(to));
  }

  age(name: string, minutes: number): void {
    const at = new Date(Date.now() - minutes * 60_000);
    utimesSync(this.path(name), at, at);
  }

  async dispose(): Promise<void> {
    await this.box.dispose();
    rmSync(this.base, {recursive: true});
  }
}

/** Lines as long as Asterisk's, all different: `from` to `to`, both included. */
export function calls(from: number, to: number): readonly string[] {
  return Array.from({length: to - from + 1}, (_, at) => `"","101","9${String(from + at).padStart(6, '0')}","students",${'x'.repeat(150)}`);
}

export function text(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}
