// The shared vectors (ledger/verify/vectors/README.md), read and judged: what came out has the members that are expected there.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import * as v from '../src/verify/index.ts';

export type Reference = string | { base: string; edits: [number, number, string][]; sum: string };
interface Settings {
  name: string; policy?: Reference; since: number; now: number; period?: number; handovers?: Reference[]; memory?: Reference; older?: boolean; maxAge?: number;
  ask?: string; date?: number; asOf?: number;
}
export interface Case {
  name: string; what: string; file?: Reference; seal?: Reference; path?: Reference; older?: Reference; with: string;
  expect: Record<string, unknown> & { ok: boolean; word?: string; or?: string[] };
  flips?: [number, number, string][];
}
export interface Group { group: string; files: { name: string; bytes: string }[]; with: Settings[]; cases?: Case[]; flips?: Case[] }

export const directory = process.env.OCOP_VECTORS ?? '../../../ledger/verify/vectors';

export function groups(): Group[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory).filter((f) => f.endsWith('.json')).sort().map((f) => JSON.parse(readFileSync(`${directory}/${f}`, 'utf8')));
}

export const hex = (b: Uint8Array): string => Buffer.from(b).toString('hex');

export function resolve(g: Group, r: Reference): Uint8Array {
  const base = typeof r === 'string' ? r : r.base;
  const bytes = Buffer.from(g.files.find((f) => f.name === base)!.bytes, 'base64');
  if (typeof r === 'string') return new Uint8Array(bytes);
  const parts: Buffer[] = [];
  let at = 0;
  for (const [offset, drop, insert] of r.edits) {
    parts.push(bytes.subarray(at, offset), Buffer.from(insert, 'base64'));
    at = offset + drop;
  }
  const out = new Uint8Array(Buffer.concat([...parts, bytes.subarray(at)]));
  if (createHash('sha256').update(out).digest('hex').slice(0, 8) !== r.sum) throw new Error(`${g.group}: edits`);
  return out;
}

/** Kinds that a verifier for buyers does not judge. */
export const PASSED_OVER = ['genesis', 'evidence'];

/** Settings as the verifier takes them. Reading them is no part of the case: they are sound. */
export interface With { trust?: v.Trust; since: bigint; now: bigint; ask: v.Ask; date: number; handovers: Uint8Array[]; memory?: v.Memory }

export function settings(g: Group, name: string): With {
  const s = g.with.find((w) => w.name === name)!;
  const [since, now] = [BigInt(s.since), BigInt(s.now)];
  const handovers = (s.handovers ?? []).map((h) => resolve(g, h));
  const memory = s.memory && v.parseMemory(resolve(g, s.memory));
  const trust = s.policy && { policy: v.parsePolicyDocument(resolve(g, s.policy)), since, now, ...(s.period !== undefined && { period: BigInt(s.period) }) };
  const ask: v.Ask = {
    handovers,
    ...(memory && { memory }), ...(s.older && { older: true }), ...(s.maxAge && { maxAge: BigInt(s.maxAge) }), ...(s.asOf !== undefined && { asOf: BigInt(s.asOf) }),
    ...(s.ask && { subject: { kind: parseInt(s.ask.slice(0, 2), 16), id: new Uint8Array(Buffer.from(s.ask.slice(2), 'hex')) } }),
  };
  return { ...(trust && { trust }), since, now, ask, date: s.date ?? v.dateOf(now * 1000n), handovers, ...(memory && { memory }) };
}

const hashes = (bytes: Uint8Array): Uint8Array[] => Array.from({ length: bytes.length / 32 }, (_, i) => bytes.subarray(32 * i, 32 * i + 32));

const ofTrust = (t: v.Trust) => ({ epoch: t.policy.number, policy: hex(t.policy.hash), since: Number(t.since) });
const ofHead = (h: v.Head) => ({
  size: Number(h.size), root: hex(h.root), time: Number(h.time), validators: h.cosigners.map(Number).sort((a, b) => a - b), witnesses: h.witnesses.length,
});
const ofMemory = (m: v.Memory) => ({ ...ofTrust({ ...m, now: 0n }), size: Number(m.head.size), root: hex(m.head.root) });

