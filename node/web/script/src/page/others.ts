// The same head at other agencies' nodes. One node can show a ledger of its own making to one visitor only if all whom the visitor asks do so, too.
import { certify, hex, verifyConsistency } from '../verify/first.ts';
import type { Head, Trust } from '../verify/types.ts';
import { consistency, get, THIS } from './fetch.ts';
import type { Node, Pin } from './pin.ts';
import { STALE, wrong, type Tell } from './proofs.ts';
import { lacking, refuted, said, type Trouble } from './text.ts';

/** How many other agencies must show the head. */
export const OTHERS = 2;

/** The longest signed head (FORMAT §11.2). */
const HEAD = 64 << 10;

/** A head that another agency's node showed. */
export interface Seen { node: Node; head: Head }

/** An answer that was asked for before anything else was done: the network takes longer than the phone. */
export interface Asked { node: Node; note: Promise<Uint8Array> }

/** Asks the other nodes for their heads, all at once. */
export const ask = (pin: Pin): Asked[] => pin.nodes.map((node) => {
  const note = get(`${node.url}/log/checkpoint`, HEAD, node.name);
  note.catch(() => {}); // told when it is awaited
  return { node, note };
});

/** The nodes whose word counts: of agencies that the policy believed names, each once, and none that is this node under another name. */
export function others(asked: Asked[], trust: Trust, here: string): Asked[] {
  const taken = new Set<string | number>([here]);
  return asked.filter(({ node: { agency, url } }) => {
    const known = taken.has(url) || taken.has(agency);
    taken.add(url).add(agency);
    return !known && trust.policy.validators.some((v) => v.agency === BigInt(agency));
  });
}

/** Hears the other nodes. What is wrong with one is told and is no reason not to hear the others. */
export async function hear(asked: Asked[], trust: Trust, tell: Tell): Promise<Seen[]> {
  const answers = await Promise.all(asked.map(async ({ node, note }) => {
    try {
      const head = certify(await note, trust), age = Number(trust.now - head.time);
      if (age > STALE) throw lacking('otherStale', node.name, { span: age });
      return [{ node, head }];
    } catch (e) {
      const t = wrong(e);
      tell('bad', t.refutes ? said('otherWrong', node.name, t.said) : t.said);
      return [];
    }
  }));
  return answers.flat();
}

/** Compares a head with one that another node showed. Two heads that a quorum signed, of one size and not the same, refute everything. */
export async function compare(own: Head, { node, head }: Seen, tell: Tell): Promise<boolean> {
  const ahead = head.size > own.size, [old, now] = ahead ? [own, head] : [head, own];
  if (old.size === now.size && hex(old.root) !== hex(now.root)) throw refuted('fork', node.name);
  try {
    if (old.size < now.size) {
      const proof = await consistency(ahead ? node.url : '', old.size, now.size, ahead ? node.name : THIS);
      try {
        verifyConsistency(old.size, old.root, now.size, now.root, proof);
      } catch {
        throw lacking('apart', node.name);
      }
    }
    tell('ok', said('same', node.name, node.url, head.size));
    return true;
  } catch (e) {
    tell('bad', wrong(e).said);
    return false;
  }
}

/** Why there are not enough others. */
export const tooFew = (asked: number, same: number): Trouble => (asked < OTHERS ? lacking('small', asked, OTHERS) : lacking('few', same, OTHERS));
