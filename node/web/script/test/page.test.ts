// The page's own rules, where a network would have to lie with the keys of a quorum to show them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { compare, hear, others, tooFew, type Asked } from '../src/page/others.ts';
import type { Pin } from '../src/page/pin.ts';
import { dateAt, day, refuted, said, Speaker, Trouble, type Said } from '../src/page/text.ts';
import { standing } from '../src/page/verdict.ts';
import { words, type Key, type Words } from '../src/page/words.ts';
import type { Certificate, Head, Trust } from '../src/verify/types.ts';

const speaker = (l: 0 | 1): Speaker => new Speaker(Object.fromEntries((Object.keys(words) as Key[]).map((k) => [k, words[k][l]])) as Words, l ? 'en' : 'vi');
const head = (size: bigint, root: number): Head => ({ origin: 'o', size, root: new Uint8Array(32).fill(root), time: 0n, cosigners: [1n, 2n], witnesses: [] });
const node = (agency: number, url: string): Pin['nodes'][0] => ({ agency, name: `Cơ quan ${agency}`, url });
const asked = (...nodes: Pin['nodes']): Asked[] => nodes.map((n) => ({ node: n, note: Promise.resolve(new Uint8Array()) }));
const trust = (...agencies: bigint[]): Trust => ({ policy: { validators: agencies.map((agency) => ({ agency })) }, since: 0n, now: 0n }) as unknown as Trust;

test('two heads of one size and two roots are two ledgers', async () => {
  const told: Said[] = [];
  await assert.rejects(compare(head(9n, 1), { node: node(2, 'https://b.vn'), head: head(9n, 2) }, (_, l) => told.push(l)),
    (e) => e instanceof Trouble && e.refutes && /two ledgers: Cơ quan 2/.test(speaker(1).say(e.said)));
  assert.equal(told.length, 0);
  assert.ok(await compare(head(9n, 1), { node: node(2, 'https://b.vn'), head: head(9n, 1) }, (_, l) => told.push(l)));
  assert.match(speaker(0).say(told[0]!), /Cơ quan 2 \(https:\/\/b\.vn\) đưa ra cùng sổ, 9 lá/);
});

test('a head that is not shown to continue the other one does not count', async (t) => {
  t.mock.method(globalThis, 'fetch', async () => new Response(JSON.stringify({ hashes: [btoa('x'.repeat(32))] })));
  const told: [string, Said][] = [];
  assert.equal(await compare(head(9n, 1), { node: node(2, 'https://b.vn'), head: head(12n, 2) }, (s, l) => told.push([s, l])), false);
  assert.equal(told[0]![0], 'bad');
  assert.match(speaker(1).say(told[0]![1]), /not shown to continue/);
});

test('agencies count once each, only those of the policy, and never this node', () => {
  const all = asked(node(2, 'https://here.vn'), node(3, 'https://c.vn'), node(3, 'https://d.vn'), node(4, 'https://c.vn'), node(9, 'https://e.vn'), node(5, 'https://f.vn'));
  assert.deepEqual(others(all, trust(1n, 2n, 3n, 4n, 5n), 'https://here.vn').map((a) => a.node.url), ['https://c.vn', 'https://f.vn']);
  assert.match(speaker(0).say(tooFew(1, 1).said), /chỉ có 1 cơ quan khác để so; cần 2/);
  assert.equal(tooFew(5, 1).refutes, false);
});

test('an answer that is no head is told with its node, and the others are heard', async () => {
  const told: Said[] = [];
  const seen = await hear(asked(node(2, 'https://b.vn'), node(3, 'https://c.vn')), trust(2n, 3n), (_, l) => told.push(l));
  assert.deepEqual([seen.length, told.length], [0, 2]);
  assert.match(speaker(1).say(told[1]!), /^Cơ quan 3: The proof does not hold \(format\)/);
});

test('dates are those of the legal calendar, at UTC+07:00', () => {
  assert.equal(dateAt(Date.UTC(2026, 10, 27, 16, 59, 59) / 1000), 20261127);
  assert.equal(dateAt(Date.UTC(2026, 10, 27, 17, 0, 0) / 1000), 20261128);
  assert.deepEqual(day(20261103), ['03/11/2026', '3 November 2026']);
  assert.equal(speaker(1).say({ time: Date.UTC(2026, 10, 27, 17, 5) / 1000 }), '00:05 on 28 November 2026');
  assert.equal(speaker(0).say(said('stale', { span: 7300 }, { time: 0 })), 'Đầu sổ cũ, được ký cách đây 2 giờ (07:00 ngày 01/01/1970): có thể giấu việc thu hồi. Hãy xem cả đồng hồ của máy.');
});

test('every check and every word of the verifier has its sentence', () => {
  const source = (file: string): string => readFileSync(`src/verify/${file}.ts`, 'utf8');
  const stages = [.../const STAGES = \[[^;]*;/.exec(source('receipt/checks'))![0].matchAll(/\['(\w+)', '([^']*)', '([^']*)'\]/g)];
  assert.deepEqual(stages.map(([, name, ...t]) => [`c_${name}`, t]), Object.entries(words).filter(([k]) => k.startsWith('c_')));
  const table = /const VI\b[^=]*= \{([^}]*)\}/.exec(source('error'))![1]!;
  assert.deepEqual([...table.matchAll(/(\w+): '([^']*)'/g)].map(([, word, vi]) => [`w_${word}`, vi]), Object.entries(words).filter(([k]) => k.startsWith('w_')).map(([k, t]) => [k, t[0]]));
});

test('values in a sentence are no sentences', () => {
  assert.equal(speaker(1).say(refuted('differ', '{1}{0}$&', 'b').said), 'This node’s page says “{1}{0}$&”, its own proof says “b”.');
});

test('a sentence is of the day that its verdict is about', () => {
  const certificate = (from: number, last: number, effective?: number): Certificate =>
    ({ validFrom: from, last, ...(effective && { revocation: { effective } }) }) as unknown as Certificate;
  const b = certificate(20230102, 20260101);
  for (const [verdict, speaks, vi] of [
    ['in_force', b, 'Chứng nhận thật, còn hiệu lực đến hết ngày 01/01/2026.'], ['expired', b, 'Chứng nhận đã hết hạn sau ngày 01/01/2026.'],
    ['not_yet_in_force', b, 'Chứng nhận chưa có hiệu lực, bắt đầu ngày 02/01/2023.'], ['revoked', certificate(20230102, 20250630, 20250701), 'Chứng nhận đã bị thu hồi từ ngày 01/07/2025.'],
    ['not_certified', undefined, 'Sản phẩm này chưa được chứng nhận OCOP.'], ['recalled', b, 'Lô hàng đã bị thu hồi: không sử dụng.'],
    ['held', b, 'Lô hàng đang bị tạm giữ: chưa được bán, đừng mua.'],
  ] as const) {
    const s = standing({ verdictOn: () => verdict, speaks: () => speaks }, 20250101);
    assert.equal(s.sentence[0], vi);
    assert.equal(s.speaks, verdict === 'recalled' || verdict === 'held' ? undefined : speaks, 'a lot that must not be used speaks for itself');
    assert.ok(s.sentence.every((t) => t.split(' ').length <= 12), s.sentence.join());
  }
});
