import { equal, fail } from '../bytes.ts';
import { valueHash } from '../hash.ts';
import { Members } from './members.ts';
import type { Entry, Member, Rec } from './parse.ts';
import { ACCOUNT, AUTHORITY, LOT, SCHEME, TERRITORY, UNKNOWN, VALUES, idIn, idOf, keyOf } from './values.ts';
import type { Kind, LotValue, SchemeValue, Values } from './values.ts';

/** The most territories on the way up to the country. */
const MAX_TERRITORIES = 8;

/** accept_sale, by the tag that its bytes begin with. */
const ACCEPTS = (11 << 3) | 2;

/** The members of a receipt as they change from record to record. */
export class World extends Members {
  /** Entries by record and action. */
  private readonly entries = new Map<Rec, Map<number, { key: string; entry: Entry }[]>>();
  /** Acceptances of a lot that are still to come. */
  private readonly accepts = new Map<string, number>();
  private touched = new Set<string>();

  /** Of members whose histories fit the records (mustFit). */
  constructor(members: Member[]) {
    super(members);
    for (const m of members) {
      const key = keyOf(m.kind, m.id);
      for (const entry of m.entries) {
        if (!entry.record) {
          if (m.kind > ACCOUNT) fail('history', 'genesis does not make that');
          this.set(key, this.read(m, entry.made ?? m.value));
          continue;
        }
        const actions = this.entries.get(entry.record) ?? new Map();
        this.entries.set(entry.record, actions.set(entry.action, [...(actions.get(entry.action) ?? []), { key, entry }]));
        const { bytes } = entry.record.shown.find((s) => s.number === entry.action)!;
        if (bytes[0] === ACCEPTS) this.accepts.set(key, (this.accepts.get(key) ?? 0) + 1);
      }
    }
  }

  /** The same members as they stand now, whatever comes. */
  snapshot(): World {
    return Object.assign(Object.create(World.prototype), this, { values: new Map(this.values) });
  }

  /** Subjects in whose histories a record's action stands. */
  touchedBy(record: Rec, action: number): string[] {
    return (this.entries.get(record)?.get(action) ?? []).map((e) => e.key);
  }

  schemesOn(day: number): SchemeValue[] {
    return this.all(SCHEME).filter((s) => s.from <= day && (!s.until || day <= s.until));
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
