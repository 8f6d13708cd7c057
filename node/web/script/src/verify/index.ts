// The ledger's verifier, written from ledger/FORMAT.md: bytes and a trust in, an answer or a named reason out. It asks no network and reads no clock.
import { VerifyError } from './error.ts';
import type { Check, Handover, Head, Memory, Policy, Receipt, RecordReceipt, Seal, Trust } from './types.ts';

export * from './types.ts';
export { VerifyError };

const todo = (): never => { throw new VerifyError('format', 'not written yet'); };

/** Reads a policy file (§11.4) and checks that its document is sound. */
export function parsePolicyFile(_text: Uint8Array): Policy { return todo(); }
/** Reads a policy document (§4) and checks that it is sound. */
export function parsePolicyDocument(_bytes: Uint8Array): Policy { return todo(); }
/** Reads a handover (§11.5) and checks nothing but its form. */
export function parseHandover(_file: Uint8Array): Handover { return todo(); }
/** A handover believed as it stands (§11.6): trust in the document it leads to. */
export function trustHandover(_file: Uint8Array, _now: bigint): Trust { return todo(); }
/** Walks handovers, in order, from the document believed. Those to epochs not after it are passed over. */
export function walk(_trust: Trust, _handovers: Uint8Array[]): Trust { return todo(); }
/** Takes a head for the ledger's (§11.6). The trust returned is of the head's own epoch, with since as that head moves it. */
export function verifyHead(
  _note: Uint8Array, _seal: Uint8Array, _path: Uint8Array[], _handovers: Uint8Array[], _trust: Trust,
): { head: Head; seal: Seal; trust: Trust } { return todo(); }
/** Verifies a proof file whose extra data is a seal, or its handovers' head: see verifyHead. */
export function verifyReceipt(_file: Uint8Array, _trust: Trust, _checks?: (c: Check) => void): Receipt { return todo(); }
/** The same in slices: progress is told how far it is (0 to 1), and what it returns is awaited, so that a page can breathe. */
export async function verifyReceiptSlowly(
  _file: Uint8Array, _trust: Trust, _checks?: (c: Check) => void, _progress?: (part: number) => Promise<void> | void,
): Promise<Receipt> { return todo(); }
export function verifyRecordReceipt(_file: Uint8Array, _trust: Trust, _handovers?: Uint8Array[]): RecordReceipt { return todo(); }
export function verifyConsistency(_oldSize: bigint, _oldRoot: Uint8Array, _newSize: bigint, _newRoot: Uint8Array, _proof: Uint8Array[]): void { todo(); }
/** A head certified under the document believed, without a look at what it holds (§11.2). */
export function certify(_note: Uint8Array, _trust: Trust): Head { return todo(); }

export function parseMemory(_text: Uint8Array, _now: bigint): Memory { return todo(); }
export function formatMemory(_memory: Memory): Uint8Array { return todo(); }
/** The first memory: of a head that was verified under the trust given. */
export function firstMemory(_trust: Trust, _note: Uint8Array): Memory { return todo(); }
/** Trust that a memory gives. */
export function trustMemory(_memory: Memory, _now: bigint): Trust { return todo(); }
/** Throws unless a head verified (verifyHead, verifyReceipt) goes on from the one remembered; proof leads from the smaller of the two to the larger. */
export function checkMemory(_memory: Memory, _trust: Trust, _head: Head, _proof: Uint8Array[]): void { todo(); }
/** The memory after that head; checks it first. */
export function nextMemory(_memory: Memory, _trust: Trust, _note: Uint8Array, _proof: Uint8Array[]): Memory { return todo(); }
