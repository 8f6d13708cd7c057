import { Reader, be, compare, concat, fail, hex, u64 } from '../bytes.ts';
import { as } from '../error.ts';
import { ACTION, H, pae, valueHash } from '../hash.ts';
import { parseNote } from '../note.ts';
import type { Note } from '../note.ts';
import { SEAL_BYTES, parseSeal } from '../seal.ts';
import type { Seal } from '../types.ts';
import { ACTIVITY, CERTIFICATE, LOT, PRODUCT } from './values.ts';

// Receipt files (§13.2). One file has one spelling: what is not described is refused.

const MAX_BYTES = 4 << 20, MAX_MEMBERS = 1024, MAX_ENTRIES = 32768, MAX_RECORDS = 16384, MAX_HANDOVERS = 1024, MAX_PATH = 63;
/** In the place of a record's number: genesis. */
export const GENESIS = 0xffff;

export interface Rec {
  leaf: bigint; height: bigint; time: bigint; key: Uint8Array; schema: number; issued: bigint; expires: bigint; author: bigint; count: number;
  root: Uint8Array; signature: Uint8Array;
  /** By their numbers, ascending. */
  shown: { number: number; bytes: Uint8Array; hash: Uint8Array }[];
  path: Uint8Array[];
}

export interface Entry {
  /** The record, or none for genesis. */
  record: Rec | undefined;
  action: number;
  hash: Uint8Array;
  /** What genesis made, when it was changed since. */
  made?: Uint8Array;
}

export interface Member { kind: number; id: Uint8Array; value: Uint8Array; entries: Entry[]; root: Uint8Array | undefined }

/** Where the one action's record stands in its author's activity (§13.5). */
export interface Place { value: Uint8Array; entries: bigint; root: Uint8Array; number: bigint; hash: Uint8Array; path: Uint8Array[] }

export interface File {
  kind: number; id: Uint8Array; asOf: bigint; handovers: Uint8Array[]; note: Note; noteBytes: Uint8Array; seal: Uint8Array; sealed: Seal; path: Uint8Array[];
  genesisTime: bigint; state: Uint8Array; records: Rec[]; members: Member[]; place: Place | undefined;
}

const KINDS = [0, PRODUCT, CERTIFICATE, LOT, ACTIVITY];

export function parseReceipt(file: Uint8Array): File {
  if (file.length > MAX_BYTES) fail('format', 'too long');
  const r = new Reader(file);
  if (hex(r.take(8)) !== '4f434f5052435054') fail('format', 'not a receipt');
  r.version();
  const kind = KINDS[r.count(1, 1, 4)]!;
  const id = r.block(1);
  const asOf = r.u64();
  const handovers = r.list(r.count(2, 0, MAX_HANDOVERS), () => r.block(2));
  const noteBytes = r.block(2);
  const note = parseNote(noteBytes);
  if (note.repeats) fail('format', 'a line twice');
  const seal = r.take(SEAL_BYTES);
  const sealed = as('format', () => parseSeal(seal));
  const path = r.list(r.count(1, 0, MAX_PATH), () => r.hash());
  const genesisTime = r.u64();
  const state = r.block(4);
  const keys = r.list(r.num(2), () => r.take(33));
  if (new Set(keys.map(hex)).size < keys.length) fail('format', 'a key twice');
  let used = 0;
  const records: Rec[] = [];
  for (let n = r.count(2, 0, MAX_RECORDS); n > 0; n--) {
    const record = parseRecord(r, keys, (key) => {
      if (key > used || key >= keys.length) fail('format', 'number of a key');
      if (key === used) used++;
    });
    if (records.length && record.leaf <= records.at(-1)!.leaf) fail('format', 'records out of order');
    records.push(record);
  }
  if (used < keys.length) fail('format', 'a key without a record');
  const out: File = {
    kind, id, asOf, handovers, note, noteBytes, seal, sealed, path, genesisTime, state, records, members: [], place: undefined,
  };
  if (kind === ACTIVITY) out.place = parsePlace(r, out);
  else parseMembers(r, out);
  r.end();
  return out;
}

