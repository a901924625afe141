// Where the pages of things are.
export const siteAddress = (site: string): string => `/desk/sites/${encodeURIComponent(site)}`;
export const tariffsAddress = (site: string): string => `${siteAddress(site)}/tariffs`;
export const draftAddress = (id: string): string => `/desk/drafts/${encodeURIComponent(id)}`;
export const versionAddress = (site: string, seq: number): string => `/desk/versions/${encodeURIComponent(`${site}~${seq}`)}`;
export const compareAddress = (
  site: string,
  {role, before, after}: {readonly role: string; readonly before: string; readonly after: string},
): string => `${siteAddress(site)}/compare?${new URLSearchParams({role, before, after}).toString()}`;
export const studentAddress = (account: string): string => `/desk/students/${encodeURIComponent(account)}`;
export const lineAddress = (site: string, extension: string): string => `/desk/lines/${encodeURIComponent(`${site}~${extension}`)}`;
export const callAddress = (site: string, upSeq: number): string => `/desk/calls/${encodeURIComponent(`${site}~${upSeq}`)}`;
export const rangeAddress = (site: string, prefix: string): string =>
  `${siteAddress(site)}/range?${new URLSearchParams({prefix}).toString()}`;
export const proposalAddress = (id: string): string => `/desk/proposals/${encodeURIComponent(id)}`;
export const reratingAddress = (id: string): string => `/desk/rerating/${encodeURIComponent(id)}`;
export const moveCallsAddress = (site: string, fields: Readonly<Record<string, string>>): string =>
  `${siteAddress(site)}/move-calls?${new URLSearchParams(fields).toString()}`;
export const reasonAddress = (site: string, reason: string): string => `/desk/unbillable?${new URLSearchParams({site, reason}).toString()}`;
export const prefixAddress = (site: string, prefix: string): string => `/desk/unbillable?${new URLSearchParams({site, prefix}).toString()}`;
export const additionAddress = (id: string): string => `/desk/ranges/${encodeURIComponent(id)}`;
export const allowanceAddress = (site: string, allowance: string): string =>
  `/desk/allowances/${encodeURIComponent(`${site}~${allowance}`)}`;
export const paymentAddress = (payment: string): string => `/desk/payments/${encodeURIComponent(payment)}`;

/** The site and the extension in the address of a line. */
export function lineIn(part: string): {readonly site: string; readonly extension: string} | undefined {
  const mark = part.indexOf('~');
  return mark <= 0 || mark === part.length - 1 ? undefined : {site: part.slice(0, mark), extension: part.slice(mark + 1)};
}
