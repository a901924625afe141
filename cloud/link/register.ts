// The boxes in memory: the broker asks at every handshake and may not wait. One that was taken out of service is let in to be
// told so: it has to leave the switchboard alone.
import type {KeyObject} from 'node:crypto';
import type {Instant} from '../../shared/time/instant.ts';
import {verifyingKey} from '../../shared/wire/batch.ts';
import type {Store} from '../store/open.ts';

export type KnownBox = {
  readonly site: string;
  readonly box: string;
  readonly fingerprint: string;
  /** Checks what the box signed. */
  readonly key: KeyObject;
  readonly expiresAt: number;
  /** False: nothing of it is heard but its hello. */
  readonly inService: boolean;
};

export type Register = {
  /** Reads it anew; what was read before serves until then. */
  readonly load: () => Promise<void>;
  readonly find: (fingerprint: string) => KnownBox | undefined;
};

export function createRegister(store: Pick<Store, 'reading'>, now: () => Instant): Register {
  let known: ReadonlyMap<string, KnownBox> = new Map();
  return {
    load: async () => {
      const rows = await store.reading
        .selectFrom('box')
        .select(['site', 'id', 'public_key', 'fingerprint', 'expires_at', 'revoked_at'])
        .execute();
      known = new Map(
        rows.map(({site, id: box, public_key: pem, fingerprint, expires_at: expiresAt, revoked_at: revokedAt}) => {
          const key = known.get(fingerprint)?.key ?? verifyingKey(pem);
          return [fingerprint, {site, box, fingerprint, key, expiresAt, inService: revokedAt === null}];
        }),
      );
    },
    // OpenSSL checks the end at a full handshake only: a session that is resumed may be older.
    find: (fingerprint) => {
      const box = known.get(fingerprint);
      return box !== undefined && now() < box.expiresAt ? box : undefined;
    },
  };
}
