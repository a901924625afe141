// The words of a command line: node's own parser, with mistakes said in plain English.
import {parseArgs, type ParseArgsConfig} from 'node:util';
import {nearest} from '../shared/option/nearest.ts';

type Options = NonNullable<ParseArgsConfig['options']>;
type Parsed<O extends Options> = ReturnType<typeof parseArgs<{options: O; allowPositionals: true}>>;

/** Options and the words between them, or what is wrong with them. */
export function parseWords<O extends Options>(args: readonly string[], options: O): Parsed<O> | string {
  try {
    return parseArgs({args: [...args], options, allowPositionals: true});
  } catch (error) {
    return mistake(error, Object.keys(options));
  }
}

function mistake(error: unknown, known: readonly string[]): string {
  if (!(error instanceof Error)) throw error;
  const unknown = /^Unknown option '-{1,2}([^']+)'/.exec(error.message)?.[1];
  if (unknown === undefined) return error.message;
  const meant = nearest(unknown, known);
  return `there is no option --${unknown}${meant === undefined ? '' : `, did you mean --${meant}?`}`;
}
