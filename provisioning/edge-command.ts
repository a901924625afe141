// `spbs edge`: the box, configured by a file and the environment.
import {readFileSync} from 'node:fs';
import {EDGE_OPTIONS, type EdgeOptions} from '../edge/config/options.ts';
import {runEdge} from '../edge/main.ts';
import {Failure} from '../shared/failure/failure.ts';
import {helpText, readOptions, templateText} from '../shared/option/option.ts';
import type {Command} from './command.ts';
import {createProcessLog} from './logger.ts';
import {wrongUsage} from './usage.ts';
import {parseWords} from './words.ts';

const CONFIG = '/etc/spbs/edge.yaml';

export const command: Command = {
  summary: 'runs the box: call records in, priced and debited, lines locked and unlocked',
  usage: `usage: spbs edge [--config FILE]      runs until SIGINT or SIGTERM (default ${CONFIG})
       spbs edge --check [--config FILE]  only reads the configuration
       spbs edge --json …             for programs that start it: says in JSON when it is ready, ends with its standard input
       spbs edge --template           prints a configuration file with every option explained

Options of the file, and the environment variable that overrides each:
${helpText(EDGE_OPTIONS)}
`,
  run: async (args, terminal) => {
    const words = readWords(args);
    if (typeof words === 'string') return wrongUsage(terminal, 'edge', words);
    if (words.template) {
      terminal.out(templateText(EDGE_OPTIONS));
      return 0;
    }
    const options = readConfiguration(words.config, terminal.environment);
    if (words.check) {
      terminal.out(
        `${words.config} is good: site ${options.site}, ${options.feeds.length} feeds, switchboard ${options.switchboard.kind}\n`,
      );
      return 0;
    }
    const {log, entries} = createProcessLog(options['log.level'], terminal.err);
    await runEdge({
      options,
      version: terminal.version,
      log,
      logEntries: entries,
      stop: words.json ? AbortSignal.any([terminal.stop, endOf(terminal.input)]) : terminal.stop,
      ready: (address, setupCode) => {
        if (words.json) {
          terminal.out(`${JSON.stringify({event: 'ready', address, setupCode})}\n`);
          return;
        }
        const first =
          setupCode === undefined ? '' : `\nNobody can sign in yet. Open ${address}/setup and use the code ${setupCode}, which works once.`;
        terminal.out(`console: ${address}${first}\n`);
      },
    });
    return 0;
  },
};

/** Whoever started it has gone, however that was. */
function endOf(input: AsyncIterable<Uint8Array>): AbortSignal {
  const gone = new AbortController();
  const read = async (): Promise<void> => {
    for await (const _ of input);
    gone.abort();
  };
  read().catch(() => gone.abort());
  return gone.signal;
}

type Words = {readonly config: string; readonly check: boolean; readonly template: boolean; readonly json: boolean};

function readWords(args: readonly string[]): Words | string {
  const parsed = parseWords(args, {
    config: {type: 'string', default: CONFIG},
    check: {type: 'boolean', default: false},
    template: {type: 'boolean', default: false},
    json: {type: 'boolean', default: false},
  });
  if (typeof parsed === 'string') return parsed;
  const [word] = parsed.positionals;
  return word === undefined ? parsed.values : `${word} is no option; a configuration is named by --config`;
}

function readConfiguration(path: string, environment: Readonly<Record<string, string | undefined>>): EdgeOptions {
  const reading = readOptions(EDGE_OPTIONS, {name: path, text: textOf(path)}, environment);
  if (reading.kind === 'values') return reading.values;
  const problems = reading.problems.map(({where, what}) => `\n  ${where}: ${what}`).join('');
  throw new Failure(
    'config.invalid',
    `the configuration cannot be used:${problems}`,
    'correct these; spbs edge --help explains every option',
  );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const cure = 'name another with --config, or write one: spbs edge --template > edge.yaml';
    throw new Failure('config.unreadable', `the configuration ${path} cannot be read`, cure, cause);
  }
}
