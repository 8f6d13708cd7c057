import type { Ask, Receipt, Trust } from '../types.ts';
import { ofAction } from './action.ts';
import { told } from './checks.ts';
import { showEvents } from './events.ts';
import { fold, mustFit } from './fold.ts';
import { ofHead, open } from './open.ts';
import { derive, mustBeExact } from './rules.ts';
import { showReceipt } from './show.ts';
import { ACTIVITY } from './values.ts';

/** Verifies a receipt step by step; what it yields is how far it is, from 0 to 1. */
export const steps = (file: Uint8Array, trust: Trust, ask: Ask): Generator<number, Receipt> => told(ask, function* (passed) {
  const opened = yield* open(file, trust, ask, passed);
  if (opened.file.kind === ACTIVITY) {
    passed('state');
    const receipt = ofAction(opened);
    passed();
    return receipt;
  }
  passed('rules');
  mustFit(opened.file);
  const derived = yield* derive(opened);
  passed('closure');
  mustBeExact(opened, derived);
  passed('state');
  yield* fold(opened);
  passed();
  const { now, then, done } = derived;
  return { ...ofHead(opened), ...showReceipt(then, now, opened.file), events: showEvents(now, done) };
});
