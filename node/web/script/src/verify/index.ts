// The ledger's verifier, written from ledger/FORMAT.md: bytes and a trust in, an answer or a named reason out. It asks no network and reads no clock.
//
// Whom to believe is for the caller to say (Trust): a policy file that somebody handed over, what was remembered, or a document pinned in a page. Every
// function throws VerifyError, whose word names the check that failed, and nothing else on any bytes.
import { VerifyError } from './error.ts';
import { verifyConsistency } from './hash.ts';
import { parseNote } from './note.ts';
import { steps } from './receipt/verify.ts';
import { verifyRecord } from './record.ts';
import { atOnce, slowly } from './slowly.ts';
import { certifyNote, headUnder, parseHandovers } from './trust.ts';
import type { Taken } from './trust.ts';
import type { Ask, Check, Head, Receipt, RecordReceipt, Trust } from './types.ts';
import { notBack } from './memory.ts';

type HeadText = { origin: string; size: bigint; root: Uint8Array };

export * from './types.ts';
export { VerifyError, verifyConsistency };
export { parsePolicyDocument, parsePolicyFile } from './policy.ts';
export { parseHandover, trustHandover, walk } from './trust.ts';
export { checkMemory, firstMemory, formatMemory, nextMemory, parseMemory, trustMemory } from './memory.ts';
export { parseHead, parseProof } from './note.ts';
export { idOf } from './receipt/values.ts';
export { dateOf } from './receipt/codec.ts';

/** A head certified under the document believed, whatever its seal says (§11.2, §11.6). */
export const certify = (note: Uint8Array, trust: Trust): Head => certifyNote(parseNote(note), trust);

/** Takes a head for the ledger's (§11.6). The trust returned is in the document of the head's own epoch, with since as the head moves it. */
export function verifyHead(note: Uint8Array, seal: Uint8Array, path: Uint8Array[], handovers: Uint8Array[], trust: Trust, ask: Ask = {}): Taken {
  const head = parseNote(note);
  return headUnder(head, seal, path, parseHandovers(handovers), trust, ({ chain }) => {
    if (ask.memory) notBack(ask.memory, chain, head, ask.older);
  });
}

/** Throws unless the older head is a beginning of the other (§11.2). */
export function verifyConsistentHeads(older: HeadText, newer: HeadText, proof: Uint8Array[]): void {
  if (older.origin !== newer.origin) throw new VerifyError('chain', 'heads of two ledgers');
  verifyConsistency(older.size, older.root, newer.size, newer.root, proof);
}

const asAsk = (ask: Ask | ((c: Check) => void)): Ask => (typeof ask === 'function' ? { checks: ask } : ask);

/** Verifies a receipt (§13). Checks are told one after another, up to the first that fails. */
export const verifyReceipt = (file: Uint8Array, trust: Trust, ask: Ask | ((c: Check) => void) = {}): Receipt => atOnce(steps(file, trust, asAsk(ask)));

/** The same in slices: see slowly.ts. */
export const verifyReceiptSlowly = (
  file: Uint8Array, trust: Trust, ask: Ask | ((c: Check) => void), progress: (part: number) => Promise<void> | void,
): Promise<Receipt> => slowly(steps(file, trust, asAsk(ask)), progress);

/** Verifies the receipt of a record (§13.1), by the epoch believed or one that handovers lead to. */
export const verifyRecordReceipt = (file: Uint8Array, trust: Trust, handovers: Uint8Array[] = [], ask: Ask = {}): RecordReceipt =>
  verifyRecord(file, trust, { ...ask, handovers });
