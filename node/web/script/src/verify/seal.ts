import { Reader, equal, fail } from './bytes.ts';
import { LOG, fold, inclusion } from './hash.ts';
import type { Seal } from './types.ts';

export const SEAL_BYTES = 429;

/** Reads a seal (§2.4). */
export function parseSeal(bytes: Uint8Array): Seal {
  const bad = (): never => fail('seal', 'not a seal');
  if (bytes.length !== SEAL_BYTES || bytes[0] !== 2 || bytes[1] !== 1) bad();
  const r = new Reader(bytes);
  r.take(2);
  const seal = {
    chain: r.hash(), height: r.u64(), previous: r.hash(), time: r.u64(), flags: r.num(1), size: r.u64(), root: r.hash(),
    accepted: r.num(4), refused: r.num(4), state: r.hash(), protocol: r.num(4), policy: r.hash(), nextPolicy: r.hash(),
  };
  // Of the draft header only what its own encoding fixes: who proposed what is no concern of a receipt's.
  const draft = r.take(134);
  const signature = r.take(64);
  if (seal.flags > 1 || draft[0] !== 1 || draft[97]! > 1 || new Reader(draft.subarray(98)).num(4) > 1024) bad();
  if (!seal.height && [...draft.subarray(1), ...signature].some((b) => b)) bad();
  return seal;
}

/** Reads a seal that speaks for a head (§11.2), by the inclusion path of the head's last leaf. */
export function sealOf(head: { size: bigint; root: Uint8Array }, bytes: Uint8Array, path: Uint8Array[]): Seal {
  if (!head.size) fail('size', 'a head without leaves');
  const seal = parseSeal(bytes);
  if (seal.size + 1n !== head.size) fail('seal', 'the seal is not the last leaf');
  if (!equal(inclusion(LOG, seal.size, head.size, bytes, path), head.root)) fail('path', 'the seal is not in the head');
  if (!equal(fold(path, LOG), seal.root)) fail('root', 'the seal does not know the leaves before it');
  return seal;
}
