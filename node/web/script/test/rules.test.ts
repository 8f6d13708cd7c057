import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Act } from '../src/verify/receipt/act.ts';
import { ACTS } from '../src/verify/receipt/acts.ts';
import { mustBeClosed } from '../src/verify/receipt/closure.ts';
import { Members } from '../src/verify/receipt/members.ts';
import {
  ACCOUNT, AUTHORITY, CERTIFICATE, DECISION, LOT, PRODUCT, SCHEME, TERRITORY, VALUES, idIn, keyOf,
} from '../src/verify/receipt/values.ts';
import type { AccountValue, CertificateValue, Kind, LotValue, ProductValue, Values } from '../src/verify/receipt/values.ts';
import { productOn } from '../src/verify/receipt/verdict.ts';
import { World } from '../src/verify/receipt/world.ts';
import type { Action } from '../src/verify/wire/table_gen.ts';
import { word } from './helper.ts';

// The rules of §13.4, one by one, in a small world of its own: an act that is right, and the same with one thing wrong.

const h32 = (n: number): Uint8Array => new Uint8Array(32).fill(n);
const key = (n: number): Uint8Array => new Uint8Array(33).fill(n).fill(2, 0, 1);
const at = (n: number) => ({ record: h32(n), action: n });
const noInspections = { count: 0, date: 0, outcome: 0 };
const document = { sha256: h32(9), size: 1n, name: 'QĐ.pdf' };
const P = { producer: 1000001n, number: 1 };
const Q = { producer: 1000001n, number: 2 };
const D = { issuer: 1n, year: 2026, number: '77/QĐ-UBND' };

const territory = (code: number, level: number, parent: number): Values[typeof TERRITORY] => ({ code, level, parent, name: 'Đắk', from: 0, until: 0 });
const account = (id: bigint, more: Partial<AccountValue> = {}): AccountValue => ({
  account: id, kind: id < 1000000n ? 1 : 3, roles: id < 1000000n ? 4 : 3, name: { register: 'HTX' }, territory: id < 1000000n ? 67 : 24700, businessNumber: '', registrar: 1n,
  stated: at(1), epoch: 1, keys: [{ key: key(1), roles: 15, bound: 1, retired: 0 }], ...more,
});
const authority = (agency: bigint, level: number, area: number, powers = 127): Values[typeof AUTHORITY] =>
  ({ agency, grants: [{ level, territory: area, powers, from: 20200101, until: 20291231 }] });
const product = (ref: typeof P, more: Partial<ProductValue> = {}): ProductValue => ({
  product: ref, name: { register: 'Cà phê' }, scheme: 'S', group: 'food', unit: 1, gtin: '', origin: 24700, registrar: 1n, stated: at(2), terms: [], picture: undefined,
  inspections: noInspections, ...more,
});
const certificate = (item: number, more: Partial<CertificateValue> = {}): CertificateValue => ({
  certificate: { ...D, item }, stated: at(3), product: P, star: 4, a: 3000, b: 2000, c: 3000, total: 8000, minimums: true, scheme: 'S', group: 'food',
  decisionDate: 20260220, from: 20260220, until: 20280220, historical: false, status: 1, last: 20280220, predecessor: undefined, successor: undefined, corrections: 0, ...more,
});
const lot = (code: string, more: Partial<LotValue> = {}): LotValue => ({
  lot: { product: P, lot: code }, unit: 1, quantity: 1000n, left: 0n, traded: 0n, produced: 20260101, expires: 0, used: 0n, yield: 0, inputUnit: 0, inputs: [], stamps: [],
  inspections: noInspections, status: 0, ...more,
});
const term = (c: CertificateValue) => ({ certificate: c.certificate, from: c.from, last: c.last });
const [one, two] = [
  certificate(1, { until: 20270219, last: 20270219 }), certificate(2, { from: 20270220 }),
];

