export { Edwards as Point } from './points.ts';
