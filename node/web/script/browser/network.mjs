// A real network of three nodes, and people who sign records on it.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const BIN = process.env.OCOP_BIN ?? new URL('./build', import.meta.url).pathname;
const BASE = Number(process.env.OCOP_PORT ?? 18440);

export const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until something is so, and says what was not when it never is. */
export async function until(what, so, limit = 60_000) {
  for (const end = Date.now() + limit; ;) {
    try {
      const got = await so();
      if (got) return got;
    } catch { /* not yet */ }
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await wait(50);
  }
}

export const fetchBytes = async (url) => {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return Buffer.from(await answer.arrayBuffer());
};

/** The size of the head that a node shows. */
export const sizeAt = async (url) => Number((await fetchBytes(`${url}/log/checkpoint`)).toString().split('\n')[1]);

/** Ports that the tests use beside the network's. */
export const port = (n) => BASE + 60 + n;

export class Network {
  constructor() {
    this.dir = mkdtempSync(join(tmpdir(), 'ocop-browser-'));
    this.nodes = [0, 1, 2].map((i) => `http://127.0.0.1:${BASE + 10 * i}`);
    this.output = '';
    this.process = spawn(join(BIN, 'ocopd'), ['devnet', '--dir', join(this.dir, 'net'), '--base-port', String(BASE)], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const s of [this.process.stdout, this.process.stderr]) s.on('data', (d) => { this.output += d; });
    this.ended = new Promise((resolve) => this.process.on('exit', resolve));
  }

  /** All three show one head over the whole sample. */
  async ready() {
    await until('the sample is loaded', () => {
      if (this.process.exitCode !== null) throw new Error(this.output);
      return this.output.includes('/people');
    });
    await this.agree();
  }

  async agree() {
    await until('all nodes show one head', async () => {
      const sizes = await Promise.all(this.nodes.map(sizeAt));
      return sizes.every((s) => s === sizes[0] && s > 0);
    });
  }

  #ocop(...args) {
    return execFileSync(join(BIN, 'ocop'), args, { cwd: this.dir, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  }

  /** Retail sales of the rice's lot: so many records of so many sales each. */
  async sell(records = 1, sales = 1) {
    const node = ['--node', this.nodes[0].slice(7)], people = join(this.dir, 'net/people');
    const before = await sizeAt(this.nodes[0]), draft = join(this.dir, `sales-${before}.yaml`);
    this.#ocop('draft', 'retail', '--author', '3000002', '--lot', '2000003.1/ST24-01', '--quantity', '1 g', '-o', draft, ...node);
    const text = readFileSync(draft, 'utf8'), at = text.indexOf('  - actions:\n'), sale = text.slice(text.indexOf('      - retail_sale', at));
    const record = (i) => `  - actions:\n${Array.from({ length: sales }, (_, k) => sale.replace('quantity: 1', `quantity: ${1 + i + k}`)).join('')}`; // no two alike
    writeFileSync(draft, text.slice(0, at) + Array.from({ length: records }, (_, i) => record(i)).join(''));
    this.#ocop('sign', draft, '--key', join(people, 'thuong-nhan-2.json'), '--password-file', join(people, 'password.txt'), '--yes', ...node);
    this.#ocop('submit', draft.replace('.yaml', '.signed'), ...node);
    await until('the sales are certified', async () => (await sizeAt(this.nodes[0])) >= before + records);
    await this.agree();
  }

  async close() {
    this.process.kill('SIGTERM');
    await this.ended;
    rmSync(this.dir, { recursive: true, force: true });
  }
}