type Entry = { [K in Kind]: [K, Values[K]] }[Kind];
const ground: Entry[] = [
  [TERRITORY, territory(1, 4, 0)], [TERRITORY, territory(67, 3, 1)], [TERRITORY, territory(68, 3, 1)], [TERRITORY, territory(24700, 1, 67)],
  [ACCOUNT, account(1n)], [ACCOUNT, account(2n)], [ACCOUNT, account(3n)], [ACCOUNT, account(4n)], [ACCOUNT, account(1000001n)], [ACCOUNT, account(1000002n)],
  [AUTHORITY, authority(1n, 3, 67)], [AUTHORITY, authority(2n, 4, 1)], [AUTHORITY, authority(3n, 3, 68)], [AUTHORITY, authority(4n, 3, 67, 0)],
  [SCHEME, {
    id: 'S', source: 'QĐ', from: 20250101, until: 0, maxA: 4000, maxB: 2500, maxC: 3500, months: 36, days: 1, groups: [],
    bands: [{ star: 3, lowest: 5000, recognisers: 8 }, { star: 4, lowest: 7000, recognisers: 8 }, { star: 5, lowest: 9000, recognisers: 16 }],
  }],
  [DECISION, { decision: D, date: 20260220, scheme: 'S', historical: false, document, parts: 2, present: h32(0), author: 1n }],
  [PRODUCT, product(P, { terms: [one, two].map(term) })], [PRODUCT, product(Q)],
  [CERTIFICATE, one], [CERTIFICATE, two],
  [LOT, lot('A')], [LOT, lot('B')],
];

interface Over { author?: bigint; roles?: number; today?: number; opened?: string[]; ground?: Entry[]; show?: Entry[] }

/** A world in which all of that is shown and there; what is in show is shown and not there yet. */
function world(entries: Entry[], show: Entry[]): World {
  const member = ([kind, v]: Entry) => ({ kind, id: idIn(kind, v as never), value: new Uint8Array(), entries: [], root: undefined });
  const unique = new Map([...show, ...entries].map((e) => [keyOf(e[0], idIn(e[0], e[1] as never)), e]));
  const w = new World([...unique.values()].map(member));
  for (const [kind, v] of entries) w.values.set(keyOf(kind, idIn(kind, v as never)), v);
  return w;
}

function run(action: Action, over: Over): World {
  const w = world([...ground, ...(over.ground ?? [])], over.show ?? []);
  const [kind, x] = Object.entries(action)[0]!;
  const author = w.account(over.author ?? 1n);
  const act: Act = {
    w, record: { leaf: 77n } as Act['record'], id: h32(8), number: 0, today: over.today ?? 20260301, author, roles: over.roles ?? 15,
    opened: new Set(over.opened ?? [keyOf(DECISION, idIn(DECISION, { decision: D } as never))]),
  };
  (ACTS as Record<string, (a: Act, x: unknown) => void>)[kind]!(act, x);
  for (const [k, v] of w.values) {
    const member = Number(k.split(':')[0]) as Kind;
    // Whatever an act makes can be written, and read again.
    assert.deepEqual(VALUES[member].read((VALUES[member].write as (v: unknown) => Uint8Array)(v)), v);
  }
  return w;
}

type Change<T> = T extends (infer U)[] ? U[] : T extends Uint8Array | bigint | string | number | boolean | undefined ? T : { [K in keyof T]?: Change<T[K]> | undefined };

function patch<T>(x: T, change: any): T {
  const out: any = { ...x };
  for (const [k, v] of Object.entries(change)) {
    out[k] = v && typeof v === 'object' && !Array.isArray(v) && !(v instanceof Uint8Array) && out[k] ? patch(out[k], v) : v;
  }
  return out;
}

type Bad<X> = [word: string, what: string, change: Change<X>, over?: Over];

function rule<K extends keyof Action>(kind: K, x: NonNullable<Action[K]>, good: Over, bad: Bad<NonNullable<Action[K]>>[], look?: (w: World) => void): void {
  test(`${kind}: ${JSON.stringify(good, (_, v) => (typeof v === 'bigint' ? Number(v) : Array.isArray(v) ? v.length : v))}`, () => {
    const w = run({ [kind]: x }, good);
    look?.(w);
    for (const [want, what, change, over] of bad) {
      assert.equal(word(() => run({ [kind]: patch(x, change) }, { ...good, ...over })), want, what);
    }
  });
}

const item = (n: number) => ({ decision: D, item: n });
const agency: Bad<any>[] = [
  ['competence', 'another area', {}, { author: 3n }], ['competence', 'no power', {}, { author: 4n }], ['competence', 'before the grant', {}, { today: 20191231 }],
  ['competence', 'after the grant', {}, { today: 20300101 }],
];

