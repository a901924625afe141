// What the pages of staff and of one's own access say.
import {counted, type Figure} from '../../../shared/ui/counted.ts';

export const STAFF_WORDS = {
  title: 'Staff',
  lead: 'Who may sign in here, and what each may do.',
  list: 'People',
  columns: {name: 'Name', email: 'E-mail', role: 'Role', state: 'State', seen: 'Last seen', acts: 'What to do'},
  states: {active: 'Active', invited: 'Invited', disabled: 'Disabled'},
  roleHelp: {
    viewer: 'Looks at everything, changes nothing.',
    clerk: 'Also takes cash, gives and ends lines, locks and opens them, makes students.',
    admin: 'Also makes sites, boxes, tariffs and staff.',
  },
  you: 'you',
  invite: 'Invite somebody',
  inviteHelp: 'A link comes by e-mail, with which the person chooses a password.',
  name: 'Name',
  email: 'E-mail address',
  role: 'Role',
  roleWrong: 'Choose a role',
  inviteSubmit: 'Invite',
  invited: (email: string) => `An invitation is on its way to ${email}.`,
  change: 'Change',
  personTitle: (name: string) => `Access of ${name}`,
  back: 'All staff',
  roleSubmit: 'Set this role',
  roleSet: (name: string, role: string) => `${name} is ${role} now, from the next page on.`,
  again: 'Invite again',
  disable: 'Disable',
  disableTitle: (name: string) => `Disable ${name}?`,
  disableWill: {
    out: 'The person is signed out at once, everywhere, and cannot sign in.',
    stays: 'What the person did stays in the audit log. The access can be enabled again.',
  },
  disableSubmit: 'Disable this person',
  disabled: (name: string) => `${name} is disabled.`,
  enable: 'Enable',
  enabled: (name: string) => `${name} may sign in again.`,
  own: {
    title: 'Your own access',
    role: 'Your role',
    password: 'Change your password',
    old: 'Present password',
    oldMissing: 'Enter your present password',
    oldWrong: 'This is not your present password',
    new: 'New password',
    submit: 'Change password',
    changed: (others: Figure) =>
      others.value === 0
        ? 'Your password is changed.'
        : `Your password is changed, and ${counted(others, 'other browser was', 'other browsers were')} signed out.`,
    everywhere: 'Sign out everywhere',
    everywhereHelp: 'Here and in every other browser.',
  },
};
