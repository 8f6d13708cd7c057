// Prints how long a receipt takes, in milliseconds of processor time: the first time in a process, as in a page, and afterwards.
//
//   node tools/speed.mjs [RECEIPT.ocop POLICY.txt]
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { hashes } from './small.mjs';

const [receipt, policy] = process.argv.slice(2);
const golden = '../../../ledger/verify/receipts/testdata/';
const contents = `
  export { parsePolicyFile, verifyReceipt } from './index.ts';
  export { prove } from './receipt/proof.ts';
  export { atOnce } from './slowly.ts';
  export { derived } from './second.ts';`;
const nothing = '() => undefined';

/** What is measured, by its name: with which hashes, what is made ready, and what is timed. */
const runs = [
  ['verify.html: all', {}, nothing, '() => v.verifyReceipt(file, trust())'],
  ['page: first script', hashes, nothing, '() => v.atOnce(v.prove(file, trust(), {}))'],
  ['page: rules', hashes, '() => v.atOnce(v.prove(file, trust(), {})).opened', `(opened) => v.derived(opened, ${nothing})`],
];
for (const [name, alias, ready, timed] of runs) {
  const outfile = `build/speed-${runs.findIndex(([n]) => n === name)}.mjs`;
  await build({ stdin: { contents, resolveDir: 'src/verify', loader: 'ts' }, bundle: true, minify: true, format: 'esm', target: 'es2022', outfile, alias, logLevel: 'error' });
  const run = `
    import { readFileSync } from 'node:fs';
    const at = (f) => new Uint8Array(readFileSync(f));
    const v = await import(${JSON.stringify(`${process.cwd()}/${outfile}`)});
    const file = at(${JSON.stringify(receipt ?? `${golden}product.ocop`)});
    const document = at(${JSON.stringify(policy ?? `${golden}policy.txt`)});
    const now = 4000000000n, trust = () => ({ policy: v.parsePolicyFile(document), since: now, now });
    const times = [];
    for (let i = 0; i < 12; i++) {
      const made = (${ready})(), from = process.cpuUsage();
      await (${timed})(made);
      const { user, system } = process.cpuUsage(from);
      times.push((user + system) / 1000);
    }
    console.log(${JSON.stringify(name)}, 'first', times[0].toFixed(0), 'ms, then', Math.min(...times).toFixed(0), 'ms');`;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', run], { stdio: 'inherit' });
  if (status) process.exit(status);
}