rule('register_account', { account: 1000009n, kind: 2, roles: 2, name: { register: 'X' }, territory: 24700, business_number: '', key: { public_key: key(7), roles: 12, proof: h32(0) } }, {
  show: [[ACCOUNT, account(1000009n)]],
}, [
  ['competence', 'not an agency', {}, { author: 1000001n }], ['signer', 'another role', {}, { roles: 14 }], ['competence', 'number of another', { account: 2000009n }],
  ['competence', 'the number 0', { account: 1000000n }], ['rule', 'an agency', { kind: 1 }], ['rule', 'there already', { account: 1000001n }],
  ['competence', 'a seat elsewhere', { territory: 68 }], ['competence', 'too late', {}, { today: 20300101 }],
], (w) => assert.deepEqual(w.account(1000009n).keys, [{ key: key(7), roles: 12, bound: 1, retired: 0 }]));

rule('bind_key', { account: 1000001n, epoch: 2, key: { public_key: key(7), roles: 4, proof: h32(0) } }, { author: 1000001n }, [
  ['signer', 'role', {}, { roles: 7 }], ['rule', 'epoch', { epoch: 3 }], ['competence', 'by another', {}, { author: 1000002n }],
]);
rule('bind_key', { account: 1000001n, epoch: 2, key: { public_key: key(7), roles: 4, proof: h32(0) } }, {}, [
  ['signer', 'role', {}, { roles: 14 }], ['competence', "another agency's keys", { account: 2n }], ...agency,
  ['rule', 'too many', {}, { ground: [[ACCOUNT, account(1000001n, { keys: Array.from({ length: 128 }, () => account(1n).keys[0]!) })]] }],
]);
rule('retire_key', { account: 1000001n, public_key: key(1), reason: 1 }, { author: 1000001n }, [
  ['rule', 'no such key', { public_key: key(3) }], ['signer', 'role', {}, { roles: 7 }],
  ['rule', 'retired before', {}, { ground: [[ACCOUNT, account(1000001n, { keys: [{ key: key(1), roles: 15, bound: 1, retired: 1 }] })]] }],
], (w) => assert.deepEqual([w.account(1000001n).epoch, w.account(1000001n).keys[0]!.retired], [2, 2]));

const registered = { product: { producer: 1000001n, number: 3 }, name: { blob: h32(4) }, group: { scheme: 'S', code: 'food' }, unit: 2, gtin: '', origin: 68 };
const shown: Entry[] = [[PRODUCT, product(registered.product)]];
rule('register_product', registered, { show: shown }, [
  ['signer', 'role', {}, { roles: 14 }], ['rule', 'there already', { product: P }], ...agency,
  ['rule', 'not a producer', {}, { ground: [[ACCOUNT, account(1000001n, { roles: 2 })]] }],
]);
rule('register_product', registered, { author: 1000001n, show: shown }, [['signer', 'role', {}, { roles: 11 }], ['competence', 'by another', {}, { author: 1000002n }]]);
rule('set_picture', { product: P, blob: h32(7) }, { author: 1000001n }, [
  ['signer', 'role', {}, { roles: 3 }], ['rule', 'no other than before', { blob: new Uint8Array() }],
  ['rule', 'the same', {}, { ground: [[PRODUCT, product(P, { picture: h32(7) })]] }], ['competence', 'by another', {}, { author: 1000002n }],
]);

const E2 = { issuer: 1n, year: 2026, number: '80' };
rule('open_decision', { decision: E2, date: 20260228, document, part: 2, parts: 2, historical: true }, { show: [[DECISION, { decision: E2 } as never]] }, [
  ['signer', 'by another', {}, { author: 2n }], ['signer', 'role', {}, { roles: 13 }], ['rule', 'to come', { date: 20260302 }], ['rule', 'year', { date: 20251231 }],
  ['rule', 'no day', { date: 20260230 }], ['rule', 'part', { part: 3 }],
  ['closure', 'no rule set', { date: 20240101, decision: { year: 2024 } }],
  ['rule', 'two rule sets', {}, { ground: [[SCHEME, { ...(ground.find((e) => e[0] === SCHEME)![1] as Values[typeof SCHEME]), id: 'T' }]] }],
  ['competence', 'no power', {}, { ground: [[AUTHORITY, authority(1n, 3, 67, 127 - 2)]] }], ['competence', 'no import', {}, { ground: [[AUTHORITY, authority(1n, 3, 67, 127 - 16)]] }],
], (w) => assert.equal(w.find(DECISION, idIn(DECISION, { decision: E2 } as never))!.present[31], 2));
const first = new Uint8Array(32).fill(1, 31);
rule('open_decision', { decision: D, date: 20260220, document, part: 2, parts: 2, historical: false }, {
  ground: [[DECISION, { decision: D, date: 20260220, scheme: 'S', historical: false, document, parts: 2, present: first, author: 1n }]],
}, [
  ['rule', 'there already', { part: 1 }], ['rule', 'date', { date: 20260221 }], ['rule', 'parts', { parts: 3 }], ['rule', 'historical', { historical: true }],
  ['rule', 'document', { document: { size: 2n } }],
]);

