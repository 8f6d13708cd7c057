import { equal, fail, hex } from '../bytes.ts';
import { HISTORY, Tree, stateKey, valueHash } from '../hash.ts';
import type { Opened } from './open.ts';
import { entryBytes } from './parse.ts';
import type { Entry, File, Member, Rec } from './parse.ts';
import { stateRoot } from './state.ts';
import type { Leaf } from './state.ts';

const NOTHING = new Uint8Array(32);

/** Histories name shown actions, each in its place, and no action is shown that no entry names. */
export function mustFit(f: File): void {
  const named = new Map<Rec, Set<number>>();
  for (const m of f.members) {
    let last: Entry | undefined;
    for (const entry of m.entries) {
      const { record, action } = entry;
      if (!record) continue;
      const before = last?.record;
      if (before && (record.leaf < before.leaf || (record === before && action <= last!.action))) fail('history', 'entries out of order');
      last = entry;
      if (!record.shown.some((s) => s.number === action)) fail('history', 'an entry names an action that is not shown');
      named.set(record, (named.get(record) ?? new Set()).add(action));
    }
  }
  for (const r of f.records) if (r.shown.some((s) => !named.get(r)?.has(s.number))) fail('history', 'an action that no entry names');
}

/** Folds the histories, which must fit (mustFit), and with the values of their members the state: they are those of the head, and complete. Yields how far it is, from 0.95. */
export function* fold({ file, taken: { seal }, signed }: Opened): Generator<number, void> {
  const ids = new Map(signed.map((s) => [s.record, s.id]));
  const entryOf = ({ action, hash, record: r }: Entry): Uint8Array => (r
    ? entryBytes({ leaf: r.leaf, height: r.height, time: r.time, id: ids.get(r)!, action, actionHash: r.shown.find((s) => s.number === action)!.hash, hash })
    : entryBytes({ leaf: 0n, height: 0n, time: file.genesisTime, id: NOTHING, action, actionHash: seal.chain, hash }));
  const leafOf = (m: Member): Leaf => {
    const tree = new Tree(HISTORY);
    for (const e of m.entries) tree.add(entryOf(e));
    const root = tree.root();
    if (m.root && !equal(m.root, root)) fail('history', `of ${m.kind}:${hex(m.id)}`);
    return { key: stateKey(m.kind, m.id), valueHash: valueHash(m.value), entries: BigInt(m.entries.length), root };
  };
  const leaves: Leaf[] = [];
  for (const m of file.members) {
    leaves.push(leafOf(m));
    yield 0.95 + (0.04 * leaves.length) / file.members.length;
  }
  if (!equal(stateRoot(file.state, leaves), seal.state)) fail('state', 'another state than the head’s');
}
