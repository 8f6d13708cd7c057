import { fail } from '../bytes.ts';
import type { CertificateRef } from '../types.ts';
import type { Members } from './members.ts';
import { ACCOUNT, AUTHORITY, CERTIFICATE, DECISION, LOT, PRODUCT, SCHEME, TERRITORY, idOf, keyOf } from './values.ts';
import type { CertificateValue, DecisionValue, LotValue, ProductValue, TerritoryValue, Values } from './values.ts';
import type { Kind } from './values.ts';

/**
 * Throws unless a receipt shows exactly the closure of its subject (§13.3). Territories that an account was moved away from are known only from its actions:
 * where these are not derived, territories may be there that nothing needs.
 */
export function mustBeClosed(w: Members, subject: string, derived: boolean): void {
  const needed = new Set<string>();
  const queue: string[] = [];
  const add = (kind: Kind, id: Uint8Array): void => {
    const key = keyOf(kind, id);
    if (!needed.has(key)) queue.push(key);
    needed.add(key);
  };
  const agency = (id: bigint): void => {
    add(ACCOUNT, idOf.account(id));
    if (id < 1000000n) add(AUTHORITY, idOf.account(id));
  };
  const certificate = (c: CertificateRef | undefined): void => {
    if (c) add(CERTIFICATE, idOf.certificate(c));
  };
  const adds: { [K in Kind]?: (v: Values[K], key: string) => void } = {
    [PRODUCT]: (v: ProductValue) => {
      add(ACCOUNT, idOf.account(v.product.producer));
      add(SCHEME, idOf.scheme(v.scheme));
      for (const t of v.terms) certificate(t.certificate);
    },
    [CERTIFICATE]: (v: CertificateValue) => {
      add(PRODUCT, idOf.product(v.product));
      add(DECISION, idOf.decision(v.certificate));
      add(SCHEME, idOf.scheme(v.scheme));
      agency(v.certificate.issuer);
      certificate(v.predecessor);
      certificate(v.successor);
    },
    [DECISION]: (v: DecisionValue) => {
      agency(v.decision.issuer);
      add(SCHEME, idOf.scheme(v.scheme));
    },
    [LOT]: (v: LotValue) => {
      add(PRODUCT, idOf.product(v.lot.product));
      for (const i of v.inputs) add(LOT, idOf.lot(i.lot));
    },
    [ACCOUNT]: (_, key) => {
      for (const code of w.seats.get(key) ?? []) add(TERRITORY, idOf.territory(code));
    },
    [TERRITORY]: (v: TerritoryValue) => {
      if (v.parent) add(TERRITORY, idOf.territory(v.parent));
    },
  };
  needed.add(subject);
  queue.push(subject);
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    const m = w.members.get(key) ?? fail('closure', 'a subject on which it depends is missing');
    (adds[m.kind as Kind] as ((v: unknown, key: string) => void) | undefined)?.(w.values.get(key), key);
    for (const e of m.entries) if (e.record) agency(e.record.author);
  }
  for (const [key, m] of w.members) if (!needed.has(key) && (derived || m.kind !== TERRITORY)) fail('closure', 'a subject on which nothing depends');
}
