// A connection to a switchboard over TCP or TLS. Drivers are given one that is ready to be opened, so that a test or the
// simulation can give them another.
import {connect as connectTcp, isIP, type Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import {connect as connectTls} from 'node:tls';

export type Wire = {
  readonly stream: Duplex;
  /** Ends the connection so that nothing which was written and not yet delivered can still arrive. */
  readonly cut: () => void;
};

export type Address = {
  readonly host: string;
  readonly port: number;
  readonly tls: TlsTrust | undefined;
};

export type TlsTrust = {
  /** PEM of the authority that signed the switchboard's certificate; undefined for those that the machine trusts. */
  readonly authority: string | undefined;
  /** The name in the certificate, where it is not the host. */
  readonly serverName: string | undefined;
};

/** A cable that was pulled is noticed by our own questions; this only keeps firewalls from forgetting a quiet link. */
const KEEP_ALIVE_MS = 60_000;

/** Starts to connect. Errors come as `error` events of the stream, as with any socket. */
export function openWire({host, port, tls}: Address): Wire {
  const socket = connectTcp({host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS});
  if (tls === undefined) return {stream: socket, cut: () => reset(socket)};
  const {authority, serverName} = tls;
  // An address is compared with the certificate and never sent as a server's name (RFC 6066 §3).
  const name = serverName ?? (isIP(host) === 0 ? host : undefined);
  const secure = connectTls({
    socket,
    host,
    ...(name === undefined ? {} : {servername: name}),
    ...(authority === undefined ? {} : {ca: authority}),
  });
  return {
    stream: secure,
    cut: () => {
      secure.destroy();
      reset(socket);
    },
  };
}

/** RST, not FIN: after a FIN the kernel goes on delivering what it holds, an hour later if the cable is put back then. */
function reset(socket: Socket): void {
  if (socket.connecting || socket.destroyed) socket.destroy();
  else socket.resetAndDestroy();
}
