// The cloud's options, declared once. What staff decide (sites, tariffs, people) is not here: it is in the database.
import {z} from 'zod';
import {Secret} from '../../shared/log/log.ts';
import {declare, type Values} from '../../shared/option/option.ts';

const port = z.int('must be a port number').min(0).max(65_535);
const hostName = z.string().regex(/^[A-Za-z0-9.:-]{1,253}$/, 'a host name or an address');
const origin = z.string().regex(/^https?:\/\/[A-Za-z0-9.[\]:-]+$/, 'an origin such as https://checkout.example, without a path');
const secret = z
  .string()
  .min(1)
  .max(500)
  .transform((text) => new Secret(text));

const cardSchema = z.discriminatedUnion('kind', [
  z.strictObject({kind: z.literal('none').describe('students cannot pay by card')}),
  z.strictObject({
    kind: z.literal('stripe').describe('Stripe, by its official library'),
    key: secret,
    /** Two while the secret is changed. */
    webhookSecrets: z.array(secret).min(1).max(2),
    host: hostName.optional(),
    port: port.optional(),
    protocol: z.enum(['https', 'http']).default('https'),
    /** Where the provider's own payment pages are. */
    page: origin.default('https://checkout.stripe.com'),
  }),
]);

const cashlessSchema = z.discriminatedUnion('kind', [
  z.strictObject({kind: z.literal('none').describe('there is no cashless card')}),
  z.strictObject({
    kind: z.literal('soap').describe('a cashless-card service that speaks our WSDL'),
    endpoint: z.url(),
    /** PEM file of the authority that signed its certificate; without it the public ones are trusted. */
    authority: z.string().optional(),
    username: z.string().max(100).optional(),
    password: secret.optional(),
  }),
]);

const mailSchema = z.discriminatedUnion('kind', [
  z.strictObject({kind: z.literal('none').describe('no mail is sent: it waits until there is a server')}),
  z.strictObject({
    kind: z.literal('smtp'),
    host: hostName,
    port: port.default(587),
    /** TLS from the first byte. Otherwise STARTTLS is demanded, but for a server on this machine. */
    tls: z.boolean().default(false),
    authority: z.string().optional(),
    username: z.string().max(200).optional(),
    password: secret.optional(),
    from: z.string().min(3).max(200),
  }),
]);

export const CLOUD_OPTIONS = declare({
  'data.folder': {
    schema: z.string().min(1),
    default: '/var/lib/spbs-cloud',
    help: 'where the ledger and the certificate authority live; a local disk',
    restart: true,
  },
  environment: {
    schema: z.enum(['test', 'live']),
    default: 'test',
    help: 'live: real money; a test key of a provider is refused then, and a live one otherwise',
    restart: true,
  },
  'web.host': {schema: hostName, default: '127.0.0.1', help: 'address on which portal and desk listen', restart: true},
  'web.port': {schema: port, default: 8443, help: 'port of portal and desk, 0 for any free one', restart: true},
  'web.address': {
    schema: z
      .string()
      .regex(/^https:\/\/[^/]+$/, 'must be https://host or https://host:port')
      .optional(),
    help: 'what students type, and what stands in mails; without it https://localhost and the port',
    restart: true,
    example: 'https://phones.example.ac.uk',
  },
  'web.certificate': {
    schema: z.string().optional(),
    help: 'PEM file of the certificate of portal and desk; without it the development authority makes one',
    restart: true,
    example: '/etc/spbs/cloud.crt',
  },
  'web.key': {schema: z.string().optional(), help: 'PEM file of its key', restart: true, example: '/etc/spbs/cloud.key'},
  'link.host': {schema: hostName, default: '127.0.0.1', help: 'address on which boxes are expected', restart: true},
  'link.port': {schema: port, default: 8883, help: 'port for boxes (MQTT over mutual TLS), 0 for any free one', restart: true},
  'link.name': {schema: hostName, default: 'localhost', help: 'name by which boxes reach it', restart: true},
  card: {
    schema: cardSchema,
    default: {kind: 'none'},
    help: 'who takes card payments',
    restart: true,
    example: '{kind: stripe, key: sk_test_…, webhookSecrets: [whsec_…]}',
  },
  cashless: {
    schema: cashlessSchema,
    default: {kind: 'none'},
    help: 'who debits cashless cards',
    restart: true,
    example: '{kind: soap, endpoint: "https://cards.example/soap"}',
  },
  mail: {
    schema: mailSchema,
    default: {kind: 'none'},
    help: 'by which server mail is sent',
    restart: true,
    example: '{kind: smtp, host: mail.example, username: spbs, password: …, from: "Phones <phones@example>"}',
  },
  'log.level': {
    schema: z.enum(['debug', 'info', 'warn', 'error']),
    default: 'info',
    help: 'what is written to standard error',
    restart: true,
  },
});

export type CloudOptions = Values<typeof CLOUD_OPTIONS>;

/** Where a form of ours may lead to: the provider's own pages. */
export function payeesOf({card}: CloudOptions): readonly string[] {
  return card.kind === 'none' ? [] : [card.page];
}
