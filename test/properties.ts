// Every property of a run is tried as often as the size of the run says.
import {configureGlobal} from 'fast-check';
import {amount} from './tiers.ts';

configureGlobal({numRuns: amount('properties')});
