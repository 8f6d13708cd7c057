import { Point as Edwards } from '@noble/ed25519';
import { verify } from '@noble/secp256k1';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat, equal } from './bytes.ts';

const L = 2n ** 252n + 27742317777372353535851937790883648493n;

const little = (bytes: Uint8Array): bigint => bytes.reduceRight((n, b) => (n << 8n) | BigInt(b), 0n);

/** The point of an Ed25519 key in its canonical encoding and not of small order (§1); none otherwise. */
export function edPoint(key: Uint8Array): Edwards | undefined {
  try {
    const p = Edwards.fromBytes(key);
    return p.isSmallOrder() ? undefined : p;
  } catch {
    return undefined;
  }
}

/** Ed25519 without cofactor. The library's own check multiplies by it, and would take what other nodes refuse: so R is computed, and compared as bytes. */
export function verifyEd(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const a = edPoint(key);
  const r = signature.subarray(0, 32);
  const s = little(signature.subarray(32));
  if (!a || signature.length !== 64 || s >= L) return false;
  const k = little(sha512(concat(r, key, message))) % L;
  return equal(r, Edwards.BASE.multiplyUnsafe(s).add(a.negate().multiplyUnsafe(k)).toBytes());
}

/** ECDSA over a digest: compressed key, r ‖ s, low s (§1). */
export function verifySecp(key: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  try {
    return key.length === 33 && verify(signature, digest, key, { prehash: false, lowS: true });
  } catch {
    return false;
  }
}
