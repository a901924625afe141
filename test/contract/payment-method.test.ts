// Every way of paying keeps the same contract.
import {cardBench} from './payment-card-bench.ts';
import {paymentMethodSuite} from './payment-method-suite.ts';

paymentMethodSuite('the card', cardBench);
