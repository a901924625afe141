// What the two services have in common on a command line: a configuration file, a template, a check, and an end.
import {readFileSync} from 'node:fs';
import {Failure} from '../shared/failure/failure.ts';
import {readOptions, type Declarations, type Values} from '../shared/option/option.ts';
import {parseWords} from './words.ts';

export type ServiceWords = {readonly config: string; readonly check: boolean; readonly template: boolean; readonly json: boolean};

/** The words, or what is wrong with them. */
export function readServiceWords(args: readonly string[], config: string): ServiceWords | string {
  const parsed = parseWords(args, {
    config: {type: 'string', default: config},
    check: {type: 'boolean', default: false},
    template: {type: 'boolean', default: false},
    json: {type: 'boolean', default: false},
  });
  if (typeof parsed === 'string') return parsed;
  const [word] = parsed.positionals;
  return word === undefined ? parsed.values : `${word} is no option; a configuration is named by --config`;
}

/** `service`: `edge` or `cloud`, for the cures. Throws Failure `config.invalid` with every problem, or `config.unreadable`. */
export function readConfiguration<D extends Declarations>(
  declarations: D,
  {service, path}: {readonly service: string; readonly path: string},
  environment: Readonly<Record<string, string | undefined>>,
): Values<D> {
  const reading = readOptions(declarations, {name: path, text: textOf(path, service)}, environment);
  if (reading.kind === 'values') return reading.values;
  const problems = reading.problems.map(({where, what}) => `\n  ${where}: ${what}`).join('');
  throw new Failure(
    'config.invalid',
    `the configuration cannot be used:${problems}`,
    `correct these; spbs ${service} --help explains every option`,
  );
}

function textOf(path: string, service: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const cure = `name another with --config, or write one: spbs ${service} --template > ${service}.yaml`;
    throw new Failure('config.unreadable', `the configuration ${path} cannot be read`, cure, cause);
  }
}

/** Aborted when whoever started it has gone, however that was. */
export function endOf(input: AsyncIterable<Uint8Array>): AbortSignal {
  const gone = new AbortController();
  const read = async (): Promise<void> => {
    for await (const _ of input);
    gone.abort();
  };
  read().catch(() => gone.abort());
  return gone.signal;
}
