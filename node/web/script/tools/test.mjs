// Bundles the tests and runs them with node:test. Arguments are names of tests, without: all.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';

const names = process.argv.slice(2);
const tests = readdirSync('test').filter((f) => f.endsWith('.test.ts') && (!names.length || names.includes(f.replace('.test.ts', ''))));
rmSync('build', { recursive: true, force: true });
await build({
  entryPoints: tests.map((t) => `test/${t}`), outdir: 'build', bundle: true, format: 'esm', platform: 'node', target: 'node20', sourcemap: 'inline', logLevel: 'error',
  outExtension: { '.js': '.mjs' },
});
const { status } = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...tests.map((t) => `build/${t.replace('.ts', '.mjs')}`)], { stdio: 'inherit' });
process.exit(status ?? 1);
