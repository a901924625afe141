// `spbs tariff`: checks, imports, exports and compares tariffs. What each does stands in a file of its own.
import type {Command, ExitCode, Terminal} from './command.ts';
import {checkTariff} from './tariff-check.ts';
import {diffTariffFiles} from './tariff-diff.ts';
import {exportTariff} from './tariff-export.ts';
import {importTariff} from './tariff-import.ts';
import {wrongUsage} from './usage.ts';

/** Small, and good: a test reads it. */
const EXAMPLE = `  format: spbs-tariff/1
  name: Hall 2026
  currency: GBP
  zone: Europe/London
  rounding: {mode: half-up, decimals: 2}      # up, half-up, half-even or down
  prices: gross                               # or net: VAT is added
  tax: [{percent: 20}]
  bands:                                      # all other times are the band "standard"
    - name: weekend
      times: [{days: [sat, sun]}]
  rates:
    - name: landline
      connectionFee: 0.05
      initialSeconds: 60                      # billed whole, then each begun nextSeconds
      nextSeconds: 1
      perMinute: 0.08
      perMinuteIn: {weekend: 0.04}
    - {name: mobile, initialSeconds: 30, nextSeconds: 6, perMinute: 0.16, minimum: 0.10}
    - {name: free, initialSeconds: 60, nextSeconds: 60, perMinute: 0}
  destinations:                               # the longest prefix that matches decides
    - {name: UK landline, rate: landline, prefixes: ["441", "442", "443"]}
    - {name: UK mobile, rate: mobile, prefixes: ["447"]}
    - {name: UK freephone, rate: free, prefixes: ["44800", "44808"]}
    - {name: Voicemail, rate: free, prefixes: ["1571"], exact: true}
    - {name: North America, rate: mobile, prefixes: ["1"], catchAll: true}   # not billed unseen
`;

export const command: Command = {
  summary: 'checks, imports, exports and compares tariffs',
  usage: `usage: spbs tariff check FILE [--json]
       spbs tariff import CSV [-o FILE] [--map ROLE=COLUMN,…] [--increment 60/60] [--currency GBP] …
       spbs tariff export FILE --csv [-o FILE]
       spbs tariff diff A B [--at TIME] [--json]

check prints what the tariff holds and what is odd in it, or every problem as FILE:LINE:COLUMN, what is wrong → how to cure it
(the first 100). FILE is YAML or JSON, in UTF-8. Exit 0: it is good; 1: it is not.

  --json   one object: {good: true, name, currency, zone, hash, destinations, prefixes, shortCodes, catchAlls, rates, bands, tax,
           warnings} or {good: false, problems: [{line, column, path, what, cure}]}

import makes a tariff of a carrier’s price list: any delimiter, encoding and order of columns. Prints how it read the file, what
was in it, and every row that did not get in, with its line. Nothing is rounded. Without -o nothing is written. Exit 0: done;
1: the file has errors, or a guess is not sure: name the column by --map. CSV may be - for standard input.

  -o, --output FILE        the tariff: YAML, or JSON if it ends in .json
  --map ROLE=COLUMN,…      a column by its heading or its number from 1; ROLE= says that there is none. Roles: number, name,
                           rate, country (where the code stands in another column), fee, increment, initial, next, minimum,
                           from, until, currency. What is not named is guessed
  --increment 60/60        the first seconds, billed whole, and the next; for rows that say none
  --currency, --zone UTC, --name NAME, --net or --gross, --tax 20
  --rounding half-up:6     up, half-up, half-even or down, and to how many decimals a call’s price is rounded
  --at DATE                the day whose prices are wanted; today by default. Rows that start later are left out, and counted
  --duplicates error       where two rows give a prefix different prices and no date decides: error, first or last
  --per minute             or second: what the prices are for
  --hundredths             prices are in pence or cents
  --decimal, --dates       comma or point; day-first or month-first: where the file could be read either way
  --encoding, --delimiter  utf-8, utf-16le, utf-16be or windows-1252; one sign, or tab
  --catch-alls             marks prefixes of a whole country, which then are not billed unseen
  --leave-out              leaves out the rows with errors, rather than importing nothing
  --yes                    takes a guess that is not sure
  --json                   the report as one object

export writes a tariff as CSV, for a spreadsheet; import reads it back as the same tariff.

diff says which ranges are added, removed, dearer or cheaper, by how much, and where fees, increments and the like change.
Without --at it compares every band, by the tax of now. Exit 0, whatever differs; 1: the currencies do.

  --at TIME   2026-11-26T18:00:00Z, or "2026-11-26 18:00" in A’s zone: the band and the tax of that time

A small tariff:

${EXAMPLE}`,
  run: async (args, terminal) => {
    const place = args.findIndex((word) => Object.hasOwn(ACTS, word));
    const act = ACTS[args[place] ?? ''];
    if (act !== undefined) return await act(args.toSpliced(place, 1), terminal);
    const what = args.find((word) => !word.startsWith('-'));
    const known = Object.keys(ACTS).join(', ');
    return wrongUsage(terminal, 'tariff', what === undefined ? `say what to do: ${known}` : `there is no tariff ${what}; only ${known}`);
  },
};

const ACTS: Readonly<Record<string, (args: readonly string[], terminal: Terminal) => ExitCode | Promise<ExitCode>>> = {
  check: checkTariff,
  import: importTariff,
  export: exportTariff,
  diff: diffTariffFiles,
};
