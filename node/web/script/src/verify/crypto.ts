import { Point as Edwards } from '@noble/ed25519';
import { Point as Secp } from '@noble/secp256k1';
import { sha512 } from '@noble/hashes/sha2.js';
import { concat, equal } from './bytes.ts';

// Both schemes over the points of small audited libraries, whose own checks do not fit: the one for Ed25519 multiplies by the cofactor, and both multiply
// twice where one pass does. There is no secret here, so that time may depend on what is multiplied.

interface Group<P> { add(q: P): P; double(): P; negate(): P }

/** Odd digits of a number, lowest first, at most one in five of them not 0 (wNAF of width 5). */
function digits(n: bigint): number[] {
  const out: number[] = [];
  for (; n; n >>= 1n) {
    let d = 0;
    if (n & 1n) {
      d = Number(n & 31n);
      if (d > 15) d -= 32;
      n -= BigInt(d);
    }
    out.push(d);
  }
  return out;
}

/** Σ n·P for the pairs, doubling once for all of them. */
function sum<P extends Group<P>>(zero: P, pairs: [P, bigint][]): P {
  const terms = pairs.map(([p, n]) => {
    const twice = p.double();
    const odd = [p];
    for (let i = 1; i < 8; i++) odd.push(odd[i - 1]!.add(twice));
    return { odd, digits: digits(n) };
  });
  let out = zero;
  for (let i = Math.max(...terms.map((t) => t.digits.length)); i-- > 0;) {
    out = out.double();
    for (const t of terms) {
      const d = t.digits[i] ?? 0;
      if (d) out = out.add(d > 0 ? t.odd[d >> 1]! : t.odd[-d >> 1]!.negate());
    }
  }
  return out;
}

const big = (bytes: Uint8Array): bigint => bytes.reduce((n, b) => (n << 8n) | BigInt(b), 0n);
const little = (bytes: Uint8Array): bigint => big(bytes.slice().reverse());

function pointOf<P>(decode: (key: Uint8Array) => P, key: Uint8Array): P | undefined {
  try {
    return decode(key);
  } catch {
    return undefined;
  }
}

const L = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The point of an Ed25519 key in its canonical encoding and not of small order (§1); none otherwise. */
export function edPoint(key: Uint8Array): Edwards | undefined {
  const p = pointOf((k) => Edwards.fromBytes(k), key);
  return p?.isSmallOrder() ? undefined : p;
}

/** Ed25519 without cofactor (§1): R is computed, and compared as bytes. */
export function verifyEd(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const a = edPoint(key);
  const r = signature.subarray(0, 32);
  const s = little(signature.subarray(32));
  if (!a || signature.length !== 64 || s >= L) return false;
  const k = little(sha512(concat(r, key, message))) % L;
  return equal(r, sum(Edwards.ZERO, [[Edwards.BASE, s], [a.negate(), k]]).toBytes());
}

const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

function inverse(n: bigint): bigint {
  let [a, b, x, u] = [n, N, 0n, 1n];
  while (a) [a, b, x, u] = [b % a, a, u, x - (b / a) * u];
  return ((x % N) + N) % N;
}

/** ECDSA over a digest: compressed key, r ‖ s, 1 ≤ r < n, 1 ≤ s ≤ n/2 (§1). */
export function verifySecp(key: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  const q = key.length === 33 ? pointOf((k) => Secp.fromBytes(k), key) : undefined;
  const [r, s] = [big(signature.subarray(0, 32)), big(signature.subarray(32))];
  if (!q || signature.length !== 64 || !r || r >= N || !s || s > N >> 1n) return false;
  const w = inverse(s);
  const p = sum(Secp.ZERO, [[Secp.BASE, (big(digest) * w) % N], [q, (r * w) % N]]);
  return !p.is0() && p.toAffine().x % N === r;
}
