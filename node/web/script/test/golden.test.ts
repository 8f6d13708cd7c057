import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { VerifyError, parsePolicyFile, verifyReceipt, parseHandover, walk, verifyHead, parseMemory, parseProof } from '../src/verify/index.ts';

const at = (path: string): Uint8Array => new Uint8Array(readFileSync(`../../../ledger/verify/${path}`));

test('receipt', () => {
  const policy = parsePolicyFile(at('receipts/testdata/policy.txt'));
  const trust = { policy, since: 1772504460n, now: 1772504460n };
  const file = at('receipts/testdata/product.ocop');
  const t = performance.now();
  const checks: unknown[] = [];
  try {
  const r = verifyReceipt(file, trust, (c) => checks.push(c));
  console.log(r.kind, r.id, r.verdictOn(20260303), r.product, r.certificates, r.events.length, performance.now() - t);
  for (const e of r.events) console.log(e.kind, e.leaf, e.author, e.authorName, e.touched);
  } finally { console.log(checks); }
  const t2 = performance.now();
  verifyReceipt(file, trust);
  console.log('again', performance.now() - t2);
});