const renewed = certificate(1, { from: 20260220, until: 20280220, last: 20280220 });
rule('certify', {
  certificate: item(3), product: P, star: 4, scores: { a: 3000, b: 2000, c: 3000, total: 8000 }, minimums_met: true, group: 'food', valid_from: 20280221, valid_until: 20290221,
}, { show: [[CERTIFICATE, certificate(3)]] }, [
  ['rule', 'not opened', {}, { opened: [] }], ['signer', 'role', {}, { roles: 13 }], ['rule', 'there already', { certificate: { item: 1 } }],
  ['rule', 'a day twice', { valid_from: 20280220 }], ['rule', 'within another', { valid_from: 20260301, valid_until: 20260302 }],
  ['rule', 'too long', { valid_until: 20290222 }], ['rule', 'before the Decision', { valid_from: 20260219, valid_until: 20260219 }],
  ['rule', 'ends before it begins', { valid_until: 20280220 }], ['rule', 'no day', { valid_until: 20290230 }], ['rule', 'a day of no month', { valid_from: 20281301 }],
  ['rule', 'sum', { scores: { total: 8001 } }], ['rule', 'A', { scores: { a: 4001, total: 9001 } }], ['rule', 'B', { scores: { b: 2501, total: 8501 } }],
  ['rule', 'C', { scores: { c: 3501, total: 8501 } }], ['rule', 'too low', { scores: { a: 1999, total: 6999 } }], ['rule', 'minimums', { minimums_met: false }],
  ['rule', 'no band', { star: 2 }], ['competence', 'five stars', { star: 5, scores: { a: 4000, total: 9000 } }], ['closure', 'product not shown', { product: { number: 9 } }],
  ['competence', 'another area', {}, { author: 3n }],
], (w) => assert.equal(w.find(PRODUCT, idIn(PRODUCT, product(P)))!.terms.length, 3));
rule('certify', {
  certificate: item(3), product: P, star: 3, scores: { a: 2000, b: 1000, c: 2000, total: 5000 }, minimums_met: true, group: 'food', valid_from: 20270101, valid_until: 20290221, predecessor: item(1),
}, { show: [[CERTIFICATE, certificate(3)]], ground: [[CERTIFICATE, renewed], [PRODUCT, product(P, { terms: [term(renewed)] })]] }, [
  ['rule', 'of another product', {}, { ground: [[CERTIFICATE, { ...renewed, product: Q }], [PRODUCT, product(P, { terms: [] })]] }],
  ['rule', 'renewed before', {}, { ground: [[CERTIFICATE, { ...renewed, status: 3, successor: two.certificate }], [PRODUCT, product(P, { terms: [term(renewed)] })]] }],
  ['rule', 'begins with it', { valid_from: 20260220 }], ['closure', 'not shown', { predecessor: { item: 9 } }],
], (w) => {
  const c = w.find(CERTIFICATE, idIn(CERTIFICATE, one))!;
  assert.deepEqual([c.status, c.last, c.successor!.item], [3, 20261231, 3]);
  assert.deepEqual(w.find(PRODUCT, idIn(PRODUCT, product(P)))!.terms.map((t) => [t.from, t.last]), [[20260220, 20261231], [20270101, 20290221]]);
});

