// `spbs edge`: the box, configured by a file and the environment.
import {EDGE_OPTIONS} from '../edge/config/options.ts';
import {runEdge} from '../edge/main.ts';
import {helpText, templateText} from '../shared/option/option.ts';
import type {Command} from './command.ts';
import {createProcessLog} from './logger.ts';
import {endOf, readConfiguration, readServiceWords} from './service.ts';
import {wrongUsage} from './usage.ts';

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
    const words = readServiceWords(args, CONFIG);
    if (typeof words === 'string') return wrongUsage(terminal, 'edge', words);
    if (words.template) {
      terminal.out(templateText(EDGE_OPTIONS));
      return 0;
    }
    const options = readConfiguration(EDGE_OPTIONS, {service: 'edge', path: words.config}, terminal.environment);
    if (words.check) {
      terminal.out(
        `${words.config} is good: site ${options.site}, ${options.feeds.length} feeds, switchboard ${options.switchboard.kind}\n`,
      );
      return 0;
    }
    const {log, entries} = createProcessLog('box', options['log.level'], terminal.err);
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
