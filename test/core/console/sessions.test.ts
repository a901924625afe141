import {randomBytes} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {createSessions, IDLE_MS, LONGEST_MS, type Sessions} from '../../../edge/console/entry/sessions.ts';
import {isSecret} from '../../../shared/web/secret.ts';
import {must} from '../../../shared/assert/assert.ts';
import {instant, later, type Instant} from '../../../shared/time/instant.ts';
import {fillDisk, temporaryStore, type TemporaryStore} from '../temporary-store.ts';

const NOW = instant(1_764_000_000_000);
const MINUTE = 60_000;

let store: TemporaryStore;
let sessions: Sessions;
beforeEach(() => {
  store = temporaryStore();
  store.database.prepare("INSERT INTO console_user (name, password_hash, created_at) VALUES ('Sam', '$', 0), ('Kim', '$', 0)").run();
  sessions = createSessions(store.database, randomBytes);
});
afterEach(() => store.remove());

const count = (): unknown => store.database.prepare('SELECT count(*) FROM console_session').pluck().get();

/** Until not one more fits into the pages that there are. */
function fillSessions(): void {
  const insert = store.database.prepare("INSERT INTO console_session VALUES (randomblob(32), 'Sam', ?, ?)");
  expect(() => {
    for (;;) insert.run(NOW, NOW);
  }).toThrow(/full/);
}

describe('a session', () => {
  test('is found by its secret of 32 random bytes, and by nothing else', () => {
    const secret = sessions.begin('Sam', NOW);
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(isSecret(secret)).toBe(true);
    expect(sessions.find(secret, NOW)?.name).toBe('Sam');
    const other = secret.startsWith('A') ? `B${secret.slice(1)}` : `A${secret.slice(1)}`;
    for (const wrong of [other, secret.slice(1), `${secret}A`, '', "' OR 1=1 --", secret.toUpperCase()]) {
      expect(sessions.find(wrong, NOW)).toBeUndefined();
    }
  });

  test('leaves nothing on the disk that opens the door', () => {
    const secret = sessions.begin('Sam', NOW);
    store.database.pragma('wal_checkpoint(TRUNCATE)');
    const bytes = readFileSync(store.path);
    expect(bytes.includes('Sam')).toBe(true);
    expect(bytes.includes(secret)).toBe(false);
    expect(bytes.includes(Buffer.from(secret, 'base64url'))).toBe(false);
  });

  test('ends after half an hour without anything, and lives on with something', () => {
    const secret = sessions.begin('Sam', NOW);
    expect(sessions.find(secret, later(NOW, IDLE_MS - 1))?.name).toBe('Sam');
    expect(sessions.find(secret, later(NOW, 2 * IDLE_MS - 2))?.name).toBe('Sam');
    expect(sessions.find(secret, later(NOW, 3 * IDLE_MS - 2))).toBeUndefined();
  });

  test('ends after twelve hours, however busy', () => {
    const secret = sessions.begin('Sam', NOW);
    let at: Instant = NOW;
    for (; at < NOW + LONGEST_MS - 10 * MINUTE; at = later(at, 10 * MINUTE)) expect(sessions.find(secret, at)?.name).toBe('Sam');
    expect(sessions.find(secret, later(NOW, LONGEST_MS - 1))?.name).toBe('Sam');
    expect(sessions.find(secret, later(NOW, LONGEST_MS))).toBeUndefined();
  });

  test('is not made longer by a clock that is set back', () => {
    const secret = sessions.begin('Sam', NOW);
    expect(sessions.find(secret, later(NOW, -IDLE_MS))).toBeUndefined();
    expect(sessions.find(secret, instant(0))).toBeUndefined();
  });

  test('that is merely looked at does not live longer', () => {
    const secret = sessions.begin('Sam', NOW);
    const session = must(sessions.find(secret, NOW), 'session');
    expect(sessions.stands(session, later(NOW, IDLE_MS - 1))).toBe(true);
    expect(sessions.stands(session, later(NOW, IDLE_MS))).toBe(false);
    expect(sessions.find(secret, later(NOW, IDLE_MS))).toBeUndefined();
  });

  test('is over at once when it is ended; the others of its person when asked', () => {
    const [one, two, three] = [sessions.begin('Sam', NOW), sessions.begin('Sam', NOW), sessions.begin('Kim', NOW)];
    sessions.end(must(sessions.find(one, NOW), 'session'));
    expect(sessions.find(one, NOW)).toBeUndefined();
    const four = sessions.begin('Sam', NOW);
    expect(sessions.endOthers(must(sessions.find(four, NOW), 'session'))).toBe(1);
    expect([two, three, four].map((secret) => sessions.find(secret, NOW)?.name)).toEqual([undefined, 'Kim', 'Sam']);
  });
});

describe('sessions', () => {
  test('of one person number ten at most, and old ones are cleared away', () => {
    const first = sessions.begin('Sam', NOW);
    for (let number = 1; number <= 10; number++) sessions.begin('Sam', later(NOW, number));
    expect(count()).toBe(10);
    expect(sessions.find(first, later(NOW, 20))).toBeUndefined();
    sessions.begin('Kim', later(NOW, IDLE_MS + MINUTE));
    expect(count()).toBe(1);
  });

  test('are written once a minute at most', () => {
    const secret = sessions.begin('Sam', NOW);
    const seen = (): unknown => store.database.prepare('SELECT seen_at FROM console_session').pluck().get();
    sessions.find(secret, later(NOW, MINUTE - 1));
    expect(seen()).toBe(NOW);
    sessions.find(secret, later(NOW, MINUTE));
    expect(seen()).toBe(NOW + MINUTE);
  });

  test('stand and begin on a full disk: somebody comes to see why', () => {
    const before = sessions.begin('Sam', NOW);
    const free = fillDisk(store.database);
    fillSessions();
    const stored = count();
    expect(sessions.find(before, later(NOW, 5 * MINUTE))?.name).toBe('Sam');
    const secrets = Array.from({length: 12}, () => sessions.begin('Kim', NOW));
    expect(count()).toBe(stored);
    expect(sessions.find(must(secrets[0], 'a secret'), NOW)).toBeUndefined();
    const last = must(sessions.find(must(secrets[11], 'a secret'), NOW), 'session');
    expect(sessions.find(must(secrets[11], 'a secret'), later(NOW, IDLE_MS - 1))?.name).toBe('Kim');
    expect(sessions.stands(last, later(NOW, IDLE_MS))).toBe(true);
    expect(sessions.stands(last, later(NOW, LONGEST_MS))).toBe(false);
    free();
    expect(sessions.endOthers(last)).toBe(9);
    sessions.end(last);
    expect(sessions.find(must(secrets[11], 'a secret'), NOW)).toBeUndefined();
  });
});
