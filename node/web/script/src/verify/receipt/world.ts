import { equal, fail } from '../bytes.ts';
import { VerifyError } from '../error.ts';
import { valueHash } from '../hash.ts';
import type { Entry, Member, Rec } from './parse.ts';
import { ACCOUNT, AUTHORITY, LOT, SCHEME, TERRITORY, VALUES, idIn, idOf, keyOf } from './values.ts';
import type { AccountValue, Kind, LotValue, SchemeValue, Values } from './values.ts';

/** Traded, where a receipt cannot know it. */
export const UNKNOWN = -1n;

/** The most territories on the way up to the country. */
const MAX_TERRITORIES = 8;

/** accept_sale, by the tag that its bytes begin with. */
const ACCEPTS = (11 << 3) | 2;

/** The members of a receipt as they change from record to record. */
export class World {
  readonly members = new Map<string, Member>();
  /** Values as they stand now, never changed in place: a copy of the map is a snapshot. */
  values = new Map<string, Values[Kind]>();
  /** Territories that an account ever had. */
  readonly seats = new Map<string, Set<number>>();
  /** Entries by record and action. */
  private readonly entries = new Map<Rec, Map<number, { key: string; entry: Entry }[]>>();
  /** Acceptances of a lot that are still to come. */
  private readonly accepts = new Map<string, number>();
  private touched = new Set<string>();

  constructor(members: Member[]) {
    for (const m of members) {
      const key = keyOf(m.kind, m.id);
      if (!(m.kind in VALUES)) fail('history', `kind ${m.kind} is in no closure`);
      this.members.set(key, m);
      let last: Entry | undefined;
      for (const entry of m.entries) {
        if (!entry.record) {
          if (m.kind > ACCOUNT) fail('history', 'genesis does not make that');
          this.set(key, this.read(m, entry.made ?? m.value));
          continue;
        }
        const before = last?.record;
        if (before && (entry.record.leaf < before.leaf || (entry.record === before && entry.action <= last!.action))) {
          fail('history', 'entries out of order');
        }
        last = entry;
        const actions = this.entries.get(entry.record) ?? new Map();
        this.entries.set(entry.record, actions.set(entry.action, [...(actions.get(entry.action) ?? []), { key, entry }]));
        const bytes = entry.record.shown.find((s) => s.number === entry.action)?.bytes;
        if (!bytes) fail('history', 'an entry names an action that is not shown');
        else if (bytes[0] === ACCEPTS) this.accepts.set(key, (this.accepts.get(key) ?? 0) + 1);
      }
    }
  }

  /** The same members as they stand now, whatever comes. */
  snapshot(): World {
    return Object.assign(Object.create(World.prototype), this, { values: new Map(this.values) });
  }

  private read(m: Member, value: Uint8Array): Values[Kind] {
    try {
      const v = VALUES[m.kind as Kind].read(value);
      if (equal(idIn(m.kind as Kind, v as never), m.id)) return v;
    } catch (e) {
      if (!(e instanceof VerifyError)) throw e;
    }
    return fail('state', 'a value is not one of its subject');
  }

  private set(key: string, v: Values[Kind]): void {
    this.values.set(key, v);
    if ('businessNumber' in v) this.seats.set(key, (this.seats.get(key) ?? new Set()).add(v.territory));
  }

  /** Subjects in whose histories a record's action stands. */
  touchedBy(record: Rec, action: number): string[] {
    return (this.entries.get(record)?.get(action) ?? []).map((e) => e.key);
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

  schemesOn(day: number): SchemeValue[] {
    return this.all(SCHEME).filter((s) => s.from <= day && (!s.until || day <= s.until));
  }

  all<K extends Kind>(kind: K): Values[K][] {
    return [...this.members].filter(([key, m]) => m.kind === kind && this.values.has(key)).map(([key]) => this.values.get(key) as Values[K]);
  }

  /** Writes a value; of a subject that is not shown nothing is kept. */
  put<K extends Kind>(kind: K, v: Values[K]): void {
    const key = keyOf(kind, idIn(kind, v));
    if (!this.members.has(key)) return;
    this.set(key, v);
    this.touched.add(key);
  }

  /** The one lot in whose history an acceptance stands. */
  accepted(record: Rec, action: number): LotValue {
    const all = this.entries.get(record)?.get(action) ?? [];
    const key = all[0]?.key ?? '';
    const m = this.members.get(key);
    if (all.length !== 1 || m?.kind !== LOT) return fail('history', 'an acceptance is of one lot');
    const left = this.accepts.get(key)! - 1;
    this.accepts.set(key, left);
    const lot = (this.values.get(key) as LotValue | undefined) ?? fail('rule', 'the lot is not there yet');
    return { ...lot, traded: left ? UNKNOWN : (this.read(m, m.value) as LotValue).traded };
  }

  /** After an action: it has touched what its entries say, and the values are theirs. */
  settle(record: Rec, action: number): void {
    const all = this.entries.get(record)?.get(action) ?? [];
    for (const { key, entry } of all) {
      if (!this.touched.delete(key)) fail('history', 'an action does not touch what its entry says');
      const v = this.values.get(key)!;
      if ('traded' in v && v.traded === UNKNOWN) continue;
      const written = (VALUES[this.members.get(key)!.kind as Kind].write as (v: unknown) => Uint8Array)(v);
      if (!equal(valueHash(written), entry.hash)) fail('history', 'an action gives another value than its entry says');
    }
    if (this.touched.size) fail('history', 'an action touches what has no entry of it');
  }

  /** Codes of a territory and of all above it. */
  above(code: number): number[] {
    const out: number[] = [];
    for (; code && out.length < MAX_TERRITORIES; code = this.need(TERRITORY, idOf.territory(code)).parent) out.push(code);
    return out;
  }

  grants(agency: bigint): Values[typeof AUTHORITY]['grants'] {
    return agency < 1000000n ? this.need(AUTHORITY, idOf.account(agency)).grants : [];
  }
}
