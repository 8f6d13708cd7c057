// Proofs checked by the script: this node's receipt of what the page shows, against the policy that the page was served with, or that this browser
// remembers from before. Nothing that the node says of itself is taken over.
import { checkMemory, firstMemory, hex, nextMemory, parsePolicyDocument, proveReceiptSlowly, VerifyError, type Proof } from '../verify/first.ts';
import type { Memory, Name, Trust } from '../verify/types.ts';
import { base64, consistency, get, THIS } from './fetch.ts';
import type { Pin } from './pin.ts';
import { recall, rememberedEpoch } from './remember.ts';
import { dateAt, refuted, said, Trouble, type Said, type Value } from './text.ts';
import { standing, type Standing } from './verdict.ts';
import type { Key } from './words.ts';

/** The largest receipt file (FORMAT §13.2). */
const RECEIPT = 4 << 20;

/**
 * How old the newest head that a quorum signed may be, in seconds. Validators sign an unchanged head every 30 seconds; the rest is for phones whose clock
 * is wrong, and for a validator that is being restarted. An older one can hide a revocation.
 */
export const STALE = 1800;

/** Tells a line of what was checked. A note is no check. */
export type Tell = (state: 'ok' | 'bad' | 'fyi', line: Said) => void;

export interface Proved extends Proof {
  standing: Standing;
  /** What to remember once the whole page has been checked. */
  memory: Memory;
}

/** What is believed before anything is fetched. */
export interface Believed { trust: Trust; memory?: Memory | undefined }

/** What this browser remembers goes before what the page says: the page is from the node that is to be checked. */
export function believe(pin: Pin, now: number, tell: Tell): Believed {
  const recalled = recall(pin.chain, BigInt(now)), { memory } = recalled;
  const policy = checked(() => parsePolicyDocument(base64(pin.policy)));
  if (hex(policy.chain) !== pin.chain) throw refuted('chain');
  if (!memory) {
    tell('fyi', said(recalled.closed ? 'closed' : 'first'));
    return { trust: { policy, since: BigInt(pin.since), now: BigInt(now) } };
  }
  if (memory.policy.number === policy.number && hex(memory.policy.hash) !== hex(policy.hash)) throw refuted('keys');
  return { memory, trust: recalled.trust! };
}

/** Asks for the receipt, with the handovers from the epoch on that is remembered, or that the page was served with (FORMAT §4: its number comes second). */
export const order = (pin: Pin): Promise<Uint8Array> => {
  const epoch = rememberedEpoch(pin.chain) ?? new DataView(base64(pin.policy).buffer).getUint32(1);
  return get(`${pin.receipt}${pin.receipt.includes('?') ? '&' : '?'}pinned_epoch=${epoch}`, RECEIPT, THIS);
};

/** Checks the receipt, one line a check. Throws Trouble. */
export async function prove(pin: Pin, believed: Believed, ordered: Promise<Uint8Array>, tell: Tell, breathe: () => Promise<void>): Promise<Proved> {
  const { trust, memory } = believed, file = await ordered;
  let proof: Proof;
  try {
    proof = await proveReceiptSlowly(file, trust, { checks: (c) => { if (c.ok) tell('ok', said(`c_${c.name}` as Key)); } }, breathe);
  } catch (e) {
    throw wrong(e);
  }
  const { receipt } = proof;
  if (hex(receipt.chain) !== pin.chain) throw refuted('ledger');
  if (receipt.kind !== pin.kind || receipt.id !== pin.id) throw refuted('subject', receipt.id, pin.id);
  if (receipt.asOf !== receipt.height) throw refuted('earlier');
  tell('ok', said('of', pin.id));
  fresh(receipt, Number(trust.now), tell);
  const next = await goesOn(receipt, memory, tell);
  return { ...proof, standing: agree(pin, receipt, Number(trust.now), tell), memory: next };
}

/** A head that a quorum signed long ago may hide what came since. */
function fresh(r: Proof['receipt'], now: number, tell: Tell): void {
  const time = Number(r.head.time);
  if (now - time > STALE) throw refuted('stale', { span: now - time }, { time });
  tell('ok', said('head', r.head.size, r.head.cosigners.length, { time }));
}

/** The head remembered must be a beginning of this one. */
async function goesOn(r: Proof['receipt'], memory: Memory | undefined, tell: Tell): Promise<Memory> {
  if (!memory) return checked(() => firstMemory(r.trust, r.note));
  const old = memory.head.size;
  if (r.head.size < old) throw refuted('back', old, r.head.size);
  const proof = r.head.size > old ? await consistency('', old, r.head.size, THIS) : [];
  const next = checked(() => {
    checkMemory(memory, r.trust, r.head, proof);
    return nextMemory(memory, r.trust, r.note, proof);
  });
  tell('ok', said('continues', old));
  return next;
}

/** What the page says must be what its own proof says. */
function agree(pin: Pin, r: Proof['receipt'], now: number, tell: Tell): Standing {
  if (Math.abs(days(pin.day) - days(dateAt(now))) > 1) throw refuted('clock', { day: pin.day }, { day: dateAt(now) });
  const s = standing(r, pin.day);
  const same = (page: string, proof: Value, ...or: string[]) => {
    if (page !== proof && !or.includes(page)) throw refuted('differ', page, proof);
  };
  same(pin.said.sentence, s.sentence, ...s.sentence);
  if (s.speaks) same(`${pin.said.star}★`, `${s.speaks.star}★`);
  if (r.product) {
    const product = nameOf(r.product.name), producer = nameOf(r.product.producer.name);
    if (product) same(pin.said.product, product);
    if (producer) same(pin.said.producer, producer);
    tell('ok', said('says', `${product || r.product.id} · ${producer || r.product.producer.account}`));
  }
  tell('ok', said('says', s.sentence));
  return s;
}

/** A name of a public register; empty: it is no part of the ledger. */
export const nameOf = (n: Name): string => ('register' in n ? n.register : '');

const days = (date: number): number => Date.UTC(Math.floor(date / 10000), Math.floor(date / 100) % 100 - 1, date % 100) / 86_400_000;

/** What the verifier throws, as Trouble. Anything but a check that failed is a fault of the script, and no reason to believe the page either. */
export function wrong(e: unknown): Trouble {
  if (e instanceof Trouble) return e;
  return e instanceof VerifyError ? refuted('word', e.word, said(`w_${e.word}`)) : refuted('fault', String(e));
}

function checked<T>(f: () => T): T {
  try {
    return f();
  } catch (e) {
    throw wrong(e);
  }
}
