import { Reader, be, concat, equal, fail, hex } from './bytes.ts';
import { verifySecp } from './crypto.ts';
import { as } from './error.ts';
import { ACTION, H, LOG, Tree, inclusion, pae } from './hash.ts';
import { notBack } from './memory.ts';
import { parseNote, parseProof } from './note.ts';
import { certifyNote, walkBefore } from './trust.ts';
import type { Ask, RecordReceipt, Trust } from './types.ts';
import { kindOf, readAction } from './wire/walk.ts';

/** Verifies the receipt of a record or of a refused one (§13.1). Which record is meant the asker knows. */
export function verifyRecord(file: Uint8Array, trust: Trust, ask: Ask = {}): RecordReceipt {
  const { extra, index, path, note: text } = parseProof(file);
  const note = parseNote(text);
  const leaf = extra.subarray(1);
  if (extra[0] !== 1 || (leaf[0] !== 1 && leaf[0] !== 3)) fail('format', 'not the receipt of a record');
  const { memory, maxAge } = ask;
  if (memory) notBack(memory, trust.policy.chain, note, ask.older);
  const under = walkBefore(trust, ask.handovers ?? [], note.size);
  const head = certifyNote(note, under);
  if (memory && under.policy.number < memory.policy.number && head.size >= memory.head.size) fail('memory', 'of an epoch that had ended');
  if (maxAge !== undefined && trust.now > head.time + maxAge) fail('stale', 'older than allowed');
  // Without its seal nothing says which epoch the head is of: so it says nothing about when that was current.
  const common = { leaf: index, head, trust: under, note: text };
  const inLog = (): void => {
    if (index >= head.size || !equal(inclusion(LOG, index, head.size, leaf, path), head.root)) fail('path', 'not in the head');
  };
  if (leaf[0] === 3) {
    const refusals = as('record', () => parseRefusals(leaf));
    inLog();
    return { kind: 'refused', ...common, refusals };
  }
  const e = as('record', () => parseEnvelope(leaf));
  if (!equal(e.chain, trust.policy.chain)) fail('chain', 'a record of another ledger');
  inLog();
  const digest = H(pae('record-header', e.header));
  if (!verifySecp(e.key, digest, e.signature)) fail('signature', 'of the record');
  const tree = new Tree(ACTION);
  e.actions.forEach((a) => tree.add(a));
  if (!equal(tree.root(), e.root)) fail('action', 'not the actions that were signed');
  const { author, schema, issued, expires, key } = e;
  return {
    kind: 'accepted', ...common,
    record: { id: concat(be(6, issued), digest.subarray(0, 26)), author, schema, issued, expires, key, actions: e.actions.map((a) => shown(a, schema)) },
  };
}

function parseEnvelope(leaf: Uint8Array) {
  if (leaf.length > 65535) fail('record', 'too long');
  const r = new Reader(leaf);
  r.take(1);
  r.version();
  const key = r.take(33);
  const signature = r.take(64);
  const header = r.block(2);
  const h = new Reader(header);
  h.version();
  const chain = h.hash();
  const [schema, issued, expires, author] = [h.num(2), h.u64(), h.u64(), h.u64()];
  const id = h.take(8);
  const count = h.count(2, 1, 256);
  const root = h.hash();
  h.end();
  const actions = r.list(r.count(2, count, count), () => r.block(2));
  r.end();
  if (!schema || issued >> 48n || !equal(id, H(key).subarray(0, 8)) || key[0]! >> 1 !== 1 || actions.some((a) => !a.length)) fail('record', hex(id));
  return { key, signature, header, chain, schema, issued, expires, author, root, actions };
}

function parseRefusals(leaf: Uint8Array) {
  const r = new Reader(leaf);
  r.take(1);
  r.version();
  const height = r.u64();
  const rows = r.list(r.count(2, 1, 1024), () => ({ record: r.hash(), author: r.u64(), reason: r.num(2), action: r.num(2) }));
  r.end();
  if (rows.some((row) => !row.reason)) fail('record', 'a row without a reason');
  return { height, rows };
}

function shown(bytes: Uint8Array, schema: number): { kind: string; fields: Record<string, unknown> } {
  const action = readAction(bytes, schema);
  const kind = kindOf(action);
  return { kind, fields: action[kind] as unknown as Record<string, unknown> };
}
