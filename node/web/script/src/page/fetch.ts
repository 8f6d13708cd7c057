// Fetching, bounded: an answer has so many bytes at most, and a silent node is not waited for.
import { lacking, said, Trouble, type Value } from './text.ts';

/** How long a node may be silent, in milliseconds, and how long a whole answer may take: 4 MiB on a bad mobile link. */
const SILENCE = 10_000, TOTAL = 60_000;

/** How the node that served the page is called. */
export const THIS: Value = said('node');

/** Fetches at most so many bytes. Whose names the node in what is said of it. Trouble that it throws refutes nothing: no answer is no proof. */
export async function get(url: string, most: number, whose: Value): Promise<Uint8Array> {
  const stop = new AbortController(), began = Date.now();
  let silent: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    clearTimeout(silent);
    silent = setTimeout(() => stop.abort(), Math.max(0, Math.min(SILENCE, TOTAL - (Date.now() - began))));
  };
  heard();
  try {
    const answer = await fetch(url, { signal: stop.signal, cache: 'no-store', credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer' });
    if (!answer.ok) throw lacking('status', whose, answer.status);
    const reader = answer.body!.getReader(), parts: Uint8Array[] = [];
    let size = 0;
    for (;;) {
      heard();
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      if ((size += value.length) > most) throw lacking('long', whose, most);
    }
    if (!size) throw lacking('empty', whose);
    const all = new Uint8Array(size);
    let at = 0;
    for (const p of parts) {
      all.set(p, at);
      at += p.length;
    }
    return all;
  } catch (e) {
    throw e instanceof Trouble ? e : stop.signal.aborted ? lacking('slow', whose, { span: (Date.now() - began) / 1000 }) : lacking('unreached', whose);
  } finally {
    clearTimeout(silent);
    stop.abort(); // nothing of an answer that was not wanted goes on coming
  }
}

/** Base64 in its standard spelling; throws on anything else. */
export const base64 = (text: string): Uint8Array => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

/** The consistency proof between two sizes, from the node at a base URL. It need not be believed: it folds, or it does not. */
export async function consistency(base: string, old: bigint, now: bigint, whose: Value): Promise<Uint8Array[]> {
  const data = await get(`${base}/v1/consistency?old_size=${old}&new_size=${now}`, 64 << 10, whose);
  try {
    return ((JSON.parse(new TextDecoder().decode(data)).hashes ?? []) as string[]).map(base64);
  } catch {
    throw lacking('malformed', whose);
  }
}
