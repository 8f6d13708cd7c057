import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from '../src/verify/index.ts';
import { Reader } from '../src/verify/bytes.ts';
import { parseNote } from '../src/verify/note.ts';
import { addTo, dateOf, dayBefore, isDay } from '../src/verify/receipt/codec.ts';
import { parseReceipt } from '../src/verify/receipt/parse.ts';
import { ACCOUNT, VALUES, idIn } from '../src/verify/receipt/values.ts';
import type { Kind } from '../src/verify/receipt/values.ts';
import { parseSeal } from '../src/verify/seal.ts';
import { bytes, chance, golden, word } from './helper.ts';

// No parser may do anything on any bytes but give a value or throw a VerifyError (word() lets anything else through), nor allot what the bytes do not hold.

const receipt = golden('receipts/testdata/product.ocop');
const file = parseReceipt(receipt);
const proof = golden('testdata/handover-1.tlog-proof');
const parsers: Record<string, { good: Uint8Array; parse: (b: Uint8Array) => unknown; text?: boolean }> = {
  receipt: { good: receipt, parse: parseReceipt },
  note: { good: file.noteBytes, parse: parseNote, text: true },
  seal: { good: file.seal, parse: parseSeal },
  proof: { good: proof, parse: (b) => parseNote(v.parseProof(b).note), text: true },
  handover: { good: proof, parse: v.parseHandover, text: true },
  policy: { good: golden('testdata/policy.txt'), parse: v.parsePolicyFile, text: true },
  document: { good: v.parsePolicyFile(golden('testdata/policy.txt')).bytes, parse: v.parsePolicyDocument },
  memory: { good: golden('testdata/memory.txt'), parse: v.parseMemory, text: true },
};
for (const m of file.members) {
  const kind = m.kind as Kind;
  parsers[`value of kind ${kind}, ${parsers[`value of kind ${kind}`] ? 'another' : 'one'}`] = { good: m.value, parse: (b) => VALUES[kind].read(b) };
}

const next = chance(4);

for (const [name, { good, parse, text }] of Object.entries(parsers)) {
  test(`${name}: truncations and more bytes`, () => {
    assert.equal(word(() => parse(good)), 'ok');
    const step = Math.max(1, Math.floor(good.length / 700));
    // A text that is cut in its last line but one may be a shorter text of its kind: of a note the lines before are one.
    for (let i = 0; i < good.length; i += step) if (word(() => parse(good.subarray(0, i))) === 'ok') assert.ok(text && good[i - 1] === 10, `cut at ${i}`);
    // An empty line more is in a policy file nobody's concern.
    for (const more of [0, 32, 255, ...(name === 'policy' ? [] : [10])]) assert.notEqual(word(() => parse(Uint8Array.from([...good, more]))), 'ok', `${more} behind`);
  });

  test(`${name}: lengths and counts that lie, and noise`, () => {
    for (let i = 0; i < 1500; i++) {
      const bad = good.slice();
      const at = next(bad.length);
      // Numbers of one to eight bytes, as large as they can be, or anything.
      const width = [1, 2, 4, 8][next(4)]!;
      for (let j = at; j < Math.min(bad.length, at + width); j++) bad[j] = next(2) ? 255 : next(256);
      word(() => parse(bad));
    }
    for (let i = 0; i < 300; i++) word(() => parse(bytes(next(600), next)));
    for (let i = 0; i < 300; i++) word(() => parse(Uint8Array.from([...good.subarray(0, next(good.length)), ...bytes(next(50), next)])));
  });
}

test('values are written as they were read', () => {
  for (const m of file.members) {
    const kind = m.kind as Kind;
    for (const value of [m.value, ...m.entries.flatMap((e) => (e.made ? [e.made] : []))]) {
      const read = VALUES[kind].read(value) as never;
      assert.deepEqual(Buffer.from(VALUES[kind].write(read)), Buffer.from(value));
      assert.deepEqual(Buffer.from(idIn(kind, read)), Buffer.from(m.id));
    }
  }
  assert.ok(file.members.some((m) => m.kind === ACCOUNT));
});

test('whatever value is read has one encoding', () => {
  for (const m of file.members) {
    const kind = m.kind as Kind;
    for (let i = 0; i < 200; i++) {
      const bad = m.value.slice();
      bad[next(bad.length)]! ^= 1 << next(8);
      let read: never;
      if (word(() => { read = VALUES[kind].read(bad) as never; }) === 'ok') assert.deepEqual(Buffer.from(VALUES[kind].write(read!)), Buffer.from(bad));
    }
  }
});

test('texts have one spelling', () => {
  const policy = Buffer.from(golden('testdata/policy.txt')).toString('latin1');
  const word1 = (text: string): string => word(() => v.parsePolicyFile(new Uint8Array(Buffer.from(text, 'latin1'))));
  assert.equal(word1(policy.replace('log ', '  log\t ').replace('\nwitness', '\n\n # \xff free\nwitness')), 'ok');
  for (const [from, to] of [['log ', 'Log '], ['# ocop-policy ', '# ocop-policy  '], ['quorum ', 'quorum x '], ['\n', '\r\n'], ['https', 'ht\xe9tps'], ['=\n', '=\x7f\n']]) {
    assert.notEqual(word1(policy.replace(from!, to!)), 'ok', `${from} → ${to}`);
  }
  const note = Buffer.from(file.noteBytes).toString();
  const noted = (text: string): string => word(() => parseNote(new Uint8Array(Buffer.from(text))));
  for (const [from, to] of [['\n53\n', '\n053\n'], ['\n53\n', '\n+53\n'], ['\n53\n', '\n9223372036854775808\n'], ['=\n\n', '\n\n'], ['— ', '- '], ['— ', '—  '], ['\n\n', '\n\n\n'], ['\n\n', '\nmore\n\n']]) {
    assert.ok(note.includes(from!));
    assert.equal(noted(note.replace(from!, to!)), 'format', `${from} → ${to}`);
  }
});

test('days', () => {
  for (let i = 0; i < 3000; i++) {
    const t = new Date(Date.UTC(1900 + next(300), next(12), 1 + next(31)));
    const day = (d: Date): number => d.getUTCFullYear() * 10000 + (d.getUTCMonth() + 1) * 100 + d.getUTCDate();
    assert.ok(isDay(day(t)));
    assert.equal(dayBefore(day(t)), day(new Date(t.getTime() - 86400000)));
  }
  assert.deepEqual([20240229, 20230229, 19000229, 20000229, 20260431, 20261301, 20260100, 101, 0, 99991231].map(isDay), [true, false, false, true, false, false, false, false, false, true]);
  assert.deepEqual([addTo(20240131, 1, 0), addTo(20230131, 1, 0), addTo(20260220, 36, 0), addTo(20241231, 2, 1), addTo(20201103, 36, 0)], [20240229, 20230228, 20290220, 20250301, 20231103]);
  assert.deepEqual([dateOf(0n), dateOf(1772384399999n), dateOf(1772384400000n)], [19700101, 20260301, 20260302]);
});

test('a reader gives what is there, and no more', () => {
  const r = new Reader(Uint8Array.of(0, 3, 1, 2, 3, 9));
  assert.deepEqual([...r.block(2)], [1, 2, 3]);
  assert.equal(word(() => r.take(2)), 'format');
  assert.equal(word(() => r.end()), 'format');
});
