// SHA-256 and SHA-512 (FIPS 180-4) in as few bytes as they take: for the page, whose script has a budget. Tests hold them against the library.

const M64 = (1n << 64n) - 1n;

const primes: number[] = [];
for (let n = 2; primes.length < 80; n++) if (primes.every((p) => n % p)) primes.push(n);

/** The first 64 bits of the fraction of a prime's k-th root, of which all constants are made. */
function fraction(prime: number, k: bigint): bigint {
  const n = BigInt(prime) << (64n * k);
  let x = 1n << 69n;
  for (let next = x; ; x = next) {
    next = ((k - 1n) * x + n / x ** (k - 1n)) / k;
    if (next >= x) return x & M64;
  }
}

const K = primes.map((p) => fraction(p, 3n));
const IV = primes.slice(0, 8).map((p) => fraction(p, 2n));
const high = (n: bigint): number => Number(n >> 32n) | 0;
const [K32, IV32] = [K.map(high), IV.map(high)];

/** The message with its padding, for blocks of so many bytes. */
function padded(message: Uint8Array, block: number): DataView {
  const size = Math.ceil((message.length + 1 + block / 8) / block) * block;
  const out = new Uint8Array(size);
  out.set(message);
  out[message.length] = 128;
  const view = new DataView(out.buffer);
  view.setBigUint64(size - 8, BigInt(message.length) * 8n);
  return view;
}

export function sha256(message: Uint8Array): Uint8Array {
  const view = padded(message, 64);
  const h = [...IV32];
  const w = new Int32Array(64);
  for (let at = 0; at < view.byteLength; at += 64) {
    for (let i = 0; i < 64; i++) {
      const [x, y] = [w[i - 15]!, w[i - 2]!];
      w[i] = i < 16 ? view.getInt32(at + 4 * i)
        : w[i - 16]! + (rot(x, 7) ^ rot(x, 18) ^ (x >>> 3)) + w[i - 7]! + (rot(y, 17) ^ rot(y, 19) ^ (y >>> 10));
    }
    let [a, b, c, d, e, f, g, k] = h as [number, number, number, number, number, number, number, number];
    for (let i = 0; i < 64; i++) {
      const t = (k + (rot(e, 6) ^ rot(e, 11) ^ rot(e, 25)) + ((e & f) ^ (~e & g)) + K32[i]! + w[i]!) | 0;
      const u = (rot(a, 2) ^ rot(a, 13) ^ rot(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      k = g; g = f; f = e; e = (d + t) | 0; d = c; c = b; b = a; a = (t + u) | 0;
    }
    [a, b, c, d, e, f, g, k].forEach((x, i) => { h[i] = (h[i]! + x) | 0; });
  }
  const out = new DataView(new ArrayBuffer(32));
  h.forEach((x, i) => out.setInt32(4 * i, x));
  return new Uint8Array(out.buffer);
}

const rot = (x: number, n: number): number => (x >>> n) | (x << (32 - n));
const rot64 = (x: bigint, n: bigint): bigint => (x >> n) | ((x << (64n - n)) & M64);

export function sha512(message: Uint8Array): Uint8Array {
  const view = padded(message, 128);
  const h = [...IV];
  const w: bigint[] = [];
  for (let at = 0; at < view.byteLength; at += 128) {
    for (let i = 0; i < 80; i++) {
      const [x, y] = [w[i - 15]!, w[i - 2]!];
      w[i] = i < 16 ? view.getBigUint64(at + 8 * i)
        : (w[i - 16]! + (rot64(x, 1n) ^ rot64(x, 8n) ^ (x >> 7n)) + w[i - 7]! + (rot64(y, 19n) ^ rot64(y, 61n) ^ (y >> 6n))) & M64;
    }
    let [a, b, c, d, e, f, g, k] = h as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    for (let i = 0; i < 80; i++) {
      const t = k + (rot64(e, 14n) ^ rot64(e, 18n) ^ rot64(e, 41n)) + ((e & f) ^ (~e & M64 & g)) + K[i]! + w[i]!;
      const u = (rot64(a, 28n) ^ rot64(a, 34n) ^ rot64(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
      k = g; g = f; f = e; e = (d + t) & M64; d = c; c = b; b = a; a = (t + u) & M64;
    }
    [a, b, c, d, e, f, g, k].forEach((x, i) => { h[i] = (h[i]! + x) & M64; });
  }
  const out = new DataView(new ArrayBuffer(64));
  h.forEach((x, i) => out.setBigUint64(8 * i, x));
  return new Uint8Array(out.buffer);
}
