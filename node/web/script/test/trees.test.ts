import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, concat } from '../src/verify/bytes.ts';
import { H, LOG, Tree, fold, inclusion, stateNode, verifyConsistency } from '../src/verify/hash.ts';
import { stateRoot } from '../src/verify/receipt/state.ts';
import type { Leaf } from '../src/verify/receipt/state.ts';
import { bytes, chance, word } from './helper.ts';

// Naive trees, as RFC 6962 §2.1 and FORMAT §6.1 define them.

const split = (n: number): number => 2 ** Math.floor(Math.log2(n - 1));

function root(leaves: Uint8Array[]): Uint8Array {
  if (!leaves.length) return H();
  if (leaves.length === 1) return H([0], leaves[0]!);
  const k = split(leaves.length);
  return H([1], root(leaves.slice(0, k)), root(leaves.slice(k)));
}

function path(m: number, leaves: Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  const k = split(leaves.length);
  return m < k ? [...path(m, leaves.slice(0, k)), root(leaves.slice(k))] : [...path(m - k, leaves.slice(k)), root(leaves.slice(0, k))];
}

function proof(m: number, leaves: Uint8Array[], whole = true): Uint8Array[] {
  if (m === leaves.length) return whole ? [] : [root(leaves)];
  const k = split(leaves.length);
  return m <= k ? [...proof(m, leaves.slice(0, k), whole), root(leaves.slice(k))] : [...proof(m - k, leaves.slice(k), false), root(leaves.slice(0, k))];
}

const next = chance(1);
const leaves = Array.from({ length: 40 }, () => bytes(1 + next(9), next));

test('trees, inclusion and consistency are those of RFC 6962', () => {
  for (let n = 0; n <= leaves.length; n++) {
    const some = leaves.slice(0, n);
    const tree = new Tree(LOG);
    some.forEach((l) => tree.add(l));
    assert.deepEqual(tree.root(), root(some));
    for (let m = 0; m < n; m++) {
      const p = path(m, some);
      assert.deepEqual(inclusion(LOG, BigInt(m), BigInt(n), some[m]!, p), root(some));
      assert.equal(word(() => inclusion(LOG, BigInt(m), BigInt(n), some[m]!, [...p, root(some)])), 'path');
      if (p.length) assert.equal(word(() => inclusion(LOG, BigInt(m), BigInt(n), some[m]!, p.slice(1))), 'path');
    }
    if (n) assert.deepEqual(fold(path(n - 1, some), LOG), root(some.slice(0, n - 1)));
    for (let m = 1; m <= n; m++) {
      const check = (p: Uint8Array[], a = root(some.slice(0, m)), b = root(some)) => word(() => verifyConsistency(BigInt(m), a, BigInt(n), b, p));
      const p = proof(m, some);
      assert.equal(check(p), 'ok');
      assert.equal(check([...p, root(some)]), 'consistency');
      if (p.length) assert.equal(check(p.slice(1)), 'consistency');
      if (m < n) assert.equal(check(p, root(some.slice(0, m - 1))), 'consistency');
      if (m < n) assert.equal(check(p, root(some.slice(0, m)), root(leaves.slice(1, n + 1))), 'consistency');
    }
  }
});

const bit = (key: Uint8Array, i: number): number => (key[i >> 3]! >> (7 - (i & 7))) & 1;

interface State { root: Uint8Array; proof: Uint8Array; shown: boolean }

/** Root and proof without leaves of a map, for the leaves that are chosen. */
function state(map: Leaf[], chosen: Set<Leaf>): State {
  if (map.length === 1) {
    const [l] = map as [Leaf];
    return { root: H([0x30], l.key, l.valueHash, be8(l.entries), l.root), proof: Uint8Array.of(1), shown: chosen.has(l) };
  }
  let at = 0;
  while (map.every((l) => bit(l.key, at) === bit(map[0]!.key, at))) at++;
  const [a, b] = [0, 1].map((x) => state(map.filter((l) => bit(l.key, at) === x), chosen)) as [State, State];
  const both = a.shown && b.shown;
  const form = both ? 4 : a.shown ? 2 : 3;
  return {
    root: stateNode(at, a.root, b.root), shown: a.shown || b.shown,
    proof: concat([form, at], a.shown ? a.proof : a.root, b.shown ? b.proof : b.root),
  };
}

const be8 = (n: bigint): Uint8Array => Uint8Array.from({ length: 8 }, (_, i) => Number((n >> BigInt(56 - 8 * i)) & 255n));

test('state proofs fold for the leaves they were made for, and for no others', () => {
  for (let round = 0; round < 60; round++) {
    // Keys that share their beginnings, as random ones of a small map do not.
    const map: Leaf[] = Array.from({ length: 1 + next(20) }, () => {
      const key = bytes(32, next);
      for (let i = 0; i < next(32); i++) key[i] = 0;
      return { key, valueHash: bytes(32, next), entries: BigInt(next(9)), root: bytes(32, next) };
    });
    const chosen = map.filter(() => next(2));
    if (!chosen.length) chosen.push(map[0]!);
    const s = state(map, new Set(chosen));
    const p = concat([1], s.proof);
    assert.deepEqual(stateRoot(p, chosen), s.root);
    assert.deepEqual(stateRoot(p, [...chosen].reverse()), s.root);
    const differs = (run: () => Uint8Array): boolean => word(() => assert.ok(compare(run(), s.root) === 0, 'root')) !== 'ok';
    for (let i = 0; i < p.length; i++) {
      const bad = p.slice();
      bad[i]! ^= 1 << next(8);
      assert.ok(fails(() => differs(() => stateRoot(bad, chosen))), `byte ${i}`);
    }
    assert.equal(word(() => stateRoot(p, chosen.slice(1))), 'state');
    assert.equal(word(() => stateRoot(p, [...chosen, { ...chosen[0]!, key: bytes(32, next) }])), 'state');
    assert.equal(word(() => stateRoot(concat(p, [0]), chosen)), 'state');
  }
});

/** True when it says so, or when an assertion in it does. */
function fails(run: () => boolean): boolean {
  try {
    return run();
  } catch (e) {
    if (e instanceof assert.AssertionError) return true;
    throw e;
  }
}