function parseRecord(r: Reader, keys: Uint8Array[], use: (key: number) => void): Rec {
  const [leaf, height, time] = [r.u64(), r.u64(), r.u64()];
  const key = r.num(2);
  use(key);
  const [schema, issued, expires, author] = [r.num(2), r.u64(), r.u64(), r.u64()];
  const count = r.count(2, 1, 256);
  const [root, signature] = [r.hash(), r.take(64)];
  const shown: Rec['shown'] = [];
  for (let n = r.count(2, 1, count), next = 0; n > 0; n--) {
    const number = r.count(2, next, count - 1);
    const bytes = r.block(2);
    if (!bytes.length) fail('format', 'empty action');
    shown.push({ number, bytes, hash: H([ACTION], bytes) });
    next = number + 1;
  }
  const path = r.list(hidden(0, count, shown.map((s) => s.number)), () => r.hash());
  if (!schema || issued >> 48n) fail('format', 'header');
  return { leaf, height, time, key: keys[key]!, schema, issued, expires, author, count, root, signature, shown, path };
}

/** The split of RFC 6962: the largest power of two below n. */
const split = (n: number): number => 2 ** (31 - Math.clz32(n - 1));

/** How many largest subtrees of [from, from + n) hold none of the numbers. */
function hidden(from: number, n: number, numbers: number[]): number {
  if (!numbers.some((x) => x >= from && x < from + n)) return 1;
  if (n === 1) return 0;
  const k = split(n);
  return hidden(from, k, numbers) + hidden(from + k, n - k, numbers);
}

/** The root of a record's action tree, from what is shown of it. */
export function actionsRoot(record: Rec): Uint8Array {
  const path = [...record.path];
  const at = (from: number, n: number): Uint8Array => {
    const shown = record.shown.filter((s) => s.number >= from && s.number < from + n);
    if (!shown.length) return path.shift()!;
    if (n === 1) return shown[0]!.hash;
    const k = split(n);
    const left = at(from, k);
    return H([ACTION + 1], left, at(from + k, n - k));
  };
  return at(0, record.count);
}

/** Header, and what its author signed and its id is of (§2.1). */
export function signedOf(record: Rec, chain: Uint8Array): { digest: Uint8Array; id: Uint8Array } {
  const header = concat(
    [1], chain, be(2, record.schema), u64(record.issued), u64(record.expires), u64(record.author), H(record.key).subarray(0, 8), be(2, record.count), record.root,
  );
  const digest = H(pae('record-header', header));
  return { digest, id: concat(be(6, record.issued), digest.subarray(0, 26)) };
}

function parseMembers(r: Reader, out: File): void {
  let entries = 0;
  let genesis = false;
  for (let n = r.count(2, 1, MAX_MEMBERS); n > 0; n--) {
    const [kind, id, value] = [r.num(1), r.block(1), r.block(2)];
    const last = out.members.at(-1);
    if (last && (last.kind - kind || compare(last.id, id)) >= 0) fail('format', 'members out of order');
    const member: Member = { kind, id, value, entries: [], root: undefined };
    const count = r.count(2, 1, MAX_ENTRIES);
    if ((entries += count) > MAX_ENTRIES) fail('format', 'too many entries');
    for (let i = 0; i < count; i++) {
      const ends = i === count - 1;
      const number = r.num(2);
      if (number === GENESIS) {
        if (i) fail('format', 'genesis is not the first');
        genesis = true;
        const made = ends ? undefined : r.block(2);
        member.entries.push({ record: undefined, action: GENESIS, hash: valueHash(made ?? value), ...(made && { made }) });
        continue;
      }
      const action = r.num(2);
      if (number >= out.records.length) fail('format', 'number of a record');
      member.entries.push({ record: out.records[number], action, hash: ends ? valueHash(value) : r.hash() });
    }
    if (count > 1 || member.entries[0]!.record) member.root = r.hash();
    out.members.push(member);
  }
  if (genesis !== out.genesisTime > 0n) fail('format', 'genesis time');
}

function parsePlace(r: Reader, out: File): Place {
  if (out.records.length !== 1 || out.records[0]!.shown.length !== 1 || out.genesisTime) fail('format', 'not of one action');
  return {
    value: r.block(2), entries: r.u64(), root: r.hash(), number: r.u64(), hash: r.hash(), path: r.list(r.count(1, 0, MAX_PATH), () => r.hash()),
  };
}

/** The leaf hash of an entry of a history (§6.2). */
export function entryBytes(
  e: { leaf: bigint; height: bigint; time: bigint; id: Uint8Array; action: number; actionHash: Uint8Array; hash: Uint8Array },
): Uint8Array {
  return concat(u64(e.leaf), u64(e.height), u64(e.time), e.id, be(2, e.action), e.actionHash, e.hash);
}
