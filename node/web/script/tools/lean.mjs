// What the served page leaves out of the verifier, because a phone has to load it first: the English details of what failed, and the sentences of its
// checks, which the page brings in its language. No check is left out.
import { readFileSync } from 'node:fs';

/** The arguments of a call, from behind its opening bracket, and where the closing one is. */
function argumentsAt(text, from) {
  const args = [], closers = { '(': ')', '[': ']', '{': '}' };
  let start = from, open = [];
  for (let i = from; i < text.length; i++) {
    const c = text[i], inside = open.at(-1);
    if (inside === '`' && c === '`' || inside && inside !== '`' && c === inside) open.pop();
    else if (inside === '`') {
      if (c === '\\') i++;
      else if (c === '$' && text[i + 1] === '{') open.push('}'), i++;
    } else if (c === "'" || c === '"') {
      for (i++; text[i] !== c; i++) if (text[i] === '\\') i++;
    } else if (c === '`') open.push('`');
    else if (closers[c]) open.push(closers[c]);
    else if (!open.length && (c === ',' || c === ')')) {
      args.push(text.slice(start, i).trim());
      start = i + 1;
      if (c === ')') return { args, end: i };
    }
  }
  throw new Error('a call does not end');
}

/** Leaves out the second argument of every call of a function. */
function withoutDetail(text, name) {
  const call = new RegExp(`(?<!function )\\b${name}\\(`, 'g');
  let out = '', at = 0;
  for (let found; (found = call.exec(text));) {
    const from = found.index + found[0].length, { args, end } = argumentsAt(text, from);
    if (args.length < 2 || !/^['"`]/.test(args[1])) continue;
    const more = args.slice(2).filter((a) => a);
    out += text.slice(at, from) + [args[0], ...(more.length ? ["''", ...more] : [])].join(', ');
    at = end;
    call.lastIndex = end;
  }
  return out + text.slice(at);
}

/** One replacement, which must be possible: what it is about has not been renamed. */
function once(text, what, by) {
  if (!what.test(text)) throw new Error(`nothing in the verifier is ${what}`);
  return text.replace(what, by);
}

export const lean = {
  name: 'lean',
  setup(build) {
    build.onLoad({ filter: /src\/verify\/.*\.ts$/ }, ({ path }) => {
      let contents = readFileSync(path, 'utf8');
      for (const name of ['fail', 'must', 'new VerifyError']) contents = withoutDetail(contents, name);
      if (path.endsWith('/verify/error.ts')) contents = once(contents, /(const VI\b[^=]*= )\{[^}]*\}/, '$1{} as Record<Word, string>');
      if (path.endsWith('/receipt/checks.ts')) contents = once(contents, /const STAGES = \[[^;]*;/, (stages) => stages.replace(/(\['\w+'), '[^']*', '[^']*'/g, '$1'));
      return { contents, loader: 'ts' };
    });
  },
};
