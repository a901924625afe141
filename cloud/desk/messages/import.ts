// What the pages of a list of students say.
import {counted, type Figure} from '../../../shared/ui/counted.ts';

export const IMPORT_WORDS = {
  title: 'Students from a list',
  lead: 'Opens many accounts at once: all of the list, or nothing of it.',
  site: 'Site',
  siteWrong: 'Choose a site',
  list: 'The list',
  listHelp: (most: Figure) =>
    `Copy it from a spreadsheet, or paste a CSV file. The first line names the columns: name, and as wanted email, line, opening. An amount is written such as 12.50. At most ${counted(most, 'student', 'students')}.`,
  listMissing: 'Paste the list',
  listWrong: (count: Figure) => `${counted(count, 'thing is', 'things are')} wrong in the list. Nothing was done.`,
  invite: 'Send the invitations at once',
  inviteHelp: 'A link by e-mail for everybody with an address, with which the student chooses a password.',
  next: 'Continue',
  problems: 'What is wrong in the list',
  problemsList: 'What is wrong, by line',
  problemColumns: {line: 'Line', text: 'As it stands there', what: 'What is wrong'},
  confirm: (count: Figure, site: string) => `Make ${counted(count, 'student', 'students')} at ${site}?`,
  will: {
    students: (count: Figure, site: string) => `${counted(count, 'student gets', 'students get')} an account at ${site}.`,
    lines: (count: Figure) => `${counted(count, 'line is given', 'lines are given')}: whoever has it pays for its calls from now on.`,
    noLines: 'No line is given.',
    newLines: (count: Figure) => `${counted(count, 'line is', 'lines are')} not there yet and will be made.`,
    openings: (count: Figure, sum: string) =>
      `${counted(count, 'student brings', 'students bring')} money along, ${sum} altogether: it is credited at once.`,
    noOpenings: 'Nobody brings money along.',
    invites: (count: Figure) => `${counted(count, 'invitation goes', 'invitations go')} out by e-mail at once.`,
    noInvites: 'No invitation goes out.',
  },
  rows: 'The students of the list',
  columns: {line: 'Line of the list', name: 'Student', email: 'E-mail', extension: 'Line', opening: 'Opening balance'},
  submit: (count: Figure) => `Make ${counted(count, 'student', 'students')}`,
  done: (count: Figure, site: string, sum: string) =>
    `${counted(count, 'student has', 'students have')} an account at ${site} now, with ${sum} altogether.`,
  doneInvited: (count: Figure) => `${counted(count, 'invitation is', 'invitations are')} on the way.`,
};
