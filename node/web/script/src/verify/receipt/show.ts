import { hex } from '../bytes.ts';
import { valueHash } from '../hash.ts';
import type { Account, Certificate, Event, Lot, Product, Receipt } from '../types.ts';
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

const showAccount = (v: AccountValue): Account => ({ ...v, hash: hashOf(ACCOUNT, v) });

function showProduct(w: World, v: ProductValue): Product {
  const origin = w.has(TERRITORY, idOf.territory(v.origin)) ? w.need(TERRITORY, idOf.territory(v.origin)).name : '';
  const group = w.need(SCHEME, idOf.scheme(v.scheme)).groups.find((g) => g.code === v.group);
  return {
    ...v, id: textOf.product(v.product), ref: v.product, groupName: group?.name ?? '', originName: origin,
    producer: showAccount(w.account(v.product.producer)), terms: v.terms.map((t) => ({ ...t, id: textOf.certificate(t.certificate) })), hash: hashOf(PRODUCT, v),
  };
}

const STATUS = ['issued', 'revoked', 'superseded'] as const;

function showCertificate(w: World, v: CertificateValue): Certificate {
  return {
    ...v, id: textOf.certificate(v.certificate), ref: v.certificate, scores: { a: v.a, b: v.b, c: v.c, total: v.total }, minimumsMet: v.minimums,
    document: w.need(DECISION, idOf.decision(v.certificate)).document, validFrom: v.from, validUntil: v.until, status: STATUS[v.status - 1]!,
    issuer: showAccount(w.account(v.certificate.issuer)), verdictOn: (date) => standing(v, date), hash: hashOf(CERTIFICATE, v),
  };
}

function showLot(v: LotValue): Lot {
  const known = v.traded !== UNKNOWN;
  return {
    ...v, id: textOf.lot(v.lot), product: v.lot.product, code: v.lot.lot, traded: known ? v.traded : undefined,
    inputs: v.inputs.map((i) => ({ id: textOf.lot(i.lot), quantity: i.quantity })), status: (['free', 'held', 'recalled'] as const)[v.status]!, hash: known ? hashOf(LOT, v) : new Uint8Array(),
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
