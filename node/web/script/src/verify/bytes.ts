import { VerifyError } from './error.ts';
import type { Word } from './types.ts';

/** Ends a check. Its type lets callers write `cond || fail(…)`. */
export function fail(word: Word, detail: string): never {
  throw new VerifyError(word, detail);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

export const bytesOf = (text: string): Uint8Array => encoder.encode(text);

export function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return fail('format', 'not UTF-8');
  }
}

/** One character for each byte: for texts whose high bytes mean nothing, and for base64. */
export const latin = (bytes: Uint8Array): string => {
  let s = '';
  for (const b of bytes) s += String.fromCharCode(b);
  return s;
};

export const hex = (bytes: Uint8Array): string => {
  let s = '';
  for (const b of bytes) s += (b + 256).toString(16).slice(1);
  return s;
};

export const base64 = (bytes: Uint8Array): string => btoa(latin(bytes));

/** Standard base64 in its one spelling, of at least one byte. */
export function unbase64(text: string): Uint8Array {
  let raw = '';
  try {
    raw = atob(text);
  } catch { /* what is left is the empty text, refused below */ }
  if (!raw || btoa(raw) !== text) fail('format', 'base64');
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

export function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}

export const equal = (a: Uint8Array, b: Uint8Array): boolean => compare(a, b) === 0;

export function concat(...parts: (Uint8Array | number[])[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) {
    out.set(p, at);
    at += p.length;
  }
  return out;
}

/** The number in n bytes, big-endian. */
export function be(n: number, value: number | bigint): Uint8Array {
  const out = new Uint8Array(n);
  let v = BigInt(value);
  for (let i = n; i-- > 0; v >>= 8n) out[i] = Number(v & 255n);
  return out;
}

export const u64 = (value: bigint): Uint8Array => be(8, value);

/** Decimal without leading zeros, at most 2^63 − 1. */
export function decimal(text: string): bigint {
  if (!/^(0|[1-9]\d{0,18})$/.test(text) || BigInt(text) >> 63n) fail('format', 'number');
  return BigInt(text);
}

/** Reads a fixed encoding from the front. Whatever is not there is a format error, so that counts and lengths cannot make it allot what the bytes do not hold. */
export class Reader {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}

  take(n: number): Uint8Array {
    if (n > this.bytes.length - this.at) fail('format', 'too short');
    this.at += n;
    return this.bytes.subarray(this.at - n, this.at);
  }
  /** A number of n ≤ 6 bytes. */
  num(n: number): number {
    let v = 0;
    for (const b of this.take(n)) v = v * 256 + b;
    return v;
  }
  u64(): bigint {
    return (BigInt(this.num(4)) << 32n) | BigInt(this.num(4));
  }
  /** The bytes behind a length of n bytes. */
  block(n: number): Uint8Array {
    return this.take(this.num(n));
  }
  text(): string {
    return textOf(this.block(1));
  }
  /** A number of n bytes within its bounds. */
  count(n: number, min: number, max: number): number {
    const v = this.num(n);
    if (v < min || v > max) fail('format', 'number out of range');
    return v;
  }
  list<T>(n: number, item: (i: number) => T): T[] {
    const out: T[] = [];
    for (let i = 0; i < n; i++) out.push(item(i));
    return out;
  }
  hash(): Uint8Array {
    return this.take(32);
  }
  version(): void {
    this.count(1, 1, 1);
  }
  end(): void {
    if (this.at !== this.bytes.length) fail('format', 'bytes left over');
  }
}
