import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import * as v from '../src/verify/index.ts';
import { golden, word } from './helper.ts';

const now = 1772504460n;
const trust: v.Trust = { policy: v.parsePolicyFile(golden('receipts/testdata/policy.txt')), since: now, now };
const file = golden('receipts/testdata/product.ocop');

test('the golden receipt says what the product is', () => {
  const checks: v.Check[] = [];
  const r = v.verifyReceipt(file, trust, (c) => checks.push(c));
  assert.deepEqual([r.kind, r.id, r.verdictOn(20260302), r.verdictOn(20200101), r.verdictOn(20290221)], ['product', '1000001.1', 'in_force', 'not_yet_in_force', 'expired']);
  assert.deepEqual(r.product!.name, { register: 'Cà phê bột Đắk Đam' });
  assert.deepEqual(r.product!.producer.name, { register: 'HTX Nông nghiệp Công Bằng Thuận An' });
  assert.equal(r.product!.originName, 'Thuận An');
  assert.deepEqual(r.certificates.map((c) => [c.id, c.star, c.status, c.verdictOn(20260302)]), [
    ['1:2020:1032/QĐ-UBND:1', 3, 'superseded', 'expired'], ['1:2026:77/QĐ-UBND:1', 4, 'issued', 'in_force'],
  ]);
  assert.equal(r.speaks(20260302)!.id, '1:2026:77/QĐ-UBND:1');
  assert.deepEqual(r.events.map((e) => e.kind), [
    'register_account', 'register_product', 'open_decision', 'certify', 'open_decision', 'certify', 'open_decision', 'correct',
  ]);
  assert.ok(checks.length === 6 && checks.every((c) => c.ok && c.vi && c.en));
});

test('values are of the height that is asked for', () => {
  const at = (asOf: bigint) => v.verifyReceipt(file, trust, { asOf });
  const heights = v.verifyReceipt(file, trust).events.map((e) => e.height);
  assert.equal(at(0n).verdictOn(20260302), 'unknown');
  assert.equal(at(0n).product, undefined);
  assert.equal(at(heights[1]!).verdictOn(20260302), 'not_certified');
  assert.equal(at(heights[3]!).verdictOn(20260302), 'expired');
  assert.equal(at(heights[5]!).verdictOn(20260302), 'in_force');
  assert.equal(word(() => at(1000000n)), 'subject');
});

test('in slices it says the same, and how far it is', async () => {
  const parts: number[] = [];
  const r = await v.verifyReceiptSlowly(file, trust, {}, async (p) => { parts.push(p); });
  assert.equal(r.id, '1000001.1');
  assert.ok(parts.length > 3 && parts.every((p, i) => p >= (parts[i - 1] ?? 0) && p < 1), parts.join());
});

test('the first check that fails is told, and nothing after it', () => {
  const bad = file.slice();
  bad[bad.length - 1]! ^= 1;
  const checks: v.Check[] = [];
  assert.notEqual(word(() => v.verifyReceipt(bad, trust, (c) => checks.push(c))), 'ok');
  assert.deepEqual(checks.map((c) => c.ok), [...checks.slice(1).map(() => true), false]);
  assert.ok(checks.at(-1)!.vi && checks.at(-1)!.en);
});

// All bits of every byte are 49,000 receipts: by OCOP_LONG=1. Otherwise every byte has one bit changed, another from byte to byte.
const bits = (i: number): number[] => (process.env.OCOP_LONG ? [0, 1, 2, 3, 4, 5, 6, 7] : [i % 8]);

function refuses(name: string, whole: Uint8Array, run: (file: Uint8Array) => unknown, free: (at: number) => boolean = () => false): void {
  test(`${name} with a bit changed is refused`, () => {
    assert.equal(word(() => run(whole)), 'ok');
    const accepted: number[] = [];
    for (let i = 0; i < whole.length; i++) {
      for (const bit of bits(i)) {
        const bad = whole.slice();
        bad[i]! ^= 1 << bit;
        if (word(() => run(bad)) === 'ok' && !free(i)) accepted.push(i);
      }
    }
    assert.deepEqual(accepted, []);
  });
  test(`${name} cut short, or with a byte more, is refused`, () => {
    for (let i = 0; i < whole.length; i++) assert.notEqual(word(() => run(whole.subarray(0, i))), 'ok');
    assert.notEqual(word(() => run(Uint8Array.from([...whole, 0]))), 'ok');
  });
}

