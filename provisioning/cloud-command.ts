// `spbs cloud`: the cloud service, configured by a file and the environment.
import {CLOUD_OPTIONS} from '../cloud/config/options.ts';
import {runCloud, type CloudReady} from '../cloud/main.ts';
import {helpText, templateText} from '../shared/option/option.ts';
import type {Command} from './command.ts';
import {createProcessLog} from './logger.ts';
import {endOf, readConfiguration, readServiceWords} from './service.ts';
import {wrongUsage} from './usage.ts';

const CONFIG = '/etc/spbs/cloud.yaml';

export const command: Command = {
  summary: 'runs the cloud: payments, the students’ portal, the staff’s desk, the link to the boxes',
  usage: `usage: spbs cloud [--config FILE]      runs until SIGINT or SIGTERM (default ${CONFIG})
       spbs cloud --check [--config FILE]  only reads the configuration
       spbs cloud --json …             for programs that start it: says in JSON when it is ready, ends with its standard input
       spbs cloud --template           prints a configuration file with every option explained

Options of the file, and the environment variable that overrides each:
${helpText(CLOUD_OPTIONS)}
`,
  run: async (args, terminal) => {
    const words = readServiceWords(args, CONFIG);
    if (typeof words === 'string') return wrongUsage(terminal, 'cloud', words);
    if (words.template) {
      terminal.out(templateText(CLOUD_OPTIONS));
      return 0;
    }
    const options = readConfiguration(CLOUD_OPTIONS, {service: 'cloud', path: words.config}, terminal.environment);
    if (words.check) {
      terminal.out(
        `${words.config} is good: card ${options.card.kind}, cashless card ${options.cashless.kind}, mail ${options.mail.kind}\n`,
      );
      return 0;
    }
    const {log} = createProcessLog('cloud', options['log.level'], terminal.err);
    await runCloud({
      options,
      version: terminal.version,
      log,
      stop: words.json ? AbortSignal.any([terminal.stop, endOf(terminal.input)]) : terminal.stop,
      ready: (facts) => terminal.out(words.json ? `${JSON.stringify({event: 'ready', ...facts})}\n` : readyText(facts)),
    });
    return 0;
  },
};

function readyText({address, link, authority, firstAdmin}: CloudReady): string {
  const first = firstAdmin === undefined ? '' : `\nNobody can sign in yet. Open ${firstAdmin} and choose a password; the link works once.`;
  return `portal: ${address}
desk:   ${address}/desk
boxes:  ${link.host}:${link.port}
authority of the certificates: ${authority.path}
  SHA-256 ${authority.fingerprint}${first}
`;
}
