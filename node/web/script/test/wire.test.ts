import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { parseReceipt } from '../src/verify/receipt/parse.ts';
import { ENUMS, MESSAGES } from '../src/verify/wire/table_gen.ts';
import { CLASSES } from '../src/verify/wire/text.ts';
import { readAction } from '../src/verify/wire/walk.ts';
import { bytes, chance, golden, word } from './helper.ts';

const PROTO = '../../../proto/ocop/record/v1';

test('the table is that of the proto files', { skip: !existsSync(`${PROTO}/lot.proto`) && 'no proto files of protocol version 4' }, () => {
  assert.equal(spawnSync(process.execPath, ['tools/wire.mjs', '--check'], { stdio: 'inherit' }).status, 0);
});

// A writer of its own, by the same table: what is read and written again must be the bytes that were read, or they were not canonical.

interface Field { number: number; type: string; arg: number; items: number; member: boolean; name: string; since: number; min: number; text: string; max: bigint; required: boolean }
const messages: Field[][] = MESSAGES.split('\n').map((line) => line.replace(/^[?!]*/, '').split(',').map((f) => {
  const m = /^(\d+)([a-z])([A-Z]?)(\d*)(?:>(\d+))?(!?)(?:@(\d+))?(?:\*(\d+))?(?:<(\d+))?(\|?) (\w+)$/.exec(f)!;
  return {
    number: +m[1]!, type: m[2]!, text: m[3]!, arg: +m[4]!, min: +(m[5] ?? 1), required: !!m[6], since: +(m[7] ?? 1), items: +(m[8] ?? 0), max: BigInt(m[9] ?? 1000),
    member: !!m[10], name: m[11]!,
  };
}));

const varint = (n: bigint): number[] => (n < 128n ? [Number(n)] : [Number(n & 127n) | 128, ...varint(n >> 7n)]);

function write(index: number, value: Record<string, any>): number[] {
  const out: number[] = [];
  for (const f of messages[index]!) {
    const v = value[f.name];
    const many: any[] = f.items ? v ?? [] : v === undefined || (!f.member && (v === 0 || v === 0n || v === false || v === '' || v.length === 0)) ? [] : [v];
    for (const x of many) {
      const number = 'iloe'.includes(f.type);
      const body = f.type === 'm' ? write(f.arg, x) : f.type === 's' ? [...Buffer.from(x)] : f.type === 'y' ? [...x] : varint(BigInt(x));
      out.push(...varint(BigInt(f.number * 8 + (number ? 0 : 2))), ...(number ? [] : varint(BigInt(body.length))), ...body);
    }
  }
  return out;
}

const next = chance(3);
const LETTERS: Record<string, string> = { N: 'Đắk Nông 1', C: 'a-Z_0/9.', D: '12/QĐ-UBND', G: 'L-1:2;"', A: 'a.b:1[-]' };

/** A message with what it needs, and some of what it may have. */
function draw(index: number): Record<string, any> {
  const out: Record<string, any> = {};
  const members = messages[index]!.filter((f) => f.member);
  const chosen = members[next(members.length || 1)];
  for (const f of messages[index]!) {
    if (f.member ? f !== chosen : !f.required && next(2)) continue;
    const one = (): unknown => {
      switch (f.type) {
        case 'm': return draw(f.arg);
        case 's': return LETTERS[f.text]!.repeat(9).slice(0, f.min > 1 ? f.min : 1 + next(Math.min(f.arg, 20))).trim().replace(/\/$/, 'x') || 'x';
        case 'y': return bytes(f.arg, next);
        case 'o': return true;
        case 'e': return 1 + next(1);
        case 'i': return Number((BigInt(next(1 << 20)) % f.max) + 1n);
        default: return (BigInt(next(1 << 30)) % f.max) + 1n;
      }
    };
    out[f.name] = f.items ? Array.from({ length: 1 + next(Math.min(f.items, 3)) }, one) : one();
  }
  return out;
}

const shown = [...parseReceipt(golden('receipts/testdata/product.ocop')).records.flatMap((r) => r.shown.map((s) => s.bytes))];
const drawn = Array.from({ length: 300 }, () => Uint8Array.from(write(0, draw(0)))).filter((b) => word(() => readAction(b, 4)) === 'ok');

test('actions of every kind are read, and written again as they were', () => {
  const kinds = new Set<string>();
  for (const b of [...shown, ...drawn]) {
    const action = readAction(b, 4);
    kinds.add(Object.keys(action)[0]!);
    assert.deepEqual(write(0, action as any), [...b]);
  }
  assert.equal(kinds.size, messages[0]!.length, [...kinds].join());
});

test('whatever is read is canonical: changed bytes are refused, or are what a writer writes', () => {
  let accepted = 0;
  for (const b of [...shown, ...drawn.slice(0, 120)]) {
    for (let i = 0; i < 60; i++) {
      const at = next(b.length);
      const insert = next(3) ? [] : [next(256)];
      const bad = Uint8Array.from([...b.subarray(0, at), ...insert, ...(next(3) ? [b[at]! ^ (1 << next(8))] : []), ...b.subarray(at + 1)]);
      let action;
      const w = word(() => { action = readAction(bad, 4); });
      assert.ok(w === 'ok' || w === 'action', w);
      if (w !== 'ok') continue;
      accepted++;
      assert.deepEqual(write(0, action!), [...bad]);
    }
    assert.equal(word(() => readAction(Uint8Array.from([...b, 0]), 4)), 'action');
    assert.equal(word(() => readAction(b.subarray(0, b.length - 1), 4)), 'action');
  }
  assert.ok(accepted > 100);
});