const R = { issuer: 1n, year: 2026, number: '90' };
const revoke = { certificate: item(1), decision: R, date: 20260225, document, reason: 1, effective: 20260226 };
rule('revoke', revoke, {}, [
  ['signer', 'by another', {}, { author: 2n }], ['signer', 'role', {}, { roles: 13 }], ['rule', 'to come', { date: 20260302, effective: 20260302 }],
  ['rule', 'year', { decision: { year: 2025 } }], ['rule', 'before the Decision', { date: 20260219 }], ['rule', 'effective before', { effective: 20260224 }],
  ['rule', 'no day', { effective: 20260231 }], ['closure', 'not shown', { certificate: { item: 9 } }],
  ['rule', 'revoked before', {}, { ground: [[CERTIFICATE, { ...one, status: 2, revocation: { ...revoke, author: 1n, leaf: 1n, decision: R } }]] }],
  ['competence', 'no power', {}, { ground: [[AUTHORITY, authority(1n, 3, 67, 127 - 4)]] }],
], (w) => {
  const c = w.find(CERTIFICATE, idIn(CERTIFICATE, one))!;
  assert.deepEqual([c.status, c.last, c.revocation!.leaf], [2, 20260225, 77n]);
});
rule('revoke', { ...revoke, decision: { ...R, issuer: 2n } }, { author: 2n }, [
  ['competence', 'of one level', { decision: { issuer: 4n } }, { author: 4n, ground: [[AUTHORITY, authority(4n, 3, 67)]] }],
  ['competence', 'below', { decision: { issuer: 4n } }, { author: 4n, ground: [[AUTHORITY, authority(4n, 2, 67)]] }],
  ['competence', 'another area', {}, { ground: [[AUTHORITY, authority(2n, 4, 68)]] }],
]);

const number = (n: number) => ({ number: BigInt(n) });
const star = { field: 1, old: number(4), new: number(3) };
const correct = { certificate: item(1), wrong: at(3), changes: [star], reason: 1 };
rule('correct', correct, {}, [
  ['signer', 'by another', {}, { author: 2n }], ['signer', 'role', {}, { roles: 13 }], ['rule', 'another action', { wrong: { action: 9 } }], ['rule', 'another record', { wrong: { record: h32(1) } }],
  ['competence', 'no power', {}, { ground: [[AUTHORITY, authority(1n, 3, 67, 127 - 8)]] }],
  ['rule', 'old value', { changes: [{ ...star, old: number(5) }] }], ['rule', 'kind of value', { changes: [{ ...star, new: { text: '3' } }] }],
  ['rule', 'field of accounts', { changes: [{ ...star, field: 17 }] }], ['rule', 'a number too large', { changes: [{ ...star, new: { number: 2n ** 32n + 3n } }] }],
  ['rule', 'two of one field', { changes: [star, { ...star, old: number(3), new: number(4) }] }], ['competence', 'five stars', {
    changes: [{ field: 1, old: number(4), new: number(5) }, { field: 2, old: number(3000), new: number(4000) }, { field: 5, old: number(8000), new: number(9000) }],
  }],
  ['rule', 'sum', { changes: [{ field: 2, old: number(3000), new: number(3001) }] }], ['rule', 'after its successor', { changes: [{ field: 6, old: number(20260220), new: number(20270220) }, { field: 7, old: number(20270219), new: number(20270221) }] }],
  ['rule', 'a day twice', { changes: [{ field: 7, old: number(20270219), new: number(20270220) }] }],
  ['rule', 'a group too long', { changes: [{ field: 8, old: { text: 'food' }, new: { text: 'x'.repeat(17) } }] }],
  ['rule', 'a group that is empty', { changes: [{ field: 8, old: { text: 'food' }, new: { empty: true } }] }],
  ['rule', 'revoked', {}, { ground: [[CERTIFICATE, { ...one, status: 2, revocation: { ...revoke, author: 1n, leaf: 1n } }]] }],
], (w) => assert.deepEqual([w.find(CERTIFICATE, idIn(CERTIFICATE, one))!.star, w.find(CERTIFICATE, idIn(CERTIFICATE, one))!.corrections], [3, 1]));
const [before, after] = [
  certificate(1, { status: 3, successor: two.certificate, until: 20280101, last: 20270219 }), certificate(2, { from: 20270220, predecessor: one.certificate }),
];
const pair: Entry[] = [[CERTIFICATE, before], [CERTIFICATE, after], [PRODUCT, product(P, { terms: [before, after].map(term) })]];
rule('correct', { certificate: item(2), wrong: at(3), changes: [{ field: 6, old: number(20270220), new: number(20270301) }], reason: 1 }, { ground: pair }, [
  ['rule', 'before its predecessor', { changes: [{ field: 6, old: number(20270220), new: number(20260220) }] }],
], (w) => {
  assert.equal(w.find(CERTIFICATE, idIn(CERTIFICATE, one))!.last, 20270228);
  assert.deepEqual(w.find(PRODUCT, idIn(PRODUCT, product(P)))!.terms.map((t) => [t.from, t.last]), [[20260220, 20270228], [20270301, 20280220]]);
});
rule('correct', { certificate: item(1), wrong: at(3), changes: [{ field: 7, old: number(20280101), new: number(20270101) }], reason: 1 }, { ground: pair }, [
  ['rule', 'it begins with its successor', { changes: [{ field: 6, old: number(20260220), new: number(20270220) }] }],
], (w) => assert.equal(w.find(CERTIFICATE, idIn(CERTIFICATE, one))!.last, 20270101));

