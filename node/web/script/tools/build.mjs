// Bundles the scripts. The same sources give the same bytes: esbuild is pinned, and nothing of the machine is written into its output. What the node
// serves goes to ../dist, which is committed so that Go needs no Node.js.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { lean } from './lean.mjs';
import { hashes } from './small.mjs';

const common = { bundle: true, minify: true, target: 'es2022', charset: 'utf8', legalComments: 'none', logLevel: 'error', tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } } };
const bundle = async (entry, format, options = {}) => (await build({ ...common, ...options, entryPoints: [entry], format, write: false })).outputFiles[0].text;
const served = new URL('../../dist/', import.meta.url).pathname;
const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** verify.html: one file with all it needs, and a policy that lets it reach nothing. */
async function offline() {
  const script = await bundle('src/offline/main.ts', 'iife');
  const style = (await build({ ...common, entryPoints: ['src/offline/style.css'], write: false })).outputFiles[0].text.trim();
  if (/<\/script|<!--/i.test(script)) throw new Error('the script would end its own element');
  const policy = `default-src 'none'; script-src ${hash(script)}; style-src ${hash(style)}; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'`;
  const parts = { policy, style, script };
  return readFileSync('src/offline/index.html', 'utf8').replace(/\{\{(\w+)\}\}/g, (_, part) => parts[part]);
}

/** The words that a page brings with it, a table for each language. */
async function words() {
  const url = `data:text/javascript;base64,${Buffer.from(await bundle('src/page/words.ts', 'esm')).toString('base64')}`;
  const table = Object.entries((await import(url)).words);
  return JSON.stringify({ vi: Object.fromEntries(table.map(([k, w]) => [k, w[0]])), en: Object.fromEntries(table.map(([k, w]) => [k, w[1]])) }, null, '\t') + '\n';
}

mkdirSync('dist', { recursive: true });
mkdirSync(served, { recursive: true });
const html = await offline();
const outputs = {
  'dist/verify.js': await bundle('src/verify/index.ts', 'esm'),
  [`${served}page.js`]: await bundle('src/page/main.ts', 'iife', { plugins: [lean], alias: hashes }),
  [`${served}rules.js`]: await bundle('src/verify/second.ts', 'iife', { plugins: [lean], alias: hashes, globalName: 'ocopRules' }),
  [`${served}words.json`]: await words(),
  [`${served}verify.html`]: html,
  [`${served}verify.html.sha256`]: `${createHash('sha256').update(html).digest('hex')}  verify.html\n`,
};
for (const [file, text] of Object.entries(outputs)) writeFileSync(file, text);
if (process.argv.includes('--size')) for (const [file, text] of Object.entries(outputs)) console.log(`${Buffer.byteLength(text)} ${file.replace(served, '../dist/')}`);
