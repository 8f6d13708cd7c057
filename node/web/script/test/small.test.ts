import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sha from '@noble/hashes/sha2.js';
import { sha256, sha512 } from '../src/small/sha2.ts';
import { bytes, chance } from './helper.ts';

const next = chance(5);
const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');

test('hashes are the library’s at every length', () => {
  for (let n = 0; n < 400; n++) {
    const m = bytes(n, next);
    assert.equal(hex(sha256(m)), hex(sha.sha256(m)), `${n}`);
    assert.equal(hex(sha512(m)), hex(sha.sha512(m)), `${n}`);
  }
  const long = bytes(100001, next);
  assert.equal(hex(sha256(long)), hex(sha.sha256(long)));
  assert.equal(hex(sha512(long.subarray(0, 20001))), hex(sha.sha512(long.subarray(0, 20001))));
  // FIPS 180-4, of "abc": a library that changed with ours would be no witness.
  const abc = Buffer.from('abc');
  assert.equal(hex(sha256(abc)), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  assert.equal(hex(sha512(abc)).slice(0, 32), 'ddaf35a193617abacc417349ae204131');
});