test('what came with a later protocol is not known to an earlier one', () => {
  for (const b of drawn) {
    const kind = Object.keys(readAction(b, 4))[0]!;
    const { since } = messages[0]!.find((f) => f.name === kind)!;
    for (let version = 0; version < since; version++) assert.equal(word(() => readAction(b, version)), 'action', kind);
  }
  const lot = Uint8Array.from(write(0, { register_lot: { lot: { product: { producer: 1n, number: 1 }, lot: 'L' }, quantity: 1n, unit: 1, produced: 20260101, expires: 0, inputs: [], declared_yield: 5 } }));
  assert.deepEqual([word(() => readAction(lot, 3)), word(() => readAction(lot, 4))], ['action', 'ok']);
});

test('encodings that are not the one', () => {
  const key = 'retire_key';
  const base = { [key]: { account: 300n, public_key: new Uint8Array(33).fill(2), reason: 1 } };
  const b = write(0, base);
  assert.equal(word(() => readAction(Uint8Array.from(b), 1)), 'ok');
  const body = b.slice(2);
  const wrap = (x: number[]): Uint8Array => Uint8Array.from([0x1a, ...varint(BigInt(x.length)), ...x]);
  const cases: Record<string, Uint8Array> = {
    'nothing': new Uint8Array(),
    'an empty message': wrap([]),
    'a long varint': wrap([0x08, 0xac, 0x82, 0x00, ...body.slice(3)]),
    'eleven bytes of varint': wrap([0x08, ...new Array(10).fill(0x80), 0x01, ...body.slice(3)]),
    'a number above its type': wrap([0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02, ...body.slice(3)]),
    'zero written': wrap([0x08, 0x00, ...body.slice(3)]),
    'a field missing': wrap(body.slice(0, -2)),
    'an enum value of no kind': wrap([...body.slice(0, -1), 5]),
    'an enum value of 0': wrap([...body.slice(0, -1), 0]),
    'fields in another order': wrap([...body.slice(3), ...body.slice(0, 3)]),
    'a field twice': wrap([...body.slice(0, 3), ...body]),
    'an unknown field': wrap([...body, 0x20, 1]),
    'a group': wrap([0x0b, 0x0c, ...body]),
    'another wire type': wrap([0x09, 0, 0, 0, 0, 0, 0, 0, 1, ...body.slice(3)]),
    'two actions': Uint8Array.from([...b, ...b]),
    'bytes too short': wrap([...body.slice(0, 3), 0x12, 32, ...new Array(32).fill(2), 0x18, 1]),
    'a length beyond the end': Uint8Array.from([0x1a, 200, ...body]),
    'a length of 2^63': Uint8Array.from([0x1a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]),
  };
  for (const [name, bad] of Object.entries(cases)) assert.equal(word(() => readAction(bad, 4)), 'action', name);
});

test('characters', () => {
  const name = CLASSES.N!;
  for (const good of ['', 'Cà phê bột Đắk Đam', 'HTX «Công Bằng»', 'a\u0323\u0302'.normalize('NFC'), 'a\u0303\u0323'.normalize('NFC'), '5 €', '½ kg', 'x'.repeat(240)]) assert.ok(name(good), good);
  for (const bad of [' a', 'a ', 'a  b', 'a\u0301', '\u0301', '1\u0301', ' \u0323', 'ả\u0309', 'q\u0301\u0302\u0303', 'q\u0301\u0301', 'á\u0301', 'a\u200bb', 'a\u202eb', 'a\tb', 'Ω', 'я', '中', '😀', 'a\u00a0b', '\u00ad']) {
    assert.ok(!name(bad), JSON.stringify(bad));
  }
  assert.ok(name('q\u0301\u0302') && name('ạ\u0302'.normalize('NFC')));
  assert.ok(CLASSES.D!('12/QĐ-UBND') && !CLASSES.D!('1:2'));
  assert.ok(CLASSES.C!('aZ09._/-') && !CLASSES.C!('a b') && !CLASSES.C!('a\n'));
  assert.ok(CLASSES.A!('[::1]:80-') && !CLASSES.A!('a_b'));
  const gs1 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!"%&\'()*+,-./:;<=>?_';
  assert.deepEqual([...Array(128).keys()].filter((c) => CLASSES.G!(String.fromCharCode(c))), [...gs1].map((c) => c.charCodeAt(0)).sort((a, b) => a - b));
  // Not in time that grows with more than the length.
  assert.ok(!name('a'.repeat(100000) + '\u0301\u0302\u0303'));
});

test('enums know what the proto files know', () => assert.ok(ENUMS.split(';').every((e) => /^\d+-\d+(@\d)?(,\d+-\d+(@\d)?)*$/.test(e))));
