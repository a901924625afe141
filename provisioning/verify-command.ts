// `spbs verify`: recomputes sums and chains of a box's database, or of a cloud's, also while it runs.
import {verifyBooks} from '../cloud/books/verify.ts';
import {fileFindings, isCloudDatabase} from '../cloud/store/check.ts';
import {openForReading as openCloud} from '../cloud/store/open.ts';
import {verifyLedger, type Verification} from '../edge/ledger/verify.ts';
import {openForReading as openBox} from '../edge/store/open.ts';
import type {Command} from './command.ts';
import {wrongUsage} from './usage.ts';
import {parseWords} from './words.ts';

export const command: Command = {
  summary: 'recomputes the ledger of a box or a cloud: sums, hash chains, one call for each debit',
  usage: `usage: spbs verify [--json] DATABASE

DATABASE is box.db in the box's data folder, or cloud.db in the cloud's. The service may run meanwhile.
Exit 0: all adds up; 1: something does not.
`,
  run: async (args, terminal) => {
    const words = readWords(args);
    if (typeof words === 'string') return wrongUsage(terminal, 'verify', words);
    const {checked, findings, more} = await (isCloudDatabase(words.path) ? verifyCloud : verifyBox)(words.path);
    if (words.json) terminal.out(`${JSON.stringify({ok: findings.length === 0, checked, findings})}\n`);
    else {
      for (const finding of findings) terminal.out(`${finding}\n`);
      const {transfers, calls, up, down} = checked;
      const verdict = findings.length === 0 ? 'all adds up' : `${findings.length} things do not add up`;
      terminal.out(`${verdict}: ${calls} calls, ${transfers} transfers, ${up} rows up, ${down} rows down${more}\n`);
    }
    return findings.length === 0 ? 0 : 1;
  },
};

/** `more`: what else was looked at. */
type Verified = Pick<Verification, 'checked' | 'findings'> & {readonly more: string};

function verifyBox(path: string): Promise<Verified> {
  const database = openBox(path);
  try {
    return Promise.resolve({...verifyLedger(database), more: ''});
  } finally {
    database.close();
  }
}

async function verifyCloud(path: string): Promise<Verified> {
  const {reading, close} = openCloud(path);
  try {
    const {checked, findings} = await verifyBooks(reading);
    const more = `, ${checked.acts} acts of staff, ${checked.sites} sites`;
    return {checked, findings: [...(await fileFindings(reading)), ...findings], more};
  } finally {
    await close();
  }
}

function readWords(args: readonly string[]): {readonly path: string; readonly json: boolean} | string {
  const parsed = parseWords(args, {json: {type: 'boolean', default: false}});
  if (typeof parsed === 'string') return parsed;
  const [path, ...rest] = parsed.positionals;
  return path === undefined || rest.length > 0 ? 'name one database' : {path, json: parsed.values.json};
}
