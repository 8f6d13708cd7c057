// Bundles the tests and runs them with node:test. Arguments are names of tests, without: all.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { hashes } from './small.mjs';

const names = process.argv.slice(2);
const tests = readdirSync('test').filter((f) => f.endsWith('.test.ts') && (!names.length || names.includes(f.replace('.test.ts', ''))));

// Thousands of flips of one file verify the same signatures again and again: the tests remember their answers. What verifies them is tested by itself.
const remember = {
  name: 'remember',
  setup(b) {
    b.onResolve({ filter: /\/crypto\.ts$/ }, (a) => (a.importer.includes('/test/') ? undefined : { path: resolve('test/remembered.ts') }));
  },
};

/** The verifier with the small hashes; the tests themselves keep the library. */
const smaller = {
  name: 'smaller',
  setup(b) {
    b.onResolve({ filter: /^@noble\/hashes\// }, (a) => (a.importer.includes('/src/') ? { path: hashes[a.path] } : undefined));
  },
};

const bundle = (files, outdir, plugins) => build({
  entryPoints: files.map((t) => `test/${t}`), outdir, bundle: true, format: 'esm', platform: 'node', target: 'node20', sourcemap: 'inline', logLevel: 'error',
  outExtension: { '.js': '.mjs' }, plugins,
});

rmSync('build', { recursive: true, force: true });
const twice = tests.filter((t) => ['crypto.test.ts', 'golden.test.ts', 'trees.test.ts'].includes(t));
await bundle(tests, 'build', [remember]);
await bundle(twice, 'build/small', [remember, smaller]);
const files = [...tests.map((t) => `build/${t}`), ...twice.map((t) => `build/small/${t}`)].map((f) => f.replace('.ts', '.mjs'));
const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...files], { stdio: 'inherit' });
process.exit(status ?? 1);
