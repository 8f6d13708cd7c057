// Bundles the scripts. The same sources give the same bytes: esbuild is pinned, and nothing of the machine is written into its output.
import { build } from 'esbuild';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { small } from './small.mjs';

const bundles = [
  { in: 'src/verify/index.ts', out: 'dist/verify.js' },
  { in: 'src/verify/index.ts', out: 'dist/verify.small.js', alias: small },
];

for (const b of bundles) {
  await build({
    entryPoints: [b.in], outfile: b.out, bundle: true, minify: true, format: 'esm', target: 'es2022', charset: 'utf8', legalComments: 'none', logLevel: 'error',
    alias: b.alias ?? {},
  });
}
if (process.argv.includes('--size')) {
  for (const b of bundles) {
    const bytes = readFileSync(b.out);
    console.log(`${bytes.length} ${b.out} (${gzipSync(bytes).length} with gzip)`);
  }
}
