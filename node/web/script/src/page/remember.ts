// The newest head that this browser has verified, one for each ledger (FORMAT §11.7). What was seen once is not taken back.
import { formatMemory, parseMemory, trustMemory } from '../verify/first.ts';
import type { Memory, Trust } from '../verify/types.ts';
import { refuted } from './text.ts';

const PREFIX = 'ocop-memory:';

export interface Recalled {
  memory?: Memory;
  trust?: Trust;
  /** The browser keeps nothing: a private window, or storage is switched off. */
  closed: boolean;
}

/**
 * What is remembered of a chain. Throws Trouble when there is something that cannot be read, or when this address has shown another ledger before: a
 * ledger does not change its id, so that either the address or the code on the label has been given to another one.
 */
export function recall(chain: string, now: bigint): Recalled {
  let text: string | null = null, other = false;
  try {
    text = localStorage.getItem(PREFIX + chain);
    for (let i = 0; i < localStorage.length; i++) other ||= localStorage.key(i)!.startsWith(PREFIX) && localStorage.key(i) !== PREFIX + chain;
  } catch {
    return { closed: true };
  }
  if (text === null) {
    if (other) throw refuted('other');
    return { closed: false };
  }
  try {
    const memory = parseMemory(new TextEncoder().encode(text));
    return { memory, trust: trustMemory(memory, now), closed: false };
  } catch {
    throw refuted('unread');
  }
}

/** The epoch remembered of a chain, by the line that says so; undefined: none. What is remembered is looked at when it is believed, see recall. */
export function rememberedEpoch(chain: string): number | undefined {
  try {
    const found = /^epoch (\d{1,10})$/m.exec(localStorage.getItem(PREFIX + chain) ?? '');
    return found ? Number(found[1]) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a memory; false: the browser keeps nothing. */
export function remember(chain: string, memory: Memory): boolean {
  try {
    localStorage.setItem(PREFIX + chain, new TextDecoder().decode(formatMemory(memory)));
    return true;
  } catch {
    return false;
  }
}

/** Forgets every ledger, because somebody asked for it. */
export function forget(): void {
  try {
    for (let i = localStorage.length - 1; i >= 0; i--) {
      const key = localStorage.key(i)!;
      if (key.startsWith(PREFIX)) localStorage.removeItem(key);
    }
  } catch { /* nothing was kept */ }
}