export function dayOf(r: Pick<v.Receipt, 'verdictOn' | 'speaks'>, date: number): Record<string, unknown> {
  const kind = r.verdictOn(date);
  const c = r.speaks(date);
  if (!c) return { kind, date };
  const day = kind === 'revoked' ? c.revocation!.effective : kind === 'not_yet_in_force' ? c.validFrom : c.last;
  return { kind, date, certificate: c.id, star: c.star, from: c.validFrom, until: c.last, day };
}

function ofReceipt(r: v.Receipt, date: number): Record<string, unknown> {
  const common = { ...ofTrust(r.trust), skipped: r.skipped, ...ofHead(r.head), height: Number(r.height), blockTime: Number(r.seal.time) };
  if (r.kind === 'action') {
    const [e] = r.events;
    return {
      ...common, height: Number(e!.height), blockTime: Number(e!.time), leaf: Number(e!.leaf), record: hex(e!.record), author: Number(e!.author),
      first: e!.action, actions: 1, key: hex(r.key!),
    };
  }
  return {
    ...common, asOf: Number(r.asOf), verdict: dayOf(r, date),
    values: {
      ...(r.product && { product: hex(r.product.hash), producer: hex(r.product.producer.hash) }), ...(r.lot?.hash.length && { lot: hex(r.lot.hash) }),
    },
    certificates: r.certificates.map((c) => ({ id: c.id, standing: c.verdictOn(date), value: hex(c.hash) })),
    timeline: r.events.map((e) => `${e.leaf}.${e.action}`),
  };
}

/** What the verifier says of a case. */
export function judge(what: string, at: (name: 'file' | 'seal' | 'path' | 'older') => Uint8Array, w: With): Record<string, unknown> {
  const trust = w.trust!;
  switch (what) {
    case 'policy': {
      const policy = v.parsePolicyFile(at('file'));
      return ofTrust({ policy, since: w.since < w.now ? w.since : w.now, now: w.now });
    }
    case 'handover': return ofTrust(v.trustHandover(at('file'), w.now));
    case 'handovers': return ofTrust(v.walk(trust, w.handovers));
    case 'certify': return ofHead(v.certify(at('file'), trust));
    case 'head': {
      const taken = v.verifyHead(at('file'), at('seal'), hashes(at('path')), w.handovers, trust, w.ask);
      return {
        ...ofTrust(taken.trust), skipped: taken.skipped, ...ofHead(taken.head), height: Number(taken.seal.height), blockTime: Number(taken.seal.time),
      };
    }
    case 'consistency': {
      const [older, newer] = [v.parseHead(at('older')), v.parseHead(at('file'))];
      v.verifyConsistentHeads(older, newer, hashes(at('path')));
      return {};
    }
    case 'memory': {
      const m = v.parseMemory(at('file'));
      if (Buffer.compare(v.formatMemory(m), at('file'))) throw new Error('a memory is written otherwise than it was read');
      return ofMemory(m);
    }
    case 'next': return ofMemory(v.nextMemory(w.memory!, trust, at('file'), hashes(at('path'))));
    case 'receipt': return ofReceipt(v.verifyReceipt(at('file'), trust, { ...w.ask, of: 'subject' }), w.date);
    case 'action': return ofReceipt(v.verifyReceipt(at('file'), trust, { ...w.ask, of: 'action' }), w.date);
    case 'record': {
      const r = v.verifyRecordReceipt(at('file'), trust, w.handovers, w.ask);
      return {
        ...ofTrust(r.trust), ...ofHead(r.head), leaf: Number(r.leaf),
        ...(r.record && { record: hex(r.record.id), author: Number(r.record.author), key: hex(r.record.key), first: 0, actions: r.record.actions.length }),
        ...(r.refusals && { height: Number(r.refusals.height), refused: r.refusals.rows.map((x) => `${hex(x.record)}:${x.reason}:${x.action}`) }),
      };
    }
    default: throw new Error(`what is ${what}?`);
  }
}

/** The word of a refusal; anything else that is thrown is a fault of the verifier's. */
export function wordOf(run: () => unknown): string {
  try {
    run();
    return 'ok';
  } catch (e) {
    if (e instanceof v.VerifyError) return e.word;
    throw e;
  }
}
