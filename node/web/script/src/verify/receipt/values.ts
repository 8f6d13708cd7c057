import { Reader, concat, equal, fail, hex } from '../bytes.ts';
import type { ActionRef, CertificateRef, DecisionRef, Document, Name, ProductRef } from '../types.ts';
import { both, bytes, date, flag, list, optional, struct, tail, text, u16, u32, u64, u8 } from './codec.ts';
import type { Codec } from './codec.ts';

// Values of the subjects that closures are made of (§6.3).

export const TERRITORY = 3, SCHEME = 4, AUTHORITY = 5, ACCOUNT = 6, ACTIVITY = 7, PRODUCT = 8, DECISION = 9, CERTIFICATE = 10, LOT = 11;

const hash = bytes(32);
const ZERO = new Uint8Array(32);

const name: Codec<Name> = {
  read: (r) => (r.count(1, 1, 2) === 1 ? { register: r.text() } : { blob: r.hash() }),
  write: (v) => ('blob' in v ? concat([2], v.blob) : concat([1], text.write(v.register))),
};
const product = struct<ProductRef>({ producer: u64, number: u32 });
const decision = struct<DecisionRef>({ issuer: u64, year: u16, number: text });
const certificate = struct<CertificateRef>({ issuer: u64, year: u16, item: u16, number: text });
export interface LotRef { product: ProductRef; lot: string }
const lot = struct<LotRef>({ product, lot: text });
const document = struct<Document>({ sha256: hash, size: u64, name: text });
const stated = struct<ActionRef>({ record: hash, action: u16 });
const noCertificate = { issuer: 0n, year: 0, item: 0, number: '' };
const noDocument = { sha256: ZERO, size: 0n, name: '' };

export interface TerritoryValue { code: number; level: number; parent: number; name: string; from: number; until: number }
export interface SchemeValue {
  id: string; source: string; from: number; until: number; maxA: number; maxB: number; maxC: number;
  bands: { star: number; lowest: number; recognisers: number }[];
  groups: { code: string; name: string }[];
  months: number; days: number;
}
export interface AuthorityValue { agency: bigint; grants: { level: number; territory: number; powers: number; from: number; until: number }[] }
export interface AccountValue {
  account: bigint; kind: number; roles: number; name: Name; territory: number; businessNumber: string; registrar: bigint; stated: ActionRef;
  epoch: number; keys: { key: Uint8Array; roles: number; bound: number; retired: number }[];
}
export interface Term { certificate: CertificateRef; from: number; last: number }
export interface Inspections { count: number; date: number; outcome: number }
export interface ProductValue {
  product: ProductRef; name: Name; scheme: string; group: string; unit: number; gtin: string; origin: number; registrar: bigint; stated: ActionRef;
  terms: Term[]; picture: Uint8Array | undefined; inspections: Inspections;
}
export interface DecisionValue {
  decision: DecisionRef; date: number; scheme: string; historical: boolean; document: Document; parts: number; present: Uint8Array; author: bigint;
}
export interface RevocationValue {
  decision: DecisionRef; date: number; document: Document; reason: number; effective: number; author: bigint; leaf: bigint;
}
export interface CertificateValue {
  certificate: CertificateRef; stated: ActionRef; product: ProductRef; star: number; a: number; b: number; c: number; total: number; minimums: boolean;
  scheme: string; group: string; decisionDate: number; from: number; until: number; historical: boolean; status: number; last: number;
  predecessor: CertificateRef | undefined; successor: CertificateRef | undefined; corrections: number; revocation?: RevocationValue;
}
/** Traded, where a receipt cannot know it. */
export const UNKNOWN = -1n;

export interface LotStop { reason: number; author: bigint; date: number; document: Document | undefined }
export interface LotValue {
  lot: LotRef; unit: number; quantity: bigint; left: bigint; traded: bigint; produced: number; expires: number;
  used: bigint; yield: number; inputUnit: number; inputs: { lot: LotRef; quantity: bigint }[];
  stamps: { first: bigint; count: number; each: bigint }[]; inspections: Inspections; status: number; stop?: LotStop;
}

