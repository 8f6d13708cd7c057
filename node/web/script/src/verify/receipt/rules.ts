import { mustBeClosed } from './closure.ts';
import type { Opened } from './open.ts';
import { replay } from './replay.ts';
import type { Done } from './replay.ts';
import { keyOf } from './values.ts';
import { World } from './world.ts';

/** What came of a receipt's actions: the members at its height, as they stood at the height that was asked for, and what was done. */
export interface Derived { now: World; then: World; done: Done[] }

/** Derives every value anew from the actions, by the rules of §13.4, and compares it with the histories, which must fit (mustFit). Yields how far it is, from 0.9. */
export function* derive({ file, asOf, taken: { seal }, signed }: Opened): Generator<number, Derived> {
  const now = new World(file.members);
  const done: Done[] = [];
  let then: World | undefined;
  for (const [i, s] of signed.entries()) {
    if (s.record.height > asOf) then ??= now.snapshot();
    replay(now, s, seal.protocol, (d) => done.push(d));
    yield 0.9 + (0.05 * (i + 1)) / signed.length;
  }
  return { now, then: then ?? now, done };
}

/** Throws unless the receipt shows exactly what its subject depends on, and has ever depended on. */
export const mustBeExact = ({ file }: Opened, { now }: Derived): void => mustBeClosed(now, keyOf(file.kind, file.id), true);
