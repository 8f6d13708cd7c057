import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as ed from '@noble/ed25519';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import * as secp from '@noble/secp256k1';
import { edPoint, verifyEd, verifySecp } from '../src/verify/crypto.ts';
import { bytes, chance } from './helper.ts';

secp.hashes.sha256 = sha256;
secp.hashes.hmacSha256 = (key, message) => hmac(sha256, key, message);
ed.hashes.sha512 = sha512;
const next = chance(2);
const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const big = (b: Uint8Array): bigint => BigInt('0x' + Buffer.from(b).toString('hex'));
const be = (n: bigint): Uint8Array => new Uint8Array(Buffer.from(n.toString(16).padStart(64, '0'), 'hex'));
const le = (n: bigint): Uint8Array => be(n).reverse();
const join = (...parts: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

test('ECDSA: as the library says, signature by signature', () => {
  for (let i = 0; i < 25; i++) {
    const secret = bytes(32, next);
    const key = secp.getPublicKey(secret);
    const digest = i === 0 ? new Uint8Array(32) : i === 1 ? new Uint8Array(32).fill(255) : bytes(32, next);
    const signature = secp.sign(digest, secret, { prehash: false });
    const library = (s: Uint8Array, d = digest, k = key): boolean => secp.verify(s, d, k, { prehash: false, lowS: true });
    assert.ok(verifySecp(key, digest, signature));
    const high = join(signature.subarray(0, 32), be(N - big(signature.subarray(32))));
    assert.ok(!verifySecp(key, digest, high), 'high s');
    for (let j = 0; j < 6; j++) {
      const bad = signature.slice();
      bad[next(64)]! ^= 1 << next(8);
      assert.equal(verifySecp(key, digest, bad), library(bad));
    }
    const other = secp.getPublicKey(bytes(32, next));
    assert.equal(verifySecp(other, digest, signature), false);
    assert.equal(verifySecp(key, bytes(32, next), signature), false);
  }
});

test('ECDSA: what is no key, no number and no signature', () => {
  const secret = bytes(32, next);
  const key = secp.getPublicKey(secret);
  const digest = bytes(32, next);
  const signature = secp.sign(digest, secret, { prehash: false });
  const [r, s] = [signature.subarray(0, 32), signature.subarray(32)];
  const zero = new Uint8Array(32);
  for (const bad of [join(zero, s), join(r, zero), join(be(N), s), join(r, be(N)), join(be(N + big(r) > 2n ** 256n - 1n ? N : N + big(r)), s), signature.subarray(1), join(signature, zero)]) {
    assert.equal(verifySecp(key, digest, bad), false);
  }
  const long = secp.getPublicKey(secret, false);
  const hybrid = Uint8Array.from(long);
  hybrid[0] = 6 + (long[64]! & 1);
  for (const bad of [long, hybrid, join(Uint8Array.of(4), key.subarray(1)), join(Uint8Array.of(2), be(2n ** 256n - 1n)), join(Uint8Array.of(2), be(5n)), new Uint8Array(33), zero]) {
    assert.equal(verifySecp(bad, digest, signature), false);
  }
});

test('Ed25519: as the library says, but without cofactor', () => {
  for (let i = 0; i < 15; i++) {
    const secret = bytes(32, next);
    const key = ed.getPublicKey(secret);
    const message = bytes(next(200), next);
    const signature = ed.sign(message, secret);
    assert.ok(verifyEd(key, message, signature));
    for (let j = 0; j < 6; j++) {
      const bad = signature.slice();
      bad[next(64)]! ^= 1 << next(8);
      assert.equal(verifyEd(key, message, bad), ed.verify(bad, message, key, { zip215: false }));
    }
    const more = join(signature.subarray(0, 32), le(L + BigInt('0x' + Buffer.from(signature.subarray(32)).reverse().toString('hex'))));
    assert.ok(!verifyEd(key, message, more), 's beyond the order');
    assert.ok(!verifyEd(key, join(message, Uint8Array.of(0)), signature));
  }
});

test('Ed25519: a key with a part of small order verifies by its own equation only', () => {
  // A = a·B + T with T of order 8, R = r·B: the equation with cofactor holds, the one without only if 8 divides k.
  const T = ed.Point.fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
  const message = Uint8Array.of(1);
  let lax = 0;
  for (let i = 1n; i < 12n; i++) {
    const a = 12345n + i;
    const A = ed.Point.BASE.multiply(a).add(T).toBytes();
    const R = ed.Point.BASE.multiply(777n + i).toBytes();
    const k = BigInt('0x' + Buffer.from(sha512(join(R, A, message))).reverse().toString('hex')) % L;
    const signature = join(R, le((777n + i + k * a) % L));
    const strict = k % 8n === 0n;
    assert.equal(verifyEd(A, message, signature), strict);
    if (ed.verify(signature, message, A, { zip215: false }) && !strict) lax++;
  }
  assert.ok(lax > 0, 'the library takes what is refused here');
});

test('Ed25519: no points of small order, and one encoding', () => {
  for (const hex of [
    '0100000000000000000000000000000000000000000000000000000000000000', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0000000000000000000000000000000000000000000000000000000000000000', '0000000000000000000000000000000000000000000000000000000000000080',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    '0100000000000000000000000000000000000000000000000000000000000080', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', '0200000000000000000000000000000000000000000000000000000000000000',
  ]) assert.equal(edPoint(new Uint8Array(Buffer.from(hex, 'hex'))), undefined, hex);
  assert.ok(edPoint(ed.getPublicKey(bytes(32, next))));
});
