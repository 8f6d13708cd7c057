import type { Members } from './members.ts';
import { LOT, idOf, textOf } from './values.ts';
import type { LotValue } from './values.ts';

/** What a lot's value says of itself (§6.3). */
export const FREE = 0, HELD = 1, RECALLED = 2;

/** A lot's inputs and theirs, each once. */
export function ancestors(w: Members, lot: LotValue): LotValue[] {
  const out = new Map<string, LotValue>();
  const visit = (l: LotValue): void => {
    for (const { lot: ref } of l.inputs) {
      const key = textOf.lot(ref);
      if (out.has(key)) continue;
      const input = w.need(LOT, idOf.lot(ref));
      out.set(key, input);
      visit(input);
    }
  };
  visit(lot);
  return [...out.values()];
}

/** What stops a lot: its own status, or an ancestor's (§6.5). */
export const stopOf = (w: Members, lot: LotValue): number => Math.max(lot.status, ...ancestors(w, lot).map((l) => l.status));
