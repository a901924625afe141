// What is said where there is no page: to students in plain words, to staff with what they need to find the cause.
import type {FaultName} from '../../shared/web/door.ts';
import type {Audience} from './route.ts';

export type FaultText = {
  readonly title: string;
  readonly why: string;
  /** Stands before the number under which the fault is in the log. */
  readonly withReference?: string;
  /** A link: where to go on, and its words. */
  readonly home: {readonly href: string; readonly label: string};
};

const STUDENT_HOME = {href: '/', label: 'To your phone account'};
const STAFF_HOME = {href: '/desk', label: 'To the desk'};

/** English is the source; a translation is another object of this type. */
export type FaultWords = Readonly<Record<Audience, Readonly<Record<FaultName, FaultText>>>> & {readonly full: string};

export const FAULT_WORDS: FaultWords = {
  student: {
    missing: {
      title: 'There is no such page',
      why: 'The address may have been typed wrong, or the page is gone.',
      home: STUDENT_HOME,
    },
    method: {
      title: 'This page cannot do that',
      why: 'Go back, and use the buttons of the page.',
      home: STUDENT_HOME,
    },
    foreign: {
      title: 'Nothing was done',
      why: 'What was sent did not come from our own page. To keep other web sites from acting in your name, we did not take it. Open the page here and try again.',
      home: STUDENT_HOME,
    },
    tooLong: {
      title: 'That was too long',
      why: 'Nothing was done. Go back and try again with less text.',
      home: STUDENT_HOME,
    },
    unreadable: {
      title: 'We could not read that',
      why: 'Nothing was done. Go back and try again, or type the address again.',
      home: STUDENT_HOME,
    },
    broken: {
      title: 'Something went wrong here',
      why: 'This is our fault, not yours. If you were paying: look at your account before you pay again.',
      withReference: 'Your phone works as before. If it happens again, tell the desk this number:',
      home: STUDENT_HOME,
    },
  },
  staff: {
    missing: {
      title: 'There is no such page',
      why: 'The address may have been typed wrong, what it showed is gone, or your role does not see it.',
      home: STAFF_HOME,
    },
    method: {
      title: 'This page cannot do that',
      why: 'The request used a way that this address does not know. Go back, and use the buttons of the page.',
      home: STAFF_HOME,
    },
    foreign: {
      title: 'This was not sent from a page of the desk',
      why: 'To keep other web sites from acting in your name, forms are taken from the desk’s own pages only. Nothing was done. Open the page here and try again.',
      home: STAFF_HOME,
    },
    tooLong: {
      title: 'This request is too long',
      why: 'No page of the desk sends so much. Nothing was done. Go back and try again with less.',
      home: STAFF_HOME,
    },
    unreadable: {
      title: 'This request cannot be read',
      why: 'Something in the address or in what was sent is not as a browser writes it. Nothing was done.',
      home: STAFF_HOME,
    },
    broken: {
      title: 'Something went wrong in the cloud',
      why: 'Calls are billed and lines are locked by the boxes, which go on. Look whether what you did was done before you do it again.',
      withReference: 'What happened is in the log with this number:',
      home: STAFF_HOME,
    },
  },
  full: 'Too many pages are open and live. Close some.',
};
