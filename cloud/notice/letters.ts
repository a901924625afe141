// Which letter goes where: the addresses of one-time links, and who is told that money runs low.
// Never true: a letter to somebody without an address of his own; a link of one audience in a letter to the other.
import type {LinkPurpose} from '../store/tables.ts';
import type {Tx} from '../store/open.ts';
import type {Outbox} from './outbox.ts';

export type Letters = {
  /** With the secret of a one-time link, in the transaction that made it. */
  readonly link: (tx: Tx, letter: LinkLetter) => Promise<void>;
  /** The box has warned: below the threshold, once a crossing. */
  readonly low: (tx: Tx, site: string, warning: {readonly account: string}, upSeq: number) => Promise<void>;
};

export type LinkLetter = {
  readonly purpose: LinkPurpose;
  readonly secret: string;
  readonly recipient: string;
  readonly language: string;
  /** The name of the site, for students. */
  readonly site?: string | undefined;
  readonly dedupe: string;
};

export type LettersGiven = {
  readonly outbox: Pick<Outbox, 'enqueue'>;
  /** Of the portal, such as `https://phones.example`. */
  readonly address: () => string;
  readonly lastsMs: Readonly<Record<LinkPurpose, number>>;
};

const HOUR_MS = 3_600_000;

/** Where a link leads, before its secret. */
export const LINK_PATHS: Readonly<Record<LinkPurpose, string>> = {
  'first-admin': '/desk/welcome',
  'staff-invite': '/desk/welcome',
  'staff-reset': '/desk/welcome',
  'student-register': '/register',
  'student-reset': '/reset',
};

export function createLetters({outbox, address, lastsMs}: LettersGiven): Letters {
  return {
    link: async (tx, {purpose, secret, recipient, language, dedupe, site = ''}) => {
      const link = `${address()}${LINK_PATHS[purpose]}/${secret}`;
      const hours = Math.round(lastsMs[purpose] / HOUR_MS);
      const to = {recipient, language, dedupe};
      if (purpose === 'student-register') await outbox.enqueue(tx, {...to, template: purpose, data: {link, hours, site}});
      else if (purpose === 'staff-invite') await outbox.enqueue(tx, {...to, template: purpose, data: {link, hours}});
      else await outbox.enqueue(tx, {...to, template: 'password-reset', data: {link, hours}});
    },
    low: async (tx, site, {account}, upSeq) => {
      const student = await tx.db
        .selectFrom('student')
        .leftJoin('automatic_top_up', 'automatic_top_up.account', 'student.account')
        .select(['email', 'language', 'is_on'])
        .where('student.account', '=', account)
        .where('closed_at', 'is', null)
        .executeTakeFirst();
      if (student?.email === undefined || student.email === null) return;
      await outbox.enqueue(tx, {
        dedupe: `balance-low:${site}:${upSeq}`,
        recipient: student.email,
        language: student.language,
        template: 'balance-low',
        data: {link: `${address()}/`, automatic: student.is_on === 1},
      });
    },
  };
}
