// The kinds of numbers that number plans tell apart. `corporate`: reached everywhere alike, such as 03 in Britain.
export const NUMBER_KINDS = [
  'landline',
  'mobile',
  'freephone',
  'premium',
  'shared-cost',
  'personal',
  'voip',
  'pager',
  'corporate',
] as const;
export type NumberKind = (typeof NUMBER_KINDS)[number];
