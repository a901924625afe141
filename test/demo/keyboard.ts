// Single keys of the terminal that the demonstration runs in; without a terminal, letters of lines that are piped in.
import process from 'node:process';

export type Keyboard = {readonly close: () => void};

export function createKeyboard(press: (key: string) => void): Keyboard {
  const {stdin} = process;
  const hear = (chunk: Buffer): void => {
    for (const key of chunk.toString('utf8')) press(key);
  };
  // Raw: a key is heard without Enter, and Ctrl-C comes as a key.
  if (stdin.isTTY) stdin.setRawMode(true);
  stdin.on('data', hear);
  stdin.on('error', () => undefined);
  return {
    close: () => {
      stdin.off('data', hear);
      if (stdin.isTTY) stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
