import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VerifyError, verifyReceipt } from '../src/verify/index.ts';
import { PASSED_OVER, directory, groups, judge, resolve, settings, wordOf } from './vectors.ts';
import type { Case, Group } from './vectors.ts';

const all = groups();

test('the shared vectors are there', { skip: !all.length && !process.env.CI && `no ${directory}` }, () => assert.ok(all.length > 40));

/** Absent is empty, 0 or false. */
const bare = (o: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(o).filter(([, x]) => x && !(Array.isArray(x) && !x.length) && !(x.constructor === Object && !Object.keys(x).length)));

function check(g: Group, c: Case): void {
  const at = (name: 'file' | 'seal' | 'path' | 'older'): Uint8Array => (c[name] ? resolve(g, c[name]) : new Uint8Array());
  const w = settings(g, c.with);
  const { ok, word, or = [], inner: _, ...expected } = c.expect;
  let got: Record<string, unknown>;
  try {
    got = judge(c.what, at, w);
  } catch (e) {
    if (!(e instanceof VerifyError)) throw e;
    assert.ok(!ok && [word, ...or].includes(e.word), `${e.message}, want ${ok ? 'ok' : [word, ...or].join('|')}`);
    return;
  }
  assert.ok(ok, `accepted, want ${word}`);
  const names = Object.keys(bare(expected));
  // What this kind of case shows is all compared; the expectation may leave out what its kind does not have.
  const { skipped, ...rest } = got;
  assert.deepEqual(bare({ ...rest, ...(names.includes('skipped') && { skipped }) }), bare(expected));
}

test('of an action no check is told that was not made', { skip: !all.length && !process.env.CI && `no ${directory}` }, () => {
  const g = all.find((x) => x.group === 'action')!;
  const c = g.cases!.find((x) => x.what === 'action' && x.expect.ok)!;
  const told: string[] = [];
  const w = settings(g, c.with);
  verifyReceipt(resolve(g, c.file!), w.trust!, { ...w.ask, checks: ({ name, ok }) => told.push(`${name} ${ok}`) });
  assert.deepEqual(told, ['form true', 'head true', 'records true', 'state true']);
});

for (const g of all) {
  test(g.group, async (t) => {
    for (const c of g.cases ?? []) if (!PASSED_OVER.includes(c.what)) await t.test(c.name, () => check(g, c));
    for (const c of g.flips ?? []) {
      if (PASSED_OVER.includes(c.what)) continue;
      await t.test(`${c.name}, flipped`, () => {
        check(g, { ...c, expect: { ...c.expect } });
        const wrong: string[] = [];
        const file = resolve(g, c.file!);
        for (const [offset, mask, words] of c.flips!) {
          const flipped = file.slice();
          flipped[offset]! ^= mask;
          const word = wordOf(() => judge(c.what, (n) => (n === 'file' ? flipped : c[n] ? resolve(g, c[n]) : new Uint8Array()), settings(g, c.with)));
          if (!words.split('|').includes(word)) wrong.push(`${offset}^${mask}: ${word}, want ${words}`);
        }
        assert.deepEqual(wrong, []);
      });
    }
  });
}
