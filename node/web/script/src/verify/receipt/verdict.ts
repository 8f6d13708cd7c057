import type { Verdict } from '../types.ts';
import { HELD, RECALLED, stopOf } from './ancestry.ts';
import type { Members } from './members.ts';
import { CERTIFICATE, PRODUCT, idOf } from './values.ts';
import type { CertificateValue, LotValue, ProductValue } from './values.ts';

/** How a certificate stands on a date (§13.4). */
export function standing(c: CertificateValue, date: number): Verdict {
  if (c.from <= date && date <= c.last) return 'in_force';
  if (c.status === 2) return 'revoked';
  if (date < c.from) return 'not_yet_in_force';
  return c.status === 3 && date <= c.until ? 'superseded' : 'expired';
}

/** A verdict, and the certificate that speaks. */
export interface Spoken { verdict: Verdict; certificate?: CertificateValue }

export function productOn(w: Members, p: ProductValue, date: number): Spoken {
  const all = p.terms.map((t) => w.need(CERTIFICATE, idOf.certificate(t.certificate)));
  const latest = Math.max(...all.map((c) => c.from).filter((from) => from <= date));
  const backwards = [...all].reverse();
  const certificate = all.find((c) => standing(c, date) === 'in_force')
    ?? backwards.find((c) => c.from === latest)
    ?? backwards.find((c) => c.status !== 2)
    ?? backwards[0];
  if (!certificate) return { verdict: 'not_certified' };
  const verdict = standing(certificate, date);
  return { verdict: verdict === 'superseded' ? 'expired' : verdict, certificate };
}

export function lotOn(w: Members, l: LotValue, date: number): Spoken {
  const of = productOn(w, w.need(PRODUCT, idOf.product(l.lot.product)), date);
  const stop = stopOf(w, l);
  return stop === RECALLED ? { ...of, verdict: 'recalled' } : stop === HELD ? { ...of, verdict: 'held' } : of;
}
