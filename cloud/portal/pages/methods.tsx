// Saved cards: what may be charged, removing one, adding a cashless card by its number and its PIN.
import type {VNode} from 'preact';
import {instant} from '../../../shared/time/instant.ts';
import {Time} from '../../../shared/ui/figures.tsx';
import {ErrorSummary, Field, Submit, type Errors} from '../../../shared/ui/form.tsx';
import {Empty, Panel} from '../../../shared/ui/parts.tsx';
import {Table} from '../../../shared/ui/table.tsx';
import type {Method} from '../../payment/methods.ts';
import {Frame} from './frame.tsx';
import {useWords} from './ground.ts';

export type MethodsView = {
  readonly methods: readonly Method[];
  /** Whether there is such a service here. */
  readonly takesCashless: boolean;
  readonly number?: string;
  readonly errors?: Errors;
};

export function MethodsPage({methods, takesCashless, number = '', errors = {}}: MethodsView): VNode {
  const {methods: words} = useWords();
  return (
    <Frame current="payments" title={words.title} lead={words.lead}>
      <ErrorSummary errors={errors} />
      {methods.length === 0 ? (
        <Empty title={words.empty}>{words.emptyHow}</Empty>
      ) : (
        <Table
          caption={words.list}
          rows={methods}
          rowKey={({id}) => id}
          columns={[
            {head: words.columns.method, kind: 'key', cell: ({label}) => label},
            {head: words.columns.since, cell: ({createdAt}) => <Time at={instant(createdAt)} brief />},
            {head: words.columns.use, cell: ({isAutomatic}) => (isAutomatic ? words.forAutomatic : '')},
            {
              head: words.columns.act,
              kind: 'act',
              cell: ({id, label}) => (
                <a class="button" href={`/methods/${id}/remove`} aria-label={words.removeOf(label)}>
                  {words.remove}
                </a>
              ),
            },
          ]}
        />
      )}
      <p class="actions">
        <a class="button" href="/top-up?remember=1">
          {words.addCard}
        </a>
      </p>
      {takesCashless ? <CashlessForm number={number} errors={errors} /> : null}
    </Frame>
  );
}

function CashlessForm({number, errors}: {readonly number: string; readonly errors: Errors}): VNode {
  const {methods: words} = useWords();
  return (
    <Panel id="cashless" title={words.cashless}>
      <form method="post" action="/methods" class="form" noValidate>
        <Field
          name="number"
          label={words.number}
          help={words.numberHelp}
          value={number}
          inputMode="numeric"
          width="middle"
          error={errors['number']}
        />
        {/* Never filled in: neither by us nor by a browser. */}
        <Field type="password" name="pin" label={words.pin} help={words.pinHelp} inputMode="numeric" width="short" error={errors['pin']} />
        <Submit>{words.add}</Submit>
      </form>
    </Panel>
  );
}

export function RemoveMethodPage({method}: {readonly method: Method}): VNode {
  const {methods: words} = useWords();
  return (
    <Frame current="payments" title={words.removeTitle(method.label)}>
      <Panel title={words.will}>
        <ul class="will">
          <li>{words.removeWhat}</li>
          {method.isAutomatic ? <li>{words.removeAutomatic}</li> : null}
        </ul>
        <form method="post" action={`/methods/${method.id}/remove`} class="actions">
          <Submit kind="danger">{words.remove}</Submit>
          <a class="button" href="/methods">
            {words.back}
          </a>
        </form>
      </Panel>
    </Frame>
  );
}
