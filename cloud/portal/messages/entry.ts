// What is said at the door: signing in, the two links that come by e-mail, and a page's frame.
import {counted, type Figure} from '../../../shared/ui/counted.ts';
import type {PasswordFault} from '../../../shared/web/passwords.ts';

export const FRAME_WORDS = {
  brand: 'Your phone',
  navigation: 'Pages of your phone account',
  title: (page: string, site: string) => `${page} · ${site}`,
  signOut: 'Sign out',
  nav: {home: 'Home', payments: 'Payments', statements: 'Statements', account: 'Account'},
};

export const ENTRY_WORDS = {
  signIn: {
    title: 'Sign in',
    lead: 'See what you have left, top up, and look at your calls.',
    email: 'E-mail address',
    password: 'Password',
    submit: 'Sign in',
    forgot: 'I forgot my password',
    newHere: 'New here? You register with a link that the staff of your building send you by e-mail.',
    wrong: 'E-mail address and password do not belong together. Check both; capital letters matter in the password.',
    missingEmail: 'Enter your e-mail address',
    missingPassword: 'Enter your password',
    ended: 'You were signed out because nobody used this page for a while.',
    signedOut: 'You are signed out.',
    signedOutAll: 'You are signed out here and everywhere else.',
  },
  tooMany: (minutes: Figure) =>
    `Too many attempts. Wait ${counted(minutes, 'minute', 'minutes')}, then try again. Nobody else is kept out by this.`,
  busy: 'We are checking many passwords at once. Try again in a few seconds.',
  password: {
    label: 'New password',
    help: (least: number) => `At least ${least} characters; a few words in a row are good. Anything goes, spaces too.`,
    faults: {
      'too-short': 'Choose a password of at least 12 characters',
      'too-long': 'Choose a password of at most 128 characters',
      'is-the-name': 'Choose a password that is not your name or your e-mail address',
      'well-known': 'Choose another password: this one is among the first that anybody would try',
    } satisfies Readonly<Record<PasswordFault, string>>,
  },
  register: {
    title: (name: string) => `Welcome, ${name}`,
    lead: 'Choose a password for your phone account. You sign in with it and your e-mail address.',
    submit: 'Save password and sign in',
    gone: 'This link can no longer be used',
    goneWhy: 'It was used already, is too old, or a newer one was sent.',
    goneHow:
      'If you have chosen a password before, sign in with it. If not, ask the staff of your building to send you a new link: they do it in a moment.',
    signIn: 'Sign in',
  },
  reset: {
    title: (_name: string) => 'Choose a new password',
    lead: 'The old one ends when you save, and you are signed out everywhere else.',
    submit: 'Save password and sign in',
    goneHow: 'Ask for a new link; it comes by e-mail at once.',
    again: 'Get a new link',
  },
  account: 'Your e-mail address',
  forgot: {
    title: 'Forgotten password',
    lead: 'Enter your e-mail address, and we send you a link with which you choose a new password.',
    submit: 'Send me a link',
    missing: 'Enter your e-mail address, such as amara@example.org',
    sent: 'Look at your e-mail',
    sentWhy: (email: string) => `If ${email} belongs to a phone account, a link is on its way. It can be used for one hour.`,
    sentHow: 'Nothing there after a few minutes? Look in the junk folder, check the address, or ask the staff of your building.',
    back: 'Back to sign in',
  },
};
