// What a page loads first: all that the verdict takes but the rules of the ledger, which are in second.ts. Nothing here reads an action.
import { certifyNote } from './trust.ts';
import { parseNote } from './note.ts';
import { prove } from './receipt/proof.ts';
import type { Proof } from './receipt/proof.ts';
import { slowly } from './slowly.ts';
import type { Ask, Head, Trust } from './types.ts';

export type { Proof };
export { hex } from './bytes.ts';
export { VerifyError } from './error.ts';
export { verifyConsistency } from './hash.ts';
export { checkMemory, firstMemory, formatMemory, nextMemory, parseMemory, trustMemory } from './memory.ts';
export { parsePolicyDocument } from './policy.ts';

/** See index.ts. */
export const certify = (note: Uint8Array, trust: Trust): Head => certifyNote(parseNote(note), trust);

/** Verifies a receipt as far as it can be without reading its actions (see receipt/proof.ts). */
export const proveReceiptSlowly = (file: Uint8Array, trust: Trust, ask: Ask, progress: (part: number) => Promise<void> | void): Promise<Proof> =>
  slowly(prove(file, trust, ask), progress);
