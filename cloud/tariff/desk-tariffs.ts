// What the desk reads of tariffs: pure readers, given as one.
import {draftOf, openDrafts} from './drafts.ts';
import {asPublished, inForceAt, policyOf, publishedTariffs, tariffNames, wholeScheduleOf} from './published.ts';
import {changesBetween, rolledBack, scheduleHash, versionAt, versionsOf, versionThatPriced} from './versions.ts';

export const DESK_TARIFFS = {
  policyOf,
  publishedTariffs,
  asPublished,
  wholeScheduleOf,
  inForceAt,
  tariffNames,
  openDrafts,
  draftOf,
  versionsOf,
  versionAt,
  versionThatPriced,
  changesBetween,
  rolledBack,
  scheduleHash,
};

export type DeskTariffs = typeof DESK_TARIFFS;
