import { equal, fail } from '../bytes.ts';
import { verifySecp } from '../crypto.ts';
import { VerifyError } from '../error.ts';
import { notBack } from '../memory.ts';
import { headUnder, parseHandovers } from '../trust.ts';
import type { Taken } from '../trust.ts';
import type { Ask, Receipt, Seal, Trust } from '../types.ts';
import type { Passed } from './checks.ts';
import { actionsRoot, parseReceipt, signedOf } from './parse.ts';
import type { File, Rec } from './parse.ts';
import { ACTIVITY } from './values.ts';

/** The newest protocol version whose rules are written here. */
const PROTOCOL = 4;

/** A record whose signature and place are its own. */
export interface Signed { record: Rec; id: Uint8Array; digest: Uint8Array }

/** A receipt under a certified head, whose records are signed. What its histories, values and actions say is still to be checked. */
export interface Opened { file: File; asOf: bigint; taken: Taken; signed: Signed[] }

/** Reads a receipt, certifies its head and verifies its records; the last of these checks is for the caller to tell. Yields how far it is, up to 0.9. */
export function* open(bytes: Uint8Array, trust: Trust, ask: Ask, passed: Passed): Generator<number, Opened> {
  const file = parseReceipt(bytes);
  const asOf = asked(file, ask);
  passed('head');
  const taken = head(file, trust, ask);
  const { seal } = taken;
  passed('records');
  // Kinds, rules and closures of a later protocol may be others than those that this verifier knows.
  if (seal.protocol > PROTOCOL) fail('action', `of protocol version ${seal.protocol}`);
  yield 0.05;
  const signed: Signed[] = [];
  for (const r of file.records) {
    signed.push(placed(r, signed.at(-1)?.record, seal));
    yield 0.05 + (0.05 * signed.length) / file.records.length;
  }
  for (const [i, { record, digest }] of signed.entries()) {
    if (!verifySecp(record.key, digest, record.signature)) fail('signature', `record at leaf ${record.leaf}`);
    if (record.schema > seal.protocol) fail('record', 'of a later protocol');
    yield 0.1 + (0.8 * (i + 1)) / signed.length;
  }
  return { file, asOf, taken, signed };
}

/** What every receipt says of its head. */
export const ofHead = ({ file, asOf, taken: { head, seal, trust, skipped } }: Opened): Pick<
  Receipt, 'chain' | 'height' | 'asOf' | 'head' | 'seal' | 'trust' | 'note' | 'skipped'
> => ({ chain: seal.chain, height: seal.height, asOf, head, seal, trust, note: file.noteBytes, skipped });

/** What was asked for is what the file is about; the height of verdict and values. */
function asked(f: File, ask: Ask): bigint {
  const { subject, of } = ask;
  if (of && (of === 'action') !== (f.kind === ACTIVITY)) fail('subject', 'a receipt of another kind');
  if (subject && (subject.kind !== f.kind || !equal(subject.id, f.id))) fail('subject', 'about another subject');
  const { height } = f.sealed;
  if (f.asOf > height) fail('format', 'of a height that the head does not have');
  if (ask.asOf !== undefined && ask.asOf > height) fail('subject', 'of a height that the head does not have');
  return ask.asOf ?? f.asOf;
}

/** The head is the ledger's, and not one before what is remembered. */
function head(f: File, trust: Trust, ask: Ask): Taken {
  const { memory, maxAge } = ask;
  if (memory) notBack(memory, f.sealed.chain, f.note, ask.older);
  const inside = parseHandovers(f.handovers);
  if (inside.some((h, i) => i && h.policy.number <= inside[i - 1]!.policy.number)) fail('format', 'handovers out of order');
  let taken: Taken;
  try {
    taken = headUnder(f.note, f.seal, f.path, inside, trust);
  } catch (e) {
    if (!(e instanceof VerifyError) || !ask.handovers?.length) throw e;
    const all = [...inside, ...parseHandovers(ask.handovers)].sort((a, b) => a.policy.number - b.policy.number);
    taken = headUnder(f.note, f.seal, f.path, all, trust);
  }
  if (memory && taken.trust.policy.number < memory.policy.number && taken.head.size >= memory.head.size) fail('memory', 'of an epoch that had ended');
  if (maxAge !== undefined && trust.now > taken.head.time + maxAge) fail('stale', 'older than allowed');
  return taken;
}

/** A record that stands where it can, and has the actions that it says. */
function placed(record: Rec, before: Rec | undefined, seal: Seal): Signed {
  const bad = (what: string): never => fail('record', `record at leaf ${record.leaf}: ${what}`);
  // What else its place says is as good as the histories that hold it, which are folded at the end.
  if (record.leaf >= seal.size || record.height > seal.height || record.time > seal.time) bad('not before its seal');
  if (before && record.height < before.height) bad('of a block before that of the record before it');
  if (!equal(actionsRoot(record), record.root)) fail('action', 'not the actions that were signed');
  return { record, ...signedOf(record, seal.chain) };
}
