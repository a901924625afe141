// The address by which a person signs in and is written to.

/** RFC 5321, 4.5.3.1: 64 octets before the sign, 255 after; a path of 256 with its brackets. */
const LONGEST_EMAIL = 254;

/** One plain address: nothing quoted, no list, nothing that could end a header of a mail. */
export function isEmail(text: string): boolean {
  return (
    text.length <= LONGEST_EMAIL &&
    /^[^\s"'(),:;<>@[\\\]\p{C}]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+[\p{L}]{2,63}$/u.test(text)
  );
}

/** The same person, however the address is written. */
export function emailKey(text: string): string {
  return text.trim().normalize('NFKC').toLowerCase();
}
