import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Point as LibraryEdwards } from '@noble/ed25519';
import * as sha from '@noble/hashes/sha2.js';
import { Point as LibrarySecp } from '@noble/secp256k1';
import { Edwards, Secp } from '../src/small/points.ts';
import { sha256, sha512 } from '../src/small/sha2.ts';
import { bytes, chance } from './helper.ts';

const next = chance(5);
const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');

test('hashes are the library’s at every length', () => {
  for (let n = 0; n < 400; n++) {
    const m = bytes(n, next);
    assert.equal(hex(sha256(m)), hex(sha.sha256(m)), `${n}`);
    assert.equal(hex(sha512(m)), hex(sha.sha512(m)), `${n}`);
  }
  const long = bytes(100001, next);
  assert.equal(hex(sha256(long)), hex(sha.sha256(long)));
  assert.equal(hex(sha512(long.subarray(0, 20001))), hex(sha.sha512(long.subarray(0, 20001))));
  // FIPS 180-4, of "abc": a library that changed with ours would be no witness.
  const abc = Buffer.from('abc');
  assert.equal(hex(sha256(abc)), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.equal(hex(sha512(abc)).slice(0, 32), 'ddaf35a193617abacc417349ae204131');
});

const affine = (p: { is0(): boolean; toAffine(): { x: bigint } }): bigint | string => (p.is0() ? 'zero' : p.toAffine().x);

test('points of secp256k1 are the library’s, also where a formula has its exceptions', () => {
  const pairs: [Secp, LibrarySecp][] = [[Secp.BASE, LibrarySecp.BASE], [Secp.ZERO, LibrarySecp.ZERO]];
  for (let i = 0; i < 300; i++) {
    const [a, b] = [pairs[next(pairs.length)]!, pairs[next(pairs.length)]!];
    const q: [Secp, LibrarySecp] = [[a[0].add(b[0]), a[1].add(b[1])], [a[0].double(), a[1].double()], [a[0].negate(), a[1].negate()]][next(3)] as [Secp, LibrarySecp];
    assert.equal(affine(q[0]), affine(q[1]));
    // y as well: with its sign, by the sum with the base.
    assert.equal(affine(q[0].add(Secp.BASE)), affine(q[1].add(LibrarySecp.BASE)));
    pairs.push(q);
  }
  const [p, l] = pairs[20]!;
  assert.deepEqual([affine(p.add(p.negate())), affine(p.add(p)), affine(p.add(Secp.ZERO))], ['zero', affine(l.double()), affine(l)]);
});

const decoded = (f: () => { x: bigint }): bigint | string => {
  try {
    return f().x;
  } catch {
    return 'bad';
  }
};

test('keys are read and refused as the libraries do', () => {
  const seen = new Set<string>();
  const edges = [0n, 1n, 2n, 2n ** 255n - 19n, 2n ** 255n - 20n, 2n ** 255n - 18n, 2n ** 255n - 1n, 2n ** 256n - 1n, 2n ** 255n, 2n ** 255n + 1n, 2n ** 256n - 2n ** 32n - 977n, 2n ** 256n - 2n ** 32n - 978n];
  const keys = [...Array.from({ length: 200 }, () => bytes(32, next)), ...edges.map((n) => new Uint8Array(Buffer.from(n.toString(16).padStart(64, '0'), 'hex')))];
  for (const k of [...keys, ...edges.map((_, i) => keys[200 + i]!.slice().reverse())]) {
    const e = decoded(() => Edwards.fromBytes(k));
    assert.equal(e, decoded(() => LibraryEdwards.fromBytes(k)), hex(k));
    if (e !== 'bad') {
      assert.equal(hex(Edwards.fromBytes(k).toBytes()), hex(k));
      assert.equal(Edwards.fromBytes(k).isSmallOrder(), LibraryEdwards.fromBytes(k).isSmallOrder());
    }
    for (const prefix of [0, 1, 2, 3, 4, 5]) {
      const key = Uint8Array.from([prefix, ...k]);
      const s = decoded(() => Secp.fromBytes(key).add(Secp.BASE).toAffine());
      assert.equal(s, decoded(() => LibrarySecp.fromBytes(key).add(LibrarySecp.BASE).toAffine()), hex(key));
      seen.add(`${typeof e} ${typeof s}`);
    }
  }
  assert.equal(seen.size, 4);
});

test('points of edwards25519 are the library’s', () => {
  const pairs: [Edwards, LibraryEdwards][] = [[Edwards.BASE, LibraryEdwards.BASE], [Edwards.ZERO, LibraryEdwards.ZERO]];
  for (const h of ['26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f']) {
    const k = new Uint8Array(Buffer.from(h, 'hex'));
    pairs.push([Edwards.fromBytes(k), LibraryEdwards.fromBytes(k)]);
  }
  for (let i = 0; i < 300; i++) {
    const [a, b] = [pairs[next(pairs.length)]!, pairs[next(pairs.length)]!];
    const q = [[a[0].add(b[0]), a[1].add(b[1])], [a[0].double(), a[1].double()], [a[0].negate(), a[1].negate()]][next(3)] as [Edwards, LibraryEdwards];
    assert.equal(hex(q[0].toBytes()), hex(q[1].toBytes()));
    pairs.push(q);
  }
});
