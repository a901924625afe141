// Every way of paying keeps the same contract.
import {startCashlessBench} from './cashless-bench.ts';
import {cardBench} from './payment-card-bench.ts';
import {paymentMethodSuite} from './payment-method-suite.ts';

paymentMethodSuite('the card', cardBench);
paymentMethodSuite('the cashless card', startCashlessBench);
