// Files that a person gives, taken for what they begin with.
import { parsePolicyFile, trustHandover, trustMemory, parseMemory, verifyReceiptSlowly, verifyRecordReceipt } from '../verify/index.ts';
import type { Check, Receipt, RecordReceipt, Trust } from '../verify/types.ts';

/** The largest file looked at: a receipt's 4 MiB (FORMAT §13.2). */
export const MOST = 4 << 20;

/** What a person gave. modified is in Unix seconds. */
export interface Given { name: string; bytes: Uint8Array; modified: number }

export type Sort = 'receipt' | 'record' | 'handover' | 'policy' | 'memory' | 'unknown';

/** What a file is, by its beginning. A policy file's comment may stand anywhere in it. */
export function sort({ bytes }: Given): Sort {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, 32 << 10));
  if (text.startsWith('OCOPRCPT')) return 'receipt';
  if (text.startsWith('ocop-memory@')) return 'memory';
  if (text.startsWith('c2sp.org/tlog-proof@')) {
    const extra = /^extra (\S{8})/m.exec(text);
    try {
      return extra && extra.index < 64 && atob(extra[1]!).charCodeAt(3) === 1 ? 'handover' : 'record'; // FORMAT §13.1: the fourth byte tells
    } catch {
      return 'record';
    }
  }
  return /^# ocop-policy /m.test(text) ? 'policy' : 'unknown';
}

/** Whether a file says that its ledger is a sample (FORMAT §11.4). */
export const isSample = ({ bytes }: Given): boolean => new TextDecoder().decode(bytes.subarray(0, 32 << 10)).split('\n').includes(`# ${SAMPLE}`);

/** What the files of a sample say of it. */
export const SAMPLE = 'DỮ LIỆU MẪU – không có giá trị';

/** Trust that a file gives. A policy file bears no date: it is believed since it came to this machine. */
export function trustOf(g: Given, what: Sort, now: number): Trust {
  switch (what) {
    case 'policy': return { policy: parsePolicyFile(g.bytes), since: BigInt(Math.min(g.modified, now)), now: BigInt(now) };
    case 'memory': return trustMemory(parseMemory(g.bytes), BigInt(now));
    default: return trustHandover(g.bytes, BigInt(now));
  }
}

/** What became of one receipt: what it proves, or why it proves nothing, and every check. */
export interface Judged { given: Given; checks: Check[]; receipt?: Receipt; record?: RecordReceipt; error?: unknown }

/** Checks one file against a trust. Handovers beside a record's receipt lead to its epoch. */
export async function judge(given: Given, what: Sort, trust: Trust, handovers: Uint8Array[]): Promise<Judged> {
  const checks: Check[] = [];
  try {
    if (what === 'record') return { given, checks, record: verifyRecordReceipt(given.bytes, trust, handovers) };
    let began = Date.now();
    const breathe = async () => {
      if (Date.now() - began < 40) return;
      await new Promise((resolve) => setTimeout(resolve, 0));
      began = Date.now();
    };
    return { given, checks, receipt: await verifyReceiptSlowly(given.bytes, trust, (c) => checks.push(c), breathe) };
  } catch (error) {
    return { given, checks, error };
  }
}
