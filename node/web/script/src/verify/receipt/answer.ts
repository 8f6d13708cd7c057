import { hex } from '../bytes.ts';
import { valueHash } from '../hash.ts';
import type { Account, Certificate, Product, Receipt } from '../types.ts';
import type { Members } from './members.ts';
import type { File } from './parse.ts';
import { ACCOUNT, CERTIFICATE, DECISION, LOT, PRODUCT, SCHEME, TERRITORY, VALUES, idOf, keyOf, textOf } from './values.ts';
import type { AccountValue, CertificateValue, Kind, LotValue, ProductValue, Values } from './values.ts';
import { lotOn, productOn, standing } from './verdict.ts';
import type { Spoken } from './verdict.ts';

export const hashOf = <K extends Kind>(kind: K, v: Values[K]): Uint8Array => valueHash((VALUES[kind].write as (v: Values[K]) => Uint8Array)(v));

export const showAccount = (v: AccountValue): Account => ({ ...v, hash: hashOf(ACCOUNT, v) });

function showProduct(w: Members, v: ProductValue): Product {
  const origin = w.has(TERRITORY, idOf.territory(v.origin)) ? w.need(TERRITORY, idOf.territory(v.origin)).name : '';
  const group = w.need(SCHEME, idOf.scheme(v.scheme)).groups.find((g) => g.code === v.group);
  return {
    ...v, id: textOf.product(v.product), ref: v.product, groupName: group?.name ?? '', originName: origin,
    producer: showAccount(w.account(v.product.producer)), terms: v.terms.map((t) => ({ ...t, id: textOf.certificate(t.certificate) })), hash: hashOf(PRODUCT, v),
  };
}

const STATUS = ['issued', 'revoked', 'superseded'] as const;

export function showCertificate(w: Members, v: CertificateValue): Certificate {
  return {
    ...v, id: textOf.certificate(v.certificate), ref: v.certificate, scores: { a: v.a, b: v.b, c: v.c, total: v.total }, minimumsMet: v.minimums,
    document: w.need(DECISION, idOf.decision(v.certificate)).document, validFrom: v.from, validUntil: v.until, status: STATUS[v.status - 1]!,
    issuer: showAccount(w.account(v.certificate.issuer)), verdictOn: (date) => standing(v, date), hash: hashOf(CERTIFICATE, v),
  };
}

export const subjectText = (kind: Kind, v: unknown): string => {
  switch (kind) {
    case PRODUCT: return 'product ' + textOf.product((v as ProductValue).product);
    case CERTIFICATE: return 'certificate ' + textOf.certificate((v as CertificateValue).certificate);
    case LOT: return 'lot ' + textOf.lot((v as LotValue).lot);
    case DECISION: return 'decision ' + textOf.decision((v as Values[typeof DECISION]).decision);
    default: return 'account ' + (v as AccountValue).account;
  }
};

/** The text form of what a receipt is of, whether it is there yet or not. */
function idText(w: Members, kind: number, id: Uint8Array): string {
  const v = w.values.get(keyOf(kind, id));
  return v ? subjectText(kind as Kind, v).replace(/^\w+ /, '') : hex(id);
}

/** What a page compares with what it says. */
export type Answer = Pick<Receipt, 'kind' | 'id' | 'verdictOn' | 'speaks' | 'product'>;

/** The subject of a receipt, whose product's value there is if it is there yet. */
export function subjectOf(w: Members, { kind, id }: File): { lot: LotValue | undefined; certificate: CertificateValue | undefined; product: ProductValue | undefined } {
  const subject = w.values.get(keyOf(kind, id));
  const lot = kind === LOT ? (subject as LotValue | undefined) : undefined;
  const certificate = kind === CERTIFICATE ? (subject as CertificateValue | undefined) : undefined;
  const ref = lot ? lot.lot.product : certificate ? certificate.product : (subject as ProductValue | undefined)?.product;
  return { lot, certificate, product: ref && w.find(PRODUCT, idOf.product(ref)) };
}

/** The verdict on a receipt's subject: as of the height that was asked for the members are then, at the head now. */
export function answer(then: Members, now: Members, file: File): Answer {
  const { lot, certificate, product } = subjectOf(then, file);
  const on = (date: number): Spoken => {
    if (lot) return lotOn(then, lot, date);
    if (certificate) return { verdict: standing(certificate, date), certificate };
    return product ? productOn(then, product, date) : { verdict: 'unknown' };
  };
  return {
    kind: file.kind === CERTIFICATE ? 'certificate' : file.kind === LOT ? 'lot' : 'product', id: idText(now, file.kind, file.id),
    verdictOn: (date) => on(date).verdict,
    speaks: (date) => {
      const c = on(date).certificate;
      return c && showCertificate(then, c);
    },
    ...(product && { product: showProduct(then, product) }),
  };
}
