// Receipt files, cut and mended as a liar would (ledger/FORMAT.md §13.2).
import { readFileSync } from 'node:fs';

/** Where the signed head stands in a receipt. */
function noteAt(file) {
  let at = 11 + file[10] + 8;
  let handovers = file.readUInt16BE(at);
  for (at += 2; handovers > 0; handovers--) at += 2 + file.readUInt16BE(at);
  return at;
}

/** The receipt with another signed head in it. */
export function withNote(file, change) {
  const at = noteAt(file), length = file.readUInt16BE(at);
  const note = Buffer.from(change(file.subarray(at + 2, at + 2 + length).toString()));
  const head = Buffer.alloc(2);
  head.writeUInt16BE(note.length);
  return Buffer.concat([file.subarray(0, at), head, note, file.subarray(at + 2 + length)]);
}

/** A signed head with the cosignature of one validator alone. */
export const oneSigner = (note) => {
  const [text, lines] = note.split('\n\n');
  return `${text}\n\n${lines.split('\n').filter((l) => l).slice(-1)[0]}\n`;
};

/** A case of the shared vectors (ledger/verify/vectors/README.md): its file, and what its verifier believes. */
export function vector(group, name) {
  const g = JSON.parse(readFileSync(new URL(`../../../../ledger/verify/vectors/${group}.json`, import.meta.url)));
  const resolve = (reference) => {
    const { base, edits } = typeof reference === 'string' ? { base: reference, edits: [] } : reference;
    const bytes = Buffer.from(g.files.find((f) => f.name === base).bytes, 'base64'), parts = [];
    let at = 0;
    for (const [offset, drop, insert] of edits) {
      parts.push(bytes.subarray(at, offset), Buffer.from(insert, 'base64'));
      at = offset + drop;
    }
    return Buffer.concat([...parts, bytes.subarray(at)]);
  };
  const c = g.cases.find((x) => x.name === name), w = g.with.find((x) => x.name === c.with);
  const policy = resolve(w.policy);
  return { file: resolve(c.file), policy, chain: policy.subarray(5, 37).toString('hex'), since: w.since, now: w.now, day: w.date };
}