const rename = { product: Q, wrong: at(2), changes: [{ field: 16, old: { text: 'Cà phê' }, new: { hash: h32(3) } }], reason: 1 };
rule('correct', rename, {}, [
  ['signer', 'role', {}, { roles: 14 }], ['competence', 'by its producer', {}, { author: 1000001n }], ['competence', 'registered by another', {}, { author: 2n }],
  ['rule', 'another name', { changes: [{ ...rename.changes[0]!, old: { text: 'Trà' } }] }], ['rule', 'a number', { changes: [{ ...rename.changes[0]!, new: number(1) }] }],
  ['rule', 'a GTIN too long', { changes: [{ field: 18, old: { empty: true }, new: { text: '1'.repeat(15) } }] }],
  ['rule', 'a star', { changes: [star] }],
]);
rule('correct', rename, { author: 1000001n, ground: [[PRODUCT, product(Q, { registrar: 1000001n })]] }, [
  ['signer', 'role', {}, { roles: 11 }], ['competence', 'certified', {}, { ground: [[PRODUCT, product(Q, { registrar: 1000001n, terms: [term(one)] })]] }],
  ['competence', 'another area', {}, { author: 3n }],
]);
rule('correct', rename, { author: 2n, ground: [[PRODUCT, product(Q, { registrar: 1000001n })]] }, []);
rule('correct', { account: 1000001n, wrong: at(1), changes: [{ field: 20, old: number(3), new: number(4) }], reason: 1 }, {}, [
  ['signer', 'by another', {}, { author: 2n }], ['signer', 'role', {}, { roles: 14 }], ['rule', "an agency's", { account: 1n }],
  ['rule', 'made an agency', { changes: [{ field: 20, old: number(3), new: number(1) }] }], ['rule', 'of no kind', { changes: [{ field: 20, old: number(3), new: number(8) }] }],
  ['competence', 'to another area', { changes: [{ field: 17, old: number(24700), new: number(68) }] }],
  ['rule', 'a business number too long', { changes: [{ field: 19, old: { empty: true }, new: { text: '1'.repeat(21) } }] }],
]);

const code = (c: string) => ({ product: P, lot: c });
const input = (c: string, quantity = 100n) => ({ lot: code(c), quantity, unit: 1 });
const made = { lot: code('M'), quantity: 160n, unit: 1, produced: 20260201, expires: 0, inputs: [input('A'), input('B')], declared_yield: 800 };
const fresh: Entry[] = [[LOT, lot('M')]];
const stopped = (status: number, author = 1n) => ({ status, stop: { reason: 1, author, date: 20260228, document } });
rule('register_lot', made, { author: 1000001n, show: fresh }, [
  ['signer', 'by another', {}, { author: 1000002n }], ['signer', 'role', {}, { roles: 11 }], ['rule', 'there already', { lot: { lot: 'A' } }], ['rule', 'unit', { unit: 2 }],
  ['rule', 'no day', { produced: 20260230 }], ['rule', 'an end that is no day', { expires: 20260230 }], ['rule', 'more than the yield', { quantity: 161n }],
  ['rule', 'more than there was', { declared_yield: 1001 }], ['rule', 'no yield', { declared_yield: 0 }], ['rule', 'yield of nothing', { inputs: [] }],
  ['rule', 'out of order', { inputs: [input('B'), input('A')] }], ['rule', 'twice', { inputs: [input('A'), input('A')] }],
  ['rule', 'itself', { lot: { lot: 'B' } }], ['rule', 'two units', { inputs: [input('A'), { ...input('B'), unit: 2 }] }],
  ['rule', 'a unit of none of them', { inputs: [{ ...input('A'), unit: 2 }, { ...input('B'), unit: 2 }] }],
  ['rule', 'before its input', { produced: 20251231 }], ['closure', 'an input that is not shown', { inputs: [input('C')] }],
  ['rule', 'more than there is', { inputs: [input('A', 1001n)] }], ['rule', 'of a lot that is held', {}, { ground: [[LOT, lot('B', stopped(1))]] }],
  ['rule', 'of a lot made of a recalled one', {}, {
    ground: [[LOT, lot('B', { inputs: [{ lot: code('R'), quantity: 1n }], yield: 1, inputUnit: 1 })], [LOT, lot('R', stopped(2))]],
  }],
  ['rule', 'too many ancestors', {}, {
    ground: [...Array.from({ length: 64 }, (_, i): Entry => [LOT, lot(`X${i}`)]), ...[0, 16, 32, 48].map((n): Entry => [LOT, lot(`Y${n}`, {
      inputs: Array.from({ length: 16 }, (_, i) => ({ lot: code(`X${n + i}`), quantity: 1n })), yield: 1, inputUnit: 1,
    })]), [LOT, lot('B', { inputs: [0, 16, 32, 48].map((n) => ({ lot: code(`Y${n}`), quantity: 1n })), yield: 1, inputUnit: 1 })]],
  }],
], (w) => assert.equal(w.find(LOT, idIn(LOT, lot('A')))!.used, 100n));
rule('register_lot', made, { author: 1000001n }, [
  ['rule', 'of another that is held', {}, { ground: [[LOT, lot('B', stopped(1))]] }], ['rule', 'more than there is', { inputs: [input('A', 1001n)] }],
], (w) => assert.equal(w.find(LOT, idIn(LOT, lot('A')))!.used, 100n));

