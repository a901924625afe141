// What is mailed, by name. In: the name of a template and its data. Out: subject, text and HTML with the same content.
// Never true: remote content; a balance or a called number; markup or a line of its own out of somebody's data; a link that is
// not https and alone on its line.
import {z} from 'zod';
import {assert} from '../../shared/assert/assert.ts';
import {formatMoney, isCurrency, type Micros} from '../../shared/money/micros.ts';
import {wordsIn, type Letter, type Words} from './messages.ts';

/** Only what a browser opens over TLS, in characters that need no quoting. */
const link = z
  .string()
  .regex(/^https:\/\/[^\s/"'<>@\\\p{C}]+(?:\/[A-Za-z0-9/_.~%?=&#+:-]*)?$/u)
  .max(500);
const hours = z.int().min(1).max(1_000);
/** Micros. */
const amount = z.int().min(1);
const currency = z.string().refine(isCurrency, 'a currency such as GBP');
/** What somebody typed: cut, never refused, for the money that it tells of is in the same transaction. */
const typed = z.string().transform((text) => text.slice(0, 200));

const payment = z.strictObject({
  payment: typed,
  name: typed,
  amount,
  currency,
  link,
  automatic: z.boolean(),
  late: z.boolean(),
  /** A provider's code, or a reason of our own, which begins with `spbs:`. */
  failure: typed.nullable(),
  automaticIsOff: z.boolean(),
});

export const TEMPLATES = {
  'student-register': z.strictObject({link, hours, site: typed}),
  'password-reset': z.strictObject({link, hours}),
  'staff-invite': z.strictObject({link, hours}),
  'payment-succeeded': payment,
  'payment-failed': payment,
  'payment-needs-you': payment,
  /** `automatic`: an automatic top-up has been asked for. */
  'balance-low': z.strictObject({link, automatic: z.boolean()}),
  'balance-negative': z.strictObject({link}),
  'phone-locked': z.strictObject({link}),
} as const;

export type TemplateName = keyof typeof TEMPLATES;
/** The data of a template. */
export type TemplateData<Name extends TemplateName = TemplateName> = z.input<(typeof TEMPLATES)[Name]>;

export type Rendered = {readonly subject: string; readonly text: string; readonly html: string};

export function isTemplate(text: string): text is TemplateName {
  return Object.hasOwn(TEMPLATES, text);
}

/** `data` as it was stored. Throws for data that is not the template's: our own mistake. */
export function render(template: TemplateName, data: unknown, language: string): Rendered {
  const {tag, words} = wordsIn(language);
  const read = TEMPLATES[template].parse(data);
  const letter = letterOf(template, read, words);
  const paragraphs = [...letter.before, {link: read.link}, ...letter.after];
  return {
    subject: letter.subject,
    text: `${[...paragraphs.map((each) => (typeof each === 'string' ? each : each.link)), `-- \n${words.sender}`].join('\n\n')}\n`,
    html: page(tag, letter.subject, paragraphs, words.sender),
  };
}

function letterOf(template: TemplateName, data: unknown, words: Words): Letter {
  switch (template) {
    case 'student-register': {
      const given = TEMPLATES[template].parse(data);
      return words[template]({...given, site: oneLine(given.site)});
    }
    case 'password-reset':
    case 'staff-invite':
      return words[template](TEMPLATES[template].parse(data));
    case 'payment-succeeded':
    case 'payment-failed':
    case 'payment-needs-you': {
      const given = TEMPLATES[template].parse(data);
      const refused = given.failure !== null && !given.failure.startsWith('spbs:');
      return words[template]({...given, name: oneLine(given.name), amount: money(given), refused});
    }
    case 'balance-low':
      return words[template](TEMPLATES[template].parse(data));
    case 'balance-negative':
    case 'phone-locked':
      return words[template]();
  }
}

function money(given: {readonly amount: number; readonly currency: string}): string {
  assert(isCurrency(given.currency), 'the schema has looked at the currency');
  return formatMoney(given.amount as Micros, given.currency);
}

/** A name that somebody typed: no line of its own, and nothing that a mail program would make a link of. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\p{C}\s]+/gu, ' ')
    .replaceAll(/:\/\/|@|www\./giu, ' ')
    .trim()
    .slice(0, 80);
}

type Paragraph = string | {readonly link: string};

/** Readable without styles, in light and dark, by a screen reader; nothing is loaded from anywhere. */
function page(language: string, subject: string, paragraphs: readonly Paragraph[], sender: string): string {
  const body = paragraphs.map((each) =>
    typeof each === 'string' ? `<p>${escaped(each)}</p>` : `<p><a href="${escaped(each.link)}">${escaped(each.link)}</a></p>`,
  );
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escaped(subject)}</title>
</head>
<body style="margin:0 auto;max-width:36em;padding:1em;font-family:sans-serif;line-height:1.5;overflow-wrap:anywhere">
${body.join('\n')}
<hr>
<p><small>${escaped(sender)}</small></p>
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
