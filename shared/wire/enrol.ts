// How a box is taken in: `POST /enrol` over HTTPS, JSON both ways. The code is one-time; the key never leaves the box.
import {z} from 'zod';

export const ENROL_PATH = '/enrol';

const pem = z.string().max(20_000);

export const enrolRequestSchema = z.strictObject({
  /** As staff read it to the engineer; dashes, spaces and small letters do not matter. */
  code: z.string().min(1).max(60),
  /** PKCS#10 in PEM, of a P-256 key. Its subject is not looked at. */
  csr: pem,
});
export type EnrolRequest = z.infer<typeof enrolRequestSchema>;

export const enrolReplySchema = z.object({
  site: z.string(),
  box: z.string(),
  /** The box's certificate, then the intermediate that signed it. */
  certificate: pem,
  /** The root: what the box checks the cloud against from now on. */
  authority: pem,
  /** Public, PEM: signs what comes down. */
  rowKey: pem,
  broker: z.object({host: z.string(), port: z.int().min(1).max(65_535)}),
  epoch: z.int().min(0),
  /** Of the certificate, milliseconds UTC. */
  expiresAt: z.int(),
});
export type EnrolReply = z.infer<typeof enrolReplySchema>;

/** With any status but 200. */
export const enrolRefusalSchema = z.object({error: z.string(), retryAfterSeconds: z.int().optional()});
export type EnrolRefusal = z.infer<typeof enrolRefusalSchema>;
