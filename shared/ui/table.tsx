// A table of rows. On a narrow screen each row becomes a card, with the column's name before each value; the roles are
// spelled out because browsers drop them when a table is no longer laid out as one.
import type {ComponentChildren, VNode} from 'preact';

export type Column<R> = {
  readonly head: string;
  /** `key` names the row; `figure` is right-aligned; `wide` takes what is left. */
  readonly kind?: 'key' | 'text' | 'figure' | 'wide' | 'act';
  readonly cell: (row: R) => ComponentChildren;
};

export function Table<R>({
  caption,
  columns,
  rows,
  rowKey,
  dim,
}: {
  /** Said to screen readers; the heading above says it to the eye. */
  readonly caption: string;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
  readonly rowKey: (row: R) => string;
  /** Rows that are no longer in force. */
  readonly dim?: (row: R) => boolean;
}): VNode {
  return (
    <table class="table" role="table">
      <caption class="said">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map((column) => (
            <th key={column.head} scope="col" role="columnheader" class={`is-${column.kind ?? 'text'}`}>
              {column.kind === 'act' ? <span class="said">{column.head}</span> : column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={rowKey(row)} role="row" class={dim?.(row) === true ? 'is-dim' : undefined}>
            {columns.map((column) => cellOf(column, row))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function cellOf<R>(column: Column<R>, row: R): VNode {
  const kind = `is-${column.kind ?? 'text'}`;
  const content = column.cell(row);
  if (column.kind === 'key') {
    return (
      <th key={column.head} scope="row" role="rowheader" class={kind}>
        <div class="cell">{content}</div>
      </th>
    );
  }
  return (
    <td key={column.head} role="cell" class={kind} data-label={column.kind === 'act' ? undefined : column.head}>
      <div class="cell">{content}</div>
    </td>
  );
}
