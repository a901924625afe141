// `spbs profile`: what profiles there are, whether one is sound, and which fits some lines.
import {readFileSync} from 'node:fs';
import {guessProfiles, type Guess} from '../edge/record/guess.ts';
import {loadProfile, problemText, readProfile, shippedProfiles} from '../edge/record/profile.ts';
import {Failure} from '../shared/failure/failure.ts';
import type {Command, ExitCode, Terminal} from './command.ts';
import {readPieces, type RawLine} from './record-lines.ts';
import {wrongUsage} from './usage.ts';
import {parseWords} from './words.ts';

export const command: Command = {
  summary: 'lists the profiles of switchboards, checks one, or guesses which fits some lines',
  usage: `usage: spbs profile list [--json]         the shipped profiles, and on what evidence they stand
       spbs profile check FILE [--json]   is FILE a sound profile? Exit 1 with every problem and its place if not
       spbs profile guess FILE [--json]   what every profile makes of the lines in FILE (- : standard input), best first;
                                          exit 1 if none finds a call
`,
  run: async (args, terminal) => {
    const words = readWords(args);
    if (typeof words === 'string') return wrongUsage(terminal, 'profile', words);
    switch (words.verb) {
      case 'list':
        return list(words.json, terminal);
      case 'check':
        return check(words.file, words.json, terminal);
      case 'guess':
        return await guess(words.file, words.json, terminal);
    }
  },
};

type Words = {readonly verb: 'list' | 'check' | 'guess'; readonly file: string; readonly json: boolean};

/** More lines do not make a guess better. */
const LINES_GUESSED = 2_000;

function list(json: boolean, terminal: Terminal): ExitCode {
  const profiles = shippedProfiles().map(loadProfile);
  if (json)
    terminal.out(
      `${JSON.stringify(profiles.map(({name, title, family, evidence, answers}) => ({name, title, family, evidence, answers})))}\n`,
    );
  else {
    const width = Math.max(...profiles.map(({name}) => name.length));
    for (const {name, title, evidence} of profiles) {
      terminal.out(`${name.padEnd(width)}  ${title}\n${' '.repeat(width)}  ${evidence.is}: ${evidence.source}\n`);
    }
  }
  return 0;
}

function check(file: string, json: boolean, terminal: Terminal): ExitCode {
  const reading = readProfile(textOf(file), file);
  const problems = reading.kind === 'invalid' ? reading.problems : [];
  if (json) terminal.out(`${JSON.stringify({ok: problems.length === 0, problems})}\n`);
  else if (reading.kind === 'profile') {
    const {name, title, layouts} = reading.profile;
    terminal.out(`${file} is a sound profile: ${name}, ${title}; layouts: ${layouts.map((layout) => layout.name).join(', ')}\n`);
  } else for (const problem of problems) terminal.out(`${problemText(problem)}\n`);
  return problems.length === 0 ? 0 : 1;
}

async function guess(file: string, json: boolean, terminal: Terminal): Promise<ExitCode> {
  const lines: RawLine[] = [];
  const files = file === '-' ? [] : [file];
  for await (const piece of readPieces({files, input: terminal.input, receivedAt: undefined, feed: 'guess'})) {
    lines.push(...piece.lines.slice(0, LINES_GUESSED - lines.length));
    if (lines.length >= LINES_GUESSED) break;
  }
  const guesses = guessProfiles(shippedProfiles().map(loadProfile), lines, 'UTC');
  if (json) terminal.out(`${JSON.stringify(guesses)}\n`);
  else terminal.out(guesses.map(guessText).join(''));
  return guesses.some(({score}) => score > 0) ? 0 : 1;
}

function guessText({profile, score, calls, notCalls, rejected}: Guess): string {
  return `${Math.round(100 * score)
    .toString()
    .padStart(4)} %  ${profile}: ${calls} calls, ${notCalls} lines that are none, ${rejected} rejected\n`;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new Failure('file.unreadable', `${file} cannot be read`, 'check its path and who may read it', error);
  }
}

function readWords(args: readonly string[]): Words | string {
  const parsed = parseWords(args, {json: {type: 'boolean', default: false}});
  if (typeof parsed === 'string') return parsed;
  const [verb, file, ...rest] = parsed.positionals;
  const {json} = parsed.values;
  if (verb === 'list' && file === undefined) return {verb, file: '', json};
  if ((verb === 'check' || verb === 'guess') && file !== undefined && rest.length === 0) return {verb, file, json};
  return verb === 'check' || verb === 'guess' ? `${verb} takes one file` : 'say list, check FILE or guess FILE';
}
