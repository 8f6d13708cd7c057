// The two scripts of the page, one after the other as the page composes them, over the shared vectors: what the whole verifier says, they say.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as v from '../src/verify/index.ts';
import { proveReceiptSlowly } from '../src/verify/first.ts';
import type { Proof } from '../src/verify/first.ts';
import { derive, mustBeExact } from '../src/verify/receipt/rules.ts';
import { TERRITORY, VALUES } from '../src/verify/receipt/values.ts';
import { derived } from '../src/verify/second.ts';
import { atOnce } from '../src/verify/slowly.ts';
import { golden } from './helper.ts';
import { dayOf, directory, groups, hex, resolve, settings } from './vectors.ts';
import type { Case, Group, With } from './vectors.ts';

const all = groups();
const gone = { skip: !all.length && !process.env.CI && `no ${directory}` };

/**
 * What only the rules can say, by word and detail: acts that were nobody's to do, values that other acts would have given, and what only actions depend on:
 * the rule set of a Decision's date, and territories where an account once was.
 */
const ONLY_RULES: Record<string, RegExp> = {
  signer: /./, competence: /./, rule: /./, action: /./, history: /^an action (gives another value than its entry says|touches what has no entry of it|does not touch)/,
  closure: /^(a subject on which nothing depends|no rule set of that date)$/,
};

const never = (): void => undefined;

/** What the scripts say: ok or a word, and which of them says it. */
async function twoStages(file: Uint8Array, w: With): Promise<{ word: string; by: 'first' | 'second'; proof?: Proof }> {
  let proof: Proof;
  try {
    proof = await proveReceiptSlowly(file, w.trust!, w.ask, never);
  } catch (e) {
    if (e instanceof v.VerifyError) return { word: e.word, by: 'first' };
    throw e;
  }
  return { word: (await derived(proof.opened, never)) ?? 'ok', by: 'second', proof };
}

/** What a page compares and shows. Names of what it does not show are not looked at. */
function shown(r: Proof['receipt'], date: number): Record<string, unknown> {
  const { kind, id, height, asOf, seal, skipped } = r;
  return {
    kind, id, height, asOf, seal, skipped, head: r.head, note: hex(r.note), epoch: hex(r.trust.policy.hash), since: r.trust.since, product: r.product, verdict: dayOf(r, date),
  };
}

const refusedBySecond = new Map<string, number>();

async function compare(name: string, file: Uint8Array, w: With, words: string[]): Promise<void> {
  const got = await twoStages(file, w);
  assert.ok(words.includes(got.word), `${name}: ${got.word} by the ${got.by} script, want ${words.join('|')}`);
  if (got.by === 'second' && got.word !== 'ok') {
    const { opened } = got.proof!;
    assert.throws(() => mustBeExact(opened, atOnce(derive(opened))), (e) => {
      assert.match((e as v.VerifyError).detail, ONLY_RULES[got.word] ?? /^$/, `${name}: ${got.word} was for the first script to say`);
      return true;
    });
    refusedBySecond.set(got.word, (refusedBySecond.get(got.word) ?? 0) + 1);
  }
  if (got.word !== 'ok' || got.proof!.receipt.asOf !== got.proof!.receipt.height) return;
  const whole = v.verifyReceipt(file, w.trust!, { ...w.ask, of: 'subject' });
  for (const date of [w.date, 20200101, 20350101]) assert.deepEqual(shown(got.proof!.receipt, date), shown(whole, date), name);
}

const receipts = (g: Group, kind: 'cases' | 'flips'): Case[] => (g[kind] ?? []).filter((c) => c.what === 'receipt');

for (const g of all.filter((x) => receipts(x, 'cases').length + receipts(x, 'flips').length)) {
  test(`${g.group}, in two stages`, async () => {
    for (const c of [...receipts(g, 'cases'), ...receipts(g, 'flips')]) {
      const file = resolve(g, c.file!), w = settings(g, c.with);
      await compare(c.name, file, w, c.expect.ok ? ['ok'] : [c.expect.word!, ...(c.expect.or ?? [])]);
      for (const [offset, mask, words] of c.flips ?? []) {
        const flipped = file.slice();
        flipped[offset]! ^= mask;
        await compare(`${c.name}, ${offset}^${mask}`, flipped, w, words.split('|'));
      }
    }
  });
}

// A quorum that signs anything can have the first script believe what breaks a rule: each word that is left to the rules has a case that only they refuse.
test('the first script leaves to the second what takes the rules, and nothing else', gone, () => {
  assert.deepEqual([...refusedBySecond.keys()].sort(), ['closure', 'competence', 'history', 'rule', 'signer']);
});

// No receipt of an honest maker shows a territory too many, and no state of the vectors has one that was left: what the first script opened is added to.
test('the second script refuses a territory on which nothing ever depended', async () => {
  const now = 1772504460n, policy = v.parsePolicyFile(golden('receipts/testdata/policy.txt'));
  const { opened } = await proveReceiptSlowly(golden('receipts/testdata/product.ocop'), { policy, since: now, now }, {}, never);
  assert.equal(await derived(opened, never), undefined);
  const value = VALUES[TERRITORY].write({ code: 99, level: 3, parent: 0, name: 'Đắk', from: 0, until: 0 });
  const member = { kind: TERRITORY, id: v.idOf.territory(99), value, entries: [{ record: undefined, action: 0xffff, hash: value }], root: undefined };
  assert.equal(await derived({ ...opened, file: { ...opened.file, members: [...opened.file.members, member] } }, never), 'closure');
});
