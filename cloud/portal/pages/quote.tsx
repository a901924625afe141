// What would a call cost? A number and minutes, and the answer in a sentence.
import type {VNode} from 'preact';
import type {Quote} from '../../../shared/tariff/quote.ts';
import type {Errors} from '../../../shared/ui/form.tsx';
import {Panel} from '../../../shared/ui/parts.tsx';
import {QuoteAnswer, QuoteForm, type QuoteFields} from '../../../shared/ui/quote.tsx';
import {Frame} from './frame.tsx';
import {useGround, usePerson} from './ground.ts';

export function QuotePage({
  fields,
  errors,
  quote,
}: {
  readonly fields: QuoteFields;
  readonly errors?: Errors;
  readonly quote?: Quote;
}): VNode {
  const {words, price} = useGround().language;
  const {quote: said} = words;
  const {currency} = usePerson().site;
  return (
    <Frame current="home" title={said.title} lead={said.lead}>
      {quote === undefined ? null : <QuoteAnswer quote={quote} currency={currency} words={said.form} price={price} />}
      <Panel title={said.question}>
        <QuoteForm action="/quote" words={said.form} fields={fields} errors={errors} />
      </Panel>
    </Frame>
  );
}

/** From pages on which somebody thinks of money. */
export function QuoteLink(): VNode {
  const {quote: words} = useGround().language.words;
  return (
    <p>
      <a class="go" href="/quote">
        {words.link}
      </a>
    </p>
  );
}
