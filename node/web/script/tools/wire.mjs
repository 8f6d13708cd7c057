// Makes src/verify/wire/table_gen.ts from the .proto files: the table by which the strict walker accepts or refuses, and the types of what it gives.
//
//   node tools/wire.mjs [--check] [PROTO_DIR]
//
// The proto files are simple (one oneof a message at most, no maps, no nested types), so that this reads them without a compiler, and stops at what it does
// not know.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const args = process.argv.slice(2).filter((a) => a !== '--check');
const dir = args[0] ?? join(here, '../../../../proto/ocop/record/v1');
const out = join(here, '../src/verify/wire/table_gen.ts');

const messages = new Map();
const enums = new Map();

for (const file of readdirSync(dir).filter((f) => f.endsWith('.proto')).sort()) {
  let message, group, values;
  for (const raw of readFileSync(join(dir, file), 'utf8').split('\n')) {
    const line = raw.replace(/\/\/.*/, '').trim();
    let m;
    if (!line || /^(syntax|package|import|option go_package)/.test(line)) continue;
    if ((m = /^message (\w+) {$/.exec(line))) messages.set(m[1], (message = { fields: [] }));
    else if ((m = /^enum (\w+) {$/.exec(line))) enums.set(m[1], (values = []));
    else if ((m = /^oneof \w+ {$/.exec(line)) && !message.oneof) group = message.oneof = { required: false };
    else if (line === 'option (ocop.options.v1.oneof_required) = true;') group.required = true;
    else if (line === 'option (ocop.options.v1.empty_allowed) = true;') message.empty = true;
    else if (line === '}') {
      if (group) group = undefined;
      else message = values = undefined;
    } else if (values && (m = /^\w+ = (\d+)(?: \[\(ocop\.options\.v1\.value_since\) = (\d+)\])?;$/.exec(line))) {
      if (m[1] !== '0') values.push([Number(m[1]), Number(m[2])]);
    } else if (message && (m = /^(repeated )?(\w+) (\w+) = (\d+) \[(.*)\];$/.exec(line))) {
      const o = {};
      for (const option of m[5].split(', ')) {
        const [, name, value] = /^\(ocop\.options\.v1\.(\w+)\) = (\w+)$/.exec(option);
        o[name] = value;
      }
      message.fields.push({ repeated: !!m[1], type: m[2], name: m[3], number: Number(m[4]), member: !!group, o });
    } else throw new Error(`${file}: ${raw}`);
  }
}

// Only what an action can hold.
const order = [];
const visit = (name) => {
  if (order.includes(name)) return;
  order.push(name);
  for (const f of messages.get(name).fields) if (messages.has(f.type)) visit(f.type);
};
visit('Action');
const enumOrder = [...new Set(order.flatMap((n) => messages.get(n).fields.map((f) => f.type).filter((t) => enums.has(t))))];

const scalars = { uint32: 'i', uint64: 'l', bool: 'o', string: 's', bytes: 'y' };
const classes = { NAME: 'N', CODE: 'C', DECISION_NUMBER: 'D', CSET82: 'G', ADDRESS: 'A' };
const typeOf = { i: 'number', l: 'bigint', o: 'boolean', s: 'string', y: 'Uint8Array', e: 'number' };

function field(f) {
  const o = { ...f.o };
  const take = (name) => { const v = o[name]; delete o[name]; return v; };
  let kind = scalars[f.type] ?? (enums.has(f.type) ? 'e' : 'm');
  let s = f.number + kind;
  if (kind === 'e') s += enumOrder.indexOf(f.type);
  if (kind === 'm') s += order.indexOf(f.type);
  if (kind === 's') s += classes[take('text')];
  const len = take('len');
  const max = len ?? take('max_bytes');
  const min = len ?? take('min_bytes') ?? '1';
  if (max) s += max + (min === '1' ? '' : '>' + min);
  const since = take('since');
  if (take('required')) s += '!';
  if (since !== '1') s += '@' + since;
  if (f.repeated) s += '*' + take('max_items');
  const most = take('max_value');
  if (most) s += '<' + most;
  if (f.member) s += '|';
  if (Object.keys(o).length) throw new Error(`options of ${f.name}: ${JSON.stringify(o)}`);
  return `${s} ${f.name}`;
}

/** Values as ranges with the version since which they exist. */
function ranges(values) {
  const runs = [];
  for (const [v, since] of values) {
    const last = runs.at(-1);
    if (last && last.to + 1 === v && last.since === since) last.to = v;
    else runs.push({ from: v, to: v, since });
  }
  return runs.map((r) => `${r.from}-${r.to}${r.since === 1 ? '' : '@' + r.since}`).join(',');
}

const table = order.map((n) => {
  const m = messages.get(n);
  return (m.empty ? '?' : '') + (m.oneof?.required ? '!' : '') + m.fields.map(field).join(',');
});

const camel = (t) => typeOf[scalars[t] ?? 'e'];
const interfaces = order.map((n) => {
  const lines = messages.get(n).fields.map((f) => {
    const type = messages.has(f.type) ? f.type : camel(f.type);
    // A number, text or flag that is absent is its default; messages and oneof members are absent.
    const optional = f.member || (messages.has(f.type) && !f.repeated && !f.o.required);
    return `  ${f.name}${optional ? '?' : ''}: ${type}${f.repeated ? '[]' : ''};`;
  });
  return `export interface ${n} {\n${lines.join('\n')}\n}`;
});

const text = `// Generated by tools/wire.mjs from proto/ocop/record/v1. Do not edit.

/** Messages, Action first: fields as number, type, bounds and name. See wire/table.ts. */
export const MESSAGES = \`${table.join('\n')}\`;

/** Enums: ranges of known values. */
export const ENUMS = '${enumOrder.map((n) => ranges(enums.get(n))).join(';')}';

${interfaces.join('\n\n')}
`;

if (process.argv.includes('--check')) {
  if (readFileSync(out, 'utf8') !== text) {
    console.error('src/verify/wire/table_gen.ts differs: run node tools/wire.mjs and commit');
    process.exit(1);
  }
} else writeFileSync(out, text);