const territoryOf = struct<TerritoryValue>({ code: u32, level: u8, parent: u32, name: text, from: date, until: date });
const schemeOf = struct<SchemeValue>({
  id: text, source: text, from: date, until: date, maxA: u32, maxB: u32, maxC: u32,
  bands: list(struct({ star: u8, lowest: u32, recognisers: u8 }), 255), groups: list(struct({ code: text, name: text }), 255), months: u8, days: u8,
});
const authorityOf = struct<AuthorityValue>({
  agency: u64, grants: list(struct({ level: u8, territory: u32, powers: u16, from: date, until: date }), 255),
});
const accountOf = struct<AccountValue>({
  account: u64, kind: u8, roles: u16, name, territory: u32, businessNumber: text, registrar: u64, stated,
  epoch: u32, keys: list(struct({ key: bytes(33), roles: u16, bound: u32, retired: u32 }), 128),
});
const term = struct<Term>({ certificate, from: date, last: u32 });
const inspections: Codec<Inspections> = struct({ count: u32, date, outcome: u8 });
type Old<T, K extends keyof T> = Omit<T, K>;
const productV1 = struct<Old<ProductValue, 'picture' | 'inspections'>>({
  product, name, scheme: text, group: text, unit: u8, gtin: text, origin: u32, registrar: u64, stated, terms: list(term, 64),
});
const productV2 = struct<Pick<ProductValue, 'picture' | 'inspections'>>({ picture: optional(hash, ZERO), inspections });
const decisionOf = struct<DecisionValue>({ decision, date, scheme: text, historical: flag, document, parts: u8, present: hash, author: u64 });
const certificateV1 = struct<Old<CertificateValue, 'revocation'>>({
  certificate, stated, product, star: u8, a: u32, b: u32, c: u32, total: u32, minimums: flag, scheme: text, group: text, decisionDate: date,
  from: date, until: date, historical: flag, status: u8, last: u32, predecessor: optional(certificate, noCertificate),
  successor: optional(certificate, noCertificate), corrections: u16,
});
const certificateOf: Codec<CertificateValue> = both(
  certificateV1,
  struct({ revocation: struct<RevocationValue>({ decision, date, document, reason: u8, effective: date, author: u64, leaf: u64 }) }),
  (v) => v.status === 2,
);
const lotV1 = struct<Pick<LotValue, 'lot' | 'unit' | 'quantity' | 'left' | 'traded' | 'produced' | 'expires'>>({
  lot, unit: u8, quantity: u64, left: u64, traded: u64, produced: date, expires: date,
});
type LotV2 = Pick<LotValue, 'used' | 'yield' | 'inputUnit' | 'inputs' | 'stamps' | 'inspections' | 'status' | 'stop'>;
const lotV2: Codec<LotV2> = both(
  struct<Old<LotV2, 'stop'>>({
    used: u64, yield: u32, inputUnit: u8, inputs: list(struct({ lot, quantity: u64 }), 16), stamps: list(struct({ first: u64, count: u32, each: u64 }), 32),
    inspections, status: u8,
  }),
  struct({ stop: struct<LotStop>({ reason: u8, author: u64, date, document: optional(document, noDocument) }) }),
  (v) => v.status > 0,
);
const blankV2 = { used: 0n, yield: 0, inputUnit: 0, inputs: [], stamps: [], inspections: { count: 0, date: 0, outcome: 0 }, status: 0 };

/** A value behind its version byte. Version 2 is written only when there is something that version 1 cannot say, so that a value has one encoding. */
function versioned<T extends object>(first: Codec<any>, check: (v: T) => boolean = () => true, second?: Codec<any>, blank?: object, needs?: (v: T) => boolean) {
  return {
    read: (bytes: Uint8Array): T => {
      const r = new Reader(bytes);
      const version = r.count(1, 1, second ? 2 : 1);
      const v: T = { ...blank, ...first.read(r), ...(version > 1 && second!.read(r)) };
      r.end();
      if (!check(v) || (version > 1 && !needs!(v))) fail('format', 'value');
      return v;
    },
    write: (v: T): Uint8Array => (needs?.(v) ? concat([2], first.write(v), second!.write(v)) : concat([1], first.write(v))),
  };
}

