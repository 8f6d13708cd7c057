import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from '../src/verify/index.ts';
import { Reader, be, concat } from '../src/verify/bytes.ts';
import { GENESIS, parseReceipt } from '../src/verify/receipt/parse.ts';
import { stateRoot } from '../src/verify/receipt/state.ts';
import { PRODUCT } from '../src/verify/receipt/values.ts';
import { World } from '../src/verify/receipt/world.ts';
import { golden, word } from './helper.ts';
import { groups, resolve } from './vectors.ts';

const file = golden('receipts/testdata/product.ocop');

/** Where the parts of a receipt begin. */
function parts(bytes: Uint8Array) {
  const r = new Reader(bytes);
  r.take(10);
  r.block(1);
  const asOf = r.at;
  r.take(8);
  for (let n = r.num(2); n > 0; n--) r.block(2);
  const note = r.at;
  r.block(2);
  r.take(429);
  for (let n = r.num(1); n > 0; n--) r.hash();
  const genesis = r.at;
  r.take(8);
  r.block(4);
  const keys = r.at;
  for (let n = r.num(2); n > 0; n--) r.take(33);
  return { asOf, note, genesis, keys, records: r.at };
}

const splice = (bytes: Uint8Array, at: number, drop: number, insert: Uint8Array): Uint8Array => concat(bytes.subarray(0, at), insert, bytes.subarray(at + drop));
const refused = (bytes: Uint8Array): string => word(() => parseReceipt(bytes));
const at = parts(file);

test('a signed head in a receipt has no line twice, though elsewhere the second is passed over', () => {
  const { noteBytes } = parseReceipt(file);
  const text = Buffer.from(noteBytes).toString();
  const more = Buffer.from(text + text.slice(text.lastIndexOf('— ')));
  const now = 1772504460n;
  assert.equal(word(() => v.certify(new Uint8Array(more), { policy: v.parsePolicyFile(golden('receipts/testdata/policy.txt')), since: now, now })), 'ok');
  assert.equal(refused(splice(file, at.note, 2 + noteBytes.length, concat(be(2, more.length), more))), 'format');
});

test('keys: each once, each used, in the order of their use', () => {
  const count = new Reader(file.subarray(at.keys)).num(2);
  const other = new Uint8Array(33).fill(2);
  assert.equal(refused(splice(file, at.keys, 2, be(2, count + 1))), 'format');
  assert.equal(refused(splice(splice(file, at.records, 0, other), at.keys, 2, be(2, count + 1))), 'format', 'one that no record uses');
  assert.equal(refused(splice(splice(file, at.records, 0, file.subarray(at.keys + 2, at.keys + 35)), at.keys, 2, be(2, count + 1))), 'format', 'one twice');
});

const lot = groups().find((g) => g.group === 'receipt-bytes');
test('keys out of order', { skip: !lot && !process.env.CI && 'no shared vectors' }, () => {
  const bytes = resolve(lot!, lot!.flips!.find((c) => c.name === 'lot')!.file!);
  const { keys, records } = parts(bytes);
  assert.ok(new Reader(bytes.subarray(keys)).num(2) > 1);
  // The first record says that its key is the second, before the first was used.
  assert.equal(refused(splice(bytes, records + 2 + 24, 2, be(2, 1))), 'format');
});

test('there is a genesis time when a member begins with genesis, and only then', () => {
  assert.equal(refused(splice(file, at.genesis, 8, new Uint8Array(8))), 'format');
});

test('genesis makes no products', () => {
  const m = parseReceipt(file).members.find((x) => x.kind === PRODUCT)!;
  assert.equal(word(() => new World([{ ...m, entries: [{ record: undefined, action: GENESIS, hash: new Uint8Array(32) }] }])), 'history');
});

test('a height above the head’s is none that can be asked for', () => {
  const trust = { policy: v.parsePolicyFile(golden('receipts/testdata/policy.txt')), since: 1772504460n, now: 1772504460n };
  assert.equal(word(() => v.verifyReceipt(splice(file, at.asOf, 8, be(8, 1000000)), trust)), 'format');
});

test('keys below a node of the state agree before its position, and lie where its bit says', () => {
  const leaf = (first: number) => ({ key: new Uint8Array(32).fill(first, 0, 1), valueHash: new Uint8Array(32), entries: 1n, root: new Uint8Array(32) });
  const proof = (position: number) => Uint8Array.of(1, 4, position, 1, 1);
  const [a, b, c] = [leaf(0b0010_0000), leaf(0b0110_0000), leaf(0b1011_0000)];
  assert.equal(word(() => stateRoot(proof(1), [a, b])), 'ok');
  assert.equal(word(() => stateRoot(proof(0), [b, c])), 'ok');
  assert.equal(word(() => stateRoot(proof(2), [a, b])), 'state', 'both have the bit');
  assert.equal(word(() => stateRoot(proof(0), [a, b])), 'state', 'neither has the bit');
  assert.equal(word(() => stateRoot(proof(3), [a, c])), 'state', 'they differ before');
  // A node above with what is not shown beside it: positions ascend.
  const beside = (above: number, below: number) => concat([1, 2, above], proof(below).subarray(1), new Uint8Array(32));
  assert.deepEqual([word(() => stateRoot(beside(0, 1), [a, b])), word(() => stateRoot(beside(2, 1), [a, b])), word(() => stateRoot(beside(1, 1), [a, b]))], ['ok', 'state', 'state']);
});
