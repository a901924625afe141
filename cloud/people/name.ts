// The name of a person, as it stands on pages, in mails and in the audit log.

const LONGEST_NAME = 60;

/** Letters, digits and what stands in names; nothing that could be taken for another line of a log. */
export function isPersonName(name: string): boolean {
  return name.length <= LONGEST_NAME && /^[\p{L}\p{N}][\p{L}\p{N}\p{M}.,'’()_-]*(?: [\p{L}\p{N}\p{M}.,'’()_-]+)*$/u.test(name);
}
