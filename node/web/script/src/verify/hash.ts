import { sha256 } from '@noble/hashes/sha2.js';
import { be, bytesOf, concat, equal, fail } from './bytes.ts';
import type { Word } from './types.ts';

// The tags of §1. A node's tag is its leaf's and one.
export const LOG = 0x00, ACTION = 0x10, HISTORY = 0x20;
export const STATE_LEAF = 0x30, STATE_NODE = 0x31, STATE_KEY = 0x32, VALUE = 0x33;

export const H = (...parts: (Uint8Array | number[])[]): Uint8Array => sha256(concat(...parts));

export const valueHash = (value: Uint8Array): Uint8Array => H([VALUE], value);
export const stateKey = (kind: number, id: Uint8Array): Uint8Array => H([STATE_KEY, kind], id);
export const stateNode = (bit: number, left: Uint8Array, right: Uint8Array): Uint8Array => H([STATE_NODE], be(2, bit), left, right);

/** The pre-authentication encoding of DSSE; what names a type of ours. */
export function pae(type: string, body: Uint8Array): Uint8Array {
  type = `application/vnd.ocop.${type}.v1`;
  return concat(bytesOf(`DSSEv1 ${type.length} ${type} ${body.length} `), body);
}

/** A tree of RFC 6962's shape, folded as its leaves come. */
export class Tree {
  private size = 0;
  private stack: Uint8Array[] = [];
  constructor(private readonly tag: number) {}

  add(leaf: Uint8Array): void {
    let h = H([this.tag], leaf);
    for (let n = this.size++; n & 1; n >>= 1) h = H([this.tag + 1], this.stack.pop()!, h);
    this.stack.push(h);
  }
  root(): Uint8Array {
    return fold([...this.stack].reverse(), this.tag);
  }
}

/** The root over perfect subtrees, smallest first. */
export function fold(parts: Uint8Array[], tag: number): Uint8Array {
  return parts.length ? parts.reduce((h, next) => H([tag + 1], next, h)) : H();
}

/** The root to which an inclusion path leads (RFC 9162 §2.1.3.2); its length must be the one that index and size prescribe. */
export function inclusion(tag: number, index: bigint, size: bigint, leaf: Uint8Array, path: Uint8Array[]): Uint8Array {
  if (index >= size) fail('size', 'no leaf of this index');
  let last = size - 1n;
  let h = H([tag], leaf);
  for (const next of path) {
    if (!last) fail('path', 'longer than its leaf needs');
    if (index & 1n || index === last) {
      h = H([tag + 1], next, h);
      while (!(index & 1n) && index) [index, last] = [index >> 1n, last >> 1n];
    } else h = H([tag + 1], h, next);
    [index, last] = [index >> 1n, last >> 1n];
  }
  if (last) fail('path', 'shorter than its leaf needs');
  return h;
}

/** Throws unless the proof leads from one head to a later one (RFC 9162 §2.1.4.2). */
export function verifyConsistency(oldSize: bigint, oldRoot: Uint8Array, newSize: bigint, newRoot: Uint8Array, proof: Uint8Array[]): void {
  const must = (holds: boolean, word: Word = 'consistency'): void => {
    if (!holds) fail(word, 'one head is no beginning of the other');
  };
  must(oldSize <= newSize, 'size');
  if (oldSize === newSize) must(equal(oldRoot, newRoot), 'root');
  if (!oldSize) must(equal(oldRoot, H()));
  if (oldSize === newSize || !oldSize) return must(!proof.length);
  let at = oldSize - 1n;
  let last = newSize - 1n;
  for (; at & 1n; last >>= 1n) at >>= 1n;
  const hashes = [...proof];
  // The old tree is a perfect subtree of the new one: its root is where the proof begins.
  if (!at) hashes.unshift(oldRoot);
  must(hashes.length > 0);
  let a = hashes[0]!;
  let b = a;
  for (const next of hashes.slice(1)) {
    must(!!last);
    if (at & 1n || at === last) {
      a = H([LOG + 1], next, a);
      b = H([LOG + 1], next, b);
      while (!(at & 1n) && at) [at, last] = [at >> 1n, last >> 1n];
    } else b = H([LOG + 1], b, next);
    [at, last] = [at >> 1n, last >> 1n];
  }
  must(!last && equal(a, oldRoot) && equal(b, newRoot));
}
