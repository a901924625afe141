// Every command that the README shows exists.
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {tiers} from '../tiers.ts';
import {root} from './planted.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const scripts = (JSON.parse(read('package.json')) as {readonly scripts: Readonly<Record<string, string>>}).scripts;
const npmOwn = new Set(['ci', 'install']);
const runner = read('provisioning/run.mjs');
const table = existsSync(join(root, 'provisioning/spbs.ts')) ? read('provisioning/spbs.ts') : '';

/** The commands of the fenced code in a Markdown text, without prompt, comment and continuation. */
function commandsIn(markdown: string): readonly string[] {
  const fences = markdown.matchAll(/^```[a-z]*\n(.*?)^```/gms);
  return [...fences]
    .flatMap(([, code]) => (code ?? '').replaceAll('\\\n', ' ').split('\n'))
    .map((line) =>
      line
        .replace(/^\s*\$ /, '')
        .replace(/\s#.*$/, '')
        .trim(),
    )
    .filter((line) => /^(?:npm|npx|spbs)\s/.test(line));
}

/** What does not exist of a command; undefined if all of it does. */
function missing(command: string): string | undefined {
  const words = command.split(/\s+/);
  if (words[0] === 'npm') return missingOfNpm(words.slice(1));
  const name = words[0] === 'npx' ? words[2] : words[1];
  if (words[0] === 'npx' && words[1] !== 'spbs') return `npx ${words[1]}`;
  return name !== undefined && (name.startsWith('-') || new RegExp(`^\\s*'?${name}'?: `, 'm').test(table)) ? undefined : `spbs ${name}`;
}

function missingOfNpm(words: readonly string[]): string | undefined {
  const [verb = '', ...rest] = words[0] === 'run' ? words.slice(1) : words;
  if (!Object.hasOwn(scripts, verb)) return npmOwn.has(verb) ? undefined : `npm run ${verb}`;
  if (verb !== 'test') return undefined;
  const flag = rest.find((word) => word.startsWith('--') && word !== '--' && !runner.includes(`'${word}'`));
  const tier = rest[rest.indexOf('--tier') + 1];
  const known = !rest.includes('--tier') || tier === 'NAME' || tiers.some(({name}) => name === tier);
  return flag ?? (known ? undefined : `tier ${tier}`);
}

describe('the README', () => {
  const commands = commandsIn(read('README.md'));

  test('shows the two commands', () => {
    expect(commands).toEqual(expect.arrayContaining(['npm run demo', 'npm test']));
  });

  test.for(commands)('is right about: %s', (command) => {
    expect(missing(command)).toBeUndefined();
  });

  test('would be caught with a command that does not exist', () => {
    const text =
      '```sh\n$ npm run nothing # why\nnpm test -- --nothing\nnpm test -- --tier nothing\nnpx spbs nothing\n  spbs nothing \\\n  --flag\n```\n`npm run inline`';
    const commandsOfText = commandsIn(text);
    expect(commandsOfText.map(missing)).toEqual(['npm run nothing', '--nothing', 'tier nothing', 'spbs nothing', 'spbs nothing']);
  });
});
