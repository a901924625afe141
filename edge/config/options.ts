// The box's options, declared once. What staff decide at the desk (policy, tariffs, accounts) is not here: it comes down as rows.
import {z} from 'zod';
import {Secret} from '../../shared/log/log.ts';
import {declare, type Values} from '../../shared/option/option.ts';
import {feedSettingsSchema} from '../feed/settings.ts';

const port = z.int('must be a port number').min(0).max(65_535);
const word = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/, 'letters, digits, _ and - only, at most 40');
const secret = z
  .string()
  .min(1)
  .max(200)
  .transform((text) => new Secret(text));

const switchboardSchema = z.discriminatedUnion('kind', [
  z.strictObject({kind: z.literal('none').describe('calls are billed, no line is ever locked')}),
  z.strictObject({
    kind: z.literal('ami').describe('Asterisk and FreePBX'),
    host: z.string().min(1),
    port: port.default(5038),
    /** Plain AMI sends nothing secret but the answers to a challenge; TLS where the switchboard is not on the same wire. */
    tls: z.boolean().default(false),
    /** PEM file of the authority that signed the switchboard's certificate, with `tls`. */
    authority: z.string().optional(),
    username: z.string().regex(/^[\w-]{1,80}$/),
    secret,
  }),
  z.strictObject({kind: z.literal('simulated'), host: z.string().min(1), port, secret}),
]);

export const EDGE_OPTIONS = declare({
  site: {schema: word, help: 'name of the site, as the cloud knows it', restart: true},
  box: {schema: word, default: 'box-1', help: 'name of this box within the site', restart: true},
  'data.folder': {
    schema: z.string().min(1),
    default: '/var/lib/spbs',
    help: 'where the ledger and the spool live; a local disk',
    restart: true,
  },
  'cloud.key': {
    schema: z.string().min(1).optional(),
    help: 'PEM file of the key that signs rows from the cloud, for a box that is not enrolled and gets them as files',
    restart: true,
    example: '/etc/spbs/cloud.pem',
  },
  feeds: {
    schema: z.array(feedSettingsSchema).max(32, 'a box reads at most 32 feeds'),
    default: [],
    help: 'where call records come from',
    restart: true,
    example:
      '[{name: asterisk, door: folder, folder: /var/log/asterisk/cdr-csv, pattern: Master.csv, profile: asterisk-csv, zone: Europe/London}]',
  },
  switchboard: {
    schema: switchboardSchema,
    default: {kind: 'none'},
    help: 'how lines are locked and unlocked',
    restart: true,
    example: '{kind: ami, host: 127.0.0.1, username: spbs, secret: …}',
  },
  'console.host': {
    schema: z.string().min(1),
    default: '127.0.0.1',
    help: 'address of the control panel; other than loopback needs a certificate',
    restart: true,
  },
  'console.port': {schema: port, default: 8480, help: 'port of the control panel, 0 for any free one', restart: true},
  'console.certificate': {
    schema: z.string().optional(),
    help: 'PEM file of the control panel’s certificate',
    restart: true,
    example: '/etc/spbs/console.crt',
  },
  'console.key': {schema: z.string().optional(), help: 'PEM file of its key', restart: true, example: '/etc/spbs/console.key'},
  'log.level': {
    schema: z.enum(['debug', 'info', 'warn', 'error']),
    default: 'info',
    help: 'what is written to standard error',
    restart: true,
  },
});

export type EdgeOptions = Values<typeof EDGE_OPTIONS>;
