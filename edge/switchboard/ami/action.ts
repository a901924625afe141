// What we say to an Asterisk manager. A value with a line end would become a header of its own: such a value never leaves.

export type Action = {
  readonly name: string;
  readonly fields: Readonly<Record<string, string>>;
  /** The event that ends the answer, where the answer is a list. */
  readonly listEnds?: string;
};

/** Family, key and value of the switchboard's database: nothing that its command line or its dialplan could read as more. */
const DATABASE_WORD = /^[0-9A-Za-z_-]{1,64}$/;
const DATABASE_FIELDS = new Set(['Family', 'Key', 'Val']);
// eslint-disable-next-line no-control-regex -- control characters are what is refused
const CONTROL = /[\u0000-\u001f\u007f]/;

/** The bytes of an action, or undefined if one of its values must not be sent. */
export function writeAction(action: Action, actionId: string): string | undefined {
  const lines = [`Action: ${action.name}`, `ActionID: ${actionId}`];
  for (const [name, value] of Object.entries(action.fields)) {
    if (CONTROL.test(name) || CONTROL.test(value)) return undefined;
    if (DATABASE_FIELDS.has(name) && !DATABASE_WORD.test(value)) return undefined;
    lines.push(`${name}: ${value}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
}
