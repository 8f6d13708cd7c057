import { equal, fail, hex } from '../bytes.ts';
import { verifySecp } from '../crypto.ts';
import { VerifyError, as } from '../error.ts';
import { HISTORY, Tree, inclusion, stateKey, valueHash } from '../hash.ts';
import { notBack } from '../memory.ts';
import { headUnder, parseHandovers } from '../trust.ts';
import type { Taken } from '../trust.ts';
import type { Ask, Receipt, Seal, Trust } from '../types.ts';
import { kindOf, readAction } from '../wire/walk.ts';
import { mustBeClosed } from './closure.ts';
import { actionsRoot, entryBytes, parseReceipt, signedOf } from './parse.ts';
import type { Entry, File, Member, Rec } from './parse.ts';
import { replay } from './replay.ts';
import type { Done, Signed } from './replay.ts';
import { idText, showEvents, showSubject } from './show.ts';
import { stateRoot } from './state.ts';
import type { Leaf } from './state.ts';
import { ACTIVITY, CERTIFICATE, LOT, idOf, keyOf } from './values.ts';
import { World } from './world.ts';

const NOTHING = new Uint8Array(32);

/** The newest protocol version whose rules are written here. */
const PROTOCOL = 4;

/** The checks of a receipt, in order: of an action all but rules and closure, for its acceptance is what is shown. */
const STAGES = [
  ['form', 'Tệp biên nhận đúng định dạng', 'The receipt is well formed, and about what was asked for'],
  ['head', 'Đủ nút xác thực đã ký nhận phần sổ này', 'Enough validators have certified this state of the ledger'],
  ['records', 'Mỗi bản ghi có chữ ký của người lập', 'Every record carries its author’s signature'],
  ['rules', 'Mọi việc được làm đúng thẩm quyền và quy định', 'Every act was within its author’s powers and the rules'],
  ['closure', 'Không thiếu dữ liệu nào mà kết luận dựa vào', 'Nothing is missing that the verdict depends on'],
  ['state', 'Lịch sử đầy đủ và khớp với sổ', 'Histories are complete, and those of the ledger'],
] as const;

/** Verifies a receipt step by step; what it yields is how far it is, from 0 to 1. */
export function* steps(file: Uint8Array, trust: Trust, ask: Ask): Generator<number, Receipt> {
  let stage: (typeof STAGES)[number][0] = 'form';
  const passed = (next = stage): void => {
    const [, vi, en] = STAGES.find(([name]) => name === stage)!;
    ask.checks?.({ name: stage, ok: true, vi, en });
    stage = next;
  };
  try {
    const f = parseReceipt(file);
    const asOf = asked(f, ask);
    passed('head');
    const taken = head(f, trust, ask);
    const { seal } = taken;
    passed('records');
    // Kinds, rules and closures of a later protocol may be others than those that this verifier knows.
    if (seal.protocol > PROTOCOL) fail('action', `of protocol version ${seal.protocol}`);
    yield 0.05;
    const signed: Signed[] = [];
    for (const r of f.records) {
      signed.push(placed(r, signed.at(-1)?.record, seal));
      yield 0.05 + (0.05 * signed.length) / f.records.length;
    }
    for (const [i, { record, digest }] of signed.entries()) {
      if (!verifySecp(record.key, digest, record.signature)) fail('signature', `record at leaf ${record.leaf}`);
      if (record.schema > seal.protocol) fail('record', 'of a later protocol');
      yield 0.1 + (0.8 * (i + 1)) / signed.length;
    }
    passed(f.kind === ACTIVITY ? 'state' : 'rules');
    const common = {
      chain: seal.chain, height: seal.height, asOf, head: taken.head, seal, trust: taken.trust, note: f.noteBytes, skipped: taken.skipped,
    };
    if (f.kind === ACTIVITY) {
      const receipt = { ...common, ...ofAction(f, seal, signed[0]!) };
      passed();
      return receipt;
    }
    const w = new World(f.members);
    mustFit(f, w);
    const done: Done[] = [];
    let then: World | undefined;
    for (const [i, s] of signed.entries()) {
      if (s.record.height > asOf) then ??= w.snapshot();
      replay(w, s, seal.protocol, (d) => done.push(d));
      yield 0.9 + (0.05 * (i + 1)) / signed.length;
    }
    passed('closure');
    mustBeClosed(w, keyOf(f.kind, f.id));
    passed('state');
    const ids = new Map(signed.map((s) => [s.record, s.id]));
    const leaves: Leaf[] = [];
    for (const m of f.members) {
      leaves.push(leafOf(m, f, seal, ids));
      yield 0.95 + (0.04 * leaves.length) / f.members.length;
    }
    if (!equal(stateRoot(f.state, leaves), seal.state)) fail('state', 'another state than the head’s');
    passed();
    const kind = f.kind === CERTIFICATE ? 'certificate' : f.kind === LOT ? 'lot' : 'product';
    return { ...common, kind, id: idText(w, f.kind, f.id), ...showSubject(then ?? w, f.kind, f.id), events: showEvents(w, done) };
  } catch (e) {
    if (e instanceof VerifyError) ask.checks?.({ name: stage, ok: false, vi: e.vi, en: e.message });
    throw e;
  }
}

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

