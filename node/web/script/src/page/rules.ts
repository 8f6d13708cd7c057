// The rules of the ledger, in a script of their own: they say whether every act was its author's to do, and are worth less to a buyer than an answer while
// standing in the shop. It comes when the answer is there. It is part of the page (a template, with the hash that it must have), so that it is set going
// without making a script out of text, which the page's policy forbids.
import type { derived } from '../verify/second.ts';
import type { Proof } from '../verify/first.ts';
import type { Tell } from './proofs.ts';
import { refuted, said } from './text.ts';

/** How long the script may take to come, in milliseconds. */
const LONGEST = 30_000;

declare global {
  /** What the script brings with it; tools/build.mjs names it. */
  var ocopRules: { derived: typeof derived } | undefined;
}

/** Lets the browser do first what it has to do. */
const idle = (): Promise<void> => new Promise((resolve) => { (globalThis.requestIdleCallback ?? setTimeout)(() => resolve()); });

const load = (): Promise<unknown> => new Promise((resolve) => {
  const script = (document.getElementById('rules') as HTMLTemplateElement).content.querySelector('script')!.cloneNode() as HTMLScriptElement;
  script.onload = script.onerror = resolve;
  setTimeout(resolve, LONGEST);
  document.head.append(script);
});

/** Derives the values of a receipt by the rules; the line to tell. Throws Trouble when one fails. A script that does not come refutes nothing. */
export async function derive(opened: Proof['opened'], breathe: () => Promise<void>): Promise<Parameters<Tell>> {
  await idle();
  if (!globalThis.ocopRules) await load();
  if (!globalThis.ocopRules) return ['fyi', said('norules')];
  const word = await globalThis.ocopRules.derived(opened, breathe);
  if (word) throw refuted('word', word, said(`w_${word}`));
  return ['ok', said('c_rules')];
}
