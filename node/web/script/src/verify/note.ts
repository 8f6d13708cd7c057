import { Reader, bytesOf, concat, decimal, equal, fail, textOf, unbase64 } from './bytes.ts';
import { verifyEd } from './crypto.ts';
import { COSIGNER, LOG_KEY, NAME, keyId } from './policy.ts';
import type { Policy } from './types.ts';

/** A signed head as it is written: what its lines are worth depends on who looks. */
export interface Note {
  text: Uint8Array;
  origin: string;
  size: bigint;
  root: Uint8Array;
  /** The first of each name and key id. */
  lines: { name: string; id: Uint8Array; body: Uint8Array }[];
  /** Whether a line stood there that does not count. */
  repeats: boolean;
}

/** Reads a head without signatures: a checkpoint of three lines (§11.2). */
export function parseHead(text: Uint8Array): { origin: string; size: bigint; root: Uint8Array } {
  const [, origin, size, root] = /^([^\n]+)\n([^\n]*)\n([^\n]*)\n$/.exec(textOf(text)) ?? fail('format', 'head');
  const head = { origin: origin!, size: decimal(size!), root: unbase64(root!) };
  return head.root.length === 32 && NAME.test(head.origin) ? head : fail('format', 'head');
}

/** Reads a signed head (§11.2). */
export function parseNote(bytes: Uint8Array): Note {
  const bad = (): never => fail('format', 'signed head');
  const whole = textOf(bytes);
  const cut = whole.lastIndexOf('\n\n') + 1;
  const signatures = whole.slice(cut + 1).split('\n');
  if (bytes.length > 65536 || !cut || /[\0-\x09\x0b-\x1f]/.test(whole) || signatures.pop() !== '' || !signatures.length || signatures.length > 100) bad();
  const text = bytesOf(whole.slice(0, cut));
  const note: Note = { text, ...parseHead(text), lines: [], repeats: false };
  const seen = new Set<string>();
  for (const line of signatures) {
    const [, name, code] = /^— ([^+\p{White_Space}]+) (.*)$/u.exec(line) ?? bad();
    const body = unbase64(code!);
    if (body.length < 5 || body.length > 8196) bad();
    const id = body.subarray(0, 4);
    const key = name + ' ' + id;
    if (seen.has(key)) note.repeats = true;
    else note.lines.push({ name: name!, id, body: body.subarray(4) });
    seen.add(key);
  }
  return note;
}

/** The times of the cosignatures, by agency and by witness. */
export interface Cosignatures { agencies: Map<bigint, bigint>; witnesses: Map<string, bigint> }

/** Verifies a head under a document (§11.2): every line of a key that the document knows. */
export function verifyNote(note: Note, policy: Policy): Cosignatures {
  if (note.origin !== policy.origin) fail('chain', `head of ${note.origin}`);
  const found: Cosignatures = { agencies: new Map(), witnesses: new Map() };
  const line = (name: string, type: number, key: Uint8Array): bigint | undefined => {
    const id = keyId(name, type, key);
    const l = note.lines.find((x) => x.name === name && equal(x.id, id));
    if (!l) return undefined;
    const bad = (): never => fail('cosignature', `line of ${name} does not verify`);
    if (type === LOG_KEY) return verifyEd(key, note.text, l.body) ? 0n : bad();
    if (l.body.length !== 72) bad();
    const time = new Reader(l.body).u64();
    return time >> 63n === 0n && verifyEd(key, concat(bytesOf(`cosignature/v1\ntime ${time}\n`), note.text), l.body.subarray(8)) ? time : bad();
  };
  line(policy.origin, LOG_KEY, policy.logKey);
  for (const v of policy.validators) {
    const time = line(v.name, COSIGNER, v.key);
    if (time !== undefined) found.agencies.set(v.agency, time);
  }
  for (const w of policy.witnesses) {
    const time = line(w.name, COSIGNER, w.key);
    if (time !== undefined) found.witnesses.set(w.name, time);
  }
  return found;
}

/** A proof file (§11.3). */
export interface Proof { extra: Uint8Array; index: bigint; path: Uint8Array[]; note: Uint8Array }

export function parseProof(file: Uint8Array): Proof {
  const bad = (): never => fail('format', 'proof file');
  if (file.length > 262144) bad();
  const text = textOf(file);
  const cut = text.indexOf('\n\n');
  const lines = text.slice(0, cut).split('\n');
  if (cut < 0 || lines.shift() !== 'c2sp.org/tlog-proof@v1') bad();
  const extra = lines[0]?.startsWith('extra ') ? unbase64(lines.shift()!.slice(6)) : new Uint8Array();
  const [word, number, ...rest] = (lines.shift() ?? '').split(' ');
  if (word !== 'index' || rest.length || lines.length > 63) bad();
  const path = lines.map(unbase64);
  if (path.some((h) => h.length !== 32)) bad();
  return { extra, index: decimal(number ?? ''), path, note: bytesOf(text.slice(cut + 2)) };
}
