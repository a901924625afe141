// What the page says on which a student asks for a price.
import {QUOTE_FORM_WORDS} from '../../../shared/ui/quote.tsx';

export const QUOTE_WORDS = {
  title: 'What would a call cost?',
  lead: 'The price now, with what the building charges now. Nothing is dialled or kept.',
  question: 'Your question',
  link: 'What would a call cost?',
  form: QUOTE_FORM_WORDS,
};
