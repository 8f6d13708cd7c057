import { equal, fail } from '../bytes.ts';
import { VerifyError } from '../error.ts';
import type { Member } from './parse.ts';
import { ACCOUNT, VALUES, idIn, idOf, keyOf } from './values.ts';
import type { AccountValue, Kind, Values } from './values.ts';

/** The members of a receipt, and a value of each that is there. */
export class Members {
  readonly members = new Map<string, Member>();
  /** Never changed in place: a copy of the map is a snapshot. */
  values = new Map<string, Values[Kind]>();
  /** Territories that an account is known to have had. */
  readonly seats = new Map<string, Set<number>>();

  constructor(members: Member[]) {
    for (const m of members) {
      if (!(m.kind in VALUES)) fail('history', `kind ${m.kind} is in no closure`);
      this.members.set(keyOf(m.kind, m.id), m);
    }
  }

  /** Members with the values that the receipt shows. Of what was before them only genesis is known: the rest takes the rules. */
  static shown(members: Member[]): Members {
    const out = new Members(members);
    for (const m of members) for (const value of [m.entries[0]!.made, m.value]) if (value) out.set(keyOf(m.kind, m.id), out.read(m, value));
    return out;
  }

  /** A value in its one encoding, and of the member. */
  protected read(m: Member, value: Uint8Array): Values[Kind] {
    try {
      const v = VALUES[m.kind as Kind].read(value);
      if (equal(idIn(m.kind as Kind, v as never), m.id)) return v;
    } catch (e) {
      if (!(e instanceof VerifyError)) throw e;
    }
    return fail('state', 'a value is not one of its subject');
  }

  protected set(key: string, v: Values[Kind]): void {
    this.values.set(key, v);
    if ('businessNumber' in v) this.seats.set(key, (this.seats.get(key) ?? new Set()).add(v.territory));
  }

  has(kind: Kind, id: Uint8Array): boolean {
    return this.members.has(keyOf(kind, id));
  }

  find<K extends Kind>(kind: K, id: Uint8Array): Values[K] | undefined {
    return this.values.get(keyOf(kind, id)) as Values[K] | undefined;
  }

  /** The value of a subject that must be shown, and be there by now. */
  need<K extends Kind>(kind: K, id: Uint8Array): Values[K] {
    if (!this.has(kind, id)) fail('closure', `a subject of kind ${kind} is missing`);
    return this.find(kind, id) ?? fail('history', `a subject of kind ${kind} is not there yet`);
  }

  account(id: bigint): AccountValue {
    return this.need(ACCOUNT, idOf.account(id));
  }

  all<K extends Kind>(kind: K): Values[K][] {
    return [...this.members].filter(([key, m]) => m.kind === kind && this.values.has(key)).map(([key]) => this.values.get(key) as Values[K]);
  }
}
