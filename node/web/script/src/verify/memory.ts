import { base64, bytesOf, concat, decimal, equal, fail, hex, textOf, unbase64 } from './bytes.ts';
import { as } from './error.ts';
import { verifyConsistency } from './hash.ts';
import { parseNote } from './note.ts';
import { mustBeSound, readPolicy } from './policy.ts';
import { certified, certifyNote, moved } from './trust.ts';
import type { Head, Memory, Trust } from './types.ts';

/** Reads what a client remembers (§11.7). What it wrote itself holds: a text of which anything does not is no memory. */
export function parseMemory(file: Uint8Array): Memory {
  const form = <T>(step: () => T): T => as('format', step, 'memory');
  const [, comment = '', number, hash, since, document, note] = form(() =>
    /^ocop-memory@v1\n(?:# ([^\n]+)\n)?epoch (\d+) ([0-9a-f]{64})\nsince (\d+)\npolicy ([^\n]+)\n\n([^]*)$/.exec(textOf(file)) ?? fail('format', 'text'));
  const policy = mustBeSound(form(() => readPolicy(unbase64(document!))));
  return form(() => {
    if (decimal(number!) !== BigInt(policy.number) || hash !== hex(policy.hash)) fail('memory', 'epoch and document differ');
    const bytes = bytesOf(note!);
    return { policy, since: decimal(since!), head: certified(parseNote(bytes), policy), note: bytes, comment };
  });
}

export function formatMemory(m: Memory): Uint8Array {
  const lines = ['ocop-memory@v1', `epoch ${m.policy.number} ${hex(m.policy.hash)}`, `since ${m.since}`, `policy ${base64(m.policy.bytes)}`, '', ''];
  if (m.comment) lines.splice(1, 0, `# ${m.comment}`);
  return concat(bytesOf(lines.join('\n')), m.note);
}

/** The first memory, of a head that was verified under the trust given: what verifyHead and verifyReceipt return. */
export function firstMemory(trust: Trust, note: Uint8Array): Memory {
  const head = certifyNote(parseNote(note), trust);
  return { policy: trust.policy, since: moved(trust, head.time).since, head, note, comment: '' };
}

export const trustMemory = (m: Memory, now: bigint): Trust => ({ policy: m.policy, since: m.since, now });

/** Throws when a head of that ledger goes back behind the one remembered. Smaller ones may be allowed: old receipts are about old heads. */
export function notBack(m: Memory, chain: Uint8Array, head: { origin: string; size: bigint; root: Uint8Array }, smaller = false): void {
  if (!equal(chain, m.policy.chain) || head.origin !== m.policy.origin) fail('chain', 'another ledger is remembered');
  if (head.size < m.head.size && !smaller) fail('memory', `a head of ${head.size} leaves, and ${m.head.size} are remembered`);
  if (head.size === m.head.size && !equal(head.root, m.head.root)) fail('root', 'another head of the same size is remembered');
}

/** Throws unless a verified head goes on from the one remembered. The proof leads from the head remembered to the new one. */
export function checkMemory(m: Memory, trust: Trust, head: Head, proof: Uint8Array[]): void {
  const { policy } = trust;
  if (!equal(policy.chain, m.policy.chain)) fail('chain', 'another ledger is remembered');
  if (policy.number < m.policy.number) fail('memory', `epoch ${policy.number}, and ${m.policy.number} is remembered`);
  if (policy.number === m.policy.number && !equal(policy.hash, m.policy.hash)) fail('policy', 'two documents of one epoch');
  notBack(m, policy.chain, head);
  verifyConsistency(m.head.size, m.head.root, head.size, head.root, proof);
}

/** What to remember after that head. Of one head, the newer signatures are kept. */
export function nextMemory(m: Memory, trust: Trust, note: Uint8Array, proof: Uint8Array[]): Memory {
  if (!equal(trust.policy.chain, m.policy.chain)) fail('chain', 'another ledger is remembered');
  const next = { ...firstMemory(trust, note), comment: m.comment };
  checkMemory(m, trust, next.head, proof);
  if (next.since < m.since) next.since = m.since;
  return next.head.size === m.head.size && next.policy.number === m.policy.number && next.head.time <= m.head.time ? { ...m, since: next.since } : next;
}
