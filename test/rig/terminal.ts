// A command of `spbs` run inside the test, on a terminal that keeps what is written to it.
import type {Command, ExitCode, Terminal} from '../../provisioning/command.ts';

export type Ran = {readonly code: ExitCode; readonly out: string; readonly err: string};

/** `input`: standard input, or its chunks. A thrown Failure comes through, as it does to spbs.ts. */
export async function runCommand(
  command: Command,
  args: readonly string[],
  {input = [], ...more}: Partial<Omit<Terminal, 'input'>> & {readonly input?: readonly string[] | AsyncIterable<Uint8Array>} = {},
): Promise<Ran> {
  let [out, err] = ['', ''];
  const terminal: Terminal = {
    out: (text) => (out += text),
    err: (text) => (err += text),
    input: 'length' in input ? chunksOf(input) : input,
    interactive: false,
    colour: false,
    environment: {},
    stop: new AbortController().signal,
    version: '0.0.0',
    ...more,
  };
  return {code: await command.run(args, terminal), out, err};
}

async function* chunksOf(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  await Promise.resolve();
  for (const text of texts) yield Buffer.from(text);
}
