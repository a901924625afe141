// The simulated switchboard keeps the contract, so that what is tried on it says something about a real one.
import {createSimulatedSwitchboard} from '../../edge/switchboard/simulated/driver.ts';
import {openWire} from '../../edge/switchboard/wire.ts';
import {SimulatedSwitchboard} from '../simulator/switchboard/switchboard.ts';
import {switchboardContract, type Bench} from './switchboard-suite.ts';

async function simulated(): Promise<Bench> {
  const board = new SimulatedSwitchboard({
    lines: ['101', '102', '103'],
    host: '127.0.0.1',
    controlPort: 0,
    secret: 'bench',
    output: {kind: 'listen', host: '127.0.0.1', port: 0, lineEnd: '\r\n'},
    format: 'mitel-mivoice-207',
    zone: 'Europe/London',
    outsideLine: '9',
    emergency: ['112', '999'],
    seed: 1,
    speed: 1,
    traffic: {callsPerLinePerHour: 0, destinations: []},
  });
  await board.start();
  return {
    port: board.controlPort,
    secret: 'bench',
    driver: ({port, ...given}) =>
      createSimulatedSwitchboard({
        ...given,
        where: `127.0.0.1:${port}`,
        connect: () => openWire({host: '127.0.0.1', port, tls: undefined}),
      }),
    forgetsMs: 0,
    kill: () => board.stop(),
    start: () => board.start(),
    freeze: () => {
      board.misbehaviour = {kind: 'silent'};
    },
    thaw: () => {
      board.misbehaviour = {kind: 'normal'};
    },
    talk: async (extension, number, seconds) => {
      const id = board.begin(extension, number, seconds);
      while (board.liveCalls().some((call) => call.id === id)) await new Promise((resolve) => setTimeout(resolve, 50));
    },
    dispose: () => board.stop(),
  };
}

switchboardContract('the simulated switchboard', simulated);
