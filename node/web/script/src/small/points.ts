// Points of the two curves, as far as a verifier needs them and in as few bytes as they take: for the page, whose script has a budget. There is no secret
// here, so that time may depend on what is computed. Tests hold them against the libraries. The names are the libraries'.

const big = (bytes: Uint8Array): bigint => bytes.reduce((n, b) => (n << 8n) | BigInt(b), 0n);

interface Field { p: bigint; mod(n: bigint): bigint; pow(n: bigint, e: bigint): bigint }

function field(p: bigint): Field {
  const mod = (n: bigint): bigint => ((n %= p) < 0n ? n + p : n);
  const pow = (n: bigint, e: bigint): bigint => {
    let out = 1n;
    for (; e; e >>= 1n) {
      if (e & 1n) out = (out * n) % p;
      n = (n * n) % p;
    }
    return out;
  };
  return { p, mod, pow };
}

const bad = (): never => { throw new Error('bad point'); };

const S = field(2n ** 256n - 2n ** 32n - 977n);

/** secp256k1, y² = x³ + 7, in Jacobian coordinates; z is 0 at infinity. */
class Secp {
  static readonly BASE = Secp.lift(0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798n, 0n);
  static readonly ZERO = new Secp(1n, 1n, 0n);
  constructor(readonly x: bigint, readonly y: bigint, readonly z: bigint) {}

  static lift(x: bigint, odd: bigint): Secp {
    const c = S.mod(x ** 3n + 7n);
    const y = S.pow(c, (S.p + 1n) / 4n);
    if (x >= S.p || S.mod(y * y) !== c) bad();
    return new Secp(x, (y & 1n) === odd ? y : S.p - y, 1n);
  }
  static fromBytes(b: Uint8Array): Secp {
    return b.length === 33 && b[0]! >> 1 === 1 ? Secp.lift(big(b.subarray(1)), BigInt(b[0]! & 1)) : bad();
  }
  is0(): boolean {
    return !this.z;
  }
  negate(): Secp {
    return new Secp(this.x, S.p - this.y, this.z);
  }
  double(): Secp {
    const { x, y, z } = this;
    const b = S.mod(y * y);
    const d = S.mod(4n * x * b);
    const e = S.mod(3n * x * x);
    const x3 = S.mod(e * e - 2n * d);
    return new Secp(x3, S.mod(e * (d - x3) - 8n * b * b), S.mod(2n * y * z));
  }
  add(q: Secp): Secp {
    if (!this.z) return q;
    if (!q.z) return this;
    const [z1, z2] = [S.mod(this.z * this.z), S.mod(q.z * q.z)];
    const [u, s] = [S.mod(this.x * z2), S.mod(this.y * S.mod(z2 * q.z))];
    const [h, r] = [S.mod(q.x * z1 - u), S.mod(q.y * S.mod(z1 * this.z) - s)];
    if (!h) return r ? Secp.ZERO : this.double();
    const h2 = S.mod(h * h);
    const [h3, v] = [S.mod(h2 * h), S.mod(u * h2)];
    const x3 = S.mod(r * r - h3 - 2n * v);
    return new Secp(x3, S.mod(r * (v - x3) - s * h3), S.mod(S.mod(h * this.z) * q.z));
  }
  toAffine(): { x: bigint } {
    const i = S.pow(this.z, S.p - 2n);
    return { x: S.mod(this.x * S.mod(i * i)) };
  }
}

const E = field(2n ** 255n - 19n);
const D = E.mod(-121665n * E.pow(121666n, E.p - 2n));
const I = E.pow(2n, (E.p - 1n) / 4n);

/** edwards25519, −x² + y² = 1 + d·x²·y², in extended coordinates. */
class Edwards {
  static readonly ZERO = new Edwards(0n, 1n, 1n, 0n);
  static readonly BASE = Edwards.fromBytes(new Uint8Array(32).fill(0x66).fill(0x58, 0, 1));
  constructor(readonly x: bigint, readonly y: bigint, readonly z: bigint, readonly t: bigint) {}

  /** RFC 8032 §5.1.3: one encoding a point. */
  static fromBytes(b: Uint8Array): Edwards {
    const n = big(b.slice().reverse());
    const y = n & (2n ** 255n - 1n);
    const v = E.mod((y * y - 1n) * E.pow(D * E.mod(y * y) + 1n, E.p - 2n));
    let x = E.pow(v, (E.p + 3n) / 8n);
    if (E.mod(x * x) !== v) x = E.mod(x * I);
    if (b.length !== 32 || y >= E.p || E.mod(x * x) !== v || (!x && n !== y)) bad();
    if ((x & 1n) !== n >> 255n) x = E.p - x;
    return new Edwards(x, y, 1n, E.mod(x * y));
  }
  negate(): Edwards {
    return new Edwards(E.mod(-this.x), this.y, this.z, E.mod(-this.t));
  }
  double(): Edwards {
    return this.add(this);
  }
  add(q: Edwards): Edwards {
    const [a, b] = [E.mod((this.y - this.x) * (q.y - q.x)), E.mod((this.y + this.x) * (q.y + q.x))];
    const [c, d] = [E.mod(2n * D * E.mod(this.t * q.t)), 2n * this.z * q.z];
    const [e, f, g, h] = [b - a, E.mod(d - c), E.mod(d + c), b + a];
    return new Edwards(E.mod(e * f), E.mod(g * h), E.mod(f * g), E.mod(e * h));
  }
  isSmallOrder(): boolean {
    return !this.double().double().double().x;
  }
  toBytes(): Uint8Array {
    const i = E.pow(this.z, E.p - 2n);
    let n = E.mod(this.y * i) | ((E.mod(this.x * i) & 1n) << 255n);
    return Uint8Array.from({ length: 32 }, () => {
      const b = Number(n & 255n);
      n >>= 8n;
      return b;
    });
  }
}

export { Edwards, Secp };
