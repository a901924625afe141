// Every word that is mailed. Short and plain; nothing that is not needed to act. A translation is another object of this type.

export type Letter = {
  /** One line, without a name or a number: it stands on locked screens. */
  readonly subject: string;
  readonly before: readonly string[];
  readonly after: readonly string[];
};

export type PaymentSaid = {
  readonly name: string;
  readonly amount: string;
  readonly automatic: boolean;
  /** It was told to have failed before. */
  readonly late: boolean;
  /** A provider said no, rather than that it came to nothing in another way. */
  readonly refused: boolean;
  readonly automaticIsOff: boolean;
};

export type Words = {
  readonly 'student-register': (given: {readonly site: string; readonly hours: number}) => Letter;
  readonly 'password-reset': (given: {readonly hours: number}) => Letter;
  readonly 'staff-invite': (given: {readonly hours: number}) => Letter;
  readonly 'payment-succeeded': (given: PaymentSaid) => Letter;
  readonly 'payment-failed': (given: PaymentSaid) => Letter;
  readonly 'payment-needs-you': (given: PaymentSaid) => Letter;
  readonly 'balance-low': (given: {readonly automatic: boolean}) => Letter;
  readonly 'balance-negative': () => Letter;
  readonly 'phone-locked': () => Letter;
  /** Below every letter. */
  readonly sender: string;
};

const hours = (count: number): string => (count === 1 ? 'one hour' : `${count} hours`);

const topUp = (automatic: boolean): string => (automatic ? 'automatic top-up' : 'top-up');

const ENGLISH: Words = {
  'student-register': ({site, hours: count}) => ({
    subject: 'Register for your room telephone',
    before: [`A telephone account has been opened for you at ${site}.`, 'To choose a password and see your account, open this page:'],
    after: [`The link works once, for ${hours(count)}.`, 'If you do not expect this, do nothing.'],
  }),
  'password-reset': ({hours: count}) => ({
    subject: 'Choose a new password',
    before: ['Somebody asked for a new password for your telephone account.', 'To choose one, open this page:'],
    after: [`The link works once, for ${hours(count)}.`, 'If it was not you, do nothing: your password stays as it is.'],
  }),
  'staff-invite': ({hours: count}) => ({
    subject: 'Your access to the telephone desk',
    before: ['You have been given access to the telephone desk.', 'To choose a password, open this page:'],
    after: [`The link works once, for ${hours(count)}.`, 'If you do not expect this, tell the person who runs the desk.'],
  }),
  'payment-succeeded': ({name, amount, automatic, late}) => ({
    subject: 'Your top-up has arrived',
    before: [
      `Hello ${name},`,
      `your ${topUp(automatic)} of ${amount} has arrived and is on your telephone account.`,
      ...(late ? ['Before, it seemed to have failed. If you paid again meanwhile, both are on your account.'] : []),
      'To see it, open this page:',
    ],
    after: [],
  }),
  'payment-failed': ({name, amount, automatic, refused, automaticIsOff}) => ({
    subject: 'Your top-up did not go through',
    before: [
      `Hello ${name},`,
      refused
        ? `your ${topUp(automatic)} of ${amount} was refused by your card or bank. It is not on your account.`
        : `your ${topUp(automatic)} of ${amount} did not go through. It is not on your account.`,
      ...(automaticIsOff ? ['Automatic top-ups are off now. You can turn them on again.'] : []),
      'To see why, and to pay in another way, open this page:',
    ],
    after: [],
  }),
  'payment-needs-you': ({name, amount, automatic}) => ({
    subject: 'Please confirm your top-up',
    before: [`Hello ${name},`, `your bank wants you to confirm the ${topUp(automatic)} of ${amount}.`, 'To confirm it, open this page:'],
    after: ['Until you confirm, nothing is taken.'],
  }),
  'balance-low': ({automatic}) => ({
    subject: 'Your telephone balance is low',
    before: [
      'Your telephone balance is below the amount at which you are warned.',
      automatic
        ? 'An automatic top-up is on its way. To look at it, open this page:'
        : 'When it is used up, calls out are stopped. To top up, open this page:',
    ],
    after: [],
  }),
  'balance-negative': () => ({
    subject: 'Your telephone account is in debt',
    before: [
      'More has been used than was on your telephone account, or a payment was taken back.',
      'To see why and to pay, open this page:',
    ],
    after: ['Emergency calls always work.'],
  }),
  'phone-locked': () => ({
    subject: 'Your telephone is locked for calls out',
    before: ['Calls out from your room telephone are stopped.', 'To see why and what to do, open this page:'],
    after: ['You can still be called. Emergency calls always work.'],
  }),
  sender: 'This e-mail was sent by the telephone service. Replies are not read.',
};

const LANGUAGES: Readonly<Record<string, Words>> = {en: ENGLISH};

/** In the language of the student, or in English. `tag` is the one that was found. */
export function wordsIn(language: string): {readonly tag: string; readonly words: Words} {
  const tag = language.toLowerCase().split('-')[0] ?? '';
  const words = Object.hasOwn(LANGUAGES, tag) ? LANGUAGES[tag] : undefined;
  return words === undefined ? {tag: 'en', words: ENGLISH} : {tag, words};
}
