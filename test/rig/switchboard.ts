// A simulated switchboard as a process of its own.
import {connectControl, type Control} from '../simulator/switchboard/control.ts';
import {startChild, type Child} from './child.ts';

export type RunningSwitchboard = {
  readonly child: Child;
  readonly control: Control;
  readonly controlPort: number;
  /** Where it prints its records, 0 if that is a file. */
  readonly printerPort: number;
  readonly stop: () => Promise<void>;
};

/** `words` as of `main.js --help`, without the secret. It makes no call before `TRAFFIC on`. */
export async function startSwitchboard(words: readonly string[], secret: string): Promise<RunningSwitchboard> {
  const child = startChild('test/simulator/switchboard/main.js', [...words, `--secret=${secret}`, '--wait']);
  const ready = await child.line((line) => line.startsWith('{"event":"ready"'));
  const {control: controlPort, printer: printerPort} = JSON.parse(ready) as {readonly control: number; readonly printer: number};
  const control = await connectControl(controlPort, secret);
  return {
    child,
    control,
    controlPort,
    printerPort,
    stop: async () => {
      control.close();
      await child.stop();
    },
  };
}
