// What the demonstration prints: progress while it starts, one screen that says where to look, then a line for each event.
import type {Terminal} from '../../provisioning/command.ts';
import type {Told, Tone} from './story.ts';

export type Screen = {
  readonly progress: (what: string) => void;
  readonly opening: (text: string) => void;
  readonly event: (told: Told) => void;
  /** Something that the person at the keyboard can do now. */
  readonly prompt: (text: string) => void;
  readonly fault: (text: string) => void;
  readonly ending: (text: string) => void;
};

/** ANSI: bold, dim, green, yellow, red. A tone always has its own word too. */
const STYLES: Readonly<Record<Tone | 'bold' | 'dim', string>> = {plain: '', good: '32', warning: '33', fault: '31', bold: '1', dim: '2'};

export function createScreen({out, err, colour}: Terminal, now: () => Date): Screen {
  const styled = (style: keyof typeof STYLES, text: string): string =>
    colour && STYLES[style] !== '' ? `\u001b[${STYLES[style]}m${text}\u001b[0m` : text;
  const clock = (): string => now().toTimeString().slice(0, 8);
  return {
    progress: (what) => err(`${styled('dim', `${clock()}  ${what} …`)}\n`),
    opening: (text) => out(`\n${text}\n`),
    event: ({line, word, text, tone}) => out(`${styled('dim', clock())}  ${line.padEnd(5)} ${styled(tone, word.padEnd(10))} ${text}\n`),
    prompt: (text) => out(`\n  ${styled('bold', text)}\n\n`),
    fault: (text) => err(`${styled('fault', text)}\n`),
    ending: (text) => out(`\n${text}\n`),
  };
}
