// What the system says of a connection, in words that tell an engineer what to do.
import {down, errorCode} from '../door-state.ts';
import type {DoorState} from '../door.ts';

type Down = Extract<DoorState, {kind: 'down'}>;

/** A connection that was never made. */
export function notConnected(where: string, error: Error): Down {
  switch (errorCode(error)) {
    case 'ECONNREFUSED':
      return down(
        'refused',
        `${where} refuses the connection`,
        'switch the output of call records on at the switchboard, check its port, and whether it serves one collector only',
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return down('unreachable', `the name in ${where} is not known`, 'write the address instead, or correct the name server of the box');
    default:
      return down('unreachable', `${where} does not answer (${errorCode(error)})`, 'check address, cable and power of the switchboard');
  }
}

/** A connection that was there. Without an error the other side ended it. */
export function ended(where: string, error: Error | undefined): Down {
  if (error !== undefined) {
    return down('unreachable', `the connection to ${where} was lost (${errorCode(error)})`, 'check cable and power of the switchboard');
  }
  return down(
    'unreachable',
    `${where} ended the connection`,
    'if it does not come back by itself: look whether the switchboard runs, and whether it serves one collector only',
  );
}

export function notListening(host: string, port: number, error: Error): Down {
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return down(
        'refused',
        `another program listens on port ${port} already`,
        `see which one with "ss -ltnp 'sport = :${port}'"; end it, or give this feed another port here and at the switchboard`,
      );
    case 'EACCES':
      return down('refused', `the box may not listen on port ${port}`, 'take a port above 1023, here and at the switchboard');
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return down('unreachable', `${host} is no address of this box`, 'correct "host": 0.0.0.0 listens on all addresses');
    default:
      return down('unreachable', `the box cannot listen on ${host}:${port} (${errorCode(error)})`, 'check "host" and "port" of the feed');
  }
}
