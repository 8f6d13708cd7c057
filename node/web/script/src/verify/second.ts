// What a page loads once its verdict is shown: the rules of the ledger. It is a script of its own, so that what it gives is data: an error thrown here
// would be of a class that the first script does not know.
import { VerifyError } from './error.ts';
import type { Opened } from './receipt/open.ts';
import { derive, mustBeExact } from './receipt/rules.ts';
import { slowly } from './slowly.ts';
import type { Word } from './types.ts';

/** Derives the values of a receipt that the first script has proved; the word of the check that fails, if one does. No signature is verified again. */
export async function derived(opened: Opened, progress: (part: number) => Promise<void> | void): Promise<Word | undefined> {
  try {
    mustBeExact(opened, await slowly(derive(opened), progress));
    return undefined;
  } catch (e) {
    if (e instanceof VerifyError) return e.word;
    throw e;
  }
}
