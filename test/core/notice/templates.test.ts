// What is mailed: the same in text and HTML, the link alone on its line, nothing of what somebody typed becomes markup.
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {ZodError} from 'zod';
import {isTemplate, render, TEMPLATES, type TemplateData, type TemplateName} from '../../../cloud/notice/templates.ts';

const LINK = 'https://phones.example.ac.uk/register/3q2-7wT_x?to=%2F&a=1';
const PAYMENT = {
  payment: '01JDKS6QW4V7Z3M2N8P5R0T1XY',
  name: 'Ann Example',
  amount: 12_500_000,
  currency: 'GBP',
  link: LINK,
  automatic: false,
  late: false,
  failure: null,
  automaticIsOff: false,
} as const;
const SAMPLES: {readonly [Name in TemplateName]: TemplateData<Name>} = {
  'student-register': {link: LINK, hours: 24, site: 'Elm Court'},
  'password-reset': {link: LINK, hours: 1},
  'staff-invite': {link: LINK, hours: 24},
  'payment-succeeded': {...PAYMENT, amount: 20_000_000},
  'payment-failed': {...PAYMENT, failure: 'card_declined'},
  'payment-needs-you': PAYMENT,
  'balance-low': {link: LINK, automatic: false},
  'balance-negative': {link: LINK},
  'phone-locked': {link: LINK},
};
const names = Object.keys(TEMPLATES).filter(isTemplate);

/** The words of a page, as a browser would show them. */
function wordsOf(html: string): string {
  const body = html.slice(html.indexOf('<body'));
  return body
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

const wordsOfText = (text: string): string => text.replace('-- \n', '').replaceAll(/\s+/g, ' ').trim();

describe('A mail', () => {
  test.for(names)('%s says the same in text and in HTML', (name) => {
    const {subject, text, html} = render(name, SAMPLES[name], 'en');
    expect(wordsOf(html)).toBe(wordsOfText(text));
    expect(subject).not.toMatch(/\d|[\r\n]/);
    expect(html).toContain(`<title>${subject}</title>`);
  });

  test.for(names)('%s has its link once, alone on a line, and loads nothing', (name) => {
    const {text, html} = render(name, SAMPLES[name], 'en');
    expect(text.split('\n').filter((line) => line.includes('https:'))).toEqual([LINK]);
    expect([...html.matchAll(/(?:href|src|url|background)\s*[=(]\s*"?([^"\s)]*)/g)].map(([, to]) => to)).toEqual([
      LINK.replace('&', '&amp;'),
    ]);
    expect(html).not.toMatch(/<(?:img|script|link|style|iframe|form|input)/);
    expect(html).toContain('<html lang="en">');
  });

  test.for(names)('%s in a language that nobody wrote is English', (name) => {
    const english = render(name, SAMPLES[name], 'en-GB');
    for (const language of ['cy', '', 'constructor', '__proto__']) expect(render(name, SAMPLES[name], language)).toEqual(english);
  });

  test('the amount and the hours are those that were given', () => {
    const textOf = (name: TemplateName, data: unknown): string => render(name, data, 'en').text;
    expect(textOf('payment-succeeded', SAMPLES['payment-succeeded'])).toContain('your top-up of £20.00 has arrived');
    expect(textOf('payment-needs-you', {...PAYMENT, automatic: true})).toContain('the automatic top-up of £12.50.');
    expect(textOf('student-register', SAMPLES['student-register'])).toContain('for 24 hours');
    expect(textOf('password-reset', SAMPLES['password-reset'])).toContain('for one hour');
    expect(textOf('balance-low', {link: LINK, automatic: true})).toContain('automatic top-up');
  });

  test('a payment says what its history asks for, and nothing else', () => {
    const saysOf = (data: object): readonly boolean[] => {
      const said = `${render('payment-failed', {...PAYMENT, ...data}, 'en').text} ${render('payment-succeeded', {...PAYMENT, ...data}, 'en').text}`;
      return ['was refused', 'are off now', 'paid again'].map((words) => said.includes(words));
    };
    expect(saysOf({})).toEqual([false, false, false]);
    expect(saysOf({failure: 'spbs:not-found'})).toEqual([false, false, false]);
    expect(saysOf({failure: 'INSUFFICIENT_FUNDS'})).toEqual([true, false, false]);
    expect(saysOf({automaticIsOff: true})).toEqual([false, true, false]);
    expect(saysOf({late: true})).toEqual([false, false, true]);
  });

  test('the name of a place becomes neither markup nor a line nor a link', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.constantFrom('<b>x</b>', 'long '.repeat(300), 'a\r\n\r\nhttps://evil.example/', 'a"b&c', 'x@evil.example'),
        ),
        (typed) => {
          const {text, html} = render('student-register', {...SAMPLES['student-register'], site: typed}, 'en');
          expect(text.split('\n')).toHaveLength(render('student-register', SAMPLES['student-register'], 'en').text.split('\n').length);
          expect(html.match(/<[a-z/!][^>]*>/g)).toEqual(
            render('student-register', SAMPLES['student-register'], 'en').html.match(/<[a-z/!][^>]*>/g),
          );
          expect(text.match(/:\/\//g)).toHaveLength(1);
          expect(text).not.toContain('@');
        },
      ),
    );
  });

  test.for([
    'http://phones.example/',
    'javascript:alert(1)',
    'https://phones.example/ x',
    'https://phones.example/\r\nx',
    'https://phones.example/"x',
    'https://user@phones.example/',
    '',
  ])('a link that is not https, or needs quoting, is refused: %j', (link) => {
    expect(() => render('phone-locked', {link}, 'en')).toThrow(ZodError);
  });

  test('data of another template, or more than it takes, is refused', () => {
    expect(() => render('payment-succeeded', SAMPLES['password-reset'], 'en')).toThrow(ZodError);
    expect(() => render('phone-locked', {link: LINK, balance: 5}, 'en')).toThrow(ZodError);
    expect(() => render('payment-failed', {...SAMPLES['payment-failed'], amount: 1.5}, 'en')).toThrow(ZodError);
  });
});