const goods = { lot: code('A'), quantity: 900n, unit: 1, event_time: 1n, price: new Uint8Array(), terms: new Uint8Array() };
rule('retail_sale', { goods }, { author: 1000002n, ground: [[LOT, lot('A', { used: 100n })]] }, [
  ['signer', 'role', {}, { roles: 11 }], ['rule', 'unit', { goods: { unit: 2 } }], ['rule', 'more than there is', { goods: { quantity: 901n } }],
  ['rule', 'held', {}, { ground: [[LOT, lot('A', stopped(1))]] }], ['closure', 'not shown', { goods: { lot: { lot: 'Z' } } }],
], (w) => assert.equal(w.find(LOT, idIn(LOT, lot('A')))!.left, 900n));

const hold = { lot: code('A'), reason: 1, document };
rule('hold_lot', hold, {}, [
  ['signer', 'role', {}, { roles: 13 }], ['rule', 'no document', { document: undefined }], ...agency, ['rule', 'held by an agency', {}, { ground: [[LOT, lot('A', stopped(1))]] }],
  ['rule', 'recalled', {}, { ground: [[LOT, lot('A', stopped(2, 1000001n))]] }],
], (w) => assert.deepEqual(w.find(LOT, idIn(LOT, lot('A')))!.stop, { reason: 1, author: 1n, date: 20260301, document }));
rule('hold_lot', hold, { ground: [[LOT, lot('A', stopped(1, 1000001n))]] }, [['rule', 'by the producer again', {}, { author: 1000001n }]]);
rule('hold_lot', { ...hold, document: undefined as never }, { author: 1000001n }, [['signer', 'role', {}, { roles: 11 }], ['competence', 'by another', { document }, { author: 1000002n }]]);
rule('release_lot', hold, { ground: [[LOT, lot('A', stopped(1))]] }, [
  ['rule', 'by the producer', {}, { author: 1000001n }], ['rule', 'free', {}, { ground: [] }], ['rule', 'recalled', {}, { ground: [[LOT, lot('A', stopped(2))]] }],
], (w) => assert.equal(w.find(LOT, idIn(LOT, lot('A')))!.stop, undefined));
rule('release_lot', hold, { author: 1000001n, ground: [[LOT, lot('A', stopped(1, 1000001n))]] }, []);
rule('recall_lot', hold, { ground: [[LOT, lot('A', stopped(1))]] }, [['rule', 'recalled before', {}, { ground: [[LOT, lot('A', stopped(2))]] }]]);