// The height that was asked for is a question, and no part of what is proved: offset 22 behind 8 + 1 + 1 + 1 + 12.
const asked = (at: number): boolean => at >= 23 && at < 31;
/** A line whose key nobody knows says nothing: a changed name or key id makes one of it. */
const text = Buffer.from(file).toString('latin1');
const log = text.indexOf('\xe2\x80\x94 log.example/test ');
const unknown = (at: number): boolean => log > 0 && at >= log && at < log + 120;
refuses('the golden receipt', file, (f) => v.verifyReceipt(f, trust), (at) => asked(at) || unknown(at));

const later: v.Trust = { policy: v.parsePolicyFile(golden('testdata/policy.txt')), since: 1795000000n, now: 1795000010n };
const handover = golden('testdata/handover-1.tlog-proof');

test('the golden handover leads to epoch 1, with any bit changed nowhere else', () => {
  const one = v.walk(later, [handover]).policy;
  assert.equal(one.number, 1);
  const elsewhere: number[] = [];
  for (let i = 0; i < handover.length; i++) {
    for (const bit of bits(i)) {
      const bad = handover.slice();
      bad[i]! ^= 1 << bit;
      // A line whose name or key id is changed is of nobody that is known: without it a quorum may be there yet.
      const w = word(() => assert.deepEqual(v.walk(later, [bad]).policy.hash, one.hash));
      if (w !== 'ok' && w !== 'handover') elsewhere.push(i);
    }
  }
  assert.deepEqual(elsewhere, []);
});

test('heads are remembered, and nothing goes back', () => {
  const memory = v.parseMemory(golden('testdata/memory.txt'));
  assert.deepEqual(Buffer.from(v.formatMemory(memory)), Buffer.from(golden('testdata/memory.txt')));
  const head = (name: string, m: v.Memory) => {
    const { extra, path, note } = v.parseProof(golden(`testdata/${name}.tlog-proof`));
    return { note, ...v.verifyHead(note, extra, path, [handover], v.trustMemory(m, 1795000010n), { memory: m }) };
  };
  const [older, newer] = [head('older', memory), head('newer', memory)];
  assert.deepEqual([older.head.size, newer.head.size, older.trust.policy.number], [9n, 15n, 1]);
  const first = v.firstMemory(newer.trust, newer.note);
  assert.equal(word(() => head('newer', first)), 'ok');
  assert.equal(word(() => head('older', first)), 'memory');
  assert.equal(word(() => v.nextMemory(first, older.trust, older.note, [])), 'memory');
  assert.equal(word(() => v.nextMemory(v.firstMemory(older.trust, older.note), newer.trust, newer.note, [])), 'consistency');
  assert.equal(v.nextMemory(first, newer.trust, newer.note, []).head.size, 15n);
});

// Of protocol version 4: lots made of lots, held and recalled.
const supply = 'receipts/testdata/supply/';
test('the lot made of a recalled one is recalled', { skip: !existsSync(`../../../ledger/verify/${supply}`) && 'no golden receipts of protocol version 4' }, () => {
  const policy = v.parsePolicyFile(golden(`${supply}policy.txt`));
  const verdicts = ['lot', 'lot-free', 'lot-held', 'lot-recalled'].map((name) => {
    const receipt = golden(`${supply}${name}.ocop`);
    const r = v.verifyReceipt(receipt, { policy, since: 1772504460n, now: 1772600000n });
    return [name, r.verdictOn(20260302), r.ancestors.map((l) => l.status).join()];
  });
  assert.deepEqual(verdicts, [
    ['lot', 'in_force', ''], ['lot-free', 'not_certified', 'free,free,free'], ['lot-held', 'held', 'free,free,held'],
    ['lot-recalled', 'recalled', 'free,free,recalled'],
  ]);
});
