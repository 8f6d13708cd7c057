import { Reader, compare, fail, u64 } from '../bytes.ts';
import { as } from '../error.ts';
import { H, STATE_LEAF, stateNode } from '../hash.ts';

/** A leaf of the state map (§6.1): the state key, and what the leaf hash is of. */
export interface Leaf { key: Uint8Array; valueHash: Uint8Array; entries: bigint; root: Uint8Array }

const bit = (key: Uint8Array, i: number): number => (key[i >> 3]! >> (7 - (i & 7))) & 1;

/** The position of the first bit at which two keys differ. */
function differ(a: Uint8Array, b: Uint8Array): number {
  let i = 0;
  while (i < 256 && bit(a, i) === bit(b, i)) i++;
  return i;
}

/** Folds a state proof without leaves (§13.2) over its leaves to the state root. */
export const stateRoot = (proof: Uint8Array, leaves: Leaf[]): Uint8Array => as('state', () => fold(proof, leaves));

function fold(proof: Uint8Array, leaves: Leaf[]): Uint8Array {
  const sorted = [...leaves].sort((a, b) => compare(a.key, b.key));
  const r = new Reader(proof);
  let next = 0;
  const bad = (): never => fail('state', 'the proof is not one of these leaves');

  const node = (above: number): Uint8Array => {
    const form = r.count(1, 1, 4);
    if (form === 1) {
      const l = sorted[next++] ?? bad();
      return H([STATE_LEAF], l.key, l.valueHash, u64(l.entries), l.root);
    }
    const at = r.num(1);
    if (at <= above) bad();
    const first = next;
    const left = form === 3 ? r.hash() : node(at);
    const middle = next;
    const right = form === 2 ? r.hash() : node(at);
    // Sorted as they are, the outermost keys speak for all of them.
    if (form !== 3 && bit(sorted[middle - 1]!.key, at)) bad();
    if (form !== 2 && !bit(sorted[middle]!.key, at)) bad();
    if (differ(sorted[first]!.key, sorted[next - 1]!.key) < at) bad();
    return stateNode(at, left, right);
  };

  r.version();
  const root = node(-1);
  r.end();
  if (next !== sorted.length) bad();
  return root;
}
