import { Reader, fail, textOf } from '../bytes.ts';
import { as } from '../error.ts';
import { ENUMS, MESSAGES } from './table_gen.ts';
import type { Action } from './table_gen.ts';
import { CLASSES } from './text.ts';

interface Field {
  number: number;
  /** i uint32, l uint64, o bool, s string, y bytes, e enum, m message. */
  type: string;
  /** Largest length of bytes and text, number of the message or enum. */
  arg: number;
  min: number;
  text: string;
  required: boolean;
  since: number;
  /** Largest number of elements, 0 for what is not repeated. */
  items: number;
  max: bigint;
  /** Of the message's oneof. */
  member: boolean;
  name: string;
}
interface Message { empty: boolean; one: boolean; fields: Field[] }

const messages: Message[] = MESSAGES.split('\n').map((line) => {
  const [, flags, fields] = /^([?!]*)(.*)$/.exec(line)!;
  return {
    empty: flags!.includes('?'),
    one: flags!.includes('!'),
    fields: fields!.split(',').map((f) => {
      const m = /^(\d+)([a-z])([A-Z]?)(\d*)(?:>(\d+))?(!?)(?:@(\d+))?(?:\*(\d+))?(?:<(\d+))?(\|?) (\w+)$/.exec(f)!;
      const type = m[2]!;
      return {
        number: +m[1]!, type, text: m[3]!, arg: +m[4]!, min: +(m[5] ?? 1), required: !!m[6], since: +(m[7] ?? 1), items: +(m[8] ?? 0),
        max: BigInt(m[9] ?? (type === 'l' ? 2n ** 64n - 1n : type === 'o' ? 1 : 0xffffffff)), member: !!m[10], name: m[11]!,
      };
    }),
  };
});

const enums = ENUMS.split(';').map((e) => e.split(',').map((r) => r.split(/[-@]/).map(Number) as [number, number, number?]));

const DEPTH = 8;
const blank: Record<string, unknown> = { i: 0, l: 0n, o: false, s: '', y: new Uint8Array(), e: 0 };

const bad = (what: string): never => fail('action', what);

/** Reads an action in its one canonical encoding (§5), as of a protocol version. */
export function readAction(bytes: Uint8Array, version: number): Action {
  return as('action', () => message(bytes, 0, version, 1) as Action);
}

/** The name of the one member that an action has. */
export const kindOf = (action: Action): keyof Action => Object.keys(action)[0] as keyof Action;

function varint(r: Reader): bigint {
  for (let v = 0n, shift = 0n; shift < 70n; shift += 7n) {
    const b = r.num(1);
    v |= BigInt(b & 127) << shift;
    if (b < 128) return (shift && !b) || v >> 64n ? bad('varint') : v;
  }
  return bad('varint');
}

function message(bytes: Uint8Array, index: number, version: number, depth: number): Record<string, unknown> {
  const { empty, one, fields } = messages[index]!;
  const out: Record<string, unknown> = {};
  const seen = new Set<Field>();
  if (depth > DEPTH) bad('too deep');
  if (!bytes.length && !empty) bad('empty message');
  const r = new Reader(bytes);
  let last = 0;
  while (r.at < bytes.length) {
    const tag = varint(r);
    const f = fields.find((x) => BigInt(x.number) === tag >> 3n && x.since <= version) ?? bad('unknown field');
    const number = 'iloe'.includes(f.type);
    const packed = number && f.items > 0;
    if ((tag & 7n) !== (number && !packed ? 0n : 2n)) bad(`wire type of ${f.name}`);
    if (f.number < last || (f.number === last && (packed || !f.items))) bad(`order of ${f.name}`);
    last = f.number;
    seen.add(f);
    if (packed) {
      const inner = new Reader(r.take(length(r)));
      const list: unknown[] = out[f.name] = [];
      while (inner.at < inner.bytes.length) list.push(value(f, inner, version, depth));
      if (!list.length || list.length > f.items) bad(`items of ${f.name}`);
    } else if (f.items) {
      const list = (out[f.name] ??= []) as unknown[];
      if (list.push(value(f, r, version, depth)) > f.items) bad(`items of ${f.name}`);
    } else out[f.name] = value(f, r, version, depth);
  }
  const members = [...seen].filter((f) => f.member).length;
  if (members > 1 || (one && !members)) bad('one of');
  for (const f of fields) {
    if (seen.has(f)) continue;
    if (f.required) bad(`${f.name} missing`);
    if (f.items) out[f.name] = [];
    else if (!f.member && f.type in blank) out[f.name] = blank[f.type];
  }
  return out;
}

function length(r: Reader): number {
  const n = varint(r);
  return n > BigInt(r.bytes.length) ? bad('length') : Number(n);
}

function value(f: Field, r: Reader, version: number, depth: number): unknown {
  if ('iloe'.includes(f.type)) {
    const v = varint(r);
    // What is chosen or counted may be 0; anything else that is 0 is not written.
    if (v > f.max || (!v && (f.type === 'o' || f.type === 'e' || !(f.member || f.items)))) bad(`value of ${f.name}`);
    if (f.type === 'e' && !enums[f.arg]!.some(([from, to, since = 1]) => from <= v && v <= to && since <= version)) bad(`value of ${f.name}`);
    return f.type === 'l' ? v : f.type === 'o' ? true : Number(v);
  }
  const bytes = r.take(length(r));
  if (f.type === 'm') return message(bytes, f.arg, version, depth + 1);
  if (bytes.length < f.min || bytes.length > f.arg) bad(`length of ${f.name}`);
  if (f.type === 'y') return bytes;
  const s = textOf(bytes);
  return CLASSES[f.text]!(s) ? s : bad(`characters of ${f.name}`);
}
