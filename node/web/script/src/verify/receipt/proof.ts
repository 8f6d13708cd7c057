import type { Ask, Trust } from '../types.ts';
import { answer } from './answer.ts';
import type { Answer } from './answer.ts';
import { told } from './checks.ts';
import { mustBeClosed } from './closure.ts';
import { fold, mustFit } from './fold.ts';
import { Members } from './members.ts';
import { ofHead, open } from './open.ts';
import type { Opened } from './open.ts';
import { keyOf } from './values.ts';

/** What a receipt proves before its actions are read. */
export interface Proof {
  /** For the rules: see rules.ts. */
  opened: Opened;
  /** Of the values at the head, whatever height was asked for. */
  receipt: ReturnType<typeof ofHead> & Answer;
}

/**
 * Verifies all of a receipt but that its actions were within the rules: signatures, that every action shown is the one signed, that histories are complete
 * and values those of the state which a quorum certified, and that nothing is missing on which the verdict depends. Whoever can make this accept what the
 * rules refuse has the keys of a quorum. Yields how far it is, from 0 to 1.
 */
export const prove = (file: Uint8Array, trust: Trust, ask: Ask): Generator<number, Proof> => told(ask, function* (passed) {
  const opened = yield* open(file, trust, { ...ask, of: 'subject' }, passed);
  passed('state');
  mustFit(opened.file);
  yield* fold(opened);
  const now = Members.shown(opened.file.members);
  passed('closure');
  mustBeClosed(now, keyOf(opened.file.kind, opened.file.id), false);
  passed();
  return { opened, receipt: { ...ofHead(opened), ...answer(now, now, opened.file) } };
});
