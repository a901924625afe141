// A stream of lines over TCP; we connect, or we are connected to. In: bytes, as they come. Out: the lines of each connection.
// Never true: a byte written to the switchboard; more in memory than one chunk of lines a connection; a line that was received
// and is given up while the disk can take it. Opens: at once, and again for ever. Closes: at the signal, after what has arrived.
import {createStateReport} from '../door-state.ts';
import type {Door, DoorGiven, DoorState} from '../door.ts';
import type {FeedSettings} from '../settings.ts';
import {stayConnected} from './connect.ts';
import {stayListening} from './listen.ts';

export type TcpDoorGiven = DoorGiven & {readonly settings: Extract<FeedSettings, {door: 'tcp'}>};

/** The position of a line is its number in its connection. */
export function createTcpDoor(given: TcpDoorGiven): Door {
  const {settings, onState, log} = given;
  const {name: feed, host, port, from} = settings;
  const say = createStateReport(onState, log);
  return {
    run: (signal) => {
      // That we closed the connection ourselves is no news.
      const report = (state: DoorState): void => {
        if (!signal.aborted) say(state);
      };
      const link = {...given, feed, host, port, report, signal};
      return settings.role === 'connect' ? stayConnected(link) : stayListening({...link, from});
    },
  };
}
