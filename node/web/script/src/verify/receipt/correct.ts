import { bytesOf, fail } from '../bytes.ts';
import type { Name } from '../types.ts';
import type { Correct, FieldValue } from '../wire/table_gen.ts';
import { CERTIFY, CORRECT, OFFICER, REGISTRAR, TRADE, by, competent, holds, must, role } from './act.ts';
import type { Act } from './act.ts';
import { apart, bandOf, keepsTo, lastDay, producerOf, refOf, withTerm } from './certify.ts';
import { ACCOUNT, CERTIFICATE, PRODUCT, SCHEME, idOf, sameName, sameStated } from './values.ts';

/** How a field's value is written in a correction: a number, text of so many bytes (min of at least 0), or a name. */
interface Form { prop: string; name?: true; bytes?: number; empty?: true }

const CERTIFICATE_FIELDS: Record<number, Form> = {
  1: { prop: 'star' }, 2: { prop: 'a' }, 3: { prop: 'b' }, 4: { prop: 'c' }, 5: { prop: 'total' }, 6: { prop: 'from' }, 7: { prop: 'until' },
  8: { prop: 'group', bytes: 16 },
};
const PRODUCT_FIELDS: Record<number, Form> = { 16: { prop: 'name', name: true }, 17: { prop: 'origin' }, 18: { prop: 'gtin', bytes: 14, empty: true } };
const ACCOUNT_FIELDS: Record<number, Form> = {
  16: { prop: 'name', name: true }, 17: { prop: 'territory' }, 19: { prop: 'businessNumber', bytes: 20, empty: true }, 20: { prop: 'kind' },
};

/** A field's value as its form reads it. */
function valueOf(f: Form, v: FieldValue): unknown {
  const wrong = (): never => fail('rule', `value of ${f.prop}`);
  if (f.name) return v.text !== undefined ? { register: v.text } : v.hash ? { blob: v.hash } : wrong();
  if (!f.bytes) return v.number !== undefined && v.number >> 32n === 0n ? Number(v.number) : wrong();
  if (v.empty && f.empty) return '';
  return v.text !== undefined && bytesOf(v.text).length <= f.bytes ? v.text : wrong();
}

/** The value with the fields changed, whose old values must be those it has. */
function mend<T extends { stated: { record: Uint8Array; action: number } }>(x: Correct, value: T, forms: Record<number, Form>): T {
  must(sameStated(x.wrong, value.stated), 'it names another action');
  const next: Record<string, unknown> = { ...value };
  let last = 0;
  for (const change of x.changes) {
    must(change.field > last, 'fields out of order');
    last = change.field;
    const form = forms[last] ?? fail('rule', `no field ${last} of that`);
    const [was, old] = [next[form.prop], valueOf(form, change.old)];
    must(form.name ? sameName(was as Name, old as Name) : was === old, `old value of ${form.prop}`);
    next[form.prop] = valueOf(form, change.new);
  }
  return next as unknown as T;
}

function correctCertificate(a: Act, x: Correct): void {
  const { w } = a;
  const c = w.need(CERTIFICATE, idOf.certificate(refOf(x.certificate!)));
  by(a, c.certificate.issuer);
  role(a, OFFICER);
  holds(a, CORRECT, a.today);
  must(c.status !== 2, 'revoked');
  const next = { ...mend(x, c, CERTIFICATE_FIELDS), corrections: c.corrections + 1 };
  const scheme = w.need(SCHEME, idOf.scheme(c.scheme));
  if (next.star !== c.star) competent(a, CERTIFY, c.decisionDate, producerOf(w, c).territory, bandOf(scheme, next.star).recognisers);
  keepsTo(scheme, next);
  next.last = lastDay(w, next);
  const old = w.need(PRODUCT, idOf.product(c.product));
  let product = withTerm(old, next);
  w.put(CERTIFICATE, next);
  if (next.successor) must(next.from < w.need(CERTIFICATE, idOf.certificate(next.successor)).from, 'it begins after its successor');
  if (next.predecessor) {
    const before = w.need(CERTIFICATE, idOf.certificate(next.predecessor));
    must(before.from < next.from, 'it begins before its predecessor');
    const last = lastDay(w, before);
    if (last !== before.last) {
      w.put(CERTIFICATE, { ...before, last });
      product = withTerm(product, { ...before, last });
    }
  }
  apart(product);
  if (product.terms.some((t, i) => t.from !== old.terms[i]!.from || t.last !== old.terms[i]!.last)) w.put(PRODUCT, product);
}

function correctProduct(a: Act, x: Correct): void {
  const p = a.w.need(PRODUCT, idOf.product(x.product!));
  const producer = a.w.account(p.product.producer);
  const own = p.registrar === producer.account;
  if (a.author.account === producer.account) {
    must(own && !p.terms.length, 'the producer cannot correct it', 'competence');
    role(a, TRADE);
  } else {
    must(own || a.author.account === p.registrar, 'registered by another', 'competence');
    role(a, REGISTRAR);
    competent(a, CORRECT, a.today, producer.territory);
  }
  a.w.put(PRODUCT, mend(x, p, PRODUCT_FIELDS));
}

function correctAccount(a: Act, x: Correct): void {
  const account = a.w.account(x.account!);
  by(a, account.registrar);
  role(a, REGISTRAR);
  must(account.account > 999999n && account.kind > 1, "an agency's account");
  const next = mend(x, account, ACCOUNT_FIELDS);
  must(next.kind > 1 && next.kind < 8, 'kind');
  for (const t of [account.territory, next.territory]) competent(a, CORRECT, a.today, t);
  a.w.put(ACCOUNT, next);
}

export const corrections = {
  correct(a: Act, x: Correct): void {
    if (x.certificate) correctCertificate(a, x);
    else if (x.product) correctProduct(a, x);
    else correctAccount(a, x);
  },
};
