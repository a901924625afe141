// `spbs verify`: recomputes sums and chains of a box's database, also while the box runs.
import {verifyLedger} from '../edge/ledger/verify.ts';
import {openForReading} from '../edge/store/open.ts';
import type {Command} from './command.ts';
import {wrongUsage} from './usage.ts';
import {parseWords} from './words.ts';

export const command: Command = {
  summary: 'recomputes the ledger of a box: sums, hash chains, one call for each debit',
  usage: `usage: spbs verify [--json] DATABASE

DATABASE is box.db in the box's data folder. The box may run meanwhile. Exit 0: all adds up; 1: something does not.
`,
  run: (args, terminal) => {
    const words = readWords(args);
    if (typeof words === 'string') return Promise.resolve(wrongUsage(terminal, 'verify', words));
    const database = openForReading(words.path);
    try {
      const {checked, findings} = verifyLedger(database);
      if (words.json) terminal.out(`${JSON.stringify({ok: findings.length === 0, checked, findings})}\n`);
      else {
        for (const finding of findings) terminal.out(`${finding}\n`);
        const {transfers, calls, up, down} = checked;
        const verdict = findings.length === 0 ? 'all adds up' : `${findings.length} things do not add up`;
        terminal.out(`${verdict}: ${calls} calls, ${transfers} transfers, ${up} rows up, ${down} rows down\n`);
      }
      return Promise.resolve(findings.length === 0 ? 0 : 1);
    } finally {
      database.close();
    }
  },
};

function readWords(args: readonly string[]): {readonly path: string; readonly json: boolean} | string {
  const parsed = parseWords(args, {json: {type: 'boolean', default: false}});
  if (typeof parsed === 'string') return parsed;
  const [path, ...rest] = parsed.positionals;
  return path === undefined || rest.length > 0 ? 'name one database' : {path, json: parsed.values.json};
}
