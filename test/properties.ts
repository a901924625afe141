// Every property of a run is tried as often as the size of the run says.
import {configureGlobal} from 'fast-check';
import {amount} from './tiers.ts';

// The reason stands in the message itself: the list at the end of a run has no room for what lies behind it.
configureGlobal({numRuns: amount('properties'), includeErrorInReport: true});
