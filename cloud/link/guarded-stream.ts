// The secure socket as the broker sees it: every byte has passed the guard first.
import {Buffer} from 'node:buffer';
import {Duplex} from 'node:stream';
import type {TLSSocket} from 'node:tls';
import type {ByteGuard} from './byte-guard.ts';

/** Ends socket and stream at the first byte that the guard refuses; `refused` hears why. */
export function guardedStream(socket: TLSSocket, guard: ByteGuard, refused: (why: string) => void): Duplex {
  const stream = new Duplex({
    read: () => void socket.resume(),
    write: (chunk: Buffer, _encoding, done) => void socket.write(chunk, done),
    // A packet is written in many small pieces: one TLS record, not one each.
    writev: (chunks, done) => void socket.write(Buffer.concat(chunks.map(({chunk}) => chunk as Buffer)), done),
    final: (done) => void socket.end(() => done()),
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => {
    if (stream.destroyed) return;
    const wrong = guard(chunk);
    if (wrong !== undefined) {
      refused(wrong);
      stream.destroy();
      return;
    }
    if (!stream.push(chunk)) socket.pause();
  });
  socket.on('end', () => void (stream.destroyed || stream.push(null)));
  socket.on('error', () => void stream.destroy());
  socket.on('close', () => void stream.destroy());
  return stream;
}