/** Entries and actions fit each other: no action is shown that no entry names. World has looked at the other side. */
function mustFit(f: File, w: World): void {
  for (const r of f.records) if (r.shown.some((s) => !w.touchedBy(r, s.number).length)) fail('history', 'an action that no entry names');
}

function entryOf(e: Entry, f: File, seal: Seal, ids: Map<Rec, Uint8Array>): Uint8Array {
  const { action, hash } = e;
  const r = e.record;
  if (!r) return entryBytes({ leaf: 0n, height: 0n, time: f.genesisTime, id: NOTHING, action, actionHash: seal.chain, hash });
  return entryBytes({ leaf: r.leaf, height: r.height, time: r.time, id: ids.get(r)!, action, actionHash: r.shown.find((s) => s.number === action)!.hash, hash });
}

/** A member's leaf of the state, its history folded. */
function leafOf(m: Member, f: File, seal: Seal, ids: Map<Rec, Uint8Array>): Leaf {
  const tree = new Tree(HISTORY);
  for (const e of m.entries) tree.add(entryOf(e, f, seal, ids));
  const root = tree.root();
  if (m.root && !equal(m.root, root)) fail('history', `of ${m.kind}:${hex(m.id)}`);
  return { key: stateKey(m.kind, m.id), valueHash: valueHash(m.value), entries: BigInt(m.entries.length), root };
}

/** The receipt of an action (§13.5): its record stands in its author's activity. */
function ofAction(f: File, seal: Seal, signed: Signed): Omit<
  Receipt, 'chain' | 'height' | 'asOf' | 'head' | 'seal' | 'trust' | 'note' | 'skipped'
> {
  const { record, id } = signed;
  const place = f.place!;
  const shown = record.shown[0]!;
  if (!equal(f.id, idOf.account(record.author))) fail('record', 'not of that account');
  const entry = entryBytes({ leaf: record.leaf, height: record.height, time: record.time, id, action: 0xffff, actionHash: record.root, hash: place.hash });
  const root = as('history', () => inclusion(HISTORY, place.number, place.entries, entry, place.path));
  if (!equal(root, place.root)) fail('history', 'the record is not in its author’s activity');
  const leaf = { key: stateKey(ACTIVITY, f.id), valueHash: valueHash(place.value), entries: place.entries, root: place.root };
  if (!equal(stateRoot(f.state, [leaf]), seal.state)) fail('state', 'another state than the head’s');
  const action = readAction(shown.bytes, Math.min(record.schema, seal.protocol));
  const kind = kindOf(action);
  return {
    kind: 'action', key: record.key, id: `${hex(id)}-${shown.number}`, verdictOn: () => 'unknown', speaks: () => undefined, certificates: [], ancestors: [], accounts: [],
    territories: [],
    events: [{
      kind, leaf: record.leaf, height: record.height, time: record.time, record: id, action: shown.number, author: record.author, touched: [],
      fields: action[kind] as unknown as Record<string, unknown>,
    }],
  };
}
