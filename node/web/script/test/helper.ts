import { readFileSync } from 'node:fs';
import { VerifyError } from '../src/verify/index.ts';

/** A file of the Go verifier's golden files. */
export const golden = (path: string): Uint8Array => new Uint8Array(readFileSync(`../../../ledger/verify/${path}`));

/** The word with which something is refused, or ok. What is thrown besides is a fault, and goes on. */
export function word(run: () => unknown): string {
  try {
    run();
    return 'ok';
  } catch (e) {
    if (e instanceof VerifyError) return e.word;
    throw e;
  }
}

/** Numbers that look random and are the same every time (mulberry32). */
export function chance(seed: number): (below: number) => number {
  return (below) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

export const bytes = (n: number, next: (below: number) => number): Uint8Array => Uint8Array.from({ length: n }, () => next(256));
