// What is mailed: the same in text and HTML, the link alone on its line, nothing of what somebody typed becomes markup.
import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {ZodError} from 'zod';
import {isTemplate, render, TEMPLATES, type TemplateData, type TemplateName} from '../../../cloud/notice/templates.ts';

const LINK = 'https://phones.example.ac.uk/register/3q2-7wT_x?to=%2F&a=1';
const SAMPLES: {readonly [Name in TemplateName]: TemplateData<Name>} = {
  'student-register': {link: LINK, hours: 24, site: 'Elm Court'},
  'password-reset': {link: LINK, hours: 1},
  'staff-invite': {link: LINK, hours: 24},
  'payment-succeeded': {link: LINK, amount: 20_000_000, currency: 'GBP'},
  'payment-failed': {link: LINK, amount: 20_000_000, currency: 'GBP'},
  'payment-needs-you': {link: LINK, amount: 12_500_000, currency: 'GBP', hours: 48},
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
    expect(render('payment-succeeded', SAMPLES['payment-succeeded'], 'en').text).toContain('We have received £20.00.');
    const {text} = render('payment-needs-you', SAMPLES['payment-needs-you'], 'en');
    expect(text).toContain('the top-up of £12.50.');
    expect(text).toContain('for 48 hours');
    expect(render('password-reset', SAMPLES['password-reset'], 'en').text).toContain('for one hour');
    expect(render('balance-low', {link: LINK, automatic: true}, 'en').text).toContain('automatic top-up');
  });

  test('the name of a place becomes neither markup nor a line nor a link', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.constantFrom('<b>x</b>', 'a\r\n\r\nhttps://evil.example/', 'a"b&c', 'x@evil.example')),
        (typed) => {
          fc.pre(typed !== '');
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
