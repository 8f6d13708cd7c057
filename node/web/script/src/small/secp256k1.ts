export { Secp as Point } from './points.ts';
