import { Reader, equal, fail } from './bytes.ts';
import { VerifyError, as } from './error.ts';
import { parseNote, parseProof, verifyNote } from './note.ts';
import type { Cosignatures, Note } from './note.ts';
import { mustBeSound, readPolicy } from './policy.ts';
import { SEAL_BYTES, sealOf } from './seal.ts';
import type { Handover, Head, Policy, Seal, Trust } from './types.ts';

/** How far the clocks of cosigners may be ahead of the verifier's, in seconds. */
const AHEAD = 300n;

const newest = (times: Iterable<bigint>): bigint[] => [...times].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
const later = (a: bigint, b: bigint): bigint => (a > b ? a : b);

function headOf(note: Note, signed: Cosignatures, time: bigint): Head {
  return { origin: note.origin, size: note.size, root: note.root, time, cosigners: [...signed.agencies.keys()], witnesses: [...signed.witnesses.keys()] };
}

/** A head certified under a document, whenever that was (§11.2). */
export function certified(note: Note, policy: Policy): Head {
  const signed = verifyNote(note, policy);
  const times = newest(signed.agencies.values());
  if (times.length < policy.quorum) fail('quorum', `${times.length} of ${policy.quorum} cosignatures`);
  return headOf(note, signed, times[policy.quorum - 1]!);
}

/** A head certified under the document believed, counted at the verifier's clock (§11.6). */
export function certifyNote(note: Note, trust: Trust): Head {
  const { policy, since, now } = trust;
  const signed = verifyNote(note, policy);
  const all = signed.agencies.size;
  const keep = <K>(times: Map<K, bigint>): Map<K, bigint> => new Map([...times].filter(([, t]) => t <= now + AHEAD));
  const counted = { agencies: keep(signed.agencies), witnesses: keep(signed.witnesses) };
  const times = newest(counted.agencies.values());
  if (times.length < policy.quorum) {
    fail(all < policy.quorum ? 'quorum' : 'future', `${times.length} of ${policy.quorum} cosignatures counted, ${all} there`);
  }
  const head = headOf(note, counted, times[policy.quorum - 1]!);
  const period = trust.period !== undefined && trust.period < policy.trustPeriod ? trust.period : policy.trustPeriod;
  if (now > since + period) {
    const [outside] = newest(counted.witnesses.values());
    if (outside === undefined) return fail('trust', 'the trust period has passed, and no outside witness cosigned');
    if (outside < head.time) head.time = outside;
  }
  return head;
}

/** Trust after a head certified under its document: never later than the clock. */
export function moved(trust: Trust, time: bigint): Trust {
  return { ...trust, since: later(trust.since, time < trust.now ? time : trust.now) };
}

/** A handover as it is written, with what its head's last leaf is shown by. */
interface Step extends Handover { note: Note; sealBytes: Uint8Array; path: Uint8Array[] }

/** Reads a handover (§11.5) and checks nothing but its form. */
export function parseHandover(file: Uint8Array): Step {
  const { extra, index, path, note: text } = parseProof(file);
  const r = new Reader(extra);
  r.version();
  const policy = readPolicy(r.block(2));
  // Epoch 0 begins with genesis, and nobody hands over to it.
  if (!policy.number) fail('format', 'a handover to epoch 0');
  const sealBytes = r.take(SEAL_BYTES);
  r.end();
  const note = parseNote(text);
  if (index + 1n !== note.size) fail('format', 'the index is not that of the last leaf');
  return { policy, head: note, note, sealBytes, path };
}

/** Handovers that are given to be walked: one that does not parse leads nowhere. */
export const parseHandovers = (files: Uint8Array[]): Step[] => files.map((f) => within('a file', () => parseHandover(f)));

const within = <T>(what: string, step: () => T): T => as('handover', step, what);

