// Speaks to a simulated switchboard's control port: makes it call, asks what it did. For tests and the demo.
import {once} from 'node:events';
import {connect, type Socket} from 'node:net';
import {createInterface} from 'node:readline';
import {GREETING, proofOf} from '../../../edge/switchboard/simulated/protocol.ts';

export type Control = {
  /** One command, one answer without its `OK `. Throws on `ERR`. */
  readonly ask: (command: string) => Promise<string>;
  readonly close: () => void;
};

export async function connectControl(port: number, secret: string): Promise<Control> {
  const socket: Socket = connect({port, host: '127.0.0.1', noDelay: true});
  await once(socket, 'connect');
  const lines = createInterface({input: socket})[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const line = await lines.next();
    if (line.done === true) throw new Error('the simulated switchboard closed its control port');
    return line.value;
  };
  const nonce = GREETING.exec(await nextLine())?.[1] ?? '';
  // One question after the other: answers carry no number.
  let turn: Promise<unknown> = Promise.resolve();
  const ask = (command: string): Promise<string> => {
    const answer = turn.then(async () => {
      socket.write(`${command}\n`);
      const line = await nextLine();
      if (!line.startsWith('OK ')) throw new Error(`${command}: ${line}`);
      return line.slice(3);
    });
    turn = answer.catch(() => undefined);
    return answer;
  };
  await ask(`AUTH ${proofOf(secret, nonce)}`);
  return {ask, close: () => void socket.destroy()};
}
