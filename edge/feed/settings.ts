// Where call records come from, as the configuration says it: one entry a feed, told apart by their door.
import {z} from 'zod';
import {instantFromIso} from '../../shared/time/instant.ts';
import {isZone} from '../../shared/time/zone.ts';

const port = z.int('must be a port number').min(1).max(65_535);

const common = {
  /** Stands in ids, metrics and messages; never reuse one for another source. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a small letter, then small letters, digits and -, at most 40'),
  /** The name of a shipped profile, or the path of a site's own. */
  profile: z.string().min(1),
  /** The zone of the switchboard's clock: IANA, `UTC` or a fixed offset. */
  zone: z.string().refine(isZone, 'is no time zone; write one such as Europe/London, UTC or +01:00'),
  /** Calls that ended before are kept and never billed; by default the moment at which the box first saw this feed. */
  goLive: z
    .string()
    .refine((text) => instantFromIso(text) !== undefined, 'must be a time with its offset, such as 2026-09-01T00:00:00Z')
    .optional(),
};

/** Named fields of a door, for messages and `--help`. */
export const feedSettingsSchema = z.discriminatedUnion('door', [
  z.strictObject({
    ...common,
    door: z.literal('folder').describe('files that grow in a folder, such as Master.csv; rotation is followed'),
    folder: z.string().min(1),
    /** File names; `*` stands for any characters. Rotated names belong in it: `Master.csv*`. Compressed files are left alone. */
    pattern: z.string().regex(/^[\w.*-]{1,100}$/, 'a file name without folders; * stands for any characters'),
  }),
  z.strictObject({
    ...common,
    door: z.literal('tcp').describe('a stream of lines; we connect to the switchboard, or it connects to us'),
    role: z.enum(['connect', 'listen']),
    /** Whom we connect to, or the address that we listen on. */
    host: z.string().min(1),
    port,
    /** With `listen`: the addresses that may connect; all if it is left out. */
    from: z.array(z.ipv4().or(z.ipv6())).max(32).optional(),
  }),
]);

export type FeedSettings = z.output<typeof feedSettingsSchema>;
