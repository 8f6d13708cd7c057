import { fail } from '../bytes.ts';
import type { CertificateRef } from '../types.ts';
import type { Certify, OpenDecision, Revoke } from '../wire/table_gen.ts';
import { CERTIFY, HISTORICAL, OFFICER, REVOKE, by, competent, holds, must, role, stated } from './act.ts';
import type { Act } from './act.ts';
import { addTo, dayBefore, isDay } from './codec.ts';
import { CERTIFICATE, DECISION, PRODUCT, SCHEME, idOf, keyOf, sameDocument, textOf } from './values.ts';
import type { CertificateValue, ProductValue, SchemeValue } from './values.ts';
import type { World } from './world.ts';

export const refOf = (c: Certify['certificate']): CertificateRef => ({ ...c.decision, item: c.item });
const idOfDecision = (d: Certify['certificate']['decision']): Uint8Array => idOf.decision(d);

export const producerOf = (w: World, c: CertificateValue) => w.account(c.product.producer);
export const bandOf = (scheme: SchemeValue, star: number) => scheme.bands.find((b) => b.star === star) ?? fail('rule', `no ${star} stars in ${scheme.id}`);

/** Throws unless a certificate keeps to its rule set. */
export function keepsTo(scheme: SchemeValue, c: CertificateValue): void {
  must(c.a <= scheme.maxA && c.b <= scheme.maxB && c.c <= scheme.maxC && c.a + c.b + c.c === c.total, 'scores');
  must(c.star >= 3 && bandOf(scheme, c.star).lowest <= c.total && c.minimums, 'stars');
  must(isDay(c.from) && isDay(c.until), 'a date is no day');
  must(c.decisionDate <= c.from && c.from <= c.until && c.until <= addTo(c.decisionDate, scheme.months, scheme.days), 'validity');
}

/** The last day on which a certificate counts. */
export function lastDay(w: World, c: CertificateValue): number {
  let last = c.until;
  if (c.successor) last = Math.min(last, dayBefore(w.need(CERTIFICATE, idOf.certificate(c.successor)).from));
  if (c.revocation) last = Math.min(last, dayBefore(c.revocation.effective));
  return last;
}

export const withTerm = (p: ProductValue, c: CertificateValue): ProductValue => ({
  ...p, terms: p.terms.map((t) => (textOf.certificate(t.certificate) === textOf.certificate(c.certificate) ? { ...t, from: c.from, last: c.last } : t)),
});

/** Throws if two certificates of a product count on one day. */
export function apart(p: ProductValue): void {
  p.terms.forEach((a, i) => p.terms.slice(0, i).forEach((b) => must(Math.max(a.from, b.from) > Math.min(a.last, b.last), 'two certificates on one day')));
}

export const stars = {
  open_decision(a: Act, x: OpenDecision): void {
    const id = idOfDecision(x.decision);
    by(a, x.decision.issuer);
    role(a, OFFICER);
    must(isDay(x.date) && x.date <= a.today && Math.floor(x.date / 10000) === x.decision.year, 'date of the Decision');
    holds(a, CERTIFY, x.date);
    if (x.historical) holds(a, HISTORICAL, a.today);
    must(x.part <= x.parts, 'part of a Decision');
    let d = a.w.find(DECISION, id);
    if (!d) {
      const schemes = a.w.schemesOn(x.date);
      must(schemes.length > 0, 'no rule set of that date', 'closure');
      must(schemes.length === 1, 'two rule sets of that date');
      d = {
        decision: x.decision, date: x.date, scheme: schemes[0]!.id, historical: x.historical, document: x.document, parts: x.parts,
        present: new Uint8Array(32), author: a.author.account,
      };
    }
    must(d.date === x.date && d.historical === x.historical && d.parts === x.parts && sameDocument(d.document, x.document), 'another part says otherwise');
    const present = d.present.slice();
    const [byte, bit] = [31 - ((x.part - 1) >> 3), 1 << ((x.part - 1) & 7)];
    must(!(present[byte]! & bit), 'the part is there');
    present[byte]! |= bit;
    a.opened.add(keyOf(DECISION, id));
    a.w.put(DECISION, { ...d, present });
  },

  certify(a: Act, x: Certify): void {
    const id = idOfDecision(x.certificate.decision);
    const d = a.w.need(DECISION, id);
    must(a.opened.has(keyOf(DECISION, id)), 'the record has not opened the Decision');
    role(a, OFFICER);
    const scheme = a.w.need(SCHEME, idOf.scheme(d.scheme));
    let product = a.w.need(PRODUCT, idOf.product(x.product));
    competent(a, CERTIFY, d.date, a.w.account(x.product.producer).territory, bandOf(scheme, x.star).recognisers);
    const c: CertificateValue = {
      certificate: refOf(x.certificate), stated: stated(a), product: x.product, star: x.star, a: x.scores.a, b: x.scores.b, c: x.scores.c,
      total: x.scores.total, minimums: x.minimums_met, scheme: d.scheme, group: x.group, decisionDate: d.date, from: x.valid_from, until: x.valid_until,
      historical: d.historical, status: 1, last: x.valid_until, predecessor: x.predecessor && refOf(x.predecessor), successor: undefined, corrections: 0,
    };
    must(!a.w.find(CERTIFICATE, idOf.certificate(c.certificate)), 'the certificate is there');
    keepsTo(scheme, c);
    must(product.terms.length < 64, 'too many certificates');
    product = { ...product, terms: [...product.terms, { certificate: c.certificate, from: c.from, last: c.last }] };
    a.w.put(CERTIFICATE, c);
    if (c.predecessor) {
      const before = a.w.need(CERTIFICATE, idOf.certificate(c.predecessor));
      must(textOf.product(before.product) === textOf.product(c.product) && before.status === 1 && before.from < c.from, 'not one to renew');
      const ended = { ...before, status: 3, successor: c.certificate, last: Math.min(before.until, dayBefore(c.from)) };
      a.w.put(CERTIFICATE, ended);
      product = withTerm(product, ended);
    }
    apart(product);
    a.w.put(PRODUCT, product);
  },

  revoke(a: Act, x: Revoke): void {
    const c = a.w.need(CERTIFICATE, idOf.certificate(refOf(x.certificate)));
    by(a, x.decision.issuer);
    role(a, OFFICER);
    must(isDay(x.date) && x.date <= a.today && Math.floor(x.date / 10000) === x.decision.year, 'date of the revocation');
    const { issuer } = c.certificate;
    if (a.author.account === issuer) holds(a, REVOKE, x.date);
    else {
      const highest = Math.max(0, ...a.w.grants(issuer).filter((g) => g.powers & CERTIFY).map((g) => g.level));
      competent(a, REVOKE, x.date, producerOf(a.w, c).territory, 0xff & -(2 ** (highest + 1)));
    }
    must(c.status !== 2, 'revoked before');
    must(x.date >= c.decisionDate && isDay(x.effective) && x.effective >= x.date, 'revoked too early');
    const { decision, date, document, reason, effective } = x;
    const next: CertificateValue = {
      ...c, status: 2, revocation: { decision, date, document, reason, effective, author: a.author.account, leaf: a.record.leaf },
    };
    next.last = lastDay(a.w, next);
    a.w.put(CERTIFICATE, next);
    a.w.put(PRODUCT, withTerm(a.w.need(PRODUCT, idOf.product(c.product)), next));
  },
};