rule('apply_stamps', { lot: code('A'), first: 1n, count: 10, per_stamp: 100n }, { author: 1000001n }, [
  ['signer', 'by another', {}, { author: 1n }], ['signer', 'role', {}, { roles: 11 }], ['rule', 'more than the lot', { count: 11 }], ['rule', 'no certificate', {}, { today: 20280221 }],
  ['rule', 'held', {}, { ground: [[LOT, lot('A', stopped(1))]] }],
  ['rule', 'with those before', {}, { ground: [[LOT, lot('A', { stamps: [{ first: 1n, count: 1, each: 1n }] })]] }],
  ['rule', 'too many batches', { per_stamp: 1n }, { ground: [[LOT, lot('A', { stamps: Array.from({ length: 32 }, () => ({ first: 1n, count: 1, each: 1n })) })]] }],
]);
rule('inspect', { lot: code('A'), date: 20260228, outcome: 2, kind: 'ATTP', document }, { ground: [[LOT, lot('A', { inspections: { count: 1, date: 20260227, outcome: 1 } })]] }, [
  ['signer', 'role', {}, { roles: 13 }], ['rule', 'to come', { date: 20260302 }], ['rule', 'no day', { date: 20260231 }], ['competence', 'another area', {}, { author: 3n }],
  ['competence', 'no power', {}, { ground: [[AUTHORITY, authority(1n, 3, 67, 63)]] }], ['competence', 'not an agency', {}, { author: 1000002n }],
], (w) => assert.deepEqual(w.find(LOT, idIn(LOT, lot('A')))!.inspections, { count: 2, date: 20260228, outcome: 2 }));
rule('inspect', { product: P, date: 20260228, outcome: 2, kind: 'ATTP', document }, { ground: [[PRODUCT, product(P, { inspections: { count: 1, date: 20260301, outcome: 1 } })]] }, [],
  (w) => assert.deepEqual(w.find(PRODUCT, idIn(PRODUCT, product(P)))!.inspections, { count: 2, date: 20260301, outcome: 1 }));

/** Members as a receipt shows them, all of genesis. */
const membersOf = (entries: Entry[]): Members => Members.shown(entries.map(([kind, v]) => ({
  kind, id: idIn(kind, v as never), value: VALUES[kind].write(v as never), entries: [{ record: undefined, action: 65535, hash: h32(0) }], root: undefined,
})));

test('a receipt shows what its subject depends on, and what is more only where an account may once have been', () => {
  const scheme = ground.find(([kind]) => kind === SCHEME)!;
  const needed: Entry[] = [
    [PRODUCT, product(Q)], [ACCOUNT, account(1000001n, { territory: 67 })], [TERRITORY, territory(67, 3, 1)], [TERRITORY, territory(1, 4, 0)], scheme,
  ];
  const closed = (entries: Entry[], derived: boolean, seat?: number): string => word(() => {
    const w = membersOf(entries);
    if (seat) w.seats.get(keyOf(ACCOUNT, idIn(ACCOUNT, account(1000001n))))!.add(seat);
    mustBeClosed(w, keyOf(PRODUCT, idIn(PRODUCT, product(Q))), derived);
  });
  for (const derived of [false, true]) {
    assert.equal(closed(needed, derived), 'ok');
    for (let i = 1; i < needed.length; i++) assert.equal(closed(needed.filter((_, k) => k !== i), derived), 'closure', `without ${i}`);
    assert.equal(closed([...needed, [PRODUCT, product(P)]], derived), 'closure');
    assert.equal(closed([...needed, [TERRITORY, territory(68, 3, 1)]], derived, 68), 'ok');
    assert.equal(closed(needed, derived, 68), 'closure');
  }
  assert.equal(closed([...needed, [TERRITORY, territory(68, 3, 1)]], true), 'closure');
  assert.equal(closed([...needed, [TERRITORY, territory(68, 3, 1)]], false), 'ok');
});

test('the certificate that speaks for a product is that of the format', () => {
  const a = certificate(1, { from: 20200101, until: 20230101, last: 20230101 }), b = certificate(2, { from: 20230102, until: 20260101, last: 20260101 });
  const c = certificate(3, { from: 20290101, until: 20300101, last: 20300101 });
  const revocation = { decision: D, date: 20250101, document, reason: 1, effective: 20300101, author: 1n, leaf: 9n };
  const w = certificate(4, { from: 20300101, until: 20310101, last: 20291231, status: 2, revocation });
  for (const [certificates, date, verdict, item] of [
    [[a, b, c], 20250101, 'in_force', 2], [[a, c], 20250101, 'expired', 1], [[a, b, c], 20280101, 'expired', 2], [[w, c], 20250101, 'not_yet_in_force', 3],
    [[c, w], 20250101, 'not_yet_in_force', 3], [[w], 20250101, 'revoked', 4], [[], 20250101, 'not_certified', undefined],
  ] as const) {
    const p = product(Q, { terms: certificates.map(term) });
    const got = productOn(membersOf([[PRODUCT, p], ...certificates.map((x): Entry => [CERTIFICATE, x])]), p, date);
    assert.deepEqual([got.verdict, got.certificate?.certificate.item], [verdict, item]);
  }
});
