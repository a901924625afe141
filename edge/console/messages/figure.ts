// Portal and console count in the same way.
export {counted, figure, type Figure} from '../../../shared/ui/counted.ts';