const inspected = ({ count, date: day, outcome }: Inspections): boolean => (count ? day > 0 && outcome > 0 && outcome < 4 : !day && !outcome);

export interface Values {
  [TERRITORY]: TerritoryValue; [SCHEME]: SchemeValue; [AUTHORITY]: AuthorityValue; [ACCOUNT]: AccountValue;
  [PRODUCT]: ProductValue; [DECISION]: DecisionValue; [CERTIFICATE]: CertificateValue; [LOT]: LotValue;
}
export type Kind = keyof Values;

type ValueCodecs = { [K in Kind]: { read(bytes: Uint8Array): Values[K]; write(v: Values[K]): Uint8Array } };

export const VALUES: ValueCodecs = {
  [TERRITORY]: versioned(territoryOf),
  [SCHEME]: versioned<SchemeValue>(schemeOf, (v) => v.bands.every((b) => !(b.recognisers & ~0x1e))),
  [AUTHORITY]: versioned(authorityOf),
  [ACCOUNT]: versioned(accountOf),
  [PRODUCT]: versioned<ProductValue>(
    productV1, (v) => inspected(v.inspections), productV2, { picture: undefined, inspections: blankV2.inspections }, (v) => !!(v.picture || v.inspections.count),
  ),
  [DECISION]: versioned(decisionOf),
  [CERTIFICATE]: versioned<CertificateValue>(certificateOf, (v) => v.status > 0 && v.status < 4),
  [LOT]: versioned<LotValue>(
    lotV1, (v) => inspected(v.inspections) && v.status < 3 && !v.inputs.length === !v.yield && !v.inputs.length === !v.inputUnit, lotV2, blankV2,
    (v) => !!(v.used || v.inputs.length || v.stamps.length || v.inspections.count || v.status),
  ),
};

// Ids (§6.3).

const decisionId = struct<DecisionRef>({ issuer: u64, year: u16, number: tail });
const certificateId = struct<CertificateRef>({ issuer: u64, year: u16, item: u16, number: tail });
const lotId = struct<LotRef>({ product, lot: tail });

export const idOf = {
  territory: u32.write,
  scheme: tail.write,
  account: u64.write,
  product: product.write,
  decision: decisionId.write,
  certificate: certificateId.write,
  lot: lotId.write,
};

/** The id of the subject whose value it is. */
export function idIn<K extends Kind>(kind: K, value: Values[K]): Uint8Array {
  switch (kind) {
    case TERRITORY: return idOf.territory((value as TerritoryValue).code);
    case SCHEME: return idOf.scheme((value as SchemeValue).id);
    case AUTHORITY: return idOf.account((value as AuthorityValue).agency);
    case ACCOUNT: return idOf.account((value as AccountValue).account);
    case PRODUCT: return idOf.product((value as ProductValue).product);
    case DECISION: return idOf.decision((value as DecisionValue).decision);
    case CERTIFICATE: return idOf.certificate((value as CertificateValue).certificate);
    default: return idOf.lot((value as LotValue).lot);
  }
}

/** What subjects are found by. */
export const keyOf = (kind: number, id: Uint8Array): string => kind + ':' + hex(id);

/** Subjects in the text form of §9. */
export const textOf = {
  product: (p: ProductRef): string => `${p.producer}.${p.number}`,
  decision: (d: DecisionRef): string => `${d.issuer}:${d.year}:${d.number}`,
  certificate: (c: CertificateRef): string => `${c.issuer}:${c.year}:${c.number}:${c.item}`,
  lot: (l: LotRef): string => `${l.product.producer}.${l.product.number}/${l.lot}`,
};

export const sameName = (a: Name, b: Name): boolean => equal(name.write(a), name.write(b));
export const sameDocument = (a: Document, b: Document): boolean => equal(document.write(a), document.write(b));
export const sameStated = (a: ActionRef, b: ActionRef): boolean => a.action === b.action && equal(a.record, b.record);
