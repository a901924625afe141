// What the desk reads of the books: pure readers, given as one.
import {rangeAddition, rangeAdditions, shownCalls} from './adding-ranges.ts';
import {allowanceAt, allowancesOf, usageOf} from './allowances.ts';
import {adjustmentsOfCall} from './adjustments.ts';
import {callsAt, callsOf, unbillableCalls, unbillableGroups} from './calls.ts';
import {costsOf} from './costs.ts';
import {askingsOf, fatesOf, rangesOfCall} from './fates.ts';
import {overridesOf} from './overrides.ts';
import {siteTotals, studentOverview} from './overview.ts';
import {changeSince, shownText} from './range-effect.ts';
import {atStake, differencesOf, lateCalls, linesOf, reratingAt, reratingsOf} from './reratings.ts';
import {openProposals, overtakenProposals, proposalBy, proposalsOfCall} from './resolving.ts';
import {statementCsv} from './statement-csv.ts';
import {ledgerPage, monthsOf, statement} from './statement.ts';
import {MOST_WAITING, RANGE_REASONS, waitingCalls} from './waiting.ts';

export const DESK_BOOKS = {
  siteTotals,
  studentOverview,
  ledgerPage,
  monthsOf,
  statement,
  statementCsv,
  callsOf,
  callsAt,
  unbillableGroups,
  unbillableCalls,
  openProposals,
  overtakenProposals,
  proposalsOfCall,
  proposalBy,
  waitingCalls,
  mostWaiting: MOST_WAITING,
  rangeReasons: RANGE_REASONS as readonly string[],
  fatesOf,
  askingsOf,
  rangesOfCall,
  rangeAddition,
  rangeAdditions,
  shownCalls,
  shownText,
  changeSince,
  overridesOf,
  allowancesOf,
  allowanceAt,
  usageOf,
  costsOf,
  adjustmentsOfCall,
  reratingsOf,
  reratingAt,
  differencesOf,
  linesOf,
  lateCalls,
  atStake,
};

export type DeskBooks = typeof DESK_BOOKS;
