// Which addresses and names a person may have.
import {expect, test} from 'vitest';
import {emailKey, isEmail} from '../../../cloud/people/email.ts';
import {isPersonName} from '../../../cloud/people/name.ts';

test.for([
  ['sam@hall.example', true],
  ['o.brien+phone@students.hall.example', true],
  ['zoë@hällen.example', true],
  [`${'a'.repeat(64)}@hall.example`, true],
  [`${'a'.repeat(65)}@hall.example`, false],
  [`a@${'b.'.repeat(130)}example`, false],
  ['sam', false],
  ['sam@hall', false],
  ['sam@@hall.example', false],
  ['sam@hall..example', false],
  ['sam@-hall.example', false],
  ['sam porter@hall.example', false],
  ['"sam"@hall.example', false],
  ['a@b.example>,c@d.example', false],
  ['sam@hall.example\r\nBcc: eve@evil.example', false],
  ['sam@hall.example\n', false],
  ['Sam <sam@hall.example>', false],
  ['', false],
] as const)('%j is an address: %s', ([text, is]) => {
  expect(isEmail(text)).toBe(is);
});

test('an address is the same in any case and with blanks around it', () => {
  expect(emailKey('  Sam@Hall.Example ')).toBe('sam@hall.example');
  // The full-width letters of an East Asian keyboard.
  expect(emailKey('Ｓam@hall.example')).toBe('sam@hall.example');
});

test.for([
  ['Sam Porter', true],
  ['Zoë O’Brien-Lee', true],
  ['李 小龙', true],
  ['J. R. Hartley (Jr.)', true],
  ['x'.repeat(60), true],
  ['x'.repeat(61), false],
  ['', false],
  [' Sam', false],
  ['Sam  Porter', false],
  ['Sam\nPorter', false],
  ['Sam\u202ePorter', false],
  ['<b>Sam</b>', false],
] as const)('%j is a name: %s', ([text, is]) => {
  expect(isPersonName(text)).toBe(is);
});
