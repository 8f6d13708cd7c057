import { hex } from '../bytes.ts';
import { valueHash } from '../hash.ts';
import type { Account, Certificate, Event, Inspections, Lot, Product, Receipt } from '../types.ts';
import { kindOf } from '../wire/walk.ts';
import { ancestors } from './lots.ts';
import type { Done } from './replay.ts';
import { ACCOUNT, CERTIFICATE, DECISION, LOT, PRODUCT, SCHEME, TERRITORY, VALUES, idOf, keyOf, textOf } from './values.ts';
import type { AccountValue, CertificateValue, Kind, LotValue, ProductValue, Values } from './values.ts';
import { lotOn, productOn, standing } from './verdict.ts';
import type { Spoken } from './verdict.ts';
import { UNKNOWN } from './world.ts';
import type { World } from './world.ts';

const hashOf = <K extends Kind>(kind: K, v: Values[K]): Uint8Array => valueHash((VALUES[kind].write as (v: Values[K]) => Uint8Array)(v));

const showAccount = ({ account, kind, roles, name, territory, businessNumber, registrar, ...rest }: AccountValue): Account =>
  ({ account, kind, roles, name, territory, businessNumber, registrar, hash: hashOf(ACCOUNT, { account, kind, roles, name, territory, businessNumber, registrar, ...rest }) });

function showProduct(w: World, v: ProductValue): Product {
  const origin = w.has(TERRITORY, idOf.territory(v.origin)) ? w.need(TERRITORY, idOf.territory(v.origin)).name : '';
  const group = w.need(SCHEME, idOf.scheme(v.scheme)).groups.find((g) => g.code === v.group);
  return {
    id: textOf.product(v.product), ref: v.product, name: v.name, scheme: v.scheme, group: v.group, groupName: group?.name ?? '', unit: v.unit, gtin: v.gtin,
    origin: v.origin, originName: origin, registrar: v.registrar, producer: showAccount(w.account(v.product.producer)),
    ...(v.picture && { picture: v.picture }), inspections: v.inspections as Inspections,
    terms: v.terms.map((t) => ({ ...t, id: textOf.certificate(t.certificate) })), hash: hashOf(PRODUCT, v),
  };
}

const STATUS = ['issued', 'revoked', 'superseded'] as const;

function showCertificate(w: World, v: CertificateValue): Certificate {
  return {
    id: textOf.certificate(v.certificate), ref: v.certificate, product: v.product, star: v.star, scores: { a: v.a, b: v.b, c: v.c, total: v.total },
    minimumsMet: v.minimums, scheme: v.scheme, group: v.group, decisionDate: v.decisionDate,
    document: w.need(DECISION, idOf.decision(v.certificate)).document, validFrom: v.from, validUntil: v.until, last: v.last, historical: v.historical,
    status: STATUS[v.status - 1]!, ...(v.predecessor && { predecessor: v.predecessor }), ...(v.successor && { successor: v.successor }),
    corrections: v.corrections, ...(v.revocation && { revocation: v.revocation }), issuer: showAccount(w.account(v.certificate.issuer)),
    verdictOn: (date) => standing(v, date), hash: hashOf(CERTIFICATE, v),
  };
}

function showLot(v: LotValue): Lot {
  const known = v.traded !== UNKNOWN;
  return {
    id: textOf.lot(v.lot), product: v.lot.product, code: v.lot.lot, unit: v.unit, quantity: v.quantity, left: v.left, ...(known && { traded: v.traded }),
    produced: v.produced, expires: v.expires, used: v.used, inputs: v.inputs.map((i) => ({ id: textOf.lot(i.lot), quantity: i.quantity })), stamps: v.stamps,
    inspections: v.inspections, status: (['free', 'held', 'recalled'] as const)[v.status]!,
    ...(v.stop && { stop: { reason: v.stop.reason, author: v.stop.author, date: v.stop.date, ...(v.stop.document && { document: v.stop.document }) } }),
    hash: known ? hashOf(LOT, v) : new Uint8Array(),
  };
}

const subjectText = (kind: Kind, v: unknown): string => {
  switch (kind) {
    case PRODUCT: return 'product ' + textOf.product((v as ProductValue).product);
    case CERTIFICATE: return 'certificate ' + textOf.certificate((v as CertificateValue).certificate);
    case LOT: return 'lot ' + textOf.lot((v as LotValue).lot);
    case DECISION: return 'decision ' + textOf.decision((v as Values[typeof DECISION]).decision);
    default: return 'account ' + (v as AccountValue).account;
  }
};

export function showEvent({ signed: { record, id }, number, action, author }: Done, touched: string[] = []): Event {
  const kind = kindOf(action);
  return {
    kind, leaf: record.leaf, height: record.height, time: record.time, record: id, action: number, author: record.author, authorName: author.name, touched,
    fields: action[kind] as unknown as Record<string, unknown>,
  };
}

export const showEvents = (w: World, done: Done[]): Event[] => done.map((d) => showEvent(
  d, w.touchedBy(d.signed.record, d.number).map((key) => subjectText(w.members.get(key)!.kind as Kind, w.values.get(key))),
));

/** What a receipt says of its subject, as of a height: w is what it was then. */
export function showSubject(w: World, kind: number, id: Uint8Array): Pick<
  Receipt, 'verdictOn' | 'speaks' | 'product' | 'certificates' | 'lot' | 'ancestors' | 'accounts' | 'territories'
> {
  const subject = w.values.get(keyOf(kind, id));
  const lot = kind === LOT ? (subject as LotValue | undefined) : undefined;
  const certificate = kind === CERTIFICATE ? (subject as CertificateValue | undefined) : undefined;
  const ref = lot ? lot.lot.product : certificate ? certificate.product : (subject as ProductValue | undefined)?.product;
  const product = ref && w.find(PRODUCT, idOf.product(ref));
  const on = (date: number): Spoken => {
    if (lot) return lotOn(w, lot, date);
    if (certificate) return { verdict: standing(certificate, date), certificate };
    return product ? productOn(w, product, date) : { verdict: 'unknown' };
  };
  return {
    verdictOn: (date) => on(date).verdict,
    speaks: (date) => {
      const c = on(date).certificate;
      return c && showCertificate(w, c);
    },
    ...(product && { product: showProduct(w, product) }),
    certificates: product?.terms.map((t) => showCertificate(w, w.need(CERTIFICATE, idOf.certificate(t.certificate)))) ?? [],
    ...(lot && { lot: showLot(lot) }),
    ancestors: lot ? ancestors(w, lot).map(showLot) : [],
    accounts: w.all(ACCOUNT).map(showAccount),
    territories: w.all(TERRITORY),
  };
}

/** The text form of what a receipt is of, whether it is there yet or not. */
export function idText(w: World, kind: number, id: Uint8Array): string {
  const v = w.values.get(keyOf(kind, id));
  return v ? subjectText(kind as Kind, v).replace(/^\w+ /, '') : hex(id);
}
