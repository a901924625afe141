// Wrong words on the command line: said in one form, exit 2.
import type {ExitCode, Terminal} from './command.ts';

export function wrongUsage(terminal: Terminal, name: string, what: string): ExitCode {
  terminal.err(`error[usage.wrong]: ${what}\n  do:  spbs ${name} --help says what it takes\n`);
  return 2;
}
