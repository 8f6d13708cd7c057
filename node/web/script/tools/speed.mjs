// Prints how long a receipt takes, in milliseconds of processor time: the first time in a process, as in a page, and afterwards.
//
//   node tools/speed.mjs [RECEIPT.ocop POLICY.txt]
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { small } from './small.mjs';

const [receipt, policy] = process.argv.slice(2);
const golden = '../../../ledger/verify/receipts/testdata/';
for (const [name, alias] of [['libraries', {}], ['small', small]]) {
  const outfile = `build/speed-${name}.mjs`;
  await build({ entryPoints: ['src/verify/index.ts'], bundle: true, minify: true, format: 'esm', target: 'es2022', outfile, alias, logLevel: 'error' });
  const run = `
    import { readFileSync } from 'node:fs';
    const at = (f) => new Uint8Array(readFileSync(f));
    const start = process.cpuUsage();
    const v = await import(${JSON.stringify(`${process.cwd()}/${outfile}`)});
    const file = at(${JSON.stringify(receipt ?? `${golden}product.ocop`)});
    const document = at(${JSON.stringify(policy ?? `${golden}policy.txt`)});
    const times = [];
    let records;
    for (let i = 0; i < 12; i++) {
      const from = i ? process.cpuUsage() : start;
      const now = 4000000000n;
      const trust = { policy: v.parsePolicyFile(document), since: now, now };
      const r = v.verifyReceipt(file, trust);
      records = new Set(r.events.map((e) => e.leaf)).size;
      const { user, system } = process.cpuUsage(from);
      times.push((user + system) / 1000);
    }
    console.log(${JSON.stringify(name)}, records, 'records, first', times[0].toFixed(0), 'ms, then', Math.min(...times).toFixed(0), 'ms');`;
  const { status } = spawnSync(process.execPath, ['--input-type=module', '-e', run], { stdio: 'inherit' });
  if (status) process.exit(status);
}