/** The seal of a handover, which names the document that it leads to and the one before. */
function handedOver({ policy, note, sealBytes, path }: Step): Seal {
  const seal = sealOf(note, sealBytes, path);
  if (!equal(seal.chain, policy.chain)) fail('chain', 'seal of another chain');
  if (!equal(seal.policy, policy.previous) || !equal(seal.nextPolicy, policy.hash)) fail('policy', 'the seal names other documents');
  return seal;
}

/** Trust in the document to which a handover leads from the one believed. */
function advance(trust: Trust, step: Step): Trust {
  const { policy: from } = trust;
  const { policy: to, note } = step;
  return within(`to epoch ${to.number}`, () => {
    if (to.number !== from.number + 1) fail('policy', `epoch ${from.number} is believed`);
    if (!equal(to.chain, from.chain) || to.origin !== from.origin) fail('chain', 'of another ledger');
    if (!equal(to.previous, from.hash)) fail('policy', 'it follows another document');
    mustBeSound(to);
    handedOver(step);
    return { ...trust, policy: to, since: later(trust.since, certifyNote(note, trust).time) };
  });
}

/** Trust that a handover file gives which somebody believed handed over (§11.6). */
export function trustHandover(file: Uint8Array, now: bigint): Trust {
  const step = parseHandover(file);
  return { policy: mustBeSound(step.policy), since: within('as it stands', () => handedOver(step)).time / 1000n, now };
}

/** Walks handovers in their order; those to documents not after the one believed are passed over. */
export function walk(trust: Trust, handovers: Uint8Array[]): Trust {
  for (const step of parseHandovers(handovers)) if (step.policy.number > trust.policy.number) trust = advance(trust, step);
  return trust;
}

/** Walks handovers in the order of their numbers, as long as the head of the next is smaller than one of that size: a head that ended an epoch was its last. */
export function walkBefore(trust: Trust, handovers: Uint8Array[], size: bigint): Trust {
  for (const step of parseHandovers(handovers).sort((a, b) => a.policy.number - b.policy.number)) {
    if (step.policy.number <= trust.policy.number) continue;
    if (step.note.size >= size) break;
    trust = advance(trust, step);
  }
  return trust;
}

/** What verifyHead gives. */
export interface Taken { head: Head; seal: Seal; trust: Trust; skipped: boolean }

/** Takes a head for the ledger's (§11.6). What the seal is asked for besides comes before its epoch. */
export function headUnder(
  note: Note, sealBytes: Uint8Array, path: Uint8Array[], handovers: Step[], trust: Trust, also: (seal: Seal) => void = () => undefined,
): Taken {
  const seal = sealOf(note, sealBytes, path);
  also(seal);
  if (!equal(seal.chain, trust.policy.chain)) fail('chain', 'seal of another chain');
  let under = trust;
  let skipped = false;
  if (!equal(seal.policy, trust.policy.hash)) {
    const target = handovers.find((h) => h.policy.number > trust.policy.number && equal(h.policy.hash, seal.policy))?.policy
      ?? fail('policy', `no way to the head's epoch`);
    const over = skip(note, target, trust);
    skipped = !!over;
    under = over ?? trust;
    if (!over) {
      for (const h of handovers) if (h.policy.number > under.policy.number && h.policy.number <= target.number) under = advance(under, h);
    }
    if (!equal(under.policy.hash, seal.policy)) fail('handover', "the handovers lead to another document than the head's");
  }
  const head = certifyNote(note, under);
  return { head, seal, trust: moved(under, head.time), skipped };
}

/** Trust in a later document because a quorum of the one believed cosigned the very head that names it. */
function skip(note: Note, target: Policy, trust: Trust): Trust | undefined {
  if (!equal(target.chain, trust.policy.chain) || target.origin !== trust.policy.origin) return undefined;
  let time: bigint;
  try {
    time = certifyNote(note, trust).time;
  } catch (e) {
    if (e instanceof VerifyError) return undefined;
    throw e;
  }
  return { ...moved(trust, time), policy: mustBeSound(target) };
}
