// Bundles the scripts. The same sources give the same bytes: esbuild is pinned, and nothing of the machine is written into its output.
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';

const bundles = [{ in: 'src/verify/index.ts', out: 'dist/verify.js' }];

for (const b of bundles) {
  await build({
    entryPoints: [b.in], outfile: b.out, bundle: true, minify: true, format: 'esm', target: 'es2022', charset: 'utf8', legalComments: 'none', logLevel: 'error',
  });
}
if (process.argv.includes('--size')) for (const b of bundles) console.log(`${readFileSync(b.out).length} ${b.out}`);
