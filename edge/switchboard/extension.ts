// What a line may be called on its way into a switchboard's language: nothing that could end a word there and begin another.

const NAME = /^[0-9A-Za-z_-]{1,32}$/;

export function isExtension(text: string): boolean {
  return NAME.test(text);
}

/** For a message about a name that is none. */
export function noExtension(text: string): string {
  return `${JSON.stringify(text.slice(0, 40))} is not the name of a line: letters, digits, _ and - only`;
}
